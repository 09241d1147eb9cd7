import {beforeEach, describe, expect, it} from 'vitest'
import {utf8} from '../../src/base/bytes.ts'
import type {Group} from '../../src/broker/group.ts'
import {Lease} from '../../src/broker/lease.ts'
import {emptyMessage} from '../../src/raft/messages.ts'
import {type Message, MessageType} from '../../src/raft/types.ts'
import {MemoryDisk} from '../helpers/memory-disk.ts'
import {OneGroup, quiet} from '../helpers/one-group.ts'

const {
  MsgApp,
  MsgAppResp,
  MsgHeartbeat,
  MsgHeartbeatResp,
  MsgPreVote,
  MsgPreVoteResp,
  MsgSnap,
  MsgTimeoutNow,
  MsgVote,
  MsgVoteResp,
} = MessageType
const NEVER = Number.NEGATIVE_INFINITY
const ELECTION_MS = 150
const PROMISE_MS = 140

const of = (type: MessageType, m: Partial<Message>): Message => ({...emptyMessage(type), term: 1, ...m})
const append = (index: number, entries: number): Message =>
  of(MsgApp, {to: 2, index, entries: Array.from({length: entries}, () => ({}) as Message['entries'][number])})
const acknowledged = (index: number, m: Partial<Message> = {}): Message => of(MsgAppResp, {from: 2, index, ...m})

describe('a lease: from when a promise is counted', () => {
  let lease: Lease
  beforeEach(() => {
    lease = new Lease(PROMISE_MS)
  })

  /** A heartbeat to a voter, and the answer that it will give. */
  const beat = (sentMs: number, m: Partial<Message> = {}): Message => {
    const heartbeat = of(MsgHeartbeat, {to: 2, context: undefined, ...m})
    lease.leaves(heartbeat, sentMs)
    const {to, term, context} = heartbeat
    return of(MsgHeartbeatResp, {from: to, term, context})
  }

  it('from the sending of the append whose end is acknowledged, however late the answer', () => {
    lease.leaves(append(0, 3), 1_000)
    lease.leaves(append(3, 2), 1_010)
    expect(lease.fromMs(2)).toBe(NEVER)
    lease.arrives(acknowledged(3))
    expect(lease.fromMs(2)).toBe(1_000)
    lease.arrives(acknowledged(4))
    expect(lease.fromMs(2)).toBe(1_000)
    lease.arrives(acknowledged(5))
    expect([lease.fromMs(2), lease.fromMs(3)]).toEqual([1_010, NEVER])
  })

  it('an append that is sent again counts from the first time: its answer may be that to the first', () => {
    lease.leaves(append(0, 3), 1_000)
    lease.leaves(append(0, 3), 1_500)
    lease.leaves(append(3, 0), 1_510)
    lease.arrives(acknowledged(3))
    expect(lease.fromMs(2)).toBe(1_000)
  })

  it('a refusal, and an answer in another term, say nothing', () => {
    lease.leaves(append(0, 3), 1_000)
    lease.arrives(acknowledged(3, {reject: true}))
    lease.arrives(acknowledged(3, {term: 2}))
    lease.arrives({...beat(1_000), term: 2})
    expect(lease.fromMs(2)).toBe(NEVER)
  })

  it('a heartbeat has its time in front of its context; the answer brings it back, and the core gets what was its own', () => {
    const context = Uint8Array.of(7, 8, 9)
    for (const [sentMs, own] of [
      [1_000.25, undefined],
      [1_040.5, context],
    ] as const) {
      const answer = beat(sentMs, {context: own})
      expect(answer.context).toHaveLength(8 + (own?.length ?? 0))
      lease.arrives(answer)
      expect(answer.context).toEqual(own)
      expect(lease.fromMs(2)).toBe(sentMs)
    }
    lease.arrives(beat(1_030))
    expect(lease.fromMs(2)).toBe(1_040.5)
    for (const none of [undefined, Uint8Array.of(1, 2)]) {
      const answer = of(MsgHeartbeatResp, {from: 2, context: none})
      lease.arrives(answer)
      expect(answer.context).toBe(none)
    }
  })

  it('keeps little for a voter that never answers, and does not count more for it afterwards', () => {
    for (let at = 1; at <= 100; at++) lease.leaves(append(at - 1, 1), at)
    lease.arrives(acknowledged(100))
    expect(lease.fromMs(2)).toBe(16)
  })

  it('what was proven in a term says nothing in the next one', () => {
    lease.leaves(append(0, 3), 1_000)
    lease.arrives(acknowledged(3))
    const old = beat(1_050)
    const answer = beat(1_100, {term: 4})
    lease.arrives(acknowledged(3))
    lease.arrives(old)
    expect(lease.fromMs(2)).toBe(NEVER)
    lease.arrives(answer)
    expect(lease.fromMs(2)).toBe(1_100)
  })

  it('an end that was sent says nothing of a later sending up to there, also when its answer is there already, or it was a snapshot’s', () => {
    lease.leaves(append(0, 3), 1_000)
    lease.arrives(acknowledged(3))
    lease.leaves(append(3, 0), 1_100)
    lease.arrives(acknowledged(3))
    expect(lease.fromMs(2)).toBe(1_000)
    const metadata = {index: 9, term: 1} as NonNullable<Message['snapshot']>['metadata']
    lease.leaves(of(MsgSnap, {to: 2, snapshot: {data: new Uint8Array(0), metadata}}), 1_200)
    lease.leaves(append(9, 0), 1_300)
    lease.arrives(acknowledged(9))
    expect(lease.fromMs(2)).toBe(1_000)
  })

  it('is lent to all who were told to campaign, until each of them takes something later in the same term', () => {
    expect(lease.lent(1)).toBe(false)
    const before = beat(990)
    lease.leaves(of(MsgTimeoutNow, {to: 2}), 1_000)
    const [other, later] = [beat(1_010, {to: 3}), beat(1_020)]
    for (const answer of [before, other]) {
      lease.arrives(answer)
      expect([lease.lent(1), lease.lent(2)]).toEqual([true, false])
    }
    lease.leaves(of(MsgTimeoutNow, {to: 3}), 1_030)
    lease.arrives(later)
    expect(lease.lent(1)).toBe(true)
    lease.arrives(beat(1_040, {to: 3}))
    expect(lease.lent(1)).toBe(false)
  })

  it('somebody else is to be told when that takes long, once in such a time', () => {
    lease.leaves(of(MsgTimeoutNow, {to: 2}), 1_000)
    const overdue = (nowMs: number): number | undefined => lease.overdue(1, nowMs, 300)
    expect([1_300, 1_301, 1_302, 1_601, 1_602].map(overdue)).toEqual([undefined, 2, undefined, undefined, 2])
    expect(lease.overdue(2, 5_000, 300)).toBeUndefined()
  })

  it('an order to campaign that is older than a heartbeat that was taken of its sender in its term is refused', () => {
    const order = (sentMs: number, m: Partial<Message> = {}): Message => {
      const one = of(MsgTimeoutNow, {from: 1, to: 2, ...m})
      new Lease(PROMISE_MS).leaves(one, sentMs)
      return one
    }
    const taken = of(MsgHeartbeat, {from: 1, to: 2, context: undefined})
    new Lease(PROMISE_MS).leaves(taken, 1_000)
    expect(lease.refuses(order(990), 0)).toBe(false)
    lease.followed(taken, 0)
    expect(lease.refuses(order(999.5), 0)).toBe(true)
    for (const heard of [order(1_000), order(990, {term: 2}), order(990, {from: 3}), of(MsgTimeoutNow, {from: 1})])
      expect(lease.refuses(heard, 0)).toBe(false)
  })

  it('a promise is kept whatever becomes of the term, until its time is over or its leader is dead', () => {
    const asks = [of(MsgVote, {from: 3, term: 9}), of(MsgPreVote, {from: 3, term: 9})]
    const refused = (nowMs: number): boolean[] => asks.map(m => lease.refuses(m, nowMs))
    expect(refused(0)).toEqual([false, false])
    lease.followed(of(MsgVoteResp, {from: 1}), 1_000)
    expect(refused(1_000)).toEqual([false, false])
    lease.followed(of(MsgHeartbeat, {from: 1}), 1_000)
    expect([refused(1_139), refused(1_140)]).toEqual([
      [true, true],
      [false, false],
    ])
    expect(lease.refuses(append(0, 1), 1_000)).toBe(false)
    lease.released()
    expect(refused(1_000)).toEqual([false, false])
  })
})

