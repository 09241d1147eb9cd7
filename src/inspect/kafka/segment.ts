import {hex32} from '../../base/bytes.ts'
import {crc32c} from '../../base/crc32c.ts'
import {BATCH_HEADER_BYTES, type BatchHeader, readBatchHeader} from '../../formats/record-batch.ts'
import {type FileWindow, WINDOW_BYTES} from '../file-window.ts'

/** One thing in a log segment of Apache Kafka, in the order of its bytes. */
export type KafkaSeen =
  | {seen: 'batch'; at: number; bytes: number; header: BatchHeader}
  /** Bytes that are no sound batch; `end`: up to the end of the file. */
  | {seen: 'unsound'; at: number; bytes: number; why: string; end: boolean; header?: BatchHeader}

const CRC_FROM = 21
const BATCH_BYTES_MAX = 1 << 30

/** Walks a segment (or a snapshot: the same batches); goes on behind damage at the next sound batch. */
export function* walkKafka(window: FileWindow): Generator<KafkaSeen> {
  let before: BatchHeader | undefined
  for (let at = 0; at < window.size; ) {
    const found = batchAt(window, at)
    if (found.sound) {
      const {header} = found
      const backwards = before && header.baseOffset <= before.baseOffset + before.lastOffsetDelta
      if (backwards)
        yield {
          seen: 'unsound',
          at,
          bytes: header.bytes,
          why: `base offset ${header.baseOffset} after ${(before as BatchHeader).baseOffset + (before as BatchHeader).lastOffsetDelta}`,
          end: at + header.bytes >= window.size,
          header,
        }
      else {
        yield {seen: 'batch', at, bytes: header.bytes, header}
        before = header
      }
      at += header.bytes
      continue
    }
    const next = behind(window, at, found.header) ?? nextSound(window, at + 1)
    yield {seen: 'unsound', at, bytes: next - at, why: found.why, end: next >= window.size, header: found.header}
    at = next
  }
}

type At = {sound: true; header: BatchHeader} | {sound: false; why: string; header?: BatchHeader}

function batchAt(window: FileWindow, at: number): At {
  const left = window.size - at
  const head = window.view(at, BATCH_HEADER_BYTES)
  if (head.every(byte => byte === 0) && left > 0) return {sound: false, why: 'zeros'}
  if (head.length < BATCH_HEADER_BYTES) return {sound: false, why: `the file ends ${left} bytes behind it`}
  const header = readBatchHeader(head)
  if (header.magic < 0 || header.magic > 2) return {sound: false, why: `no batch begins here (magic ${header.magic})`}
  if (header.bytes < BATCH_HEADER_BYTES || header.bytes > BATCH_BYTES_MAX)
    return {sound: false, why: `length ${header.bytes - 12}`}
  if (header.magic < 2) return {sound: false, why: `a message of magic ${header.magic}, older than Kafka 0.11`}
  if (header.bytes > left) return {sound: false, why: `${header.bytes - left} of its ${header.bytes} bytes are missing`}
  const computed = crcOf(window, at + CRC_FROM, header.bytes - CRC_FROM)
  if (computed !== header.crc)
    return {sound: false, why: `CRC-32C ${hex32(header.crc)} should be ${hex32(computed)}`, header}
  if (header.recordCount < 0 || header.baseOffset < 0)
    return {sound: false, why: `${header.recordCount} records from offset ${header.baseOffset}`, header}
  return {sound: true, header}
}

function crcOf(window: FileWindow, from: number, bytes: number): number {
  let crc = 0
  for (let done = 0; done < bytes; ) {
    const piece = window.view(from + done, Math.min(WINDOW_BYTES, bytes - done))
    if (piece.length === 0) break
    crc = crc32c(piece, 0, piece.length, crc)
    done += piece.length
  }
  return crc
}

/** A wrong CRC whose length leads to a sound batch, or to the file's end. */
function behind(window: FileWindow, at: number, header: BatchHeader | undefined): number | undefined {
  if (!header) return undefined
  const next = at + header.bytes
  return next === window.size || (next < window.size && batchAt(window, next).sound) ? next : undefined
}

/** The next byte at which a sound batch stands; the end of the file when none does. */
function nextSound(window: FileWindow, from: number): number {
  // Bytes made to look like batches must not make this quadratic.
  let budget = 16 * WINDOW_BYTES + 8 * (window.size - from)
  for (let at = from; at + BATCH_HEADER_BYTES <= window.size; ) {
    const bytes = window.view(at, WINDOW_BYTES)
    if (bytes.length < BATCH_HEADER_BYTES) break
    const candidates = headersIn(bytes, window.size - at)
    const looked = bytes.length - BATCH_HEADER_BYTES + 1
    for (const {i, length} of candidates) {
      budget -= length
      if (budget < 0) return window.size
      if (batchAt(window, at + i).sound) return at + i
    }
    at += looked
  }
  return window.size
}

/** Where a batch might begin: the high bytes of a base offset, a length that the file has room for, the magic. */
function headersIn(bytes: Uint8Array, left: number): Array<{i: number; length: number}> {
  const found: Array<{i: number; length: number}> = []
  for (let i = 0; i + BATCH_HEADER_BYTES <= bytes.length; i++) {
    if (bytes[i + 16] !== 2 || bytes[i] !== 0 || bytes[i + 1] !== 0 || bytes[i + 8] > 0x3f) continue
    const {bytes: length} = readBatchHeader(bytes, i)
    if (length >= BATCH_HEADER_BYTES && length <= left - i) found.push({i, length})
  }
  return found
}
