import {beforeEach, describe, expect, it} from 'vitest'
import {utf8} from '../../src/base/bytes.ts'
import type {Group} from '../../src/broker/group.ts'
import {Lease} from '../../src/broker/lease.ts'
import {emptyMessage} from '../../src/raft/messages.ts'
import {type Message, MessageType} from '../../src/raft/types.ts'
import {MemoryDisk} from '../helpers/memory-disk.ts'
import {OneGroup, quiet} from '../helpers/one-group.ts'

const {MsgApp, MsgAppResp, MsgHeartbeat, MsgPreVote, MsgPreVoteResp, MsgTimeoutNow, MsgVote, MsgVoteResp} = MessageType
const NEVER = Number.NEGATIVE_INFINITY
const ELECTION_MS = 150

const of = (type: MessageType, m: Partial<Message>): Message => ({...emptyMessage(type), term: 1, ...m})
const append = (index: number, entries: number): Message =>
  of(MsgApp, {to: 2, index, entries: Array.from({length: entries}, () => ({}) as Message['entries'][number])})
const acknowledged = (index: number, m: Partial<Message> = {}): Message => of(MsgAppResp, {from: 2, index, ...m})

describe('a lease: from when a voter has an election timeout to go', () => {
  let lease: Lease
  beforeEach(() => {
    lease = new Lease(ELECTION_MS, 0, false)
  })

  it('counts from the sending of the append whose end it acknowledges, however late the answer', () => {
    lease.sent(append(0, 3), 1_000)
    lease.sent(append(3, 2), 1_010)
    expect(lease.fromMs(2, NEVER)).toBe(NEVER)
    lease.heard(acknowledged(3))
    expect(lease.fromMs(2, NEVER)).toBe(1_000)
    lease.heard(acknowledged(4))
    expect(lease.fromMs(2, NEVER)).toBe(1_000)
    lease.heard(acknowledged(5))
    expect([lease.fromMs(2, NEVER), lease.fromMs(3, NEVER)]).toEqual([1_010, NEVER])
  })

  it('an append that is sent again counts from the first time: its answer may be that to the first', () => {
    lease.sent(append(0, 3), 1_000)
    lease.sent(append(0, 3), 1_500)
    lease.sent(append(3, 0), 1_510)
    lease.heard(acknowledged(3))
    expect(lease.fromMs(2, NEVER)).toBe(1_000)
  })

  it('a refusal, and an answer in another term, say nothing', () => {
    lease.sent(append(0, 3), 1_000)
    lease.heard(acknowledged(3, {reject: true}))
    lease.heard(acknowledged(3, {term: 2}))
    expect(lease.fromMs(2, NEVER)).toBe(NEVER)
  })

  it('a heartbeat counts once its node has echoed something that was sent behind it', () => {
    for (const at of [1_000, 1_040]) lease.sent(of(MsgHeartbeat, {to: 2}), at)
    expect([999, 1_000, 1_039, 1_040].map(echoed => lease.fromMs(2, echoed))).toEqual([NEVER, 1_000, 1_000, 1_040])
  })

  it('keeps little for a voter that never answers, and does not count more for it afterwards', () => {
    for (let at = 1; at <= 100; at++) {
      lease.sent(append(at - 1, 1), at)
      lease.sent(of(MsgHeartbeat, {to: 2}), at)
    }
    lease.heard(acknowledged(100))
    expect(lease.fromMs(2, NEVER)).toBe(16)
    expect(lease.fromMs(2, 90)).toBe(90)
  })

  it('what was proven in a term says nothing in the next one', () => {
    lease.sent(append(0, 3), 1_000)
    lease.heard(acknowledged(3))
    lease.sent(of(MsgHeartbeat, {to: 2, term: 4}), 1_100)
    lease.heard(acknowledged(3))
    expect(lease.fromMs(2, 1_099)).toBe(NEVER)
    expect(lease.fromMs(2, 1_100)).toBe(1_100)
  })

  it('is lent for two election timeouts from when somebody was told to campaign', () => {
    expect(lease.lent(1, 1_000)).toBe(false)
    lease.sent(of(MsgTimeoutNow, {to: 2}), 1_000)
    expect([1_000, 1_300, 1_301].map(now => lease.lent(1, now))).toEqual([true, true, false])
    expect(lease.lent(2, 1_001)).toBe(false)
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

  it('a leader that told another to campaign answers nobody until that has had its time', async () => {
    const node = await OneGroup.open(disk, 1)
    const group = node.group as Group
    await node.lead()
    expect(group.handOver()).toBe(true)
    await quiet()
    expect(node.sentOf(MsgTimeoutNow).map(m => m.to)).toEqual([2])
    expect([group.leading, group.serving]).toEqual([true, false])
  })

  it('the next process of a voter gives no vote for an election timeout, but to whom its leader sent', async () => {
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
    await node.clock.advance(ELECTION_MS)
    await ask(node, MsgPreVote)
    await ask(node, MsgVote)
    expect(answered(node)).toEqual([true, true])
  })

  it('a replica that is born promised nobody anything: it votes at once', async () => {
    const node = await OneGroup.open(disk, 2)
    await ask(node, MsgPreVote)
    await ask(node, MsgVote)
    expect(answered(node)).toEqual([true, true])
  })
})
