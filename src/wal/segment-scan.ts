import {crc32} from '../base/crc32.ts'
import type {ConfState} from '../formats/eraftpb.ts'
import type {DiskFile} from '../io/ports.ts'
import type {Batch} from './batch.ts'
import {type GroupIdentity, scanBatch} from './batch-scan.ts'
import type {WalParts} from './parts.ts'
import {SegmentReader} from './segment-reader.ts'

export interface Segment {
  number: number
  path: string
  file: DiskFile
  /** Sound bytes: where the next batch goes. Their CRC-32, the batches in them, and the records, marks included. */
  size: number
  crc32: number
  batches: number
  records: number
  /** Where its seal stands; undefined while it has none. */
  sealAt?: number | undefined
  /** What its sidecar will say of its entries: from its seal on, until there is a sidecar. */
  entries?: Uint8Array
  /** Its sidecar may be on the disk, or on its way there. */
  hasSidecar?: boolean
  /** It was not read in this life: a sidecar stood for it. */
  unread?: boolean
}

/** What one segment looks like; its batches are handed on as they are read. */
export interface ScannedSegment extends Segment {
  reader: SegmentReader
  fileBytes: number
  /** Where its last sound batch begins. */
  lastBatchAt: number
  hasHead: boolean
  /** ConfState of its head. */
  confState: ConfState | undefined
  /** From its first batch: where the seal of the segment before it stands. */
  predecessorBytes: number
  /** The first sound batch behind the seal. */
  behindSeal: number | undefined
  /** Why the first unsound byte (at `size`) is unsound; undefined when the whole file is sound. */
  unsound: string | undefined
}

/** Reads a segment as far as it is sound. */
export async function scanSegment(
  path: string,
  number: number,
  file: DiskFile,
  group: GroupIdentity,
  parts: WalParts,
  each: (batch: Batch) => void,
): Promise<ScannedSegment> {
  const fileBytes = await file.size()
  const segment: ScannedSegment = {
    number,
    path,
    file,
    size: 0,
    reader: new SegmentReader(path, file, fileBytes),
    fileBytes,
    crc32: 0,
    batches: 0,
    records: 0,
    lastBatchAt: 0,
    hasHead: false,
    confState: undefined,
    predecessorBytes: 0,
    sealAt: undefined,
    behindSeal: undefined,
    unsound: undefined,
  }
  while (segment.size < fileBytes) {
    const batch = await scanBatch(segment.reader, segment.size, group, parts)
    if ('unsound' in batch) {
      segment.unsound = batch.unsound
      break
    }
    if (segment.batches === 0) {
      segment.hasHead = isHead(batch)
      segment.confState = batch.confState
      segment.predecessorBytes = batch.mark.predecessorBytes
    }
    if (segment.sealAt !== undefined) segment.behindSeal ??= batch.at
    if (batch.seal) segment.sealAt ??= batch.at
    segment.batches++
    segment.records += batch.records
    segment.crc32 = crc32(await segment.reader.view(batch.at, batch.end - batch.at), segment.crc32)
    segment.lastBatchAt = batch.at
    segment.size = batch.end
    each(batch)
  }
  return segment
}

export function isHead(batch: Batch): boolean {
  return !batch.seal && batch.hardState !== undefined && batch.confState !== undefined && batch.marker !== undefined
}
