import {describe, expect, it} from 'vitest'
import {readInt64, writeInt64} from '../../src/base/bytes.ts'
import {crc32c} from '../../src/base/crc32c.ts'
import {KafkaError} from '../../src/formats/kafka/errors.ts'
import {
  BATCH_HEADER_BYTES,
  batchCrcOk,
  checkBatch,
  encodeBatch,
  iterateRecords,
  readBatchHeader,
  stampBatch,
} from '../../src/formats/record-batch.ts'

const text = (value: string): Uint8Array => new TextEncoder().encode(value)

function batch(): Uint8Array {
  return encodeBatch({
    records: [
      {key: text('k0'), value: text('value 0'), timestamp: 1_700_000_000_000},
      {value: text('value 1'), timestamp: 1_700_000_000_005},
      {key: text('k2'), timestamp: 1_700_000_000_001},
    ],
    producerId: 4_000,
    producerEpoch: 1,
    baseSequence: 9,
  })
}

/** Changes a batch and makes its CRC right again. */
function changed(change: (view: DataView, bytes: Uint8Array) => void, from = batch()): Uint8Array {
  change(new DataView(from.buffer), from)
  new DataView(from.buffer).setUint32(17, crc32c(from, 21))
  return from
}

/** A batch of one record whose bytes are given, its length in front. */
function withRecord(record: number[], count = 1): Uint8Array {
  const bytes = new Uint8Array(BATCH_HEADER_BYTES + record.length)
  bytes.set(encodeBatch({records: [{timestamp: 0}]}).subarray(0, BATCH_HEADER_BYTES))
  bytes.set(record, BATCH_HEADER_BYTES)
  return changed(view => {
    view.setInt32(8, bytes.length - 12)
    view.setInt32(23, count - 1)
    view.setInt32(57, count)
  }, bytes)
}

const {CORRUPT_MESSAGE, INVALID_RECORD} = KafkaError

