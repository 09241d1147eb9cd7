import {equalBytes} from '../base/bytes.ts'
import type {Index, NodeId, Term} from '../base/ids.ts'
import {type BatchMark, decodeBatchMark} from '../formats/batch-mark.ts'
import type {ConfState} from '../formats/eraftpb.ts'
import {FIXED_BYTES, WalKind} from '../formats/wal-record.ts'
import type {FileWindow} from './file-window.ts'
import {decide} from './kinds.ts'
import {isMark, magicsBehind, type SeenRecord, scanAt} from './scan.ts'

/** Whose records these are: a record of anybody else is no record of this log. */
export interface LogIdentity {
  topic: string
  partition: number
  /** Undefined: of whatever log. */
  logId: Uint8Array | undefined
}

/** `EntryFound.tag` of a record batch. */
export const TAG_BATCH = 1

export interface EntryFound {
  index: Index
  term: Term
  type: number
  at: number
  bytes: number
  /** Entry.data in the file. */
  dataAt: number
  dataBytes: number
  /** First byte of Entry.context; -1 when there is none. */
  tag: number
  /** The record's: the same wherever the same entry is written by these rules. */
  crc32: number
}

export interface StateFound {
  term: Term
  vote: NodeId
  commit: Index
  at: number
  bytes: number
}

/** One batch that counts: its mark and everything in it are sound. */
export interface SoundBatch {
  at: number
  end: number
  mark: BatchMark
  seal: boolean
  records: number
  entries: EntryFound[]
  states: StateFound[]
  confState?: ConfState
  marker?: {index: Index; term: Term; installed: boolean}
  odd: Array<{at: number; bytes: number; why: string}>
}

/** Entries that are used again for every batch of a file: large batches make no garbage that way. */
export class EntryPool {
  readonly #entries: EntryFound[] = []

  /** The `n`th entry of a batch; whoever keeps it copies it. */
  take(n: number): EntryFound {
    this.#entries[n] ??= {index: 0, term: 0, type: 0, at: 0, bytes: 0, dataAt: 0, dataBytes: 0, tag: -1, crc32: 0}
    return this.#entries[n]
  }
}

/** The batch that begins at `at`, its entries good until the pool is used again; a sentence when what is there does not count. */
export function readBatch(window: FileWindow, at: number, log: LogIdentity, pool: EntryPool): SoundBatch | string {
  const first = scanAt(window, at)
  if (first.found !== 'record') return first.why
  const mark = markOf(window, first.record, log)
  if (typeof mark === 'string') return mark
  if (mark.at !== at) return `a mark that belongs to byte ${mark.at}`
  const end = at + mark.batchBytes
  if (mark.batchBytes < first.record.bytes) return `its mark gives the batch ${mark.batchBytes} bytes`
  if (end > window.size) return `${end - window.size} of the batch's ${mark.batchBytes} bytes are missing`
  const seal = first.record.recordCount === 1
  const batch: SoundBatch = {at, end, mark, seal, records: 1, entries: [], states: [], odd: []}
  for (let next = at + first.record.bytes; next < end; ) {
    const scanned = scanAt(window, next)
    if (scanned.found !== 'record') return `${scanned.why} (byte ${next})`
    const {record} = scanned
    if (next + record.bytes > end) return `its records take more than its ${mark.batchBytes} bytes`
    const why = take(window, batch, record, log, pool)
    if (why) return `${why} (byte ${next})`
    batch.records++
    next += record.bytes
  }
  return batch
}

/** The whole mark of this log that stands at `at`, whatever byte it names. */
function markAt(window: FileWindow, at: number, log: LogIdentity): BatchMark | undefined {
  const scanned = scanAt(window, at)
  const mark = scanned.found === 'record' ? markOf(window, scanned.record, log) : ''
  return typeof mark === 'string' ? undefined : mark
}

