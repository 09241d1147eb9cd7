import {describe, expect, it} from 'vitest'
import {utf8} from '../../src/base/bytes.ts'
import {emptyMessage} from '../../src/raft/messages.ts'
import {MessageType} from '../../src/raft/types.ts'
import {type Member, RaftNetwork} from '../helpers/raft-network.ts'

const bytes = (text: string): Uint8Array => utf8(text)

/** Member 1 leads; of all three only member 2 has synced its newest entry, at index 2, and has said so. */
function syncedByTwoAlone(seed: number): {net: RaftNetwork; leader: Member} {
  const net = new RaftNetwork(3, seed)
  const leader = net.elect(1)
  net.isolate(3)
  leader.node.propose(bytes('a'))
  leader.drain()
  net.deliverAll()
  net.member(2).sync()
  net.deliverAll()
  return {net, leader}
}

describe('elections (Raft paper 5.2)', () => {
  it('the first to campaign is elected with the votes of a majority, in term 1', () => {
    const net = new RaftNetwork(3, 1)
    const leader = net.elect(2)
    expect(leader.node.role).toBe('leader')
    expect(net.members.map(m => [m.node.term, m.node.leader])).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ])
  })

  it('a lone member of three never becomes leader and never raises its term (pre-vote, thesis 9.6)', () => {
    const net = new RaftNetwork(3, 2)
    net.isolate(1)
    for (let n = 0; n < 200; n++) {
      net.member(1).node.tick()
      net.member(1).drain()
    }
    expect(net.member(1).node.role).not.toBe('leader')
    expect(net.member(1).node.term).toBe(0)
  })

  it('a vote leaves only after its HardState is synced', () => {
    const net = new RaftNetwork(3, 3)
    const one = net.member(1)
    one.node.campaign()
    one.drain()
    one.sync()
    // The pre-vote round: asked, granted, counted.
    net.deliverAll()
    net.member(2).sync()
    net.deliverAll()
    one.sync()
    net.deliverAll()
    const two = net.member(2)
    const granting = two.units.find(u => u.hardState?.vote === 1)
    expect(granting?.after.map(m => m.type)).toContain(MessageType.MsgVoteResp)
    expect(net.inFlight.filter(m => m.type === MessageType.MsgVoteResp)).toEqual([])
    two.sync()
    expect(net.inFlight.filter(m => m.type === MessageType.MsgVoteResp && m.from === 2)).toHaveLength(1)
  })

  it('a member votes once a term, also after a crash', () => {
    const net = new RaftNetwork(3, 4)
    const two = net.member(2)
    const ask = (from: number) => ({...emptyMessage(MessageType.MsgVote), from, to: 2, term: 5, index: 9, logTerm: 4})
    two.node.step(ask(1))
    two.drain()
    two.sync()
    two.crash()
    two.restart()
    two.node.step(ask(3))
    two.drain()
    net.inFlight = []
    two.sync()
    expect(two.synced.hardState).toMatchObject({term: 5, vote: 1})
    expect(net.inFlight.filter(m => !m.reject && m.type === MessageType.MsgVoteResp)).toEqual([])
  })

  it('a candidate whose log is behind is refused (5.4.1)', () => {
    const net = new RaftNetwork(3, 5)
    net.elect(1)
    net.isolate(3)
    net.member(1).node.propose(bytes('a'))
    net.settle()
    net.heal()
    net.member(1).crash()
    net.member(2).node.forgetLeader()
    net.elect(3)
    expect(net.member(3).node.role).not.toBe('leader')
    expect(net.elect(2).node.role).toBe('leader')
  })

  it('a follower that hears its leader does not let itself be disturbed (thesis 4.2.3)', () => {
    const net = new RaftNetwork(3, 6)
    net.elect(1)
    const before = net.member(2).node.term
    net.member(2).node.step({...emptyMessage(MessageType.MsgVote), from: 3, to: 2, term: 9, index: 99, logTerm: 9})
    expect(net.member(2).node.term).toBe(before)
  })

  it('a leader that hears no quorum for an election timeout steps down (check-quorum, thesis 6.2)', () => {
    const net = new RaftNetwork(3, 7)
    const leader = net.elect(1)
    net.isolate(1)
    for (let n = 0; n < 21; n++) leader.node.tick()
    leader.drain()
    expect(leader.node.role).toBe('follower')
  })

  it('forgetLeader lets a follower vote at once for another', () => {
    const net = new RaftNetwork(3, 8)
    net.elect(1)
    net.member(1).crash()
    net.member(2).node.forgetLeader()
    net.member(3).node.forgetLeader()
    expect(net.elect(3).node.role).toBe('leader')
    expect(net.member(3).node.term).toBe(2)
  })
})

