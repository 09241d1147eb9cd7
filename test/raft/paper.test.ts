import {describe, expect, it} from 'vitest'
import {EMPTY, utf8} from '../../src/base/bytes.ts'
import {ConfChangeTransition, ConfChangeType, type Entry, EntryType} from '../../src/formats/eraftpb.ts'
import {emptyMessage, messageName} from '../../src/raft/messages.ts'
import {type Message, MessageType} from '../../src/raft/types.ts'
import {CoreNode, Cores} from '../helpers/raft-cores.ts'

/** One test a rule of the Raft paper (Ongaro, Ousterhout 2014) or the thesis (Ongaro 2014): the section stands in the title. */

const {MsgApp, MsgAppResp, MsgVote, MsgVoteResp, MsgHeartbeat, MsgSnap, MsgTimeoutNow, MsgPreVote} = MessageType
const {AddNode, AddLearnerNode, RemoveNode} = ConfChangeType

const message = (type: MessageType, fields: Partial<Message>): Message => ({...emptyMessage(type), ...fields})
const entry = (index: number, term: number, text = ''): Entry => ({
  type: EntryType.Normal,
  term,
  index,
  data: utf8(text),
  context: EMPTY,
})
const entries = (from: number, ...terms: number[]): Entry[] => terms.map((term, i) => entry(from + i, term))
const summary = (sent: Message[]): string[] => sent.map(m => `${messageName(m.type)}>${m.to}${m.reject ? '!' : ''}`)

/** One of three voters, in `role` at term 2 or later. */
function one(role: 'follower' | 'candidate' | 'leader', options = {}, stored: Entry[] = []): CoreNode {
  const node = new CoreNode(1, {voters: [1, 2, 3]}, options, stored)
  if (role === 'follower') return node
  node.raft.campaign()
  node.turn()
  if (role === 'leader') {
    node.raft.step(message(MsgVoteResp, {from: 2, to: 1, term: node.raft.term}))
    node.turn()
  }
  return node
}

describe('terms (paper 5.1)', () => {
  it.each([
    'follower',
    'candidate',
    'leader',
  ] as const)('5.1: a %s that sees a later term takes it and follows', role => {
    const node = one(role)
    node.raft.step(message(MsgApp, {from: 2, to: 1, term: 9, index: 1, logTerm: 1}))
    expect([node.raft.term, node.raft.role, node.raft.leader]).toEqual([9, 'follower', 2])
  })

  it.each(['follower', 'candidate', 'leader'] as const)('5.1: a %s ignores a message of an old term', role => {
    const node = one(role, {}, entries(2, 4))
    const before = [node.raft.term, node.raft.role, node.raft.lastIndex]
    node.raft.step(message(MsgApp, {from: 2, to: 1, term: 1, index: 1, logTerm: 1, entries: entries(2, 1)}))
    expect([node.raft.term, node.raft.role, node.raft.lastIndex]).toEqual(before)
    expect(node.turn()).toEqual([])
  })
})

