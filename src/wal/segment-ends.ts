import {crc32} from '../base/crc32.ts'
import {isDiskFull} from '../base/errors.ts'
import type {Index, Term} from '../base/ids.ts'
import {encodeBatchMark} from '../formats/batch-mark.ts'
import {
  type ConfState,
  encodeConfState,
  encodeHardState,
  encodeSnapshotMetadata,
  type HardState,
} from '../formats/eraftpb.ts'
import {topicBytes, WalKind, walRecordSize} from '../formats/wal-record.ts'
import {segmentName} from './recovery.ts'
import type {Segment} from './segment-scan.ts'
import type {GroupLogOptions} from './types.ts'

/** What a head says: what is synced, and where the log begins. */
export interface HeadState {
  hardState: HardState
  confState: ConfState
  marker: {index: Index; term: Term}
}

export interface HeadAbout {
  head: HeadState
  /** Last index of the log before this head. */
  lastIndex: Index
  predecessorBytes: number
  /** Its marker is new, and came from a leader: everything that the log held is gone. */
  installed?: boolean
}

/** A new segment file whose head is written and synced; its directory entry is not durable yet. */
export async function createSegment(
  options: GroupLogOptions,
  logId: Uint8Array,
  number: number,
  about: HeadAbout,
): Promise<Segment> {
  const segment = await writeHead(options, logId, number, about)
  await segment.file.sync()
  return segment
}

/** A mark, HardState, ConfState, Snapshot marker. */
const HEAD_RECORDS = 4

/** A new segment file with its head in it, not synced. When there is no room for it, there is no file. */
export async function writeHead(
  options: GroupLogOptions,
  logId: Uint8Array,
  number: number,
  about: HeadAbout,
): Promise<Segment> {
  const bytes = headBytes(options, logId, about)
  const path = `${options.dir}/${segmentName(options.partition, number)}`
  const file = await options.disk.open(path, 'create')
  try {
    await file.append([bytes])
  } catch (error) {
    await file.close()
    if (isDiskFull(error)) await options.disk.remove(path)
    throw error
  }
  return {number, path, file, size: bytes.length, crc32: crc32(bytes), batches: 1, records: HEAD_RECORDS}
}

function headBytes(options: GroupLogOptions, logId: Uint8Array, about: HeadAbout): Uint8Array {
  const topic = topicBytes(options.topic)
  const {hardState, confState} = about.head
  const marker = options.parts.headMarker(about.head.marker)
  const {write} = options.parts.records
  const payloads: Array<[WalKind, Uint8Array, number]> = [
    [WalKind.HardState, encodeHardState(hardState), 1],
    [WalKind.ConfState, encodeConfState(confState), 1],
    [WalKind.SnapshotMarker, encodeSnapshotMetadata({index: marker.index, term: marker.term}), about.installed ? 1 : 0],
  ]
  let recordBytes = 0
  for (const [, data] of payloads) recordBytes += walRecordSize(topic.length, data.length)
  const {lastIndex, predecessorBytes} = about
  const mark = encodeBatchMark({logId, at: 0, lastIndex, predecessorBytes}, recordBytes, topic.length)
  const bytes = new Uint8Array(mark.batchBytes)
  let at = write(bytes, 0, WalKind.BatchMark, topic, options.partition, mark.data, 0, 0)
  for (const [kind, data, count] of payloads) at = write(bytes, at, kind, topic, options.partition, data, 0, count)
  return bytes
}

/** A mark alone, with record count 1: from here on nothing is written to that segment. When there is no room for it, none of it is there. */
export async function writeSeal(
  options: GroupLogOptions,
  logId: Uint8Array,
  segment: Segment,
  lastIndex: Index,
): Promise<void> {
  const bytes = sealBytes(options, logId, segment, lastIndex)
  try {
    await segment.file.append([bytes])
  } catch (error) {
    if (isDiskFull(error)) await segment.file.truncate(segment.size)
    throw error
  }
  await segment.file.sync()
  segment.sealAt = segment.size
  grew(segment, bytes, 1)
}

/** A batch of so many records is synced behind its end. */
export function grew(segment: Segment, batch: Uint8Array, records: number): void {
  segment.size += batch.length
  segment.crc32 = crc32(batch, segment.crc32)
  segment.batches++
  segment.records += records
}

export function sealBytes(options: GroupLogOptions, logId: Uint8Array, segment: Segment, lastIndex: Index): Uint8Array {
  const topic = topicBytes(options.topic)
  const mark = encodeBatchMark({logId, at: segment.size, lastIndex, predecessorBytes: 0}, 0, topic.length)
  const bytes = new Uint8Array(mark.batchBytes)
  options.parts.records.write(bytes, 0, WalKind.BatchMark, topic, options.partition, mark.data, 0, 1)
  return bytes
}