describe('replication (Raft paper 5.3, 5.4)', () => {
  it('an entry commits when a majority synced it, the leader being one of them only after its own sync', () => {
    const {leader} = syncedByTwoAlone(10)
    expect(leader.node.commit).toBe(1)
    leader.sync()
    expect(leader.node.commit).toBe(2)
  })

  it('a follower acknowledges an append only after its sync', () => {
    const net = new RaftNetwork(3, 11)
    const leader = net.elect(1)
    leader.node.propose(bytes('a'))
    leader.drain()
    net.deliverAll()
    expect(net.inFlight.filter(m => m.type === MessageType.MsgAppResp && m.index === 2)).toEqual([])
    net.member(2).sync()
    expect(net.inFlight.filter(m => m.type === MessageType.MsgAppResp && m.index === 2)).toHaveLength(1)
  })

  it('entries of an old term are not committed by counting, but by an entry of the new one (5.4.2, figure 8)', () => {
    const net = new RaftNetwork(3, 12)
    net.elect(1)
    net.isolate(1)
    net.member(1).node.propose(bytes('old'))
    net.settle()
    expect(net.member(1).node.commit).toBe(1)
    net.heal()
    net.member(1).crash()
    net.member(1).restart()
    net.members[1].node.forgetLeader()
    net.members[2].node.forgetLeader()
    const again = net.elect(1)
    expect(again.node.role).toBe('leader')
    expect(again.applied.map(e => [e.index, e.term])).toEqual([
      [1, 1],
      [2, 1],
      [3, 2],
    ])
  })

  it('what a deposed leader appended and nobody else has is overwritten', () => {
    const net = new RaftNetwork(3, 13)
    net.elect(1)
    net.isolate(1)
    for (const text of ['x', 'y', 'z']) net.member(1).node.propose(bytes(text))
    net.settle()
    net.members[1].node.forgetLeader()
    net.members[2].node.forgetLeader()
    net.elect(2)
    net.member(2).node.propose(bytes('kept'))
    net.settle()
    net.heal()
    net.tick(5)
    expect(net.member(1).node.role).toBe('follower')
    expect(net.member(1).applied.map(e => Buffer.from(e.data).toString())).toEqual(['', '', 'kept'])
    expect(net.member(1).synced.entries).toEqual(net.member(2).synced.entries)
  })

  it('a follower far behind is brought up in messages of bounded size', () => {
    const net = new RaftNetwork(3, 14)
    net.elect(1)
    net.isolate(3)
    for (let n = 0; n < 60; n++) net.member(1).node.propose(bytes(`value ${n}`))
    net.settle()
    net.heal()
    net.pendingReads = true
    net.tick(6)
    expect(net.member(3).applied).toHaveLength(61)
  })

  it('proposals beyond the bound of uncommitted bytes are dropped, one is always taken', () => {
    const net = new RaftNetwork(3, 15, {maxUncommittedSize: 100})
    const leader = net.elect(1)
    net.isolate(1)
    expect(leader.node.propose(new Uint8Array(500))).toHaveProperty('index')
    expect(leader.node.propose(new Uint8Array(1))).toEqual({dropped: 'full'})
    net.heal()
    net.tick(3)
    expect(leader.node.propose(new Uint8Array(1))).toHaveProperty('index')
  })

  it('a follower takes no proposal and assigns nothing', () => {
    const net = new RaftNetwork(3, 16)
    net.elect(1)
    expect(net.member(2).node.propose(bytes('a'))).toEqual({dropped: 'noLeader'})
    expect(net.member(2).node.lastIndex).toBe(1)
  })
})

