import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import zlib from 'node:zlib'
import {describe, expect, it} from 'vitest'
import {toHex, utf8} from '../../src/base/bytes.ts'
import {crc32} from '../../src/base/crc32.ts'
import {SeededRandom} from '../../src/base/random.ts'
import {eachFrame, encodeFrame, FrameReader} from '../../src/broker/peer-frame.ts'
import {decodeBatchMark} from '../../src/formats/batch-mark.ts'
import * as eraftpb from '../../src/formats/eraftpb.ts'
import {decodeMetadataCommand, describeMetadataCommand} from '../../src/formats/metadata-command.ts'
import {ProtobufError, ProtobufWriter} from '../../src/formats/protobuf.ts'
import {decodeSidecar, encodeBatchTable, encodeEntryTable, encodeSidecar} from '../../src/formats/sidecar.ts'
import {encodeSnapshotFile, readSnapshotFile} from '../../src/formats/snapshot-file.ts'
import {scanWalRecord} from '../../src/formats/wal-record.ts'
import {FileWindow} from '../../src/inspect/file-window.ts'
import {readEpochCheckpoint, readMetaProperties, readQuorumState} from '../../src/inspect/kafka/files.ts'
import {recordsOf} from '../../src/inspect/kafka/records.ts'
import {walkKafka} from '../../src/inspect/kafka/segment.ts'
import {walk} from '../../src/inspect/walk.ts'
import type {ReadOnlyFiles} from '../../src/io/ports.ts'
import {decodeMessage, encodeMessage} from '../../src/raft/codec.ts'
import {newMessage} from '../../src/raft/messages.ts'
import {MessageType} from '../../src/raft/types.ts'
import {requestOf} from '../../src/supervisor/request.ts'
import {projectRoot} from '../helpers/chronik.ts'
import {allCodecs} from '../helpers/kafka-codecs.ts'
import {FUZZ_RUNS, mutated, withRightCrcs} from './mutate.ts'

const SEED = 20_401
const fixtures = join(projectRoot, 'test/fixtures')

/** One file in memory. */
function fileOf(bytes: Uint8Array): ReadOnlyFiles {
  return {
    list: () => [],
    stat: () => ({kind: 'file', size: bytes.length}),
    readAt: (_, at, into) => {
      const part = bytes.subarray(at, at + into.length)
      into.set(part)
      return part.length
    },
  }
}

function filesNamed(dir: string, name: RegExp): Uint8Array[] {
  return readdirSync(join(fixtures, dir), {recursive: true, withFileTypes: true})
    .filter(e => e.isFile() && name.test(e.name))
    .map(e => new Uint8Array(readFileSync(join(e.parentPath, e.name))))
}

/** Runs `one` on a share of all executions; what it throws is told with the run that repeats it. */
function fuzz(share: number, seed: number, one: (random: SeededRandom) => void): void {
  const random = new SeededRandom(seed)
  for (let n = 0; n < FUZZ_RUNS * share; n++)
    try {
      one(random)
    } catch (error) {
      throw new Error(`run ${n} of seed ${seed}: ${String(error)}`, {cause: error})
    }
}

const pick = <T>(random: SeededRandom, from: readonly T[]): T => from[random.below(from.length)]

/** CRC-32C bit by bit: shares nothing with the table that is on trial. */
function plainCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}

/** CRC-32 of a WAL record of version 2 or 1 over a copy with length and CRC taken out, by zlib's own. */
function plainWalCrc(bytes: Uint8Array, version: 1 | 2): number {
  const copy = new Uint8Array(bytes)
  copy.fill(0, 4, 8)
  const [from, to] = version === 2 ? [8, 12] : [24, 28]
  return zlib.crc32(copy.subarray(to), zlib.crc32(copy.subarray(0, from)))
}

