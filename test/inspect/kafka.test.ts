import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {SeededRandom} from '../../src/base/random.ts'
import {batchCrcOk} from '../../src/formats/record-batch.ts'
import {FileWindow} from '../../src/inspect/file-window.ts'
import {loadCodec, plainCodecs} from '../../src/inspect/kafka/codecs.ts'
import {kafkaFiles, readEpochCheckpoint, readMetaProperties, readQuorumState} from '../../src/inspect/kafka/files.ts'
import {type RecordSaid, recordsOf} from '../../src/inspect/kafka/records.ts'
import {type KafkaSeen, walkKafka} from '../../src/inspect/kafka/segment.ts'
import {nodeFiles} from '../../src/io/node/read-only-files.ts'
import type {ReadOnlyFiles} from '../../src/io/ports.ts'
import {projectRoot} from '../helpers/chronik.ts'
import {allCodecs} from '../helpers/kafka-codecs.ts'

const fixtures = join(projectRoot, 'test/fixtures/kafka')
const codecs = await allCodecs()

/** What kafka-dump-log says of a file: a line a batch, a line a record. */
function dumped(path: string) {
  const batches: Array<Record<string, string>> = []
  const records: Array<{offset: number; timestamp: number; keySize: number; valueSize: number; rest: string}> = []
  for (const line of readFileSync(`${path}.dump.txt`, 'utf8').split('\n')) {
    if (line.startsWith('baseOffset: '))
      batches.push(Object.fromEntries([...line.matchAll(/(\w+): (\S+)/g)].map(([, key, value]) => [key, value])))
    const r = /^\| offset: (\d+) CreateTime: (-?\d+) keySize: (-?\d+) valueSize: (-?\d+) (.*)$/.exec(line)
    if (r)
      records.push({
        offset: Number(r[1]),
        timestamp: Number(r[2]),
        keySize: Number(r[3]),
        valueSize: Number(r[4]),
        rest: r[5],
      })
  }
  return {batches, records}
}

function read(path: string, metadata: boolean): {seen: KafkaSeen[]; records: RecordSaid[]; problems: string[]} {
  const bytes = new Uint8Array(readFileSync(path))
  const seen = [...walkKafka(new FileWindow(nodeFiles, path, bytes.length))]
  const records: RecordSaid[] = []
  const problems: string[] = []
  for (const s of seen) {
    if (s.seen !== 'batch') continue
    const opened = recordsOf(bytes.subarray(s.at, s.at + s.bytes), s.header, codecs, metadata)
    records.push(...opened.records)
    if (opened.why !== undefined) problems.push(opened.why)
    for (const r of opened.records) if (r.why !== undefined) problems.push(`${r.offset}: ${r.why}`)
  }
  return {seen, records, problems}
}

const screaming = (name: string): string => name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()

const logs = readdirSync(fixtures, {recursive: true, encoding: 'utf8'})
  .filter(f => f.endsWith('.dump.txt'))
  .map(f => f.slice(0, -'.dump.txt'.length))
  .sort()