describe('elections (paper 5.2)', () => {
  it('5.2: a node begins as a follower, and stays one while it hears its leader', () => {
    const node = one('follower')
    for (let n = 0; n < 100; n++) {
      node.raft.tick()
      node.raft.step(message(MsgHeartbeat, {from: 2, to: 1, term: 2, commit: 1}))
    }
    expect(node.raft.role).toBe('follower')
  })

  it('5.2: a leader sends a heartbeat to everybody at each interval', () => {
    const node = one('leader', {heartbeatTicks: 2})
    node.raft.tick()
    expect(node.turn()).toEqual([])
    node.raft.tick()
    expect(summary(node.turn())).toEqual(['MsgHeartbeat>2', 'MsgHeartbeat>3'])
  })

  it('5.2: after an election timeout a follower raises its term, votes for itself and asks all others', () => {
    const node = one('follower')
    node.raft.pinElectionTimeout(12)
    for (let n = 0; n < 11; n++) node.raft.tick()
    expect(node.raft.role).toBe('follower')
    node.raft.tick()
    expect(node.raft.status()).toMatchObject({role: 'candidate', hardState: {term: 2, vote: 1}})
    expect(summary(node.turn())).toEqual(['MsgVote>2', 'MsgVote>3'])
  })

  it('5.2: the timeout is drawn anew, between one and two election timeouts', () => {
    const drawn = new Set<number>()
    const node = one('follower')
    for (let round = 0; round < 60; round++) {
      const term = node.raft.term
      let ticks = 0
      while (node.raft.term === term) {
        node.raft.tick()
        ticks++
      }
      node.turn()
      // The first timeout was drawn before; a candidate's own begins with its campaign.
      if (round > 0) drawn.add(ticks)
    }
    expect([...drawn].sort((a, b) => a - b)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19])
  })

  it.each([
    [1, [], 'leader'],
    [3, [2], 'leader'],
    [3, [-2, -3], 'follower'],
    [3, [], 'candidate'],
    [5, [2, 3], 'leader'],
    [5, [2, -3, -4], 'candidate'],
    [5, [-2, -3, -4], 'follower'],
  ] as const)('5.2: of %i voters, with the answers %j, one is a %s', (size, answers, role) => {
    const node = new CoreNode(1, {voters: Array.from({length: size}, (_, i) => i + 1)})
    node.raft.campaign()
    node.turn()
    for (const answer of answers)
      node.raft.step(message(MsgVoteResp, {from: Math.abs(answer), to: 1, term: 2, reject: answer < 0}))
    expect(node.raft.role).toBe(role)
  })

  it('5.2: one vote a term, first come, first served; the same candidate may ask again', () => {
    const node = one('follower')
    const ask = (from: number) => message(MsgVote, {from, to: 1, term: 2, index: 1, logTerm: 1})
    for (const from of [2, 3, 2]) node.raft.step(ask(from))
    expect(summary(node.turn())).toEqual(['MsgVoteResp>2', 'MsgVoteResp>3!', 'MsgVoteResp>2'])
  })

  it('5.2: who knows the leader of a term votes for nobody else in it', () => {
    const node = one('follower')
    node.raft.step(message(MsgHeartbeat, {from: 3, to: 1, term: 2, commit: 1}))
    node.turn()
    node.raft.step(message(MsgVote, {from: 2, to: 1, term: 2, index: 9, logTerm: 2}))
    expect(summary(node.turn())).toEqual(['MsgVoteResp>2!'])
  })

  it('5.2: a voter that answers twice is counted once', () => {
    const node = new CoreNode(1, {voters: [1, 2, 3, 4, 5]})
    node.raft.campaign()
    node.turn()
    for (let n = 0; n < 3; n++) node.raft.step(message(MsgVoteResp, {from: 2, to: 1, term: 2}))
    expect(node.raft.role).toBe('candidate')
  })

  it('5.2: a candidate that hears of a leader of its term follows it', () => {
    const node = one('candidate')
    node.raft.step(message(MsgApp, {from: 2, to: 1, term: 2, index: 1, logTerm: 1}))
    expect([node.raft.role, node.raft.leader]).toEqual(['follower', 2])
  })

  it('5.2: when votes are split nobody leads, and the next term decides', () => {
    const cores = new Cores([1, 2])
    for (const id of [1, 2]) cores.node(id).raft.campaign()
    cores.settle()
    expect([...cores.nodes.values()].map(n => [n.raft.role, n.raft.term])).toEqual([
      ['follower', 2],
      ['follower', 2],
    ])
    expect(cores.elect(2).raft).toMatchObject({role: 'leader', term: 3})
  })
})