/** Of this log, whatever byte it names. */
function markOf(window: FileWindow, record: SeenRecord, log: LogIdentity): BatchMark | string {
  if (!isMark(record)) return 'no batch mark stands here'
  const said = decide(window, record)
  if (said.kind !== 'BatchMark') return 'a batch mark that does not parse'
  if (!ofLog(record, log)) return `a mark of ${record.topic}/${record.partition}`
  if (log.logId && !equalBytes(said.mark.logId, log.logId)) return 'a mark of another log'
  return said.mark
}

function ofLog(record: SeenRecord, log: LogIdentity): boolean {
  return record.version === 2 && record.topic === log.topic && record.partition === log.partition
}

function take(
  window: FileWindow,
  batch: SoundBatch,
  record: SeenRecord,
  log: LogIdentity,
  pool: EntryPool,
): string | undefined {
  if (!ofLog(record, log)) return `a record of ${record.topic}/${record.partition}`
  const {at, bytes, flag} = record
  if (flag < WalKind.Entry || flag > WalKind.SnapshotMarker) return `a record of kind ${flag} inside a batch`
  const said = decide(window, record)
  if (said.oddly) batch.odd.push({at, bytes, why: said.oddly})
  switch (said.kind) {
    case 'Entry': {
      const {type, dataAt, dataBytes, context} = said.entry
      const tag = context.length > 0 ? context[0] : -1
      const entry = pool.take(batch.entries.length)
      entry.index = said.index
      entry.term = said.term
      entry.type = type
      entry.at = at
      entry.bytes = bytes
      entry.dataAt = dataAt
      entry.dataBytes = dataBytes
      entry.tag = tag
      entry.crc32 = record.crc32
      batch.entries.push(entry)
      return undefined
    }
    case 'HardState':
      batch.states.push({term: said.term, vote: said.vote, commit: said.commit, at, bytes})
      return undefined
    case 'ConfState':
      batch.confState = said.confState
      return undefined
    case 'SnapshotMarker':
      batch.marker = {index: said.index, term: said.term, installed: said.installed}
      return undefined
    default:
      return said.kind === 'Opaque' ? said.why : said.kind
  }
}

/** A head begins a segment: HardState, ConfState and snapshot marker in one batch. */
export function isHead(batch: SoundBatch): boolean {
  return batch.at === 0 && !batch.seal && batch.states.length > 0 && !!batch.confState && !!batch.marker
}

/** Fillers are at most a few sectors; a longer one is no mark of ours. */
const MARK_DATA_MAX = 20_000

/**
 * The first byte behind `after` at which a sound mark of this log stands that names that byte; or any mark of this log, behind the batch that begins at `after`:
 * a crash tears one batch, of which nothing stands behind its end.
 */
export function markBehind(window: FileWindow, after: number, log: LogIdentity): number | undefined {
  const topic = Buffer.from(log.topic, 'utf8')
  const torn = markAt(window, after, log)
  const tornEnd = torn ? after + torn.batchBytes : Number.POSITIVE_INFINITY
  for (const at of magicsBehind(window, after)) {
    // All that is cheap is looked at before a CRC is computed: bytes may be made to look like thousands of marks.
    const bytes = window.view(at, FIXED_BYTES + topic.length + MARK_DATA_MAX)
    if (bytes.length < FIXED_BYTES + topic.length || bytes[2] !== 2 || bytes[3] !== WalKind.BatchMark) continue
    const dataBytes = Buffer.from(bytes.buffer, bytes.byteOffset).readUInt32LE(18 + topic.length)
    if (dataBytes > MARK_DATA_MAX || !equalBytes(bytes.subarray(14, 14 + topic.length), topic)) continue
    if (at < tornEnd && !namesByte(bytes.subarray(22 + topic.length, 22 + topic.length + dataBytes), at)) continue
    if (markAt(window, at, log)) return at
  }
  return undefined
}

function namesByte(data: Uint8Array, at: number): boolean {
  try {
    return decodeBatchMark(data).at === at
  } catch {
    return false
  }
}
