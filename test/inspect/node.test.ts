import {mkdirSync} from 'node:fs'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {utf8} from '../../src/base/bytes.ts'
import {encodeBatch} from '../../src/formats/record-batch.ts'
import {readClientRecords} from '../../src/inspect/client-records.ts'
import {readNode} from '../../src/inspect/node.ts'
import {nodeFiles} from '../../src/io/node/read-only-files.ts'
import {entry, Folder, hardState, listing, SegmentBuilder} from './fixtures.ts'

let folder: Folder
beforeEach(() => {
  folder = new Folder()
})
afterEach(() => folder.remove())

const META = 'wal/__meta/__raft_metadata/0/wal_0_0.log'

function segment(): SegmentBuilder {
  return new SegmentBuilder().head().entry(1).entry(1).entry(2, {vote: 3})
}

function batchOf(baseOffset: number, ...values: string[]): Uint8Array {
  const batch = encodeBatch({records: values.map(v => ({key: undefined, value: utf8(v), timestamp: 1}))})
  new DataView(batch.buffer, batch.byteOffset).setBigInt64(0, BigInt(baseOffset))
  return batch
}

describe('inspect: a node', () => {
  it('a sound log gives its HardState with its place, every change of vote, runs of terms', () => {
    folder.write('groups.log', listing('__raft_metadata/0'))
    folder.write(META, segment().bytes())
    const [reading, ...others] = readNode(nodeFiles, folder.dir)
    expect(others).toEqual([])
    expect(reading).toMatchObject({
      group: '__raft_metadata/0',
      dir: 'wal/__meta/__raft_metadata/0',
      records: 13,
      snapshot: {index: 0, term: 0},
      firstIndex: 1,
      lastIndex: 3,
      entries: 3,
      terms: [
        {from: 1, term: 1},
        {from: 3, term: 2},
      ],
      holes: [],
      torn: [],
      damage: [],
      undecodable: [],
    })
    expect(reading.hardState).toMatchObject({term: 2, vote: 3, commit: 2, file: META})
    expect(reading.votes.map(v => [v.term, v.vote])).toEqual([
      [0, 0],
      [1, 1],
      [2, 3],
    ])
    expect(reading.alsoReadsAs).toBe('Entry ConfChangeV2 term 3 index 2')
  })

  it('sums of the entries: those that count, from the first to the last, the same on every node that holds the same', () => {
    folder.write('groups.log', listing('__raft_metadata/0'))
    const sumsOf = (log: SegmentBuilder) => {
      folder.write(META, log.bytes())
      return readNode(nodeFiles, folder.dir, {sums: true})[0].sums
    }
    const three = sumsOf(segment())
    expect(three).toMatchObject({from: 1})
    expect(new Set(three?.crc32).size).toBe(3)
    // Written in other batches, they are the same; an entry of another term is another one, and those behind it are gone.
    const one = [entry(1, 1), entry(2, 1), entry(3, 2), hardState({term: 2, vote: 1, commit: 0})]
    expect(sumsOf(new SegmentBuilder().head().batch(one))).toEqual(three)
    const other = [entry(2, 3), hardState({term: 3, vote: 1, commit: 0})]
    const shorter = sumsOf(new SegmentBuilder().head().batch(one).batch(other, {lastIndex: 3}))
    expect(shorter?.crc32).toHaveLength(2)
    expect(shorter?.crc32[0]).toBe(three?.crc32[0])
    expect(shorter?.crc32[1]).not.toBe(three?.crc32[1])
    expect(readNode(nodeFiles, folder.dir)[0].sums).toBeUndefined()
  })

  it('may be pointed at the wal folder, a group or one file', () => {
    folder.write('groups.log', listing('__raft_metadata/0'))
    folder.write(META, segment().bytes())
    const places = ['wal', 'wal/__meta/__raft_metadata/0', META]
    for (const place of places) {
      const [reading] = readNode(nodeFiles, folder.path(place))
      expect(reading, place).toMatchObject({group: '__raft_metadata/0', entries: 3, damage: []})
      expect(META.endsWith(reading.hardState?.file ?? '?'), place).toBe(true)
    }
  })

  it('a group that is listed and gone is damage', () => {
    folder.write('groups.log', listing('__raft_metadata/0'), listing('orders/1'))
    folder.write(META, segment().bytes())
    const lost = readNode(nodeFiles, folder.dir).find(r => r.group === 'orders/1')
    expect(lost?.damage).toEqual([
      {
        file: 'wal/orders/1/wal_1_0.log',
        at: 0,
        bytes: 0,
        why: 'listed in groups.log, and no segment is here',
        chain: true,
      },
    ])
  })

  it('groups of a deleted topic are passed over', () => {
    folder.write('groups.log', listing('orders/0'), listing('orders/0', '-'))
    folder.write('wal/orders.deleted-abc/0/wal_0_0.log', new SegmentBuilder('orders').head().bytes())
    expect(readNode(nodeFiles, folder.dir)).toEqual([])
  })

  it("a node's directory without its list: more than a head is damage, as the node refuses it; a bare copy has none to ask", () => {
    folder.write(META, segment().bytes())
    folder.write('wal/orders.deleted-abc/0/wal_0_0.log', new SegmentBuilder('orders').head().entry(1).bytes())
    folder.write('wal/younger/0/wal_0_0.log', new SegmentBuilder('younger').head().bytes())
    const damage = (): unknown[] => readNode(nodeFiles, folder.dir).map(g => [g.group, g.damage.map(d => d.at)])
    expect(damage()).toEqual([
      ['__raft_metadata/0', []],
      ['orders/0', []],
      ['younger/0', []],
    ])
    folder.write('node.json', utf8('{}'))
    expect(damage()).toEqual([
      ['__raft_metadata/0', [512]],
      ['younger/0', []],
    ])
  })

  it("a node's directory whose topics have no name: their logs may be of other topics, unless they are to be rebuilt", () => {
    folder.write('node.json', utf8('{}'))
    folder.write('groups.log', listing('orders/0'), listing('younger/0'))
    for (const topic of ['orders', 'younger'])
      folder.write(`wal/${topic}/0/wal_0_0.log`, new SegmentBuilder(topic).head().entry(1).bytes())
    const named = (topic: string, text: string): string => folder.write(`wal/${topic}/topic.json`, utf8(text))
    const damage = (): string[] =>
      readNode(nodeFiles, folder.dir).flatMap(g => g.damage.map(d => `${g.group} ${d.file}@${d.at} ${d.why}`))
    named('orders', '{"formatVersion":1,"topic":"orders","id":"a"}')
    expect(damage()).toEqual([
      'younger/0 wal/younger/topic.json@0 it is gone, and groups.log lists a log of this topic',
    ])
    named('younger', '{"formatVersion":1,"topic":"orders","id":"a"}')
    expect(damage()).toEqual(['younger/0 wal/younger/topic.json@0 it names no topic'])
    named('younger', '{"formatVersion":1,"top')
    expect(damage()).toEqual(['younger/0 wal/younger/topic.json@0 it names no topic'])
    folder.write('wal/younger/0/rebuild.json', utf8('{}'))
    expect(damage()).toEqual([])
  })

  it('an unfinished batch at the end is torn: its records, votes and entries do not count', () => {
    const whole = segment()
    folder.write(
      META,
      whole
        .entry(3, {vote: 2})
        .bytes()
        .subarray(0, whole.size - 1),
    )
    const [reading] = readNode(nodeFiles, folder.dir)
    expect(reading).toMatchObject({lastIndex: 3, damage: [], hardState: {term: 2}})
    expect(reading.torn).toMatchObject([{file: META, at: 2048, bytes: 511}])
  })

  it('a flipped bit in the middle is damage, with the byte where the sound part ends', () => {
    const bytes = segment().bytes()
    bytes[512 + 480] ^= 1
    folder.write(META, bytes)
    const [reading] = readNode(nodeFiles, folder.dir)
    expect(reading.damage).toMatchObject([{file: META, at: 512}])
    expect(reading.torn).toEqual([])
  })

  it('an empty directory holds no groups', () => {
    mkdirSync(folder.path('wal'))
    expect(readNode(nodeFiles, folder.dir)).toEqual([])
    expect(readNode(nodeFiles, folder.path('nothing'))).toEqual([])
  })
})

describe('inspect: records of clients', () => {
  it('values come in log order with their offsets; overwritten entries are gone', () => {
    const log = new SegmentBuilder('orders').head()
    log.entry(1, {data: batchOf(0, 'a', 'b'), tag: 1})
    log.entry(1, {data: batchOf(2, 'lost'), tag: 1})
    const topic = 'orders'
    log.batch([entry(2, 2, {topic, data: batchOf(2, 'c'), tag: 1}), hardState({term: 2, vote: 1, commit: 1}, {topic})])
    folder.write('wal/orders/0/wal_0_0.log', log.bytes())
    const found = readClientRecords(nodeFiles, folder.dir, undefined)
    expect(found.map(f => [f.group, f.index, f.offset, f.value])).toEqual([
      ['orders/0', 1, 0, 'a'],
      ['orders/0', 1, 1, 'b'],
      ['orders/0', 2, 2, 'c'],
    ])
    expect(found[0].file).toBe('wal/orders/0/wal_0_0.log')
    expect(readClientRecords(nodeFiles, folder.dir, new Set(['c', 'lost'])).map(f => f.value)).toEqual(['c'])
  })
})
