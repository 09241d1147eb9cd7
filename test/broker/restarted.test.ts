import {beforeEach, describe, expect, it} from 'vitest'
import {utf8} from '../../src/base/bytes.ts'
import {SeededRandom} from '../../src/base/random.ts'
import type {Group, Machine} from '../../src/broker/group.ts'
import {Groups} from '../../src/broker/groups.ts'
import {defaultBrokerParts} from '../../src/broker/parts.ts'
import {DEFAULT_SETTINGS} from '../../src/contracts/node-config.ts'
import type {Io} from '../../src/io/ports.ts'
import {emptyMessage} from '../../src/raft/messages.ts'
import {type Message, MessageType} from '../../src/raft/types.ts'
import {openGroupsFile} from '../../src/wal/groups-file.ts'
import {NO_RESERVE} from '../../src/wal/reserve.ts'
import {FakeClock, settled} from '../helpers/fake-clock.ts'
import {MemoryDisk} from '../helpers/memory-disk.ts'

const {MsgApp, MsgAppResp, MsgPreVote, MsgPreVoteResp, MsgVote, MsgVoteResp} = MessageType

const machine: Machine & {attach(): void} = {
  apply: () => undefined,
  moved: () => undefined,
  stateHash: () => '',
  snapshot: () => new Uint8Array(0),
  restore: () => undefined,
  dropped: () => undefined,
  attach: () => undefined,
}

let sent: Message[]
let groups: Groups
let group: Group

async function quiet(): Promise<void> {
  for (let i = 0; i < 20; i++) await settled()
}

async function answer(m: Partial<Message> & {type: MessageType}): Promise<void> {
  group.receive({...emptyMessage(m.type), from: 2, to: 1, term: group.raft.term, ...m})
  await quiet()
}

const appends = (): Array<[to: number, before: number, entries: number]> =>
  sent.filter(m => m.type === MsgApp).map(m => [m.to, m.index, m.entries.length])

/** Node 1 leads; nodes 2 and 3 are what a test says of them. */
beforeEach(async () => {
  const disk = new MemoryDisk()
  const listing = await openGroupsFile(disk)
  if ('refused' in listing) throw new Error(listing.refused.why)
  sent = []
  groups = new Groups(
    {clock: new FakeClock(), disk, random: new SeededRandom(1), log: () => undefined} as unknown as Io,
    1,
    DEFAULT_SETTINGS,
    defaultBrokerParts,
    listing.file,
    {
      send: (_group, message) => sent.push(message),
      beat: () => undefined,
      heard: () => undefined,
      flush: () => undefined,
      changed: () => undefined,
      full: () => undefined,
    },
    {talkative: '', incarnation: 'a1', peers: [2, 3], reserve: NO_RESERVE},
  )
  const opened = await groups.open({
    name: 'orders/0',
    topic: 'orders',
    partition: 0,
    dir: 'wal/orders/0',
    snapshotDir: 'wal/orders/0/snapshots',
    voters: [1, 2, 3],
    machine,
    compacted: false,
  })
  group = opened as Group
  group.campaign()
  await quiet()
  expect(sent.filter(m => m.type === MsgPreVote)).toHaveLength(2)
  await answer({type: MsgPreVoteResp, term: 1})
  expect(sent.filter(m => m.type === MsgVote)).toHaveLength(2)
  await answer({type: MsgVoteResp})
  await answer({type: MsgAppResp, index: 1})
  for (const text of ['a', 'b']) group.propose(utf8(text), new Uint8Array(0))
  await quiet()
  await answer({type: MsgAppResp, index: 3})
  expect(group.state()).toMatchObject({role: 'leader', commit: 3, match: {1: 3, 2: 3, 3: 0}})
  sent = []
})

describe('a follower that is another process than before', () => {
  it('is asked where it stands; it gets what was cut from its log though it had acknowledged that', async () => {
    groups.restarted(2)
    await quiet()
    expect(group.state()).toMatchObject({commit: 3, match: {1: 3, 2: 0}})
    expect(appends()).toEqual([[2, 3, 0]])
    await answer({type: MsgAppResp, index: 3, reject: true, rejectHint: 1, logTerm: 1})
    expect(appends()[1]).toEqual([2, 1, 2])
    await answer({type: MsgAppResp, index: 3})
    expect(group.state()).toMatchObject({commit: 3, match: {1: 3, 2: 3}})
  })

  it('counts again with its first answer when it lost nothing', async () => {
    groups.restarted(2)
    await quiet()
    await answer({type: MsgAppResp, index: 3})
    expect(group.state().match).toEqual({1: 3, 2: 3, 3: 0})
    expect(appends()).toEqual([[2, 3, 0]])
  })

  it('wakes a group that sleeps; who is no member, and who does not lead, takes no notice', async () => {
    group.fallAsleep()
    groups.restarted(7)
    await quiet()
    expect([group.asleep, appends()]).toEqual([true, []])
    groups.restarted(2)
    await quiet()
    expect([group.asleep, appends()]).toEqual([false, [[2, 3, 0]]])
    await answer({type: MsgAppResp, term: 9, index: 3})
    sent = []
    groups.restarted(2)
    await quiet()
    expect([group.raft.role, appends()]).toEqual(['follower', []])
  })
})
