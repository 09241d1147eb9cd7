import {readInt64, viewOf, writeInt64} from '../base/bytes.ts'
import {crc32c} from '../base/crc32c.ts'
import type {Offset, Term} from '../base/ids.ts'
import {KafkaError} from './kafka/errors.ts'

/**
 * Kafka's RecordBatch, magic 2, big-endian (KIP-98). Base offset and partition leader epoch lie outside the CRC: the leader stamps them.
 *   0           8       12     16     17   21          23               27             35            43          51             53            57
 *   | baseOffset | length | epoch | magic | crc | attributes | lastOffsetDelta | baseTimestamp | maxTimestamp | producerId | producerEpoch | baseSequence | count | records …
 * `length` counts the bytes behind it; the CRC-32C is over everything from the attributes on.
 */
export const BATCH_HEADER_BYTES = 61
const LENGTH_AT = 8
const EPOCH_AT = 12
const MAGIC_AT = 16
const CRC_AT = 17
const ATTRIBUTES_AT = 21

const COMPRESSION = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type Compression = (typeof COMPRESSION)[number]

export interface BatchHeader {
  baseOffset: Offset
  /** Bytes of the whole batch, this header's first 12 bytes included. */
  bytes: number
  leaderEpoch: Term
  magic: number
  crc: number
  attributes: number
  compression: Compression | undefined
  control: boolean
  transactional: boolean
  lastOffsetDelta: number
  baseTimestamp: number
  maxTimestamp: number
  /** -1: none. */
  producerId: number
  producerEpoch: number
  baseSequence: number
  recordCount: number
}

/** Reads the header at `at`; 61 bytes must be there. Numbers beyond 2^53 read as -1. */
export function readBatchHeader(bytes: Uint8Array, at = 0): BatchHeader {
  const view = viewOf(bytes)
  const attributes = view.getInt16(at + ATTRIBUTES_AT)
  return {
    baseOffset: readInt64(view, at, false) ?? -1,
    bytes: view.getInt32(at + LENGTH_AT) + EPOCH_AT,
    leaderEpoch: view.getInt32(at + EPOCH_AT),
    magic: view.getInt8(at + MAGIC_AT),
    crc: view.getUint32(at + CRC_AT),
    attributes,
    compression: COMPRESSION[attributes & 7],
    control: (attributes & 0x20) !== 0,
    transactional: (attributes & 0x10) !== 0,
    lastOffsetDelta: view.getInt32(at + 23),
    baseTimestamp: readInt64(view, at + 27, false) ?? -1,
    maxTimestamp: readInt64(view, at + 35, false) ?? -1,
    producerId: readInt64(view, at + 43, false) ?? -1,
    producerEpoch: view.getInt16(at + 51),
    baseSequence: view.getInt32(at + 53),
    recordCount: view.getInt32(at + 57),
  }
}

/** Is the CRC-32C of the batch at `at` right? The header's length must lie within the bytes. */
export function batchCrcOk(bytes: Uint8Array, at = 0): boolean {
  const view = viewOf(bytes)
  const end = at + EPOCH_AT + view.getInt32(at + LENGTH_AT)
  return crc32c(bytes, at + ATTRIBUTES_AT, end) === view.getUint32(at + CRC_AT)
}

export interface BatchRefusal {
  error: number
  message: string
}

/** More records than fit into the largest request are in no batch, however well it is compressed. */
const RECORDS_MAX = Math.floor(104_857_600 / 7)
/** Of a record: length, attributes, two deltas, key and value length, header count. */
const RECORD_BYTES_MIN = 7
const LOG_APPEND_TIME = 0x08

/**
 * What a broker checks before it takes a producer's batch: magic, sizes, CRC-32C, counts, producer, and every record of it. One batch fills
 * the bytes. A compressed batch is checked by its header and CRC and never opened.
 */
