import {equalBytes} from '../base/bytes.ts'
import {type BatchMark, decodeBatchMark} from '../formats/batch-mark.ts'
import {decodeConfState, decodeHardState, decodeSnapshotMetadata} from '../formats/eraftpb.ts'
import {FIXED_BYTES, WalKind, type WalRecord} from '../formats/wal-record.ts'
import type {Batch} from './batch.ts'
import type {WalParts} from './parts.ts'
import type {SegmentReader} from './segment-reader.ts'

/** A longer record is no mark: its filler takes a sector or two. */
const MARK_BYTES_MAX = 20_000

export interface GroupIdentity {
  topic: string
  partition: number
  topicBytes: number
  /** Undefined: of whatever log. */
  logId: Uint8Array | undefined
}

/** The batch that begins at `at`, or why none does. */
export async function scanBatch(
  reader: SegmentReader,
  at: number,
  group: GroupIdentity,
  parts: WalParts,
): Promise<Batch | {unsound: string}> {
  // A writer's mark takes less than two sectors; readers do not rely on that.
  const {scan} = parts.records
  let scannedMark = scan(await reader.view(at, 1536), 0)
  if (scannedMark.found === 'short') scannedMark = scan(await reader.view(at, MARK_BYTES_MAX), 0)
  if (scannedMark.found === 'short') return {unsound: 'ends early'}
  if (scannedMark.found === 'corrupt') return {unsound: scannedMark.why}
  const mark = markOf(scannedMark.record, group)
  if (typeof mark === 'string') return {unsound: mark}
  if (mark.at !== at) return {unsound: `mark of byte ${mark.at}`}
  if (mark.batchBytes < scannedMark.bytes) return {unsound: 'its mark names a length that is too short'}
  if (at + mark.batchBytes > reader.size) return {unsound: 'ends early'}
  const bytes = await reader.view(at, mark.batchBytes)
  const batch: Batch = {
    at,
    end: at + mark.batchBytes,
    mark: {...mark, logId: group.logId ?? mark.logId.slice()},
    seal: scannedMark.record.recordCount === 1,
    entries: [],
    records: 1,
  }
  let from = scannedMark.bytes
  while (from < bytes.length) {
    const scanned = scan(bytes, from)
    const why =
      scanned.found === 'record'
        ? takeRecord(batch, scanned.record, group, at + from, scanned.bytes, parts)
        : scanned.found === 'short'
          ? 'its records overrun its length'
          : scanned.why
    if (scanned.found !== 'record' || why)
      return parts.keepsHalf() ? {...batch, end: at + from} : {unsound: why as string}
    batch.records++
    from += scanned.bytes
  }
  return batch
}

/** Of this log, whatever byte it names. */
function markOf(record: WalRecord, group: GroupIdentity): BatchMark | string {
  if (record.kind !== WalKind.BatchMark) return `kind ${record.kind} where a batch mark should stand`
  if (record.topic !== group.topic || record.partition !== group.partition)
    return `mark of group ${record.topic}/${record.partition}`
  let mark: BatchMark
  try {
    mark = decodeBatchMark(record.data)
  } catch {
    return 'a batch mark that does not parse'
  }
  if (group.logId && !equalBytes(mark.logId, group.logId)) return 'mark of another log'
  return mark
}

function takeRecord(
  batch: Batch,
  record: WalRecord,
  group: GroupIdentity,
  at: number,
  bytes: number,
  parts: WalParts,
): string | undefined {
  if (record.topic !== group.topic || record.partition !== group.partition)
    return `record of group ${record.topic}/${record.partition}`
  try {
    switch (parts.reading.payloadKind(record)) {
      case WalKind.Entry: {
        const entry = parts.reading.decodeEntry(record.data)
        // Only a guessing reader meets an entry whose record names another index: the planted bug does.
        if (record.kind === WalKind.Entry && (entry.index !== record.baseOffset || entry.index !== record.lastOffset))
          return `entry ${entry.index} in a record of index ${record.baseOffset}`
        batch.entries.push({index: entry.index, term: entry.term, at, bytes})
        return undefined
      }
      case WalKind.HardState:
        batch.hardState = decodeHardState(record.data)
        return undefined
      case WalKind.ConfState:
        batch.confState = decodeConfState(record.data)
        return undefined
      case WalKind.SnapshotMarker: {
        const {index, term} = decodeSnapshotMetadata(record.data)
        batch.marker = {index, term, installed: record.recordCount === 1}
        return undefined
      }
      default:
        return `kind ${record.kind}`
    }
  } catch (error) {
    return `a payload that does not parse (${(error as Error).message})`
  }
}

/**
 * Is there, at a byte behind `after`, a sound mark of this log that names that byte? Whether its batch is sound does not matter. Behind the batch that begins at
 * `after` any mark of this log counts: only one batch can be torn, and its own bytes may look like anything.
 */
export async function soundMarkBehind(
  reader: SegmentReader,
  after: number,
  group: GroupIdentity,
  {scan}: WalParts['records'],
): Promise<boolean> {
  const markMax = FIXED_BYTES + group.topicBytes + MARK_BYTES_MAX
  const begun = scan(await reader.view(after, markMax), 0)
  const first = begun.found === 'record' ? markOf(begun.record, group) : ''
  const tornEnd = typeof first === 'string' ? Number.POSITIVE_INFINITY : after + first.batchBytes
  for (let at = after + 1; at < reader.size; ) {
    const bytes = await reader.view(at, 1 << 20)
    const last = at + bytes.length >= reader.size
    const until = last ? bytes.length : bytes.length - markMax
    for (let i = 0; i < until; i++) {
      if (bytes[i] !== 0x7e || bytes[i + 1] !== 0xca || bytes[i + 2] !== 2 || bytes[i + 3] !== WalKind.BatchMark)
        continue
      const scanned = scan(bytes, i, Math.min(bytes.length, i + markMax))
      const mark = scanned.found === 'record' ? markOf(scanned.record, group) : ''
      if (typeof mark !== 'string' && (mark.at === at + i || at + i >= tornEnd)) return true
    }
    if (last) return false
    at += until
  }
  return false
}