describe('replication (paper 5.3)', () => {
  it('5.3: a proposal is appended and sent to all, with the index and term of the entry before', () => {
    const node = one('leader')
    node.raft.step(message(MsgAppResp, {from: 2, to: 1, term: 2, index: 2}))
    node.raft.step(message(MsgAppResp, {from: 3, to: 1, term: 2, index: 2}))
    node.turn()
    expect(node.propose('x')).toEqual({index: 3})
    const sent = node.turn()
    expect(sent.map(m => [m.type, m.to, m.index, m.logTerm, m.entries.length, m.commit])).toEqual([
      [MsgApp, 2, 2, 2, 1, 2],
      [MsgApp, 3, 2, 2, 1, 2],
    ])
  })

  it.each([
    [3, [2], true],
    [3, [], false],
    [5, [2], false],
    [5, [2, 3], true],
  ])('5.3: of %i voters, with acknowledgements of %j, it is committed: %s', (size, acks, committed) => {
    const voters = Array.from({length: size}, (_, i) => i + 1)
    const node = new CoreNode(1, {voters})
    node.raft.campaign()
    node.turn()
    for (const from of voters.slice(1)) node.raft.step(message(MsgVoteResp, {from, to: 1, term: 2}))
    node.turn()
    for (const from of acks) node.raft.step(message(MsgAppResp, {from, to: 1, term: 2, index: 2}))
    expect(node.raft.commit === 2).toBe(committed)
  })

  it('5.3: with an entry all before it are committed, and followers learn it with the next message', () => {
    const cores = new Cores([1, 2, 3])
    cores.elect(1)
    for (const text of ['a', 'b', 'c']) cores.node(1).propose(text)
    cores.settle()
    for (const node of cores.nodes.values()) expect(node.texts).toEqual(['a', 'b', 'c'])
  })

  it('5.3: a follower refuses entries when the one before is not in its log, and hints where both may agree', () => {
    const node = one('follower', {}, entries(2, 2, 2))
    node.raft.step(message(MsgApp, {from: 2, to: 1, term: 5, index: 3, logTerm: 4, entries: entries(4, 4)}))
    node.raft.step(message(MsgApp, {from: 2, to: 1, term: 5, index: 9, logTerm: 4}))
    const sent = node.turn()
    expect(sent.map(m => [m.reject, m.index, m.rejectHint, m.logTerm])).toEqual([
      [true, 3, 3, 2],
      [true, 9, 3, 2],
    ])
  })

  it('5.3: a late copy of an append takes nothing back', () => {
    const node = one('follower', {}, entries(2, 2, 2, 2))
    node.raft.step(message(MsgApp, {from: 2, to: 1, term: 2, index: 1, logTerm: 1, entries: entries(2, 2)}))
    expect(node.raft.lastIndex).toBe(4)
  })

  it.each([
    ['entries are missing', [1, 1, 1, 4, 4, 5, 5, 6, 6]],
    ['many are missing', [1, 1, 1, 4]],
    ['one too many', [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6]],
    ['two of a later term', [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7]],
    ['missing and wrong', [1, 1, 1, 4, 4, 4, 4]],
    ['a wrong tail of old terms', [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3]],
  ])('5.3, figure 7: the leader makes a follower’s log its own: %s', (_what, terms) => {
    const cores = new Cores([1, 2, 3])
    cores.nodes.set(1, new CoreNode(1, {voters: [1, 2, 3]}, {}, entries(2, 1, 1, 1, 4, 4, 5, 5, 6, 6, 6)))
    cores.nodes.set(2, new CoreNode(2, {voters: [1, 2, 3]}, {}, entries(2, ...terms)))
    cores.down.add(2)
    for (const id of [1, 3]) cores.node(id).raft.step(message(MsgHeartbeat, {from: 2, to: id, term: 7}))
    cores.elect(1)
    cores.down.delete(2)
    cores.tick(1, 3)
    expect(cores.node(2).log.all()).toEqual(cores.node(1).log.all())
    expect(cores.node(2).log.all().at(-1)?.term).toBe(8)
  })
})

describe('safety (paper 5.4)', () => {
  it('5.4.1: a request for a vote names the last entry', () => {
    const node = one('follower', {}, entries(2, 3, 4))
    node.raft.campaign()
    expect(node.turn().map(m => [m.type, m.index, m.logTerm])).toEqual([
      [MsgVote, 3, 4],
      [MsgVote, 3, 4],
    ])
  })

  it.each([
    ['a later last term', 4, 2, true],
    ['the same term and a longer log', 3, 9, true],
    ['the same log', 3, 3, true],
    ['a shorter log', 3, 2, false],
    ['an earlier last term, though longer', 2, 9, false],
  ])('5.4.1: the vote for a candidate with %s', (_what, logTerm, index, granted) => {
    const node = one('follower', {}, entries(2, 3, 3))
    node.raft.step(message(MsgVote, {from: 2, to: 1, term: 9, index, logTerm}))
    expect(summary(node.turn())).toEqual([`MsgVoteResp>2${granted ? '' : '!'}`])
  })

  it('5.4.2: entries of earlier terms are not committed by counting, an entry of this term commits them', () => {
    const node = one('leader', {}, entries(2, 1, 1))
    node.raft.step(message(MsgAppResp, {from: 2, to: 1, term: 2, index: 3}))
    expect(node.raft.commit).toBe(1)
    node.raft.step(message(MsgAppResp, {from: 2, to: 1, term: 2, index: 4}))
    expect(node.raft.commit).toBe(4)
  })
})