export function checkBatch(bytes: Uint8Array): BatchRefusal | undefined {
  if (bytes.length < BATCH_HEADER_BYTES) return corrupt(`${bytes.length} bytes are no record batch`)
  const header = readBatchHeader(bytes)
  if (header.magic !== 2)
    return header.magic === 0 || header.magic === 1
      ? invalid(`magic ${header.magic}: only record batches of magic 2 are taken`)
      : corrupt(`magic ${header.magic}: only record batches of magic 2 are taken`)
  if (header.bytes < BATCH_HEADER_BYTES || header.bytes > bytes.length)
    return corrupt(`the batch says ${header.bytes} bytes, ${bytes.length} came`)
  if (header.bytes < bytes.length)
    return invalid(`${bytes.length - header.bytes} bytes behind the batch: one batch a partition is taken`)
  if (!batchCrcOk(bytes)) return corrupt('the CRC-32C of the batch is wrong')
  if (!header.compression)
    return {
      error: KafkaError.UNSUPPORTED_COMPRESSION_TYPE,
      message: `compression type ${header.attributes & 7} is unknown`,
    }
  if (header.recordCount <= 0 || header.recordCount > RECORDS_MAX)
    return invalid(`a batch of ${header.recordCount} records`)
  if (header.lastOffsetDelta !== header.recordCount - 1)
    return invalid(`last offset delta ${header.lastOffsetDelta} with ${header.recordCount} records`)
  if (header.control) return invalid('control batches are not taken from clients')
  if (header.transactional) return {error: KafkaError.INVALID_TXN_STATE, message: 'there are no transactions'}
  if (header.attributes & LOG_APPEND_TIME)
    return {error: KafkaError.INVALID_TIMESTAMP, message: 'a producer cannot set the log append time'}
  if (header.producerId >= 0 && (header.baseSequence < 0 || header.producerEpoch < 0))
    return invalid(`producer ${header.producerId} with epoch ${header.producerEpoch}, sequence ${header.baseSequence}`)
  return header.compression === 'none' ? checkRecords(bytes, header.recordCount) : undefined
}

/** Every record whole, in order, and nothing behind the last: what is taken here every consumer has to read. */
function checkRecords(bytes: Uint8Array, count: number): BatchRefusal | undefined {
  if (count > (bytes.length - BATCH_HEADER_BYTES) / RECORD_BYTES_MIN)
    return invalid(`${count} records cannot lie in ${bytes.length} bytes`)
  const cursor = new VarintCursor(bytes, BATCH_HEADER_BYTES)
  for (let n = 0; n < count; n++) {
    const length = cursor.next(bytes.length)
    const end = cursor.at + length
    if (cursor.failed || length < RECORD_BYTES_MIN - 1 || end > bytes.length)
      return invalid(`record ${n} has no sound length`)
    cursor.at++
    cursor.next(end)
    const delta = cursor.next(end)
    if (cursor.failed || delta !== n) return invalid(`record ${n} has offset delta ${delta}`)
    cursor.skipBytes(end)
    cursor.skipBytes(end)
    const headers = cursor.next(end)
    // A header has a key's length and a value's.
    if (cursor.failed || headers < 0 || headers > (end - cursor.at) / 2)
      return invalid(`record ${n} does not fit its length`)
    for (let h = 0; h < headers && !cursor.failed; h++) {
      cursor.skipBytes(end, 0)
      cursor.skipBytes(end)
    }
    if (cursor.failed || cursor.at !== end) return invalid(`record ${n} does not fit its length`)
  }
  return cursor.at === bytes.length ? undefined : invalid(`${bytes.length - cursor.at} bytes behind the last record`)
}

/** Walks over zigzag varints without making an object of each. `failed` stays true once something did not fit. */
class VarintCursor {
  readonly #bytes: Uint8Array
  at: number
  failed = false

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  next(end: number): number {
    let value = 0
    let scale = 1
    for (let n = 0; n < 10 && this.at < end; n++) {
      const byte = this.#bytes[this.at++]
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) break
        return value % 2 === 0 ? value / 2 : -(value + 1) / 2
      }
      scale *= 128
    }
    this.failed = true
    return 0
  }

  /** A length (-1 for null, where that may be) and as many bytes. */
  skipBytes(end: number, lengthMin = -1): void {
    const length = this.next(end)
    if (length < lengthMin || length > end - this.at) this.failed = true
    else if (length > 0) this.at += length
  }
}

function corrupt(message: string): BatchRefusal {
  return {error: KafkaError.CORRUPT_MESSAGE, message}
}

function invalid(message: string): BatchRefusal {
  return {error: KafkaError.INVALID_RECORD, message}
}

/** Writes what the leader decides into a batch, in place; neither is under the CRC. */
export function stampBatch(bytes: Uint8Array, baseOffset: Offset, leaderEpoch: Term): void {
  const view = viewOf(bytes)
  writeInt64(view, 0, baseOffset, false)
  view.setInt32(EPOCH_AT, leaderEpoch)
}

export interface RecordHeader {
  key: string
  value: Uint8Array | undefined
}

