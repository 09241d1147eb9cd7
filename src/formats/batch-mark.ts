import {EMPTY} from '../base/bytes.ts'
import type {Index} from '../base/ids.ts'
import {ProtobufReader, ProtobufWriter, varintSize} from './protobuf.ts'
import {walRecordSize} from './wal-record.ts'

/** A mark stands where the synced bytes of a segment end; it begins every batch. Batches fill whole sectors. */
export const SECTOR_BYTES = 512

/**
 * The payload of a Batch mark: {1 log id, 2 offset of this mark in its file, 3 bytes of the whole batch, mark included,
 * 4 last index of the log before this batch, 5 length of the predecessor (heads only), 6 filler}.
 */
export interface BatchMark {
  /** 8 bytes, made with the group's directory. */
  logId: Uint8Array
  at: number
  batchBytes: number
  lastIndex: Index
  predecessorBytes: number
}

export function decodeBatchMark(bytes: Uint8Array): BatchMark {
  const r = new ProtobufReader(bytes)
  const mark: BatchMark = {logId: EMPTY, at: 0, batchBytes: 0, lastIndex: 0, predecessorBytes: 0}
  while (r.next()) {
    if (r.field === 1) mark.logId = r.view()
    else if (r.field === 2) mark.at = r.number()
    else if (r.field === 3) mark.batchBytes = r.number()
    else if (r.field === 4) mark.lastIndex = r.number()
    else if (r.field === 5) mark.predecessorBytes = r.number()
    else r.skip()
  }
  return mark
}

/**
 * The payload for a batch whose records take `recordBytes` behind the mark: its filler makes the batch end at a multiple of 512.
 * With 1, 2 or 130 bytes left to the border no filler fits; then the batch takes one sector more.
 */
export function encodeBatchMark(
  mark: Omit<BatchMark, 'batchBytes'>,
  recordBytes: number,
  topicBytes: number,
): {data: Uint8Array; batchBytes: number} {
  // The batch's length is part of the mark, and its varint part of the length: a larger length is tried until it holds.
  let sectors = Math.max(1, Math.ceil((recordBytes + walRecordSize(topicBytes, 0)) / SECTOR_BYTES))
  for (;;) {
    const batchBytes = sectors * SECTOR_BYTES
    const plain = size(mark, batchBytes)
    const left = batchBytes - recordBytes - walRecordSize(topicBytes, plain)
    const filler = left === 0 ? 0 : fillerFor(left)
    if (filler !== undefined) {
      const w = new ProtobufWriter(plain + left + 10)
      w.bytesField(1, mark.logId)
      w.numberField(2, mark.at)
      w.numberField(3, batchBytes)
      w.numberField(4, mark.lastIndex)
      w.numberField(5, mark.predecessorBytes)
      if (filler > 0) w.zerosField(6, filler)
      return {data: w.written(), batchBytes}
    }
    sectors++
  }
}

/** Bytes of a mark without its filler. */
function size(mark: Omit<BatchMark, 'batchBytes'>, batchBytes: number): number {
  const id = mark.logId.length
  let bytes = id > 0 ? 1 + varintSize(id) + id : 0
  for (const value of [mark.at, batchBytes, mark.lastIndex, mark.predecessorBytes])
    if (value > 0) bytes += 1 + varintSize(value)
  return bytes
}

/** Length of the filler whose field takes exactly `left` bytes. */
function fillerFor(left: number): number | undefined {
  if (left >= 3 && left <= 129) return left - 2
  if (left >= 131 && left <= 16_386) return left - 3
  return undefined
}