describe("Kafka's logs and snapshots", () => {
  it('all are here', () => expect(logs.length).toBeGreaterThanOrEqual(9))

  it.each(logs)('%s: batches and records are those that kafka-dump-log sees', name => {
    const path = join(fixtures, name)
    const metadata = !name.includes('orders')
    const {problems, records, seen} = read(path, metadata)
    const wanted = dumped(path)
    expect(wanted.batches.length).toBeGreaterThan(0)
    expect(wanted.records.length).toBeGreaterThan(0)
    expect(problems).toEqual([])
    expect(
      seen.map(s =>
        s.seen === 'batch'
          ? [
              s.at,
              s.bytes,
              s.header.baseOffset,
              s.header.recordCount,
              s.header.crc,
              s.header.leaderEpoch,
              s.header.compression,
            ]
          : s,
      ),
    ).toEqual(
      wanted.batches.map(b => [
        ...[b.position, b.size, b.baseOffset, b.count, b.crc, b.partitionLeaderEpoch].map(Number),
        b.compresscodec,
      ]),
    )
    expect(records.map(r => [r.offset, r.timestamp, r.keyBytes, r.valueBytes])).toEqual(
      wanted.records.map(r => [r.offset, r.timestamp, r.keySize, r.valueSize]),
    )
    for (const [i, {rest}] of wanted.records.entries()) {
      const type = /payload: \{"type":"(\w+)"/.exec(rest)?.[1]
      if (type) expect(screaming(records[i].type ?? '')).toBe(type)
      const control = /(LeaderChange|SnapshotHeader|SnapshotFooter|KRaftVersion|KRaftVoters)/.exec(rest)?.[1]
      if (control && !type) expect(records[i].type).toBe(control)
      const text = /key: (\S+) payload: (.*)$/.exec(rest)
      if (!metadata && text) expect([records[i].key, records[i].value]).toEqual([text[1], text[2]])
      const data = /payload: \{"type":"\w+","version":\d+,"data":(\{.*\})\}$/.exec(rest)?.[1]
      if (data)
        for (const [key, value] of Object.entries(JSON.parse(data) as Record<string, unknown>))
          if (typeof value === 'number' || typeof value === 'boolean')
            expect((records[i].fields as Record<string, unknown>)[key], `${type} ${key}`).toBe(value)
    }
  })

  it('every codec is among them', () => {
    const {seen} = read(join(fixtures, 'static/n1/orders-0/00000000000000000000.log'), false)
    expect(new Set(seen.map(s => s.seen === 'batch' && s.header.compression))).toEqual(
      new Set(['none', 'gzip', 'snappy', 'lz4', 'zstd']),
    )
  })

  it.each([
    ['meta-flip-1500', [[1037, 540, false]]],
    ['meta-torn-tail', [[5346, 42, true]]],
    ['meta-zeros-tail', [[5418, 512, true]]],
    ['orders-flip-100', [[0, 426, false]]],
    ['orders-garbage-tail', [[1177, 100, true]]],
    ['orders-torn-tail', [[1014, 123, true]]],
  ])('damage in %s is found where it is, and nothing else', (name, places) => {
    const {seen} = read(join(fixtures, 'damaged', name, '00000000000000000000.log'), name.startsWith('meta'))
    expect(seen.flatMap(s => (s.seen === 'unsound' ? [[s.at, s.bytes, s.end]] : []))).toEqual(places)
  })
})

describe("Kafka's small files", () => {
  const path = (name: string): string => join(fixtures, name)

  it('quorum-state of both versions', () => {
    expect(readQuorumState(nodeFiles, path('static/n1/__cluster_metadata-0/quorum-state'))).toEqual({
      dataVersion: 0,
      leaderId: 1,
      leaderEpoch: 2,
      votedId: -1,
      voters: [1, 2, 3],
    })
    expect(readQuorumState(nodeFiles, path('dynamic/n1/__cluster_metadata-0/quorum-state'))).toEqual({
      dataVersion: 1,
      leaderId: 1,
      leaderEpoch: 2,
      votedId: -1,
      votedDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAA',
    })
    expect(readQuorumState(nodeFiles, path('static/t0-n2/__cluster_metadata-0/quorum-state'))).toMatchObject({
      votedId: 2,
    })
  })

  it('epochs, and whose data it is', () => {
    expect(readEpochCheckpoint(nodeFiles, path('static/n1/__cluster_metadata-0/leader-epoch-checkpoint'))).toEqual([
      {epoch: 1, startOffset: 0},
      {epoch: 2, startOffset: 41},
    ])
    expect(readMetaProperties(nodeFiles, path('static/n1/meta.properties'))).toMatchObject({
      'node.id': '1',
      version: '1',
    })
    expect(
      kafkaFiles(nodeFiles, path('static/n1'))
        .map(f => f.kind)
        .sort(),
    ).toEqual(
      [
        'leader-epoch-checkpoint',
        'leader-epoch-checkpoint',
        'meta.properties',
        'quorum-state',
        'segment',
        'segment',
        'snapshot',
      ].sort(),
    )
  })

  it.each([
    ['', 'no JSON'],
    ['null', 'no object'],
    ['{"data_version":7}', 'data_version 7'],
    ['{"data_version":0,"leaderId":1}', 'is missing'],
  ])('a quorum-state of %j is none', (text, why) => {
    expect(readQuorumState(holding(new TextEncoder().encode(text)), 'q')).toContain(why)
  })
})

function holding(bytes: Uint8Array): ReadOnlyFiles {
  return {
    list: () => [],
    stat: () => ({kind: 'file', size: bytes.length}),
    readAt: (_, at, into) => {
      const piece = bytes.subarray(at, at + into.length)
      into.set(piece)
      return piece.length
    },
  }
}

describe('hostile Kafka files', () => {
  const whole = new Uint8Array(readFileSync(join(fixtures, 'static/n1/orders-0/00000000000000000000.log')))

  it('hardening 33: whatever is flipped, cut or put in, the walk ends, covers every byte and trusts no wrong checksum', () => {
    const random = new SeededRandom(7)
    for (let n = 0; n < 3_000; n++) {
      let bytes = whole.slice(0, random.below(4) === 0 ? random.below(whole.length) : whole.length)
      for (let flips = random.below(4); flips > 0 && bytes.length > 0; flips--)
        bytes[random.below(bytes.length)] ^= 1 << random.below(8)
      if (random.below(5) === 0)
        bytes = new Uint8Array([
          ...bytes.subarray(0, 500),
          ...new Uint8Array(random.below(80)).fill(random.below(256)),
          ...bytes.subarray(500),
        ])
      let at = 0
      for (const s of walkKafka(new FileWindow(holding(bytes), 'x', bytes.length))) {
        expect(s.at).toBe(at)
        at += s.bytes
        if (s.seen !== 'batch') continue
        expect(batchCrcOk(bytes, s.at)).toBe(true)
        recordsOf(bytes.subarray(s.at, s.at + s.bytes), s.header, codecs, random.below(2) === 0)
      }
      expect(at).toBe(bytes.length)
    }
  })

  it('hardening 33: bytes in place of packed ones are refused, and cost no more than they are', () => {
    const header = {
      ...(
        read(join(fixtures, 'static/n1/orders-0/00000000000000000000.log'), false).seen[1] as KafkaSeen & {
          seen: 'batch'
        }
      ).header,
    }
    const random = new SeededRandom(3)
    for (const compression of ['gzip', 'snappy', 'lz4', 'zstd'] as const)
      for (let n = 0; n < 60; n++) {
        const bytes = new Uint8Array(61 + random.below(200)).map(() => random.below(256))
        const {records, why} = recordsOf(bytes, {...header, compression}, codecs, false)
        expect(records).toEqual([])
        expect(why).toMatch(/cannot be unpacked|records, 0 are there/)
      }
  })

  it('hardening 33: a file full of headers that promise much costs no more than a few readings of it', () => {
    const head = whole.slice(0, 61)
    const bytes = new Uint8Array(61 * 20_000)
    for (let at = 0; at < bytes.length; at += 61) {
      bytes.set(head, at)
      new DataView(bytes.buffer).setInt32(at + 8, 1_000_000)
    }
    let bytesRead = 0
    const files = holding(bytes)
    const counting = {
      ...files,
      readAt: (path: string, at: number, into: Uint8Array) => {
        bytesRead += into.length
        return files.readAt(path, at, into)
      },
    }
    expect([...walkKafka(new FileWindow(counting, 'x', bytes.length))].length).toBeGreaterThan(0)
    expect(bytesRead).toBeLessThan(200 * bytes.length)
  })
})

describe('codecs', () => {
  it('one is loaded when it is asked for, and no other', async () => {
    const some = plainCodecs()
    expect(Object.keys(some)).toEqual(['none', 'gzip'])
    expect(await loadCodec(some, 'snappy')).toBe(some.snappy)
    expect(Object.keys(some)).toEqual(['none', 'gzip', 'snappy'])
  })
})
