import {fromUtf8, readInt64, utf8, viewOf, writeInt64} from '../base/bytes.ts'
import {crc32} from '../base/crc32.ts'

/**
 * WAL record, version 2, little-endian. The next record begins at offset + 12 + length.
 *
 *   0       2         3       4        8       12             14       14+t        18+t          22+t    22+t+d        30+t+d        38+t+d
 *   | magic | version | flags | length | crc32 | topic length | topic | partition | data length | data  | base offset | last offset | record count |
 *     u16     u8        u8      u32      u32     u16            t       i32         u32           d       i64           i64           i32
 *
 * `length` counts what follows the first 12 bytes: always 30 + topic bytes + data bytes. The CRC-32 (IEEE) runs over magic, version, flags, length
 * taken as 0, and everything behind the CRC; it does not cover the length, which is therefore checked against topic and data.
 */
export const WAL_MAGIC = 0xca7e
export const HEADER_BYTES = 12
/** Bytes of a record without topic and data. */
export const FIXED_BYTES = 42
/** Fields behind the header without topic and data. */
const LENGTH_BASE = 30
/** A record never holds more: a length above it is damage. */
export const RECORD_BYTES_MAX = 128 * 1024 * 1024

export const WalKind = {Unmarked: 0, Entry: 1, HardState: 2, ConfState: 3, SnapshotMarker: 4, BatchMark: 5} as const
export type WalKind = (typeof WalKind)[keyof typeof WalKind]

export interface WalRecord {
  kind: number
  topic: string
  partition: number
  /** A view of the bytes given. */
  data: Uint8Array
  /** Both mean something in an Entry alone; undefined beyond 2^53. */
  baseOffset: number | undefined
  lastOffset: number | undefined
  recordCount: number
  crc32: number
}

/** What stands at a place of a file. Damage is a value: a disk may legitimately hold it. */
export type ScannedRecord =
  | {found: 'record'; bytes: number; record: WalRecord}
  /** The bytes end inside the record; `bytes` it would take when its header can be believed, else 0. */
  | {found: 'short'; bytes: number}
  | {found: 'corrupt'; why: string; crc32?: number}

export function walRecordSize(topicBytes: number, dataBytes: number): number {
  return FIXED_BYTES + topicBytes + dataBytes
}

/** Writes a record at `at` of `into` and gives the offset behind it. `into` must have room for `walRecordSize`. */
export function writeWalRecord(
  into: Uint8Array,
  at: number,
  kind: WalKind,
  topic: Uint8Array,
  partition: number,
  data: Uint8Array,
  offset: number,
  recordCount: number,
): number {
  const view = viewOf(into)
  const t = topic.length
  const d = data.length
  view.setUint16(at, WAL_MAGIC, true)
  view.setUint8(at + 2, 2)
  view.setUint8(at + 3, kind)
  view.setUint32(at + 4, 0, true)
  view.setUint16(at + 12, t, true)
  into.set(topic, at + 14)
  view.setInt32(at + 14 + t, partition, true)
  view.setUint32(at + 18 + t, d, true)
  into.set(data, at + 22 + t)
  writeInt64(view, at + 22 + t + d, offset, true)
  writeInt64(view, at + 30 + t + d, offset, true)
  view.setInt32(at + 38 + t + d, recordCount, true)
  const end = at + FIXED_BYTES + t + d
  view.setUint32(at + 8, crc32(into.subarray(at + 12, end), HEAD_CRCS[kind]), true)
  view.setUint32(at + 4, LENGTH_BASE + t + d, true)
  return end
}

/** Reads the record that begins at `at`; `end` is where the bytes at hand end. */
export function scanWalRecord(bytes: Uint8Array, at: number, end = bytes.length): ScannedRecord {
  const left = end - at
  if (left < HEADER_BYTES) return {found: 'short', bytes: 0}
  const view = viewOf(bytes)
  if (view.getUint16(at, true) !== WAL_MAGIC)
    return {found: 'corrupt', why: `magic ${view.getUint16(at, true).toString(16)}`}
  if (bytes[at + 2] !== 2) return {found: 'corrupt', why: `version ${bytes[at + 2]}`}
  const length = view.getUint32(at + 4, true)
  if (length < LENGTH_BASE || length > RECORD_BYTES_MAX) return {found: 'corrupt', why: `length ${length}`}
  const size = HEADER_BYTES + length
  if (left < 14) return {found: 'short', bytes: size}
  const t = view.getUint16(at + 12, true)
  if (LENGTH_BASE + t > length) return {found: 'corrupt', why: `topic of ${t} bytes in a record of ${length}`}
  if (left < 22 + t) return {found: 'short', bytes: size}
  const d = view.getUint32(at + 18 + t, true)
  if (LENGTH_BASE + t + d !== length)
    return {found: 'corrupt', why: `length ${length} should be ${LENGTH_BASE + t + d}`}
  if (left < size) return {found: 'short', bytes: size}
  const stored = view.getUint32(at + 8, true)
  const computed = walRecordCrc(bytes, at, size)
  if (stored !== computed)
    return {found: 'corrupt', why: `CRC ${hex(stored)} should be ${hex(computed)}`, crc32: stored}
  const record: WalRecord = {
    kind: bytes[at + 3],
    topic: fromUtf8(bytes.subarray(at + 14, at + 14 + t)),
    partition: view.getInt32(at + 14 + t, true),
    data: bytes.subarray(at + 22 + t, at + 22 + t + d),
    baseOffset: readInt64(view, at + 22 + t + d, true),
    lastOffset: readInt64(view, at + 30 + t + d, true),
    recordCount: view.getInt32(at + 38 + t + d, true),
    crc32: stored,
  }
  return {found: 'record', bytes: size, record}
}

/** CRC-32 of the record at `at` of `size` bytes, its length taken as 0. Its magic and version are right. */
export function walRecordCrc(bytes: Uint8Array, at: number, size: number): number {
  return crc32(bytes.subarray(at + 12, at + size), HEAD_CRCS[bytes[at + 3]])
}

/** By the flags byte: the CRC of magic, version, flags and a length of 0, with which that of every record begins. */
const HEAD_CRCS = Array.from({length: 256}, (_, flags) =>
  crc32(new Uint8Array([WAL_MAGIC & 0xff, WAL_MAGIC >> 8, 2, flags, 0, 0, 0, 0])),
)

export function topicBytes(topic: string): Uint8Array {
  return utf8(topic)
}

function hex(n: number): string {
  return n.toString(16).padStart(8, '0')
}
