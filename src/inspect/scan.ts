import {hex32, viewOf} from '../base/bytes.ts'
import {crc32} from '../base/crc32.ts'
import {FIXED_BYTES, HEADER_BYTES, RECORD_BYTES_MAX, WAL_MAGIC, WalKind} from '../formats/wal-record.ts'
import {decodeWalRecordV1, V1_CRC_AT, V1_FIXED_BYTES} from '../formats/wal-record-v1.ts'
import {type FileWindow, WINDOW_BYTES} from './file-window.ts'

/** A record whose frame and CRC are right. What its payload says is decided elsewhere (kinds.ts). */
export interface SeenRecord {
  at: number
  bytes: number
  version: 1 | 2
  /** The flags byte: 0 in files of other writers. */
  flag: number
  crc32: number
  topic: string
  partition: number
  dataAt: number
  dataBytes: number
  /** As written, also beyond 2^53. */
  baseOffset: number | bigint
  lastOffset: number | bigint
  recordCount: number
}

export type Scanned =
  | {found: 'record'; record: SeenRecord}
  /** The file ends inside the record. */
  | {found: 'short'; why: string}
  /** `bytes`: where the next record would begin, when its header can be believed. */
  | {found: 'unsound'; why: string; bytes?: number; crc32?: number; flag?: number}

const V1_BYTES_MAX = WINDOW_BYTES

/** What begins at byte `at`. */
export function scanAt(window: FileWindow, at: number): Scanned {
  if (!window.holds(at, HEADER_BYTES))
    return {found: 'short', why: `the file ends ${Math.max(0, window.size - at)} bytes behind it`}
  if (window.u16(at) !== WAL_MAGIC)
    return {found: 'unsound', why: `no record begins here (${magicWords(window.view(at, 4))})`}
  const version = window.u8(at + 2)
  if (version === 1) return scanV1(window, at)
  if (version !== 2) return {found: 'unsound', why: `record version ${version}`}
  return scanV2(window, at)
}

function magicWords(first: Uint8Array): string {
  return `bytes ${[...first].map(b => b.toString(16).padStart(2, '0')).join(' ')}`
}

/** Its header is at hand. */
function scanV2(window: FileWindow, at: number): Scanned {
  const flag = window.u8(at + 3)
  const length = window.u32(at + 4)
  const stored = window.u32(at + 8)
  const bytes = HEADER_BYTES + length
  if (bytes < FIXED_BYTES || length > RECORD_BYTES_MAX) return {found: 'unsound', why: `length ${length}`}
  const missing = (): Scanned => ({
    found: 'short',
    why: `${at + bytes - window.size} of its ${bytes} bytes are missing`,
  })
  if (!window.holds(at, 14)) return missing()
  const topicBytes = window.u16(at + 12)
  if (FIXED_BYTES + topicBytes > bytes)
    return {found: 'unsound', why: `length ${length} with a topic of ${topicBytes} bytes`}
  if (!window.holds(at, 22 + topicBytes)) return missing()
  const topic = window.text(at + 14, topicBytes)
  const partition = window.i32(at + 14 + topicBytes)
  const dataBytes = window.u32(at + 18 + topicBytes)
  // The CRC does not cover the length: only this equation does.
  if (FIXED_BYTES + topicBytes + dataBytes !== bytes)
    return {found: 'unsound', why: `length ${length} should be ${30 + topicBytes + dataBytes}`}
  if (at + bytes > window.size) return missing()
  const computed = crcOver(window, at + HEADER_BYTES, at + bytes, headCrc(2, flag))
  if (computed === undefined) return {found: 'short', why: 'the file shrank while it was read'}
  if (computed !== stored)
    return {found: 'unsound', why: `CRC ${hex32(stored)} should be ${hex32(computed)}`, bytes, crc32: stored, flag}
  const dataAt = at + 22 + topicBytes
  const last = dataAt + dataBytes
  if (!window.holds(last, 20)) return {found: 'short', why: 'the file shrank while it was read'}
  const record: SeenRecord = {
    at,
    bytes,
    version: 2,
    flag,
    crc32: stored,
    topic,
    partition,
    dataAt,
    dataBytes,
    baseOffset: window.i64(last),
    lastOffset: window.i64(last + 8),
    recordCount: window.i32(last + 16),
  }
  return {found: 'record', record}
}