describe('compaction (paper 7)', () => {
  it('7: a follower that lacks compacted entries gets a snapshot, and the entries behind it', () => {
    const cores = new Cores([1, 2, 3])
    cores.elect(1)
    cores.down.add(3)
    for (const text of ['a', 'b', 'c']) cores.node(1).propose(text)
    cores.settle()
    cores.node(1).compact(4)
    cores.down.delete(3)
    cores.tick(1, 2)
    cores.node(1).propose('d')
    cores.settle()
    expect(cores.delivered.filter(m => m.type === MsgSnap).map(m => m.snapshot?.metadata.index)).toEqual([5])
    expect(cores.node(3).raft).toMatchObject({commit: 6, lastIndex: 6})
    expect(cores.node(3).texts).toEqual(['d'])
    expect(cores.node(1).raft.progress.get(3)).toMatchObject({state: 'replicate', match: 6})
  })

  it('7: a snapshot of what is committed already changes nothing', () => {
    const node = one('follower', {}, entries(2, 1, 1))
    node.raft.step(message(MsgApp, {from: 2, to: 1, term: 2, index: 3, logTerm: 1, commit: 3}))
    node.turn()
    const confState = {voters: [1, 2, 3], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false}
    const snapshot = {data: EMPTY, metadata: {confState, index: 2, term: 1}}
    node.raft.step(message(MsgSnap, {from: 2, to: 1, term: 2, snapshot}))
    expect(node.turn().find(m => m.type === MsgAppResp)?.index).toBe(3)
    expect(node.raft.lastIndex).toBe(3)
  })

  it('7: a snapshot of entries that are here keeps those behind it', () => {
    const node = one('follower', {}, entries(2, 1, 1))
    const confState = {voters: [1, 2, 3], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false}
    const snapshot = {data: EMPTY, metadata: {confState, index: 2, term: 1}}
    node.raft.step(message(MsgSnap, {from: 2, to: 1, term: 2, snapshot}))
    expect([node.raft.commit, node.raft.lastIndex]).toEqual([2, 3])
  })

  it('7: while its snapshot is not on the disk a node does not campaign', () => {
    const node = one('follower')
    const confState = {voters: [1, 2, 3], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false}
    const snapshot = {data: EMPTY, metadata: {confState, index: 9, term: 2}}
    node.raft.step(message(MsgSnap, {from: 2, to: 1, term: 2, snapshot}))
    node.raft.campaign()
    expect(node.raft.role).toBe('follower')
    node.turn()
    node.raft.campaign()
    expect(node.raft.role).toBe('candidate')
  })
})