describe('fuzz', {timeout: 3_600_000}, () => {
  it('log files of every writer: walked to their end, and no record whose checksum is wrong', () => {
    const samples = [...filesNamed('chronik-server', /\.log$/), ...filesNamed('wal-images', /^wal_.*\.log$/)].filter(
      bytes => bytes.length > 0 && bytes.length < 20_000 && bytes[0] === 0x7e,
    )
    expect(samples.length).toBeGreaterThan(300)
    let sound = 0
    fuzz(0.1, SEED, random => {
      let bytes = mutated(random, pick(random, samples), pick(random, samples))
      if (random.below(2) === 0) bytes = withRightCrcs(bytes)
      let end = 0
      for (const seen of walk(new FileWindow(fileOf(bytes), 'f', bytes.length))) {
        expect(seen.at).toBe(end)
        end += seen.bytes
        if (seen.seen !== 'record') continue
        sound++
        const {crc32: stored, version} = seen.record
        expect(plainWalCrc(bytes.subarray(seen.at, end), version)).toBe(stored)
        const again = scanWalRecord(bytes, seen.at)
        if (version === 2) expect(again.found).toBe('record')
      }
      expect(end).toBe(bytes.length)
    })
    expect(sound).toBeGreaterThan(FUZZ_RUNS * 0.1)
  })

  it("Kafka's segments, snapshots and metadata log: walked to their end, no batch whose CRC-32C is wrong, each opened or refused", async () => {
    const codecs = await allCodecs()
    const samples = filesNamed('kafka', /\.(log|checkpoint)$/).filter(b => b.length > 61 && b.length < 30_000)
    expect(samples.length).toBeGreaterThan(5)
    let batches = 0
    fuzz(0.05, SEED + 1, random => {
      const bytes = mutated(random, pick(random, samples), pick(random, samples))
      let end = 0
      for (const seen of walkKafka(new FileWindow(fileOf(bytes), 'f', bytes.length))) {
        expect(seen.at).toBe(end)
        end += seen.bytes
        if (seen.seen !== 'batch') continue
        batches++
        const batch = bytes.subarray(seen.at, end)
        if (random.below(20) === 0) expect(plainCrc32c(batch.subarray(21))).toBe(seen.header.crc)
        recordsOf(batch, seen.header, codecs, random.below(2) === 0)
      }
      expect(end).toBe(bytes.length)
    })
    expect(batches).toBeGreaterThan(FUZZ_RUNS * 0.05)
  })

  it('batches whose CRC is right and whose inside is not, packed or plain: opened to a count that is told, or refused in words', async () => {
    const codecs = await allCodecs()
    const batches: Uint8Array[] = []
    for (const bytes of filesNamed('kafka', /\.(log|checkpoint)$/))
      for (const seen of walkKafka(new FileWindow(fileOf(bytes), 'f', bytes.length)))
        if (seen.seen === 'batch' && seen.bytes < 20_000) batches.push(bytes.slice(seen.at, seen.at + seen.bytes))
    const headers = batches.map(b => [...walkKafka(new FileWindow(fileOf(b), 'f', b.length))][0])
    fuzz(0.1, SEED + 2, random => {
      const at = random.below(batches.length)
      const [batch, seen] = [batches[at], headers[at]]
      if (seen.seen !== 'batch') throw new Error('the corpus holds no sound batch')
      const inside = mutated(random, batch.subarray(61), pick(random, batches).subarray(61))
      const bytes = new Uint8Array(61 + inside.length)
      bytes.set(batch.subarray(0, 61))
      bytes.set(inside, 61)
      const recordCount = random.below(4) === 0 ? random.below(2 ** 31) : seen.header.recordCount
      const {records, why} = recordsOf(
        bytes,
        {...seen.header, bytes: bytes.length, recordCount},
        codecs,
        random.below(2) === 0,
      )
      if (why === undefined) expect(records.length).toBe(recordCount)
    })
  })

  it('protobuf payloads and messages between nodes: a value, or a ProtobufError with its byte', () => {
    const entry = {type: 0, term: 3, index: 9, data: utf8('data'), context: Uint8Array.of(1)} as eraftpb.Entry
    const confState = {voters: [1, 2, 300], learners: [7], votersOutgoing: [1], learnersNext: [4], autoLeave: true}
    const snapshot = {data: utf8('state'), metadata: {index: 9, term: 3, confState}}
    const w = new ProtobufWriter()
    encodeMessage({...newMessage(MessageType.MsgApp, 2), entries: [entry, entry], snapshot}, w)
    const targets: Array<[Uint8Array, (bytes: Uint8Array) => unknown]> = [
      [w.finish(), decodeMessage],
      [eraftpb.encodeEntry(entry).finish(), eraftpb.decodeEntry],
      [eraftpb.encodeHardState({term: 3, vote: 1, commit: 300}), eraftpb.decodeHardState],
      [eraftpb.encodeConfState(confState), eraftpb.decodeConfState],
      [eraftpb.encodeSnapshot(snapshot), eraftpb.decodeSnapshot],
      [eraftpb.encodeSnapshotMetadata(snapshot.metadata), eraftpb.decodeSnapshotMetadata],
      [Uint8Array.of(10, 8, 1, 2, 3, 4, 5, 6, 7, 8, 16, 0x80, 4, 24, 0x80, 4, 32, 5), decodeBatchMark],
    ]
    fuzz(0.2, SEED + 3, random => {
      const [sample, decode] = pick(random, targets)
      const bytes = mutated(random, sample, pick(random, targets)[0])
      try {
        decode(bytes)
      } catch (error) {
        if (!(error instanceof ProtobufError)) throw error
        expect(error.at).toBeLessThanOrEqual(bytes.length)
      }
    })
  })

  it('snapshot files: the snapshot as it was written, or why it is none', () => {
    const confState = {voters: [1, 2, 3], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false}
    const sample = encodeSnapshotFile({data: utf8('the state'), metadata: {index: 9, term: 3, confState}})
    const wanted = readSnapshotFile(sample, {index: 9, term: 3})
    fuzz(0.1, SEED + 4, random => {
      const read = readSnapshotFile(mutated(random, sample), {index: 9, term: 3})
      if (typeof read !== 'string') expect(read).toEqual(wanted)
    })
  })

  it('sidecars: as they were written, or why they are none, also where the CRC is made right', () => {
    const entries = encodeEntryTable({first: 9, terms: [3, 3], ats: [512, 700], lengths: [188, 90]})
    const batches = encodeBatchTable({indexes: [9, 10], baseOffsets: [4, 7], maxTimestampsMs: [-1, 1_700_000_000_000]})
    const confState = {voters: [1, 2, 3], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false}
    const state = {data: utf8('the state'), metadata: {index: 10, term: 3, confState}}
    const about = {logId: new Uint8Array(8).fill(7), segment: 2, bytes: 1536, sealAt: 1024, crc32: 1, state}
    const sample = encodeSidecar({...about, segmentBatches: 3, records: 8}, entries!, batches!)
    const written = decodeSidecar(sample)
    fuzz(0.05, SEED + 9, random => {
      const bytes = mutated(random, sample)
      const read = decodeSidecar(bytes)
      if (typeof read !== 'string') expect(read).toEqual(written)
      if (bytes.length < 6) return
      // Whoever writes its CRC knows how: what is inside must still be nothing but numbers.
      new DataView(bytes.buffer, bytes.byteOffset).setUint32(bytes.length - 4, crc32(bytes.subarray(0, -6)), true)
      decodeSidecar(bytes)
    })
  })

  it('frames between nodes: each that is given out has the CRC it came with, whatever the pieces', () => {
    const frames = [0, 1, 40, 500].map(size => encodeFrame(1, new Uint8Array(size).fill(size)))
    fuzz(0.05, SEED + 5, random => {
      const bytes = mutated(random, Buffer.concat([pick(random, frames), pick(random, frames)]), pick(random, frames))
      const reader = new FrameReader(4_096)
      for (let at = 0; at < bytes.length; ) {
        const end = at + 1 + random.below(bytes.length)
        const unusable = reader.push(bytes.slice(at, end), (kind, body) => {
          const again = encodeFrame(kind as 1, body)
          expect(toHex(bytes)).toContain(toHex(again))
          eachFrame(again, (k, b) => expect([k, b.length]).toEqual([kind, body.length]))
        })
        if (unusable) return
        at = end
      }
    })
    expect(crc32(utf8('123456789'))).toBe(0xcbf43926)
  })

  it('commands of the metadata group: taken when they are whole, else not at all, and always described', () => {
    const samples = [
      {id: 'a', do: 'register-broker', node: 1, directoryId: 'd', host: 'h', port: 1},
      {id: 'a', do: 'create-topic', topic: 't', topicId: 'i', replicas: [[1, 2], [2]], configs: {a: 'b'}},
      {id: 'a', do: 'delete-topic', topic: 't', topicId: 'i'},
      {id: 'a', do: 'producer-ids', node: 1, count: 1_000},
    ]
    const values = [undefined, null, 0, -1, 1.5, 'x', [], [null], [[]], [['x']], {}, {a: 1}, true]
    fuzz(0.1, SEED + 6, random => {
      const command: Record<string, unknown> = {...pick(random, samples)}
      const keys = Object.keys(command)
      for (let n = random.below(3); n > 0; n--) command[pick(random, keys)] = pick(random, values)
      const text = utf8(JSON.stringify(command))
      const bytes = random.below(2) === 0 ? text : mutated(random, text)
      const taken = decodeMetadataCommand(bytes)
      expect(describeMetadataCommand(bytes)).toMatch(/./)
      if (taken?.do === 'create-topic')
        for (const nodes of taken.replicas) expect(nodes.every(Number.isSafeInteger)).toBe(true)
      if (taken) expect(typeof taken.id).toBe('string')
    })
  })

  it("requests of the supervisor's clients: understood, or what is wrong with them", () => {
    const samples = [
      '{"id":1,"call":"hello","who":{"name":"a","pid":1},"protocol":1}',
      '{"id":1,"call":"act","action":{"do":"kill","who":{"nodes":[1,2]},"signal":"SIGKILL"},"by":{"name":"a","pid":1}}',
      '{"id":7,"call":"subscribe","from":3}',
      '{"id":1,"call":"report","kind":"load","text":"x","data":{"a":[1]}}',
    ].map(utf8)
    fuzz(0.1, SEED + 7, random => {
      const bytes = mutated(random, pick(random, samples), pick(random, samples))
      const request = requestOf(new TextDecoder().decode(bytes))
      expect('wrong' in request ? typeof request.wrong : typeof request.id).toMatch(/string|number/)
    })
  })

  it("Kafka's small files: read, or a sentence", () => {
    const samples = filesNamed('kafka', /^(quorum-state|meta\.properties|leader-epoch-checkpoint)$/)
    expect(samples.length).toBeGreaterThan(2)
    fuzz(0.05, SEED + 8, random => {
      const bytes = mutated(random, pick(random, samples), pick(random, samples))
      for (const read of [readQuorumState, readMetaProperties, readEpochCheckpoint])
        expect(typeof read(fileOf(bytes), 'f')).toMatch(/string|object/)
    })
  })
})
