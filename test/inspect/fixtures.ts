import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {hex32, toHex, utf8} from '../../src/base/bytes.ts'
import {crc32} from '../../src/base/crc32.ts'
import {encodeBatchMark} from '../../src/formats/batch-mark.ts'
import {
  encodeConfState,
  encodeEntry,
  encodeHardState,
  encodeSnapshotMetadata,
  type HardState,
} from '../../src/formats/eraftpb.ts'
import {type WalKind as Kind, WalKind, walRecordSize, writeWalRecord} from '../../src/formats/wal-record.ts'

export const LOG_ID = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)

/** A temporary folder with a way to fill it. */
export class Folder {
  readonly dir = mkdtempSync(join(tmpdir(), 'chronik-inspect-'))

  path(name: string): string {
    return join(this.dir, name)
  }

  write(name: string, ...pieces: Uint8Array[]): string {
    const path = this.path(name)
    mkdirSync(dirname(path), {recursive: true})
    writeFileSync(path, Buffer.concat(pieces))
    return path
  }

  remove(): void {
    rmSync(this.dir, {recursive: true, force: true})
  }
}

export function record(
  kind: Kind,
  data: Uint8Array,
  o: {topic?: string; partition?: number; offset?: number; count?: number} = {},
): Uint8Array {
  const topic = utf8(o.topic ?? '__raft_metadata')
  const bytes = new Uint8Array(walRecordSize(topic.length, data.length))
  writeWalRecord(bytes, 0, kind, topic, o.partition ?? 0, data, o.offset ?? 0, o.count ?? 1)
  return bytes
}

export function hardState(state: HardState, o: {topic?: string; kind?: Kind} = {}): Uint8Array {
  return record(o.kind ?? WalKind.HardState, encodeHardState(state), o)
}

export function entry(
  index: number,
  term: number,
  o: {topic?: string; kind?: Kind; data?: Uint8Array; tag?: number; type?: 0 | 1 | 2} = {},
): Uint8Array {
  const context = o.tag === undefined ? new Uint8Array(0) : Uint8Array.of(o.tag)
  const data = encodeEntry({type: o.type ?? 0, term, index, data: o.data ?? new Uint8Array(0), context}).finish()
  return record(o.kind ?? WalKind.Entry, data, {...o, offset: index, count: o.data ? 1 : 0})
}

/** Builds one segment, batch by batch, as the broker's writer would. */
export class SegmentBuilder {
  #pieces: Uint8Array[] = []
  #at = 0
  lastIndex = 0
  readonly #topic: string

  constructor(topic = '__raft_metadata') {
    this.#topic = topic
  }

  batch(records: Uint8Array[], o: {predecessorBytes?: number; lastIndex?: number; count?: number} = {}): this {
    const size = records.reduce((n, r) => n + r.length, 0)
    const {data, batchBytes} = encodeBatchMark(
      {
        logId: LOG_ID,
        at: this.#at,
        lastIndex: o.lastIndex ?? this.lastIndex,
        predecessorBytes: o.predecessorBytes ?? 0,
      },
      size,
      utf8(this.#topic).length,
    )
    this.#pieces.push(record(WalKind.BatchMark, data, {topic: this.#topic, count: o.count ?? 0}), ...records)
    this.#at += batchBytes
    return this
  }

  head(state: HardState = {term: 0, vote: 0, commit: 0}): this {
    const topic = this.#topic
    const confState = {voters: [1, 2, 3], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false}
    return this.batch([
      hardState(state, {topic}),
      record(WalKind.ConfState, encodeConfState(confState), {topic}),
      record(WalKind.SnapshotMarker, encodeSnapshotMetadata({index: 0, term: 0}), {topic, count: 0}),
    ])
  }

  /** One batch of one entry, and a HardState that commits all before it. */
  entry(term: number, o: {data?: Uint8Array; tag?: number; vote?: number} = {}): this {
    const topic = this.#topic
    const index = this.lastIndex + 1
    this.batch([entry(index, term, {...o, topic}), hardState({term, vote: o.vote ?? 1, commit: index - 1}, {topic})])
    this.lastIndex = index
    return this
  }

  get size(): number {
    return this.#at
  }

  bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#pieces))
  }
}

/** The line of groups.log that lists a group (`-`: removes it). */
export function listing(group: string, sign: '+' | '-' = '+'): Uint8Array {
  const text = `${sign} ${toHex(LOG_ID)} ${group}`
  return utf8(`${hex32(crc32(utf8(text)))} ${text}\n`)
}
