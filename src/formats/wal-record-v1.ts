import {readInt64, viewOf} from '../base/bytes.ts'

/**
 * WAL record, version 1, little-endian; read only. Its length counts the whole record.
 *
 *   0       2         3       4        8        16          24      28           32      32+k           36+k
 *   | magic | version | flags | length | offset | timestamp | crc32 | key length | key   | value length | value | header count | headers …
 *     u16     u8        u8      u32      i64      i64         u32     i32          k       i32            v       i32
 *
 * A key length of -1 is no key. A header is a name (u16 length, bytes) and a value (u32 length, bytes). The CRC-32 (IEEE)
 * runs over all bytes but the CRC's own, the length taken as 0.
 */
export const V1_FIXED_BYTES = 40
export const V1_CRC_AT = 24

export interface WalRecordV1 {
  offset: number | undefined
  timestamp: number | undefined
  key: Uint8Array | undefined
  /** Where the value begins in the bytes given. */
  valueAt: number
  value: Uint8Array
  headers: number
}

/** The fields of a record whose bytes are all here; a sentence when they do not add up. */
export function decodeWalRecordV1(bytes: Uint8Array): WalRecordV1 | string {
  if (bytes.length < V1_FIXED_BYTES) return `length ${bytes.length}`
  const view = viewOf(bytes)
  const offset = readInt64(view, 8, true)
  const timestamp = readInt64(view, 16, true)
  let at = 28
  const left = (): number => bytes.length - at
  const keyBytes = view.getInt32(at, true)
  at += 4
  if (keyBytes < -1 || keyBytes > left() - 8) return `key of ${keyBytes} bytes`
  const key = keyBytes < 0 ? undefined : bytes.subarray(at, at + keyBytes)
  at += Math.max(0, keyBytes)
  const valueBytes = view.getInt32(at, true)
  at += 4
  if (valueBytes < 0 || valueBytes > left() - 4) return `value of ${valueBytes} bytes`
  const valueAt = at
  const value = bytes.subarray(at, at + valueBytes)
  at += valueBytes
  const headers = view.getInt32(at, true)
  at += 4
  if (headers < 0 || headers > left() / 6) return `${headers} headers in ${left()} bytes`
  for (let i = 0; i < headers; i++) {
    if (left() < 2) return 'a header ends early'
    at += 2 + view.getUint16(at, true)
    if (left() < 4) return 'a header ends early'
    const size = view.getUint32(at, true)
    at += 4
    if (size > left()) return 'a header ends early'
    at += size
  }
  if (left() !== 0) return `${left()} bytes follow its headers`
  return {offset, timestamp, key, valueAt, value, headers}
}
