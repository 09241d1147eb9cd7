import {describe, expect, it} from 'vitest'
import {SeededRandom} from '../../src/base/random.ts'
import {Groups} from '../../src/broker/groups.ts'
import {MetadataImage} from '../../src/broker/metadata/image.ts'
import {defaultBrokerParts} from '../../src/broker/parts.ts'
import {Topics} from '../../src/broker/topics.ts'
import {DEFAULT_SETTINGS, type NodeConfig} from '../../src/contracts/node-config.ts'
import type {Io} from '../../src/io/ports.ts'
import {openGroupsFile} from '../../src/wal/groups-file.ts'
import {NO_RESERVE} from '../../src/wal/reserve.ts'
import {drained, failure, ManualClock, MemoryDisk} from '../helpers/memory-disk.ts'

/** The topics of node 1 over a disk in memory; nobody else answers. */
async function topicsOn(disk: MemoryDisk) {
  const clock = new ManualClock()
  const exits: number[] = []
  const lines: string[] = []
  const io = {
    clock,
    disk,
    random: new SeededRandom(1),
    log: (level: string, line: string) => lines.push(`${level} ${line}`),
    exit: (code: number) => exits.push(code),
    point: () => undefined,
  } as unknown as Io
  const listing = await openGroupsFile(disk)
  if ('refused' in listing) throw new Error(listing.refused.why)
  const nothing = (): void => undefined
  const groups = new Groups(
    io,
    1,
    DEFAULT_SETTINGS,
    defaultBrokerParts,
    listing.file,
    {send: nothing, beat: nothing, heard: nothing, flush: nothing, changed: nothing, full: nothing},
    {talkative: '__raft_metadata/0', incarnation: 'one', peers: [2, 3], reserve: NO_RESERVE},
  )
  const image = new MetadataImage()
  const config = {node: 1, settings: DEFAULT_SETTINGS, voters: [1, 2, 3]} as unknown as NodeConfig
  const topics = new Topics(
    io,
    config,
    groups,
    image,
    {now: () => 0, diskFull: () => false, leadership: nothing},
    defaultBrokerParts,
  )
  const create = (topic: string): void => {
    image.apply({
      do: 'create-topic',
      id: topic,
      topic,
      topicId: topic.repeat(4),
      replicas: [[1], [1], [1]],
      configs: {},
    })
    topics.reconcile()
  }
  return {topics, groups, image, clock, exits, lines, create}
}

async function settled(clock: ManualClock, ms = 0): Promise<void> {
  clock.advance(ms)
  for (let i = 0; i < 5; i++) await drained()
}

describe('topics', () => {
  it('topics: a new topic of the metadata gets its replicas on this node', async () => {
    const {topics, create, clock} = await topicsOn(new MemoryDisk())
    create('orders')
    await settled(clock)
    expect([...topics.replicas()].map(r => `${r.topic}/${r.partition}`).sort()).toEqual([
      'orders/0',
      'orders/1',
      'orders/2',
    ])
  })

  // Each place of the creation that can meet a full disk: the topic's id, a log's head, the listing of the group.
  it.each([
    'topic.json',
    'orders/1/wal_1_0.log',
    'groups.log',
  ])('hardening 36: a disk that is full at %s when a topic is created is waited out, and the node lives', async place => {
    const disk = new MemoryDisk()
    const {topics, groups, create, clock, exits, lines} = await topicsOn(disk)
    let full = true
    disk.meet = ({call, path}) => {
      if (full && call === 'append' && path.endsWith(place)) throw failure('ENOSPC', path)
    }
    create('orders')
    await settled(clock)
    for (let i = 0; i < 3; i++) await settled(clock, 200)
    expect([...topics.replicas()].length).toBeLessThan(3)
    expect(lines.filter(l => l.includes('the disk is full'))).toHaveLength(1)
    full = false
    for (let i = 0; i < 3; i++) await settled(clock, 200)
    expect([...topics.replicas()].map(r => r.partition).sort()).toEqual([0, 1, 2])
    expect([...groups.all()].map(g => g.name).sort()).toEqual(['orders/0', 'orders/1', 'orders/2'])
    expect(exits).toEqual([])
    await groups.stop()
    expect(disk.openFiles).toBe(0)
  })

  it('topics: one that a snapshot still holds, and whose directory an earlier life put aside, is not born again', async () => {
    const disk = new MemoryDisk()
    const first = await topicsOn(disk)
    first.create('orders')
    await settled(first.clock)
    first.image.apply({do: 'delete-topic', id: 'x', topic: 'orders', topicId: 'orders'.repeat(4)})
    first.topics.reconcile()
    await settled(first.clock)
    await first.groups.stop()
    const aside = `wal/orders.deleted-${'orders'.repeat(4)}/topic.json`
    expect([...disk.files.keys()].filter(path => path.endsWith('topic.json'))).toEqual([aside])

    const again = await topicsOn(disk.crash())
    again.create('orders')
    await settled(again.clock)
    expect([...again.topics.replicas()]).toEqual([])
    again.image.apply({do: 'delete-topic', id: 'x', topic: 'orders', topicId: 'orders'.repeat(4)})
    again.topics.reconcile()
    await settled(again.clock)
    expect(again.exits).toEqual([])
    expect([...disk.files.keys()].filter(path => path.endsWith('topic.json'))).toEqual([aside])
  })

  it('topics: a topic whose every replica here is damaged stays where it is when others come', async () => {
    const disk = new MemoryDisk()
    const first = await topicsOn(disk)
    first.create('orders')
    await settled(first.clock)
    await first.groups.stop()
    const damaged = disk.copy()
    for (const p of [0, 1, 2]) damaged.put(`wal/orders/${p}/wal_${p}_0.log`, new Uint8Array(512))
    const again = await topicsOn(damaged)
    again.create('orders')
    await settled(again.clock)
    again.create('other')
    await settled(again.clock)
    expect(again.groups.refused.map(r => r.group).sort()).toEqual(['orders/0', 'orders/1', 'orders/2'])
    expect([...damaged.files.keys()].filter(path => path.includes('deleted'))).toEqual([])
    expect([...again.topics.replicas()].map(r => r.topic)).toEqual(['other', 'other', 'other'])
  })

  it('topics: a deleted topic is put aside, and one of the same name begins anew', async () => {
    const disk = new MemoryDisk()
    const {topics, image, clock, create} = await topicsOn(disk)
    create('orders')
    await settled(clock)
    const id = image.topics.get('orders')?.id ?? ''
    image.apply({do: 'delete-topic', id: 'x', topic: 'orders', topicId: id})
    image.apply({do: 'create-topic', id: 'y', topic: 'orders', topicId: 'new', replicas: [[1]], configs: {}})
    topics.reconcile()
    await settled(clock)
    expect([...topics.replicas()].map(r => `${r.topic}/${r.partition} ${r.topicId}`)).toEqual(['orders/0 new'])
    expect(disk.files.has(`wal/orders.deleted-${id}/0/wal_0_0.log`)).toBe(true)
  })

  it('topics: any other failure of the disk ends the node', async () => {
    const disk = new MemoryDisk()
    const {create, clock, exits} = await topicsOn(disk)
    disk.meet = ({call, path}) => {
      if (call === 'append' && path.endsWith('topic.json')) throw failure('EIO', path)
    }
    create('orders')
    await settled(clock)
    expect(exits).toEqual([74])
  })
})
