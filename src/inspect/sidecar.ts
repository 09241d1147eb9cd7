import {equalBytes} from '../base/bytes.ts'
import {messageOf} from '../base/errors.ts'
import type {Index, Offset, Term} from '../base/ids.ts'
import {decodePartitionState} from '../formats/partition-state.ts'
import {BATCH_HEADER_BYTES, readBatchHeader} from '../formats/record-batch.ts'
import {decodeSidecar, type Sidecar} from '../formats/sidecar.ts'
import type {ReadOnlyFiles} from '../io/ports.ts'
import {type EntryFound, type LogIdentity, TAG_BATCH} from './batches.ts'
import {FileWindow} from './file-window.ts'
import {crcOver} from './scan.ts'
import {readSegment, type SegmentFile, segmentFiles} from './segments.ts'

/** A larger one is none of ours. */
const BYTES_MAX = 256 * 1024 * 1024

/**
 * The sidecar of a sealed segment, held against the segment. `LEFT OVER`: it stands for no segment, the next start reads that and removes it ·
 * `CORRUPT`: a start would take it, and it says what is not so.
 */
export interface SidecarCheck {
  path: string
  bytes: number
  word: 'OK' | 'LEFT OVER' | 'CORRUPT'
  why?: string
  /** What it says of its segment's entries, of the record batches among them, and of what was applied at its end. */
  firstIndex?: Index
  lastIndex?: Index
  firstTerm?: Term
  lastTerm?: Term
  batches?: number
  firstOffset?: Offset
  nextOffset?: Offset
  appliedIndex?: Index
}

/** The sidecars in a group's folder, by number. */
export function checkSidecars(files: ReadOnlyFiles, dir: string, log: LogIdentity): SidecarCheck[] {
  const found = segmentFiles(files, dir, log.partition, 'idx')
  // Looked for after them: a running node makes a segment before the one in front of it gets its sidecar.
  const segments = segmentFiles(files, dir, log.partition)
  return found.map(({number, path}) => check(files, path, number, segments, log))
}

function check(
  files: ReadOnlyFiles,
  path: string,
  number: number,
  segments: readonly SegmentFile[],
  log: LogIdentity,
): SidecarCheck {
  const bytes = files.stat(path)?.size ?? 0
  const leftOver = (why: string): SidecarCheck => ({path, bytes, word: 'LEFT OVER', why})
  if (bytes > BYTES_MAX) return leftOver(`${bytes} bytes are too many`)
  let content: Uint8Array = new Uint8Array(bytes)
  try {
    content = content.subarray(0, files.readAt(path, 0, content))
  } catch (error) {
    // A running node removes it with its segment.
    return leftOver(`it cannot be read (${messageOf(error)})`)
  }
  const sidecar = decodeSidecar(content)
  if (typeof sidecar === 'string') return leftOver(sidecar)
  const seen = {path, bytes, ...said(sidecar)}
  const segment = segments.find(s => s.number === number)
  const unfit = !segment
    ? 'its segment is not here'
    : segment === segments[segments.length - 1]
      ? 'its segment is the last one'
      : unfitting(sidecar, segment, log)
  if (!segment || unfit !== undefined) return {...seen, word: 'LEFT OVER', why: unfit}
  const why = differs(files, sidecar, segment, log)
  return why === undefined ? {...seen, word: 'OK'} : {...seen, word: 'CORRUPT', why}
}

function said({batches, entries, state}: Sidecar): Partial<SidecarCheck> {
  const {first, terms} = entries
  const known = {
    firstIndex: first,
    lastIndex: first + terms.length - 1,
    firstTerm: terms[0],
    lastTerm: terms[terms.length - 1],
    batches: batches.indexes.length,
    firstOffset: batches.baseOffsets[0],
    appliedIndex: state.metadata.index,
  }
  try {
    return {...known, nextOffset: decodePartitionState(state.data).nextOffset}
  } catch {
    return known
  }
}

/** What a start sees without reading the segment. */
function unfitting(
  {bytes, logId, segment: number}: Sidecar,
  segment: SegmentFile,
  log: LogIdentity,
): string | undefined {
  if (log.logId && !equalBytes(logId, log.logId)) return 'it is of another log'
  if (number !== segment.number) return `it is of segment ${number}`
  if (bytes !== segment.bytes) return `its segment has ${segment.bytes} bytes, it names ${bytes}`
  return undefined
}