export interface KafkaRecord {
  offset: Offset
  timestamp: number
  key: Uint8Array | undefined
  value: Uint8Array | undefined
  headers: RecordHeader[]
}

/** The records of an uncompressed batch; ends where they stop making sense. */
export function* iterateRecords(bytes: Uint8Array, from = 0): Generator<KafkaRecord> {
  const header = readBatchHeader(bytes, from)
  if (header.compression !== 'none') return
  const end = Math.min(bytes.length, from + header.bytes)
  let at = from + BATCH_HEADER_BYTES
  for (let n = 0; n < header.recordCount; n++) {
    const length = readVarint(bytes, at)
    if (!length || length.value < 6 || length.value > end - length.end) return
    const timestamp = readVarint(bytes, length.end + 1)
    const offset = timestamp && readVarint(bytes, timestamp.end)
    const key = offset && readBytes(bytes, offset.end, end)
    const value = key && readBytes(bytes, key.end, end)
    if (!timestamp || !offset || !key || !value) return
    yield {
      offset: header.baseOffset + offset.value,
      timestamp: header.baseTimestamp + timestamp.value,
      key: key.value,
      value: value.value,
      headers: [],
    }
    at = length.end + length.value
  }
}

function readBytes(
  bytes: Uint8Array,
  at: number,
  end: number,
): {value: Uint8Array | undefined; end: number} | undefined {
  const length = readVarint(bytes, at)
  if (!length || length.value < -1 || length.value > end - length.end) return undefined
  if (length.value === -1) return {value: undefined, end: length.end}
  return {value: bytes.subarray(length.end, length.end + length.value), end: length.end + length.value}
}

/** A zigzag varint of up to 10 bytes; undefined when it does not end in the bytes or exceeds 2^53. */
function readVarint(bytes: Uint8Array, at: number): {value: number; end: number} | undefined {
  let value = 0
  let scale = 1
  for (let n = 0; n < 10; n++) {
    const byte = bytes[at + n]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * scale
    if (!Number.isSafeInteger(value)) return undefined
    if (byte < 0x80) return {value: value % 2 === 0 ? value / 2 : -(value + 1) / 2, end: at + n + 1}
    scale *= 128
  }
  return undefined
}

/** Makes an uncompressed batch: what a coordinator appends, and what tests send. */
export function encodeBatch(batch: {
  records: ReadonlyArray<{key?: Uint8Array; value?: Uint8Array; timestamp: number}>
  producerId?: number
  producerEpoch?: number
  baseSequence?: number
}): Uint8Array {
  const {records} = batch
  const baseTimestamp = records[0]?.timestamp ?? 0
  const out: number[] = []
  const varint = (value: number, into: number[]): void => {
    let rest = value >= 0 ? value * 2 : -value * 2 - 1
    for (; rest >= 128; rest = Math.floor(rest / 128)) into.push((rest % 128) + 128)
    into.push(rest)
  }
  const data = (bytes: Uint8Array | undefined, into: number[]): void => {
    varint(bytes ? bytes.length : -1, into)
    if (bytes) for (const byte of bytes) into.push(byte)
  }
  for (let n = 0; n < records.length; n++) {
    const body: number[] = [0]
    varint(records[n].timestamp - baseTimestamp, body)
    varint(n, body)
    data(records[n].key, body)
    data(records[n].value, body)
    varint(0, body)
    varint(body.length, out)
    for (const byte of body) out.push(byte)
  }
  const bytes = new Uint8Array(BATCH_HEADER_BYTES + out.length)
  bytes.set(out, BATCH_HEADER_BYTES)
  const view = viewOf(bytes)
  view.setInt32(LENGTH_AT, bytes.length - EPOCH_AT)
  view.setInt32(EPOCH_AT, -1)
  view.setInt8(MAGIC_AT, 2)
  view.setInt32(23, records.length - 1)
  writeInt64(view, 27, baseTimestamp, false)
  writeInt64(
    view,
    35,
    records.reduce((newest, r) => Math.max(newest, r.timestamp), baseTimestamp),
    false,
  )
  writeInt64(view, 43, batch.producerId ?? -1, false)
  view.setInt16(51, batch.producerEpoch ?? -1)
  view.setInt32(53, batch.baseSequence ?? -1)
  view.setInt32(57, records.length)
  view.setUint32(CRC_AT, crc32c(bytes, ATTRIBUTES_AT))
  return bytes
}
