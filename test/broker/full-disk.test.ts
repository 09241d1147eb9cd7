import {describe, expect, it} from 'vitest'
import {utf8} from '../../src/base/bytes.ts'
import {FullDisk} from '../../src/broker/full-disk.ts'
import type {Group} from '../../src/broker/group.ts'
import {EntryType} from '../../src/formats/eraftpb.ts'
import {MessageType} from '../../src/raft/types.ts'
import {ReserveFile} from '../../src/wal/reserve.ts'
import {FakeClock} from '../helpers/fake-clock.ts'
import {MemoryDisk} from '../helpers/memory-disk.ts'
import {IDLE_MACHINE, OneGroup, quiet} from '../helpers/one-group.ts'

function node(): {clock: FakeClock; full: FullDisk; told: boolean[]; asked: () => number} {
  const clock = new FakeClock()
  const told: boolean[] = []
  let asked = 0
  const group = {handOver: () => ++asked > 0}
  const full = new FullDisk({clock, handOverMs: 300, groups: () => [group, group], changed: f => told.push(f)})
  return {clock, full, told, asked: () => asked}
}

/** A disk without room for anything but its reserve, as soon as `fill` is called. */
async function small(): Promise<{node: OneGroup; fill(): void; free(): void; turns: () => number}> {
  const disk = new MemoryDisk()
  const reserve = await ReserveFile.open(disk)
  await reserve.fill()
  let turns = 0
  const machine = {...IDLE_MACHINE, moved: () => void turns++}
  const node = await OneGroup.open(disk, 1, {reserve, machine})
  return {
    node,
    turns: () => turns,
    fill: () => {
      disk.room = 0
    },
    free: () => {
      disk.room = Number.POSITIVE_INFINITY
    },
  }
}

describe('a group on a full disk', () => {
  it('hardening 36: votes, but does not campaign: what it won it could not lead, and would have to hand over', async () => {
    const {node, fill, free} = await small()
    const group = node.group as Group
    // A follower with an entry that finds no room.
    fill()
    const entry = {type: EntryType.Normal, term: 1, index: 1, data: new Uint8Array(9), context: new Uint8Array(0)}
    await node.hear(MessageType.MsgApp, {from: 2, term: 1, entries: [entry]})
    expect([node.full, node.sent]).toEqual([[true], []])
    await node.hear(MessageType.MsgPreVote, {from: 3, term: 2, index: 1, logTerm: 1})
    for (let i = 0; i < 40; i++) group.tick(false)
    await quiet()
    await node.hear(MessageType.MsgPreVoteResp, {from: 2, term: 2})
    await node.hear(MessageType.MsgPreVoteResp, {from: 3, term: 2})
    expect(group.raft).toMatchObject({role: 'candidate', term: 2})
    expect(node.sentOf(MessageType.MsgVote)).toEqual([])
    // What it promised to node 2 is over.
    await node.clock.advance(140)
    await node.hear(MessageType.MsgVote, {from: 3, term: 3, index: 1, logTerm: 1})
    expect(node.sentOf(MessageType.MsgVoteResp)).toMatchObject([{to: 3, term: 3, reject: false}])
    expect(group.raft).toMatchObject({role: 'follower', term: 3})
    free()
    await node.clock.advance(200)
    await quiet()
    expect([node.full, group.state()]).toMatchObject([[true, false], {synced: 1, term: 3, vote: 3}])
  })

  it('gets a turn when the disk is full, also with nobody to hand it to', async () => {
    const {node, fill, free, turns} = await small()
    const group = node.group as Group
    await node.lead()
    // The quorum was looked at just now: nobody was heard since.
    for (let i = 0; i < 15; i++) group.tick(false)
    await quiet()
    fill()
    group.propose(utf8('a'), new Uint8Array(0))
    const before = turns()
    await quiet()
    expect(node.full).toEqual([true])
    // The proposal's own turn, and one more.
    expect(turns() - before).toBe(2)
    free()
    await node.clock.advance(200)
    await quiet()
    expect(node.full).toEqual([true, false])
  })
})

describe('a full disk', () => {
  it('hardening 36: whatever the node leads is handed over, again and again, until no log waits for room', async () => {
    const {clock, full, told, asked} = node()
    full.told('a/0', true)
    full.told('b/0', true)
    expect([told, asked()]).toEqual([[true], 2])
    await clock.advance(300)
    expect(asked()).toBe(4)
    full.told('a/0', false)
    await clock.advance(300)
    // One log still waits.
    expect([told, asked()]).toEqual([[true], 6])
    full.told('b/0', false)
    await clock.advance(1_000)
    expect([told, asked(), clock.timers]).toEqual([[true, false], 6, 0])
    full.told('a/0', false)
    expect(told).toEqual([true, false])
  })
})
