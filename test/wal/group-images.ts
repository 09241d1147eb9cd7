import {toHex, utf8} from '../../src/base/bytes.ts'
import {encodeBatchMark} from '../../src/formats/batch-mark.ts'
import {
  encodeConfState,
  encodeEntry,
  encodeHardState,
  encodeSnapshotMetadata,
  type HardState,
} from '../../src/formats/eraftpb.ts'
import {encodeSnapshotFile} from '../../src/formats/snapshot-file.ts'
import {type WalKind as Kind, WalKind, walRecordSize, writeWalRecord} from '../../src/formats/wal-record.ts'
import type {ReadOnlyFiles} from '../../src/io/ports.ts'
import type {MemoryDisk} from '../helpers/memory-disk.ts'

/** Builds a group's directory byte by byte, with anything in it that a writer of these rules would not write. */
export const GROUP = {topic: '__raft_metadata', partition: 0}
export const LOG_ID = Uint8Array.of(9, 8, 7, 6, 5, 4, 3, 2)
export const DIR = 'g'
const CONF_STATE = {voters: [1, 2, 3], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false}

export function record(kind: Kind, data: Uint8Array, o: {offset?: number; count?: number; topic?: string} = {}) {
  const topic = utf8(o.topic ?? GROUP.topic)
  const bytes = new Uint8Array(walRecordSize(topic.length, data.length))
  writeWalRecord(bytes, 0, kind, topic, GROUP.partition, data, o.offset ?? 0, o.count ?? 0)
  return bytes
}

export function entryRecord(index: number, term: number, text = ''): Uint8Array {
  const context = Uint8Array.of(3)
  const data = encodeEntry({type: 0, term, index, data: utf8(text), context}).finish()
  return record(WalKind.Entry, data, {offset: index, count: 1})
}

export function stateRecord(state: HardState): Uint8Array {
  return record(WalKind.HardState, encodeHardState(state), {count: 1})
}

export interface BatchAbout {
  lastIndex?: number
  predecessorBytes?: number
  count?: number
  logId?: Uint8Array
  topic?: string
  /** What the mark says its byte is; its own without it. */
  at?: number
}

/** One segment, batch by batch. `lastIndex` follows the entries that are put in. */
export class SegmentImage {
  #pieces: Uint8Array[] = []
  size = 0
  lastIndex: number

  constructor(lastIndex = 0) {
    this.lastIndex = lastIndex
  }

  batch(records: Uint8Array[], o: BatchAbout = {}): this {
    const {data} = encodeBatchMark(
      {
        logId: o.logId ?? LOG_ID,
        at: o.at ?? this.size,
        lastIndex: o.lastIndex ?? this.lastIndex,
        predecessorBytes: o.predecessorBytes ?? 0,
      },
      records.reduce((n, r) => n + r.length, 0),
      utf8(o.topic ?? GROUP.topic).length,
    )
    return this.raw(record(WalKind.BatchMark, data, {count: o.count ?? 0, topic: o.topic}), ...records)
  }

  /** Bytes as they are: a tear, noise, records without a mark. */
  raw(...pieces: Uint8Array[]): this {
    for (const piece of pieces) {
      this.#pieces.push(piece)
      this.size += piece.length
    }
    return this
  }

  head(
    o: {
      state?: HardState
      marker?: {index: number; term: number; installed?: boolean}
    } & BatchAbout = {},
  ): this {
    const {index, term, installed} = o.marker ?? {index: 0, term: 0}
    return this.batch(
      [
        stateRecord(o.state ?? {term: 1, vote: 1, commit: index}),
        record(WalKind.ConfState, encodeConfState(CONF_STATE), {count: 1}),
        record(WalKind.SnapshotMarker, encodeSnapshotMetadata({index, term}), {count: installed ? 1 : 0}),
      ],
      o,
    )
  }

  /** A batch of `n` entries of a term, and a HardState that commits what was before them. */
  entries(n: number, term: number, o: BatchAbout & {commit?: number} = {}): this {
    const records: Uint8Array[] = []
    for (let i = 1; i <= n; i++) records.push(entryRecord(this.lastIndex + i, term, `e${this.lastIndex + i}.${term}`))
    records.push(stateRecord({term, vote: 1, commit: o.commit ?? this.lastIndex}))
    this.batch(records, o)
    this.lastIndex += n
    return this
  }

  seal(): this {
    return this.batch([], {count: 1})
  }

  bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#pieces))
  }
}

export function segmentPath(number: number): string {
  return `${DIR}/wal_0_${number}.log`
}

export function snapshotPath(index: number, term: number): string {
  return `${DIR}/snapshots/snapshot_${index}_${term}.snap`
}

export function snapshotBytes(index: number, term: number): Uint8Array {
  return encodeSnapshotFile({data: utf8(`state at ${index}`), metadata: {index, term, confState: CONF_STATE}})
}

/** A disk in memory, as `inspect` looks at one. */
export function viewOf(disk: MemoryDisk): ReadOnlyFiles {
  const below = (dir: string): string => (dir === '.' || dir === '' ? '' : `${dir}/`)
  return {
    list(dir) {
      const names = new Set<string>()
      for (const path of disk.files.keys())
        if (path.startsWith(below(dir))) names.add(path.slice(below(dir).length).split('/')[0])
      return [...names]
    },
    stat(path) {
      const content = disk.files.get(path)
      if (content) return {kind: 'file', size: content.now.length}
      for (const other of disk.files.keys()) if (other.startsWith(below(path))) return {kind: 'directory', size: 0}
      return undefined
    },
    readAt(path, at, into) {
      const bytes = disk.bytes(path).subarray(at, at + into.length)
      into.set(bytes)
      return bytes.length
    },
  }
}

/** What a disk holds, for a message. */
export function listing(disk: MemoryDisk): string {
  return [...disk.files].map(([path, {now}]) => `${path} ${now.length} ${toHex(now.subarray(0, 16))}`).join('\n')
}