describe('clients (paper 8, thesis 6)', () => {
  it('8: a new leader appends an empty entry of its term at once', () => {
    const node = one('leader')
    expect(node.log.all().map(e => [e.term, e.data.length])).toEqual([[2, 0]])
  })

  it('8, thesis 6.4: a read waits for the first commit of the term, then for a quorum’s heartbeats', () => {
    const node = one('leader')
    node.raft.readIndex(utf8('r'))
    expect(summary(node.turn())).toEqual([])
    node.raft.step(message(MsgAppResp, {from: 2, to: 1, term: 2, index: 2}))
    const heartbeat = node.turn().find(m => m.type === MsgHeartbeat && m.to === 2)
    expect(node.reads).toEqual([])
    const {context} = heartbeat as Message
    node.raft.step(message(MessageType.MsgHeartbeatResp, {from: 2, to: 1, term: 2, context}))
    node.turn()
    expect(node.reads).toEqual([{index: 2, context: utf8('r')}])
  })

  it('thesis 6.4: an answer to an older heartbeat does not confirm a newer read', () => {
    const cores = new Cores([1, 2, 3])
    const leader = cores.elect(1)
    leader.raft.readIndex(utf8('first'))
    const [{context}] = leader.turn().filter(m => m.type === MsgHeartbeat)
    leader.raft.readIndex(utf8('second'))
    leader.turn()
    leader.raft.step(message(MessageType.MsgHeartbeatResp, {from: 2, to: 1, term: 2, context}))
    leader.turn()
    expect(leader.reads.map(r => Buffer.from(r.context).toString())).toEqual(['first'])
  })

  it('thesis 6.4: a follower’s read goes to the leader, and a deposed leader’s is never answered', () => {
    const cores = new Cores([1, 2, 3])
    cores.elect(1)
    cores.node(2).raft.readIndex(utf8('r'))
    cores.settle()
    expect(cores.node(2).reads).toEqual([{index: 2, context: utf8('r')}])
    cores.down.add(1)
    cores.node(1).raft.readIndex(utf8('stale'))
    cores.node(1).turn()
    cores.elect(2)
    cores.down.delete(1)
    cores.tick(2, 2)
    expect(cores.node(1).reads).toEqual([])
  })

  it('thesis 6.4.1: under a lease a read is answered at once', () => {
    const cores = new Cores([1, 2, 3], {checkQuorum: true, readOnly: 'lease-based'})
    cores.elect(1).raft.readIndex(utf8('r'))
    cores.node(1).turn()
    expect(cores.node(1).reads).toEqual([{index: 2, context: utf8('r')}])
  })

  it('thesis 6.2: a leader that no quorum answers for an election timeout steps down', () => {
    const node = one('leader', {checkQuorum: true})
    node.raft.step(message(MsgAppResp, {from: 2, to: 1, term: 2, index: 2}))
    for (let n = 0; n < 10; n++) node.raft.tick()
    expect(node.raft.role).toBe('leader')
    for (let n = 0; n < 10; n++) node.raft.tick()
    expect(node.raft.role).toBe('follower')
  })

  it('thesis 9.6: a pre-vote raises no term and takes no vote; a majority of grants starts the election', () => {
    const node = one('follower', {preVote: true})
    node.raft.campaign()
    expect(summary(node.turn())).toEqual(['MsgPreVote>2', 'MsgPreVote>3'])
    expect(node.raft.status().hardState).toMatchObject({term: 1, vote: 0})
    node.raft.step(message(MsgPreVote, {from: 3, to: 1, term: 2, index: 1, logTerm: 1}))
    expect(node.raft.status().hardState).toMatchObject({term: 1, vote: 0})
    node.raft.step(message(MessageType.MsgPreVoteResp, {from: 2, to: 1, term: 2}))
    expect(node.raft.status()).toMatchObject({role: 'candidate', hardState: {term: 2, vote: 1}})
  })

  it('thesis 4.2.3: who heard its leader refuses to be disturbed, unless the leader sent the candidate', () => {
    const cores = new Cores([1, 2, 3], {checkQuorum: true})
    cores.elect(1)
    const ask = message(MsgVote, {from: 3, to: 2, term: 9, index: 9, logTerm: 9})
    cores.node(2).raft.step(ask)
    expect(cores.node(2).raft.term).toBe(2)
    cores.node(2).raft.step({...ask, context: utf8('CampaignTransfer')})
    expect(cores.node(2).raft.term).toBe(9)
  })
})

describe('leadership transfer (thesis 3.10)', () => {
  it('3.10: who is up to date is told to campaign at once, and proposals wait', () => {
    const cores = new Cores([1, 2, 3], {checkQuorum: true, preVote: true})
    const leader = cores.elect(1)
    leader.raft.transferLeader(3)
    expect(leader.propose('x')).toEqual({dropped: 'transferring'})
    cores.settle()
    expect(cores.delivered.some(m => m.type === MsgTimeoutNow && m.to === 3)).toBe(true)
    expect([cores.node(3).raft.role, cores.node(1).raft.role, cores.node(1).raft.leader]).toEqual([
      'leader',
      'follower',
      3,
    ])
  })

  it('3.10: who lags is brought up first', () => {
    const cores = new Cores([1, 2, 3])
    const leader = cores.elect(1)
    cores.down.add(3)
    leader.propose('x')
    cores.settle()
    cores.down.delete(3)
    leader.raft.reportUnreachable(3)
    leader.raft.transferLeader(3)
    cores.settle()
    expect(cores.node(3).raft).toMatchObject({role: 'leader', lastIndex: 4})
  })

  it('3.10: a transfer that takes an election timeout has failed, and proposals are taken again', () => {
    const cores = new Cores([1, 2, 3])
    const leader = cores.elect(1)
    cores.down.add(3)
    leader.raft.transferLeader(3)
    cores.settle()
    for (let n = 0; n < 10; n++) leader.raft.tick()
    expect(leader.propose('x')).toHaveProperty('index')
  })

  it('3.10: a learner is never handed the leadership', () => {
    const cores = new Cores([1, 2], {}, {learners: [3]})
    const leader = cores.elect(1)
    leader.raft.transferLeader(3)
    expect(leader.raft.status().leadTransferee).toBe(0)
  })
})