describe('a follower whose disk gave up what it had acknowledged', () => {
  /** Member 2 dies, and the newest `lost` entries that it had synced are cut when it starts again. */
  function cutShort(net: RaftNetwork, lost: number): void {
    const two = net.member(2)
    two.crash()
    two.synced.entries.length -= lost
    two.restart()
  }

  it('gets them again as soon as its leader hears of the new process, and what is committed stays so', () => {
    const net = new RaftNetwork(3, 20)
    const leader = net.elect(1)
    for (const text of ['a', 'b', 'c']) leader.node.propose(bytes(text))
    net.settle()
    cutShort(net, 2)
    leader.node.reportRestarted(2)
    expect(leader.node.progress.get(2)).toMatchObject({match: 0, state: 'probe', recentActive: true})
    expect(leader.node.commit).toBe(4)
    net.settle()
    expect(leader.node.progress.get(2)).toMatchObject({match: 4, state: 'replicate'})
    expect(net.member(2).applied).toHaveLength(4)
  })

  it('counts for nothing that it has lost: the entry commits when it is there again', () => {
    const {net, leader} = syncedByTwoAlone(21)
    expect(leader.node.progress.get(2)?.match).toBe(2)
    cutShort(net, 1)
    leader.node.reportRestarted(2)
    leader.sync()
    expect(leader.node.commit).toBe(1)
    net.settle()
    expect(leader.node.commit).toBe(2)
  })

  it('one that lost nothing counts again after one round trip', () => {
    const net = new RaftNetwork(3, 22)
    const leader = net.elect(1)
    leader.node.propose(bytes('a'))
    net.settle()
    cutShort(net, 0)
    leader.node.reportRestarted(2)
    leader.drain()
    expect(net.inFlight.map(m => [m.type, m.to, m.index])).toEqual([[MessageType.MsgApp, 2, 2]])
    net.deliver()
    net.member(2).sync()
    net.deliver()
    expect(leader.node.progress.get(2)).toMatchObject({match: 2, state: 'replicate'})
  })

  it('applies nothing of another leader that lay below: a heartbeat commits only what this leader is known to have sent', () => {
    const net = new RaftNetwork(3, 23)
    const leader = net.elect(1)
    leader.node.propose(bytes('a'))
    net.settle()
    const two = net.member(2)
    two.crash()
    two.synced.entries[1] = {...two.synced.entries[1], data: bytes('never committed')}
    two.synced.hardState = {...two.synced.hardState, commit: 1}
    two.restart()
    two.node.step({...emptyMessage(MessageType.MsgHeartbeat), from: 1, to: 2, term: 1, commit: 2})
    two.drain()
    expect(two.node.commit).toBe(1)
  })

  it('who does not lead has nothing to forget', () => {
    const net = new RaftNetwork(3, 24)
    net.elect(1)
    net.member(2).node.reportRestarted(1)
    net.member(1).node.reportRestarted(9)
    for (const member of net.members) member.drain()
    expect(net.inFlight).toEqual([])
    net.settle()
    expect(net.members.map(m => m.node.leader)).toEqual([1, 1, 1])
  })
})

describe('a hostile network', () => {
  it.each([
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
  ])('lost, reordered, doubled messages, crashes between any two syncs: safe, and live when it ends (seed %i)', seed => {
    const net = new RaftNetwork(seed % 2 ? 3 : 5, seed)
    net.pendingReads = seed % 3 === 0
    const {random} = net
    for (let step = 0; step < 6_000; step++) {
      const member = net.members[random.below(net.members.length)]
      const dice = random.below(100)
      if (dice < 30) {
        if (net.inFlight.length > 0) {
          const at = random.below(net.inFlight.length)
          const fate = random.below(20)
          if (fate === 0) net.inFlight.splice(at, 1)
          else if (fate === 1) {
            net.inFlight.push(structuredClone(net.inFlight[at]))
            net.deliver(at)
          } else net.deliver(at)
        }
      } else if (dice < 55) member.sync()
      else if (dice < 80) {
        if (member.up) {
          member.node.tick()
          member.drain()
        }
      } else if (dice < 95) {
        const leader = net.leader()
        leader?.node.propose(bytes(`${seed}:${step}`))
        leader?.drain()
      } else if (dice < 97) {
        const read = net.reads.shift()
        if (read?.member.up) {
          read.member.node.entriesFetched(read.want)
          read.member.drain()
        }
      } else if (dice === 97) member.crash()
      else if (!member.up) member.restart()
      else if (random.below(4) === 0) net.isolate(member.id)
      else net.heal()
      if (net.inFlight.length > 400) net.inFlight.splice(0, 200)
    }
    net.heal()
    for (const member of net.members) if (!member.up) member.restart()
    for (const read of net.reads.splice(0)) read.member.node.entriesFetched(read.want)
    net.pendingReads = false
    for (let n = 0; n < 40; n++) net.tick(5)
    const leader = net.leader()
    expect(leader, 'a leader').toBeDefined()
    const before = net.committed
    leader?.node.propose(bytes('after'))
    net.tick(10)
    expect(net.committed).toBeGreaterThan(before)
    for (const member of net.members) {
      expect(member.synced.entries).toEqual(net.members[0].synced.entries)
      expect(member.applied).toHaveLength(net.committed)
    }
  })

  it('impossible messages change nothing and throw nothing', () => {
    const net = new RaftNetwork(3, 99)
    net.elect(1)
    for (const type of Object.values(MessageType))
      for (const term of [0, 1]) {
        if (type === MessageType.MsgSnap || type === MessageType.MsgTimeoutNow) continue
        net.member(2).node.step({...emptyMessage(type), from: 77, to: 2, term, index: 40, logTerm: 0})
        net.member(2).drain()
      }
    expect(net.member(2).node.commit).toBe(1)
    expect(net.member(1).node.role).toBe('leader')
  })
})