/** What it says otherwise than the segment, read from end to end; of a segment that is damaged itself nothing. */
function differs(files: ReadOnlyFiles, sidecar: Sidecar, file: SegmentFile, log: LogIdentity): string | undefined {
  const entries = new EntriesHeld(sidecar, new FileWindow(files, file.path, file.bytes))
  let records = 0
  const segment = readSegment(files, file, log, batch => {
    records += batch.records
    for (const entry of batch.entries) entries.see(entry)
  })
  if (segment.unsound !== undefined) return undefined
  const {sealAt, segmentBatches} = sidecar
  if (segment.sealAt !== sealAt)
    return `it names ${sealAt} as the place of the seal, which is ${segment.sealAt ?? 'missing'}`
  if (segment.batches !== segmentBatches || records !== sidecar.records)
    return `it names ${segmentBatches} batches and ${sidecar.records} records, there are ${segment.batches} and ${records}`
  const crc = crcOver(segment.window, 0, segment.window.size, 0)
  return entries.end() ?? (crc === sidecar.crc32 ? undefined : 'its segment has another CRC')
}

/** The entries of a segment in the order of its bytes, beside those that its sidecar names: what is written again later counts for nothing before. */
class EntriesHeld {
  readonly #sidecar: Sidecar
  readonly #window: FileWindow
  #lowest = Number.POSITIVE_INFINITY
  #last = 0
  #met = 0
  /** Of the sidecar's batches, the next one to be met. */
  #batch = 0
  #nextOffset: Offset | undefined
  #why: string | undefined

  /** `window`: on the segment, for what is in the entries. */
  constructor(sidecar: Sidecar, window: FileWindow) {
    this.#sidecar = sidecar
    this.#window = window
  }

  see(entry: EntryFound): void {
    const {at, bytes, index, term} = entry
    const {entries, state} = this.#sidecar
    this.#lowest = Math.min(this.#lowest, index)
    this.#last = index
    const i = index - entries.first
    if (entries.ats[i] !== at) return
    this.#met++
    if (entries.terms[i] !== term || entries.lengths[i] !== bytes)
      this.#why ??= `entry ${index} is of term ${term} and ${bytes} bytes, it names ${entries.terms[i]} and ${entries.lengths[i]}`
    if (entry.tag === TAG_BATCH && index <= state.metadata.index) this.#seeBatch(entry)
  }

  #seeBatch({dataAt, dataBytes, index}: EntryFound): void {
    const {baseOffsets, indexes, maxTimestampsMs} = this.#sidecar.batches
    const n = this.#batch
    if (dataBytes < BATCH_HEADER_BYTES) return
    const header = readBatchHeader(this.#window.view(dataAt, BATCH_HEADER_BYTES))
    this.#nextOffset = header.baseOffset + header.lastOffsetDelta + 1
    // What lay behind a log start when it was written is not in it.
    if (n === 0 && (indexes[0] ?? Number.POSITIVE_INFINITY) > index) return
    this.#batch++
    if (indexes[n] !== index || baseOffsets[n] !== header.baseOffset || maxTimestampsMs[n] !== header.maxTimestamp)
      this.#why ??= `the batch of entry ${index} begins at offset ${header.baseOffset}, newest time ${header.maxTimestamp}; it names entry ${indexes[n]}, ${baseOffsets[n]}, ${maxTimestampsMs[n]}`
  }

  end(): string | undefined {
    const {batches, entries, state} = this.#sidecar
    if (this.#why !== undefined) return this.#why
    const {ats, first, terms} = entries
    const last = first + ats.length - 1
    if (this.#lowest !== first || this.#last !== last || this.#met !== ats.length)
      return `it names entries ${first} to ${last}, ${this.#met} of them are where it says, ${this.#lowest} to ${this.#last} are there`
    const {index, term} = state.metadata
    if (index < first || index > last || terms[index - first] !== term)
      return `it knows what was applied at entry ${index} of term ${term}, which is none of its segment`
    if (this.#batch !== batches.indexes.length)
      return `it names ${batches.indexes.length} batches, ${this.#batch} are there`
    try {
      const {nextOffset} = decodePartitionState(state.data)
      return this.#nextOffset === undefined || nextOffset === this.#nextOffset
        ? undefined
        : `the next offset at its end is ${this.#nextOffset}, it names ${nextOffset}`
    } catch (error) {
      return `what was applied at its end does not parse (${messageOf(error)})`
    }
  }
}
