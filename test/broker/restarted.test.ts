import {beforeEach, describe, expect, it} from 'vitest'
import {utf8} from '../../src/base/bytes.ts'
import type {Group} from '../../src/broker/group.ts'
import {MessageType} from '../../src/raft/types.ts'
import {MemoryDisk} from '../helpers/memory-disk.ts'
import {OneGroup, quiet} from '../helpers/one-group.ts'

const {MsgApp, MsgAppResp} = MessageType

let node: OneGroup
let group: Group

const appends = (): Array<[to: number, before: number, entries: number]> =>
  node.sentOf(MsgApp).map(m => [m.to, m.index, m.entries.length])

/** Node 1 leads, and node 2 has acknowledged all of its three entries. */
beforeEach(async () => {
  node = await OneGroup.open(new MemoryDisk(), 1)
  group = node.group as Group
  await node.lead()
  for (const text of ['a', 'b']) group.propose(utf8(text), new Uint8Array(0))
  await quiet()
  await node.hear(MsgAppResp, {from: 2, index: 3})
  expect(group.state()).toMatchObject({role: 'leader', commit: 3, match: {1: 3, 2: 3, 3: 0}})
  node.sent.length = 0
})

describe('a follower that is another process than before', () => {
  it('is asked where it stands; it gets what was cut from its log though it had acknowledged that', async () => {
    node.groups.restarted(2)
    await quiet()
    expect(group.state()).toMatchObject({commit: 3, match: {1: 3, 2: 0}})
    expect(appends()).toEqual([[2, 3, 0]])
    await node.hear(MsgAppResp, {from: 2, index: 3, reject: true, rejectHint: 1, logTerm: 1})
    expect(appends()[1]).toEqual([2, 1, 2])
    await node.hear(MsgAppResp, {from: 2, index: 3})
    expect(group.state()).toMatchObject({commit: 3, match: {1: 3, 2: 3}})
  })

  it('counts again with its first answer when it lost nothing', async () => {
    node.groups.restarted(2)
    await quiet()
    await node.hear(MsgAppResp, {from: 2, index: 3})
    expect(group.state().match).toEqual({1: 3, 2: 3, 3: 0})
    expect(appends()).toEqual([[2, 3, 0]])
  })

  it('wakes a group that sleeps; who is no member, and who does not lead, takes no notice', async () => {
    group.fallAsleep(new Set([2, 3]))
    node.groups.restarted(7)
    await quiet()
    expect([group.asleep, appends()]).toEqual([true, []])
    node.groups.restarted(2)
    await quiet()
    expect([group.asleep, appends()]).toEqual([false, [[2, 3, 0]]])
    await node.hear(MsgAppResp, {from: 2, term: 9, index: 3})
    node.sent.length = 0
    node.groups.restarted(2)
    await quiet()
    expect([group.raft.role, appends()]).toEqual(['follower', []])
  })
})