describe('a group and its lease', () => {
  let disk: MemoryDisk
  beforeEach(() => {
    disk = new MemoryDisk()
  })

  const ask = (of: OneGroup, type: MessageType, context?: Uint8Array): Promise<void> =>
    of.hear(type, {from: 3, term: (of.group as Group).raft.term + 1, index: 90, logTerm: 90, context})

  const answered = (of: OneGroup): boolean[] =>
    of.sent.filter(m => m.type === MsgVoteResp || m.type === MsgPreVoteResp).map(m => !m.reject)

  it('a leader that hears acknowledgements of what it sent long ago answers nobody; it does again when they are of now', async () => {
    const node = await OneGroup.open(disk, 1)
    const group = node.group as Group
    await node.lead()
    expect(group.serving).toBe(true)
    group.propose(utf8('a'), new Uint8Array(0))
    await quiet()
    await node.clock.advance(ELECTION_MS)
    await node.hear(MsgAppResp, {from: 2, index: group.raft.lastIndex})
    expect([group.leading, group.serving, group.raft.commit]).toEqual([true, false, group.raft.lastIndex])
    group.propose(utf8('b'), new Uint8Array(0))
    await quiet()
    await node.hear(MsgAppResp, {from: 2, index: group.raft.lastIndex})
    expect(group.serving).toBe(true)
  })

  /** The answer to the newest heartbeat to node 2. */
  const answerBeat = async (node: OneGroup): Promise<void> => {
    for (let tick = 0; tick < 4; tick++) node.group?.tick(tick === 3)
    await quiet()
    const newest = node.sentOf(MsgHeartbeat).filter(m => m.to === 2)
    await node.hear(MsgHeartbeatResp, {from: 2, context: newest.at(-1)?.context})
  }

  it('a leader that told another to campaign answers nobody until that one takes what came later; it tells somebody else when that takes long', async () => {
    const node = await OneGroup.open(disk, 1)
    const group = node.group as Group
    await node.lead()
    await node.hear(MsgAppResp, {from: 3, index: group.raft.lastIndex})
    expect(group.handOver()).toBe(true)
    await quiet()
    const [{to}] = node.sentOf(MsgTimeoutNow)
    expect([group.leading, group.serving]).toEqual([true, false])
    await node.clock.advance(2 * ELECTION_MS + 1)
    group.tick(false)
    await quiet()
    expect(node.sentOf(MsgTimeoutNow).map(m => m.to)).toEqual([to, to === 2 ? 3 : 2])
    expect(group.serving).toBe(false)
  })

  it('a leader whose candidate goes on following it serves again; it does not sleep before, for then nobody would try again', async () => {
    const node = await OneGroup.open(disk, 1)
    const group = node.group as Group
    await node.lead()
    expect(group.restIndex).toBe(group.raft.lastIndex)
    group.handOver()
    await quiet()
    expect([group.serving, group.restIndex]).toEqual([false, undefined])
    await node.clock.advance(10)
    await answerBeat(node)
    expect([group.serving, group.restIndex]).toEqual([true, group.raft.lastIndex])
  })

  /** Node 3 says that it is in this term, which it leads no more than anybody else. */
  const raise = async (of: OneGroup, term: number): Promise<void> => {
    await of.hear(MsgPreVoteResp, {from: 3, term, reject: true})
    expect(of.group?.raft).toMatchObject({term, leader: 0})
  }

  it('a follower that slept has promised when it wakes, whatever wakes it', async () => {
    const node = await OneGroup.open(disk, 2)
    await node.hear(MsgHeartbeat, {from: 1, term: 5})
    node.group?.fallAsleep(new Set())
    await node.clock.advance(PROMISE_MS)
    await raise(node, 9)
    expect(node.group?.asleep).toBe(false)
    await ask(node, MsgVote)
    expect(answered(node)).toEqual([])
    await node.clock.advance(PROMISE_MS)
    await ask(node, MsgVote)
    expect(answered(node)).toEqual([true])
  })

  it('a follower whose leader is dead campaigns in its turn, unless it has promised to another meanwhile', async () => {
    for (const [promises, campaigns] of [
      [false, 2],
      [true, 0],
    ] as const) {
      const node = await OneGroup.open(new MemoryDisk(), 2)
      await node.hear(MsgHeartbeat, {from: 1, term: 5})
      node.groups.dead(1)
      if (promises) await node.hear(MsgHeartbeat, {from: 3, term: 6})
      await raise(node, 9)
      await node.clock.advance(4 * 10)
      await quiet()
      expect(node.sentOf(MsgPreVote)).toHaveLength(campaigns)
    }
  })

  it('a read index is confirmed by answers to heartbeats as the core knows them', async () => {
    const node = await OneGroup.open(disk, 1)
    const group = node.group as Group
    await node.lead()
    const reading = group.readable()
    await quiet()
    const [asked] = node.sentOf(MsgHeartbeat).filter(m => m.to === 2)
    await node.hear(MsgHeartbeatResp, {from: 2, context: asked.context})
    expect(await reading).toBe(true)
  })

  it('the next process of a voter gives no vote as long as a promise holds, but to whom its leader sent', async () => {
    const before = await OneGroup.open(disk, 2)
    await before.hear(MsgHeartbeat, {from: 1, term: 5})
    await before.groups.stop()
    for (const [context, granted] of [
      [undefined, []],
      [utf8('CampaignTransfer'), [true]],
    ] as const) {
      const node = await OneGroup.open(disk.crash(), 2)
      await ask(node, MsgPreVote, context)
      await ask(node, MsgVote, context)
      expect(answered(node).slice(-1)).toEqual(granted)
      await node.groups.stop()
    }
    const node = await OneGroup.open(disk.crash(), 2)
    await node.clock.advance(PROMISE_MS)
    await ask(node, MsgPreVote)
    await ask(node, MsgVote)
    expect(answered(node)).toEqual([true, true])
  })

  it('a replica that is born promised nobody anything: it votes at once; its next process may have, though no term was kept', async () => {
    const node = await OneGroup.open(disk, 2)
    await ask(node, MsgPreVote)
    await ask(node, MsgVote)
    expect(answered(node)).toEqual([true, true])
    const short = new MemoryDisk()
    await OneGroup.open(short, 2)
    const next = await OneGroup.open(short.crash(), 2)
    expect(next.group?.raft.term).toBe(0)
    await ask(next, MsgVote)
    expect(answered(next)).toEqual([])
  })
})