function scanV1(window: FileWindow, at: number): Scanned {
  const head = window.view(at, V1_CRC_AT + 4)
  const length = viewOf(head).getUint32(4, true)
  if (length < V1_FIXED_BYTES || length > V1_BYTES_MAX) return {found: 'unsound', why: `length ${length} (version 1)`}
  const missing = at + length - window.size
  if (missing > 0) return {found: 'short', why: `${missing} of its ${length} bytes are missing`}
  const stored = viewOf(head).getUint32(V1_CRC_AT, true)
  const flag = head[3]
  const before = crcOver(window, at + 8, at + V1_CRC_AT, headCrc(1, flag))
  const computed = before === undefined ? undefined : crcOver(window, at + V1_CRC_AT + 4, at + length, before)
  if (computed === undefined) return {found: 'short', why: 'the file shrank while it was read'}
  if (computed !== stored)
    return {
      found: 'unsound',
      why: `CRC ${hex32(stored)} should be ${hex32(computed)}`,
      bytes: length,
      crc32: stored,
      flag,
    }
  const bytes = window.view(at, length)
  const fields = decodeWalRecordV1(bytes)
  if (typeof fields === 'string') return {found: 'unsound', why: `${fields} (version 1)`, crc32: stored, flag}
  const offset = window.i64(at + 8)
  return {
    found: 'record',
    record: {
      at,
      bytes: length,
      version: 1,
      flag,
      crc32: stored,
      topic: '',
      partition: 0,
      dataAt: at + fields.valueAt,
      dataBytes: fields.value.length,
      baseOffset: offset,
      lastOffset: offset,
      recordCount: 1,
    },
  }
}

/** The CRC `begun`, continued over these bytes; undefined: the file ends before `to`. */
export function crcOver(window: FileWindow, from: number, to: number, begun: number): number | undefined {
  let crc = begun
  for (let at = from; at < to; ) {
    const piece = window.view(at, to - at)
    if (piece.length === 0) return undefined
    crc = crc32(piece, crc)
    at += piece.length
  }
  return crc
}

/** By version and flags: the CRC of a record's first eight bytes, whose magic is right, with a length of 0. What follows continues it. */
const HEADS: Array<number | undefined> = []

function headCrc(version: number, flag: number): number {
  const at = version * 256 + flag
  HEADS[at] ??= crc32(new Uint8Array([WAL_MAGIC & 0xff, WAL_MAGIC >> 8, version, flag, 0, 0, 0, 0]))
  return HEADS[at]
}

/** The next byte behind `after` where a record stands whose CRC is right; the end of the file when none does. */
export function resync(window: FileWindow, after: number): number {
  // Bytes made to look like headers must not make this quadratic: so much is checksummed, then the rest is given up.
  let budget = 16 * WINDOW_BYTES + 8 * (window.size - after)
  for (const at of magicsBehind(window, after)) {
    const head = window.view(at, 8)
    if (head.length < 8) break
    budget -= Math.min(viewOf(head).getUint32(4, true), window.size - at)
    if (budget < 0) break
    if (scanAt(window, at).found === 'record') return at
  }
  return window.size
}

/** Bytes behind `after` where a magic number and a known version stand. */
export function* magicsBehind(window: FileWindow, after: number): Generator<number> {
  let at = after + 1
  while (at < window.size) {
    const bytes = window.ahead(at)
    if (bytes.length < 3) return
    const hit = bytes.subarray(0, bytes.length - 2).indexOf(WAL_MAGIC & 0xff)
    if (hit < 0) {
      at += bytes.length - 2
      continue
    }
    const found = bytes[hit + 1] === WAL_MAGIC >> 8 && (bytes[hit + 2] === 1 || bytes[hit + 2] === 2)
    at += hit
    if (found) yield at
    at++
  }
}

export const isMark = (record: SeenRecord): boolean => record.version === 2 && record.flag === WalKind.BatchMark
