import {equalBytes} from '../base/bytes.ts'
import {crc32} from '../base/crc32.ts'
import {isDiskFull, systemCode} from '../base/errors.ts'
import {
  decodeSidecar,
  encodeBatchTable,
  encodeEntryTable,
  encodeSidecar,
  type SegmentState,
  type Sidecar,
} from '../formats/sidecar.ts'
import type {Disk, DiskFile} from '../io/ports.ts'
import type {Batch} from './batch.ts'
import {type GroupIdentity, scanBatch} from './batch-scan.ts'
import type {EntryIndex} from './entry-index.ts'
import type {WalParts} from './parts.ts'
import {readFully, SegmentReader} from './segment-reader.ts'
import {isHead, type ScannedSegment, type Segment} from './segment-scan.ts'

/**
 * The sidecar of a sealed segment, `wal_0_3.idx` beside `wal_0_3.log` (docs/formats.md): a cache that stands for the segment at a start. It counts when
 *
 * | found                                                                                   | else |
 * |-----------------------------------------------------------------------------------------|------|
 * | the segment is not the last one, and it is there                                          | removed |
 * | it parses, its CRC is right, its version known                                            | the segment is read, the sidecar removed and written anew |
 * | it names this log and this segment                                                        | the same |
 * | the file has the length that it names, begins with a sound head, and the seal stands where it says, at the end | the same |
 * | its entries follow what the head says lies before them                                    | the same |
 * | the segment's CRC is the one that it names: looked at as long as that is quick (SegmentChecks), else behind the start | the same |
 */
export interface Standing {
  sidecar: Sidecar
  segment: ScannedSegment
  head: Batch
  seal: Batch
}

/** A head and a seal take a sector or two; more is read when they do not fit. */
const WINDOW_BYTES = 4096
const PIECE_BYTES = 1 << 20
/** A larger one is none of ours: some 5 bytes an entry. */
const SIDECAR_BYTES_MAX = 256 << 20

export function sidecarPath(segment: string): string {
  return segment.replace(/\.log$/, '.idx')
}

/** When it is sealed: what it leaves in the log is all behind what came before it. */
export function noteEntries(segment: Segment, index: EntryIndex): void {
  const table = index.tableFrom(segment.number)
  // Without an entry in the log it is nobody's end, and nothing of it is applied.
  if (table.terms.length > 0) segment.entries = encodeEntryTable(table)
}

/** What stands for a sealed segment; undefined when it has to be read. Rejects as the disk does when the segment cannot be read. */
export async function standingFor(
  at: {path: string; number: number; file: DiskFile},
  disk: Disk,
  group: GroupIdentity,
  parts: WalParts,
  mayCheck: (bytes: number) => boolean,
): Promise<Standing | undefined> {
  const {file, number, path} = at
  const sidecar = await readSidecar(disk, sidecarPath(path))
  if (!sidecar || sidecar.segment !== number || !group.logId || !equalBytes(sidecar.logId, group.logId))
    return undefined
  const fileBytes = await file.size()
  if (fileBytes !== sidecar.bytes || sidecar.sealAt >= fileBytes) return undefined
  const reader = new SegmentReader(path, file, fileBytes, WINDOW_BYTES)
  const head = await scanBatch(reader, 0, group, parts)
  const seal = await scanBatch(reader, sidecar.sealAt, group, parts)
  if ('unsound' in head || 'unsound' in seal || !isHead(head) || !seal.seal || seal.end !== fileBytes) return undefined
  if (!follows(sidecar, head)) return undefined
  // Last: it reads all of the segment, and what it spends others lack.
  const checked = mayCheck(fileBytes)
  if (checked && (await crcOf(path, file, fileBytes)) !== sidecar.crc32) return undefined
  const segment: ScannedSegment = {
    number,
    path,
    file,
    size: fileBytes,
    crc32: sidecar.crc32,
    batches: sidecar.segmentBatches,
    records: sidecar.records,
    sealAt: sidecar.sealAt,
    hasSidecar: true,
    unread: !checked,
    reader,
    fileBytes,
    lastBatchAt: sidecar.sealAt,
    hasHead: true,
    confState: head.confState,
    predecessorBytes: head.mark.predecessorBytes,
    behindSeal: undefined,
    unsound: undefined,
  }
  return {sidecar, segment, head, seal}
}

/** Do its entries lie between head and seal, behind the marker, and with none missing before them? */
function follows({entries, sealAt}: Sidecar, head: Batch): boolean {
  const {ats, first, lengths} = entries
  const marker = head.marker ?? {index: 0, installed: false}
  const before = marker.installed ? marker.index : Math.max(marker.index, head.mark.lastIndex)
  const last = ats.length - 1
  return (
    last >= 0 &&
    first > marker.index &&
    first <= before + 1 &&
    ats[0] >= head.end &&
    ats[last] + lengths[last] <= sealAt
  )
}

/** A cache that cannot be had is none. */
async function readSidecar(disk: Disk, path: string): Promise<Sidecar | undefined> {
  try {
    const file = await disk.open(path, 'read')
    try {
      const size = await file.size()
      if (size > SIDECAR_BYTES_MAX) return undefined
      const read = decodeSidecar(await readFully(path, file, 0, size))
      return typeof read === 'string' ? undefined : read
    } finally {
      await file.close()
    }
  } catch (error) {
    if (systemCode(error) !== undefined) return undefined
    throw error
  }
}

/** CRC-32 of a segment's bytes, a piece at a time. Undefined when `goOn`, asked between two, says no. */
export async function crcOf(
  path: string,
  file: DiskFile,
  bytes: number,
  goOn?: () => Promise<boolean>,
): Promise<number | undefined> {
  let crc = 0
  for (let at = 0; at < bytes; at += PIECE_BYTES) {
    if (at > 0 && goOn && !(await goOn())) return undefined
    crc = crc32(await readFully(path, file, at, Math.min(PIECE_BYTES, bytes - at)), crc)
  }
  return crc
}

/** Writes one, durable when it settles; none when the disk has no room for it, or it cannot be said in one. Nothing but a start rests on it. */
export async function writeSidecar(
  disk: Disk,
  logId: Uint8Array,
  segment: Segment,
  entries: Uint8Array,
  {batches, state}: SegmentState,
): Promise<void> {
  const {number, records, sealAt, size} = segment
  const table = encodeBatchTable(batches)
  if (sealAt === undefined || !table) return
  const about = {
    logId,
    segment: number,
    bytes: size,
    sealAt,
    crc32: segment.crc32,
    segmentBatches: segment.batches,
    records,
    state,
  }
  const bytes = encodeSidecar(about, entries, table)
  const path = sidecarPath(segment.path)
  let file: DiskFile | undefined
  try {
    file = await disk.open(path, 'create')
    await file.append([bytes])
    await file.sync()
  } catch (error) {
    await file?.close()
    if (!isDiskFull(error)) throw error
    if (file) await disk.remove(path)
    return
  }
  await file.close()
}

export async function removeSidecar(disk: Disk, segment: Segment): Promise<void> {
  try {
    await disk.remove(sidecarPath(segment.path))
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }
}
