import {describe, expect, it} from 'vitest'
import {fromUtf8, utf8} from '../../src/base/bytes.ts'
import {SeededRandom} from '../../src/base/random.ts'
import {Groups} from '../../src/broker/groups.ts'
import {MetadataImage} from '../../src/broker/metadata/image.ts'
import {defaultBrokerParts} from '../../src/broker/parts.ts'
import {Topics} from '../../src/broker/topics.ts'
import {DEFAULT_SETTINGS, type NodeConfig} from '../../src/contracts/node-config.ts'
import {REBUILD_FILE} from '../../src/contracts/rebuild.ts'
import type {MetadataCommand} from '../../src/formats/metadata-command.ts'
import type {Io} from '../../src/io/ports.ts'
import {emptyMessage} from '../../src/raft/messages.ts'
import {MessageType} from '../../src/raft/types.ts'
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

/** The disk of a node that held the three replicas of `orders`. */
async function lived(): Promise<MemoryDisk> {
  const disk = new MemoryDisk()
  const {groups, clock, create} = await topicsOn(disk)
  create('orders')
  await settled(clock)
  await groups.stop()
  return disk.crash()
}

/** What the next life makes of that disk after `damage`. */
async function nextLife(damage: (disk: MemoryDisk) => void) {
  const disk = await lived()
  damage(disk)
  const again = await topicsOn(disk)
  again.create('orders')
  await settled(again.clock)
  return {...again, disk}
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
    const {topics, groups, disk, clock, create} = await nextLife(next => {
      for (const p of [0, 1, 2]) next.put(`wal/orders/${p}/wal_${p}_0.log`, new Uint8Array(512))
    })
    create('other')
    await settled(clock)
    expect(groups.refused.map(r => r.group).sort()).toEqual(['orders/0', 'orders/1', 'orders/2'])
    expect([...disk.files.keys()].filter(path => path.includes('deleted'))).toEqual([])
    expect([...topics.replicas()].map(r => r.topic)).toEqual(['other', 'other', 'other'])
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

  it('topics: what a deleted topic left is none of the next one of its name, also before it is put aside', async () => {
    const {topics, groups, image, clock, create} = await topicsOn(new MemoryDisk())
    create('orders')
    await settled(clock)
    const old = groups.get('orders/0')
    expect(topics.replica('orders', 0)?.topicId).toBe('orders'.repeat(4))
    image.apply({do: 'delete-topic', id: 'd', topic: 'orders', topicId: 'orders'.repeat(4)})
    expect(topics.replica('orders', 0)).toBeUndefined()
    image.apply({
      do: 'create-topic',
      id: 'c',
      topic: 'orders',
      topicId: 'f'.repeat(32),
      replicas: [[1, 2]],
      configs: {},
    })
    expect(topics.replica('orders', 0)).toBeUndefined()
    topics.reconcile()
    await settled(clock)
    expect(topics.replica('orders', 0)?.topicId).toBe('f'.repeat(32))
    // A node that lags behind speaks of the old one, in a higher term.
    const heartbeat = {...emptyMessage(MessageType.MsgHeartbeat), from: 2, to: 1, term: 9}
    if (old) groups.receive(old.address, heartbeat)
    expect(groups.get('orders/0')?.term).toBeLessThan(9)
    groups.receive(`orders/0@${'f'.repeat(16)}`, heartbeat)
    expect(groups.get('orders/0')?.term).toBe(9)
  })

  it('topics: a creation that was proposed twice makes none that was deleted in between', () => {
    const image = new MetadataImage()
    const create = {do: 'create-topic', id: 'c', topic: 'orders', topicId: 'f'.repeat(32), replicas: [[1]], configs: {}}
    expect(image.apply(create as MetadataCommand).done).toBe(true)
    expect(image.apply({do: 'delete-topic', id: 'd', topic: 'orders', topicId: 'f'.repeat(32)}).done).toBe(true)
    const again = new MetadataImage()
    again.restore(image.canonical())
    for (const one of [image, again]) {
      expect(one.apply(create as MetadataCommand)).toEqual({done: false, why: 'missing'})
      expect(one.topics.size).toBe(0)
    }
  })

  it('topics: one that was deleted and made anew while this node was away begins anew, too: what was listed of the old one is forgotten', async () => {
    const {topics, groups, image, clock} = await topicsOn(await lived())
    image.deleted.add('orders'.repeat(4))
    image.apply({do: 'create-topic', id: 'y', topic: 'orders', topicId: 'new', replicas: [[1], [1]], configs: {}})
    topics.reconcile()
    await settled(clock)
    expect(groups.refused).toEqual([])
    expect([...topics.replicas()].map(r => `${r.topic}/${r.partition} ${r.topicId}`)).toEqual([
      'orders/0 new',
      'orders/1 new',
    ])
    expect(groups.listed('orders/2')).toBe(false)
  })

  const ID = 'wal/orders/topic.json'

  it.each<[string, (disk: MemoryDisk) => void, RegExp]>([
    ['is no JSON', disk => disk.put(ID, utf8('{"format')), /names no topic/],
    ['names another topic', disk => disk.put(ID, utf8('{"formatVersion":1,"topic":"ordert","id":"x"}')), /names no/],
    ['has another id', disk => disk.put(ID, utf8('{"formatVersion":1,"topic":"orders","id":"x"}')), /topic id x, the/],
    ['is gone', disk => disk.files.delete(ID), /is gone/],
  ])('topics: a topic.json that %s: every replica is refused by name, nothing is opened or touched', async (_, damage, why) => {
    const {topics, groups, disk, exits} = await nextLife(damage)
    expect([...topics.replicas()]).toEqual([])
    expect(groups.refused.map(r => `${r.group} ${r.file}@${r.at}`)).toEqual([0, 1, 2].map(p => `orders/${p} ${ID}@0`))
    for (const r of groups.refused) expect(r.why).toMatch(why)
    expect([...disk.files.keys()].filter(path => path.endsWith('.log') && path.startsWith('wal/orders/'))).toHaveLength(
      3,
    )
    expect(exits).toEqual([])
  })

  it('hardening 34: a topic.json that the disk does not give back: its replicas are refused, the node lives', async () => {
    const {topics, groups, exits, disk} = await nextLife(next => {
      next.meet = ({call, path}) => {
        if (call === 'read' && path === ID) throw failure('EIO', path)
      }
    })
    expect([[...topics.replicas()], groups.refused.map(r => `${r.file}@${r.at}`), exits]).toEqual([
      [],
      Array(3).fill(`${ID}@0`),
      [],
    ])
    await groups.stop()
    expect(disk.openFiles).toBe(0)
  })

  it('topics: without a topic.json, and all of its logs ordered to be rebuilt, a topic is named anew', async () => {
    const {topics, groups, disk} = await nextLife(next => {
      for (const path of [...next.files.keys()]) if (path.startsWith('wal/orders/')) next.files.delete(path)
      for (const p of [0, 1, 2]) {
        const order = {formatVersion: 1, group: `orders/${p}`, term: 3, vote: 2, until: 1}
        next.put(`wal/orders/${p}/${REBUILD_FILE}`, utf8(JSON.stringify(order)))
      }
    })
    expect(groups.refused).toEqual([])
    expect([...topics.replicas()]).toHaveLength(3)
    expect(JSON.parse(fromUtf8(disk.bytes(ID)))).toMatchObject({topic: 'orders', id: 'orders'.repeat(4)})
  })

  it('topics: one whose creation a crash cut off is made anew', async () => {
    const disk = new MemoryDisk()
    disk.put(ID, utf8('{"for'))
    const {topics, groups, clock, create} = await topicsOn(disk)
    create('orders')
    await settled(clock)
    expect([[...topics.replicas()].length, groups.refused]).toEqual([3, []])
  })

  it('topics: what was refused while the metadata was older is opened when it is up to date', async () => {
    const {topics, groups, image, clock} = await nextLife(next =>
      next.put(ID, utf8('{"formatVersion":1,"topic":"orders","id":"new"}')),
    )
    expect(groups.refused).toHaveLength(3)
    image.apply({do: 'delete-topic', id: 'x', topic: 'orders', topicId: 'orders'.repeat(4)})
    image.apply({do: 'create-topic', id: 'y', topic: 'orders', topicId: 'new', replicas: [[1], [1], [1]], configs: {}})
    topics.reconcile()
    await settled(clock)
    expect([groups.refused, [...topics.replicas()].map(r => r.topicId)]).toEqual([[], ['new', 'new', 'new']])
  })

  it('topics: a replica that was refused for its log is none of the next topic of that name, and of this one it stays refused', async () => {
    const log = 'wal/orders/1/wal_1_0.log'
    const {topics, groups, image, clock} = await nextLife(next => next.put(log, new Uint8Array(512)))
    // Its topic is looked at again.
    image.topics.get('orders')?.replicas.push([1])
    topics.reconcile()
    await settled(clock)
    expect([...topics.replicas()].map(r => r.partition).sort()).toEqual([0, 2, 3])
    expect(groups.refused.map(r => r.group)).toEqual(['orders/1'])
    image.apply({do: 'delete-topic', id: 'x', topic: 'orders', topicId: 'orders'.repeat(4)})
    topics.reconcile()
    await settled(clock)
    expect(groups.refused).toEqual([])
    image.apply({do: 'create-topic', id: 'y', topic: 'orders', topicId: 'new', replicas: [[1], [1], [1]], configs: {}})
    topics.reconcile()
    await settled(clock)
    expect(groups.refused).toEqual([])
    const orders = [...topics.replicas()].filter(r => r.topic === 'orders')
    expect(orders.map(r => `${r.partition} ${r.topicId}`).sort()).toEqual(['0 new', '1 new', '2 new'])
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