describe('record batches', () => {
  it('what is encoded is read back and taken', () => {
    const bytes = batch()
    expect(checkBatch(bytes)).toBeUndefined()
    expect(readBatchHeader(bytes)).toMatchObject({
      bytes: bytes.length,
      magic: 2,
      compression: 'none',
      lastOffsetDelta: 2,
      baseTimestamp: 1_700_000_000_000,
      maxTimestamp: 1_700_000_000_005,
      producerId: 4_000,
      producerEpoch: 1,
      baseSequence: 9,
      recordCount: 3,
    })
    stampBatch(bytes, 70, 6)
    expect(batchCrcOk(bytes)).toBe(true)
    expect([...iterateRecords(bytes)].map(r => [r.offset, r.timestamp - 1_700_000_000_000])).toEqual([
      [70, 0],
      [71, 5],
      [72, 1],
    ])
  })

  it('hardening 22: every byte under the CRC, flipped, is CORRUPT_MESSAGE', () => {
    for (let at = 16; at < batch().length; at++) {
      const bytes = batch()
      bytes[at] ^= 1
      expect(checkBatch(bytes)?.error, `byte ${at}`).toBe(CORRUPT_MESSAGE)
    }
  })

  it('hardening 22: magic 0 and 1 are INVALID_RECORD, others CORRUPT_MESSAGE', () => {
    const codes = [0, 1, 3, -1, 127].map(magic => checkBatch(changed(view => view.setInt8(16, magic)))?.error)
    expect(codes).toEqual([INVALID_RECORD, INVALID_RECORD, CORRUPT_MESSAGE, CORRUPT_MESSAGE, CORRUPT_MESSAGE])
  })

  it('hardening 22: a length that is not that of the bytes', () => {
    expect(checkBatch(new Uint8Array(60))?.error).toBe(CORRUPT_MESSAGE)
    for (const length of [-1, 0, 48, 0x7fffffff, -0x80000000])
      expect(checkBatch(changed(view => view.setInt32(8, length)))?.error, `length ${length}`).toBe(CORRUPT_MESSAGE)
    // Two batches in one partition's data.
    expect(checkBatch(new Uint8Array([...batch(), ...batch()]))?.error).toBe(INVALID_RECORD)
  })

  it('hardening 22: counts that are negative, nought, unlike the last offset delta, or more than the bytes can hold', () => {
    const counted = (count: number, delta = count - 1) =>
      checkBatch(
        changed(view => {
          view.setInt32(23, delta)
          view.setInt32(57, count)
        }),
      )?.error
    expect([-1, -0x80000000, 0, 4, 1_000, 0x7fffffff].map(count => counted(count))).toEqual(
      Array(6).fill(INVALID_RECORD),
    )
    expect([counted(3, 1), counted(3, 3), counted(3, -1), counted(2)]).toEqual(Array(4).fill(INVALID_RECORD))
  })

  it('hardening 22: a compressed batch whose count no decompression could reach is refused unopened', () => {
    const compressed = (count: number) =>
      checkBatch(
        changed(view => {
          view.setInt16(21, 1)
          view.setInt32(23, count - 1)
          view.setInt32(57, count)
        }),
      )?.error
    expect([compressed(3), compressed(1_000_000), compressed(0x7fffffff)]).toEqual([
      undefined,
      undefined,
      INVALID_RECORD,
    ])
    for (const type of [5, 6, 7])
      expect(checkBatch(changed(view => view.setInt16(21, type)))?.error).toBe(KafkaError.UNSUPPORTED_COMPRESSION_TYPE)
  })

  it('hardening 22: offset deltas out of order', () => {
    // Records: length 6, attributes, timestamp delta, offset delta, key -1, value -1, no headers.
    const record = (delta: number): number[] => [12, 0, 0, delta * 2, 1, 1, 0]
    expect(checkBatch(withRecord([...record(0), ...record(1)], 2))).toBeUndefined()
    for (const [a, b] of [
      [1, 0],
      [0, 0],
      [0, 2],
      [1, 2],
    ])
      expect(checkBatch(withRecord([...record(a), ...record(b)], 2))?.error, `${a}, ${b}`).toBe(INVALID_RECORD)
  })

  it('hardening 22: bytes behind a compressed batch, which is not opened', () => {
    const compressed = changed(view => view.setInt16(21, 1))
    expect(checkBatch(compressed)).toBeUndefined()
    expect(checkBatch(new Uint8Array([...compressed, 0]))?.error).toBe(INVALID_RECORD)
  })

  it('hardening 22: records that overlap', () => {
    const overlapping = [16, 0, 0, 0, 1, 1, 0, 12, 0, 0, 2, 1, 1, 0]
    expect(checkBatch(withRecord(overlapping, 2))?.error).toBe(INVALID_RECORD)
  })

  it('hardening 22: a record that does not fit its own length', () => {
    const bad: Record<string, number[]> = {
      'a length of 0': [0],
      'a negative length': [11, 0, 0, 0, 1, 1, 0],
      'a length beyond the batch': [100, 0, 0, 0, 1, 1, 0],
      'a key longer than the record': [12, 0, 0, 0, 40, 1, 0],
      'a value longer than the record': [12, 0, 0, 0, 1, 40, 0],
      'a key length below -1': [12, 0, 0, 0, 3, 1, 0],
      'more headers than bytes': [12, 0, 0, 0, 1, 1, 126],
      'a negative number of headers': [12, 0, 0, 0, 1, 1, 1],
      'a header without a key': [16, 0, 0, 0, 1, 1, 2, 1, 1],
      'bytes behind the headers': [14, 0, 0, 0, 1, 1, 0, 0],
      'a varint without an end': [12, 0, 0, 0, 0x81, 0x81, 0x81],
      'bytes behind the last record': [12, 0, 0, 0, 1, 1, 0, 9],
    }
    for (const [what, record] of Object.entries(bad))
      expect(checkBatch(withRecord(record))?.error, what).toBe(INVALID_RECORD)
    expect(checkBatch(withRecord([22, 0, 0, 0, 2, 97, 2, 98, 2, 2, 99, 1]))).toBeUndefined()
  })

  it('control, transactional and log-append-time batches, and a producer without a sequence, are refused', () => {
    const withAttributes = (attributes: number) => checkBatch(changed(view => view.setInt16(21, attributes)))?.error
    expect(withAttributes(0x20)).toBe(INVALID_RECORD)
    expect(withAttributes(0x10)).toBe(KafkaError.INVALID_TXN_STATE)
    expect(withAttributes(0x08)).toBe(KafkaError.INVALID_TIMESTAMP)
    expect(checkBatch(changed(view => view.setInt32(53, -1)))?.error).toBe(INVALID_RECORD)
    expect(checkBatch(changed(view => view.setInt16(51, -1)))?.error).toBe(INVALID_RECORD)
  })

  it('base offset and leader epoch lie outside the CRC, and nothing else is touched by stamping', () => {
    const before = batch()
    const after = batch()
    stampBatch(after, 2 ** 40, 77)
    const view = new DataView(after.buffer)
    expect([readInt64(view, 0, false), view.getInt32(12)]).toEqual([2 ** 40, 77])
    writeInt64(view, 0, 0, false)
    view.setInt32(12, -1)
    expect(after).toEqual(before)
  })
})