describe('membership (thesis 4)', () => {
  const v1 = (type: ConfChangeType, nodeId: number) => ({type, nodeId, context: EMPTY})

  it('4.1: one change at a time: the next becomes an empty entry until this one is applied', () => {
    const cores = new Cores([1, 2, 3], {}, {spare: [4]})
    const leader = cores.elect(1)
    expect(leader.raft.proposeConfChange(v1(AddNode, 4))).toEqual({index: 3})
    expect(leader.raft.proposeConfChange(v1(RemoveNode, 2))).toEqual({index: 4})
    cores.settle()
    expect(leader.log.all().map(e => e.type)).toEqual([EntryType.Normal, EntryType.ConfChange, EntryType.Normal])
    expect(leader.raft.status().confState.voters).toEqual([1, 2, 3, 4])
  })

  it('4.1: a new leader takes no change until what it found in its log is applied', () => {
    const node = one('leader', {}, entries(2, 1))
    node.raft.proposeConfChange(v1(AddNode, 4))
    node.turn()
    expect(node.log.all().map(e => e.type)).toEqual([0, 0, 0])
  })

  it('4.2.1: a learner gets all entries, and neither votes nor counts', () => {
    const cores = new Cores([1, 2], {}, {learners: [3]})
    cores.elect(1)
    cores.node(1).propose('x')
    cores.settle()
    expect(cores.node(3).texts).toEqual(['x'])
    cores.down.add(2)
    cores.node(1).propose('y')
    cores.settle()
    expect(cores.node(1).texts).toEqual(['x'])
    cores.node(3).raft.campaign()
    expect(cores.node(3).raft.role).toBe('follower')
  })

  it('4.2.2: a leader that is removed leads until that is committed, without counting itself', () => {
    const cores = new Cores([1, 2, 3], {stepDownOnRemoval: true})
    const leader = cores.elect(1)
    leader.raft.proposeConfChange(v1(RemoveNode, 1))
    cores.settle()
    expect(leader.raft.role).toBe('follower')
    expect(cores.node(2).raft.status().confState.voters).toEqual([2, 3])
    expect(cores.elect(2).raft.role).toBe('leader')
  })

  it('4.3: a joint configuration decides with a majority of both halves', () => {
    const cores = new Cores([1, 2, 3], {}, {spare: [4, 5]})
    const leader = cores.elect(1)
    const changes = [
      {type: RemoveNode, nodeId: 2},
      {type: RemoveNode, nodeId: 3},
      {type: AddNode, nodeId: 4},
      {type: AddNode, nodeId: 5},
    ]
    leader.raft.proposeConfChange({transition: ConfChangeTransition.JointExplicit, changes, context: EMPTY})
    cores.settle()
    expect(leader.raft.status().confState).toMatchObject({voters: [1, 4, 5], votersOutgoing: [1, 2, 3]})
    // Of the new half a majority, of the old half only one.
    for (const id of [2, 3]) cores.down.add(id)
    leader.propose('x')
    cores.settle()
    expect(leader.texts).toEqual([])
    cores.down.delete(2)
    cores.tick(1, 2)
    expect(leader.texts).toEqual(['x'])
    leader.raft.proposeConfChange(undefined)
    cores.settle()
    expect(leader.raft.status().confState).toMatchObject({voters: [1, 4, 5], votersOutgoing: []})
  })

  it('4.3: a joint configuration that was entered by itself is left by itself', () => {
    const cores = new Cores([1, 2, 3], {}, {spare: [4]})
    const leader = cores.elect(1)
    const changes = [
      {type: AddNode, nodeId: 4},
      {type: AddLearnerNode, nodeId: 3},
    ]
    leader.raft.proposeConfChange({transition: ConfChangeTransition.Auto, changes, context: EMPTY})
    cores.settle()
    for (const id of [1, 2, 4])
      expect(cores.node(id).raft.status().confState).toMatchObject({
        voters: [1, 2, 4],
        votersOutgoing: [],
        learners: [3],
      })
  })

  it('a member that has not applied a committed change does not campaign: it does not know who votes', () => {
    const node = one('follower', {}, [
      {type: EntryType.ConfChange, term: 1, index: 2, data: Uint8Array.of(16, 0, 24, 4), context: EMPTY},
    ])
    node.raft.step(message(MsgApp, {from: 2, to: 1, term: 1, index: 2, logTerm: 1, commit: 2}))
    node.raft.campaign()
    expect(node.raft.role).toBe('follower')
    node.turn()
    node.raft.campaign()
    expect(node.raft.role).toBe('candidate')
  })
})
