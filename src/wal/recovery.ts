import {systemCode} from '../base/errors.ts'
import type {Index, Term} from '../base/ids.ts'
import {decodeBatchMark} from '../formats/batch-mark.ts'
import {type ConfState, type HardState, NO_CONF_STATE} from '../formats/eraftpb.ts'
import {snapshotFileProblem} from '../formats/snapshot-file.ts'
import {scanWalRecord, topicBytes, WalKind, type WalRecord} from '../formats/wal-record.ts'
import type {DiskFile} from '../io/ports.ts'
import {type Batch, type GroupIdentity, scanBatch, soundMarkBehind} from './batch-scan.ts'
import {EntryIndex} from './entry-index.ts'
import {LogReadError} from './read-error.ts'
import {readFully, SegmentReader} from './segment-reader.ts'
import type {Damage, GroupLogOptions} from './types.ts'

/**
 * What a directory of segments holds, and what of it may be cut.
 *
 * | found                                                                  | done                                        |
 * |------------------------------------------------------------------------|---------------------------------------------|
 * | not listed; nothing, or segment 0 with at most its head                | begun anew                                  |
 * | not listed, anything more · listed, no segment                         | refused                                     |
 * | last segment: its last batch (not its head) unsound, no sound mark behind | cut from its mark on                     |
 * | last segment holds no sound batch but its head; the predecessor is sound up to the length the head names; its seal is missing or torn | seal cut, rotation completed |
 * | last segment's head empty or torn; the predecessor has no unsound byte and no seal | head cut, written anew, rotation completed |
 * | anything else                                                          | refused: file and byte                      |
 */
export type Recovered =
  | {
      outcome: 'sound'
      segments: Segment[]
      index: EntryIndex
      hardState: HardState
      confState: ConfState
      marker: {index: Index; term: Term; installed: boolean}
      records: number
      cuts: Array<{file: string; at: number; bytes: number; why: string}>
      /** The last rotation was interrupted: a head (when `head`) and the predecessor's seal are to be written. */
      rotation?: {head: boolean}
    }
  | {outcome: 'birth'; leftOvers: string[]}
  | {outcome: 'refused'; damage: Damage}

export interface Segment {
  number: number
  path: string
  file: DiskFile
  /** Sound bytes: where the next batch goes. */
  size: number
}

interface ScannedSegment extends Segment {
  reader: SegmentReader
  fileBytes: number
  batches: Batch[]
  /** Why the first unsound byte (at `size`) is unsound; undefined when the whole file is sound. */
  unsound?: string
}

class Refusal {
  readonly damage: Damage
  constructor(file: string, at: number, why: string) {
    this.damage = {file, at, why}
  }
}

export function segmentName(partition: number, number: number): string {
  return `wal_${partition}_${number}.log`
}

/** Reads all that is there. Nothing on the disk is changed. Files stay open when the outcome is sound. */
export async function recover(options: GroupLogOptions): Promise<Recovered> {
  const opened: DiskFile[] = []
  try {
    const recovered = await recoverOpen(options, opened)
    if (recovered.outcome !== 'sound') await closeAll(opened)
    return recovered
  } catch (thrown) {
    await closeAll(opened)
    if (thrown instanceof Refusal) return {outcome: 'refused', damage: thrown.damage}
    if (thrown instanceof LogReadError && thrown.code === 'EIO')
      return {outcome: 'refused', damage: {file: thrown.file, at: thrown.at, why: 'the disk cannot be read (EIO)'}}
    throw thrown
  }
}

async function closeAll(files: DiskFile[]): Promise<void> {
  for (const file of files) await file.close()
}

async function recoverOpen(options: GroupLogOptions, opened: DiskFile[]): Promise<Recovered> {
  const {dir, disk, logId, partition, topic} = options
  const names = await segmentFiles(options)
  if (!logId) return birth(options, names)
  if (names.length === 0)
    throw new Refusal(`${dir}/${segmentName(partition, 0)}`, 0, 'listed in groups.log, and no segment is there')

  const group: GroupIdentity = {topic, partition, topicBytes: topicBytes(topic).length, logId}
  const segments: ScannedSegment[] = []
  for (const {name, number} of names) {
    const path = `${dir}/${name}`
    const file = await disk.open(path, 'append')
    opened.push(file)
    segments.push(await scanSegment(path, number, file, group, options))
  }
  const cuts: Array<{file: string; at: number; bytes: number; why: string}> = []
  for (let i = 0; i < segments.length - 2; i++) mustBeSealed(segments[i], segments[i + 1])
  for (let i = 1; i < segments.length; i++)
    if (segments[i].number !== segments[i - 1].number + 1)
      throw new Refusal(segments[i].path, 0, `segment ${segments[i - 1].number + 1} is missing before it`)
  const rotation = await judgeTail(segments, group, cuts)

  const fold = foldAll(segments, options)
  const head = [...segments].reverse().find(s => s.batches.length > 0)?.batches[0]
  const problem = fold.marker.index > 0 ? await snapshotProblem(options, fold.marker) : undefined
  if (problem) throw new Refusal(problem.file, 0, problem.why)

  const keep = options.parts.keptEntries(fold.index.count)
  if (keep < fold.index.count) fold.index.truncate(fold.index.first + keep)
  return {
    outcome: 'sound',
    segments,
    index: fold.index,
    hardState: options.parts.recoveredHardState(fold.hardState, fold.index.last),
    confState: head?.confState ?? NO_CONF_STATE,
    marker: fold.marker,
    records: fold.records,
    cuts,
    rotation,
  }
}

async function segmentFiles(options: GroupLogOptions): Promise<Array<{name: string; number: number}>> {
  const pattern = new RegExp(`^wal_${options.partition}_(0|[1-9]\\d{0,14})\\.log$`)
  const found: Array<{name: string; number: number}> = []
  for (const name of await options.disk.list(options.dir)) {
    const match = pattern.exec(name)
    if (match) found.push({name, number: Number(match[1])})
  }
  return found.sort(options.parts.segmentOrder)
}

/** The group is not listed: nothing was ever promised here, unless there is more than an interrupted birth. */
async function birth(options: GroupLogOptions, names: Array<{name: string; number: number}>): Promise<Recovered> {
  const leftOvers = names.map(n => `${options.dir}/${n.name}`)
  for (const [i, {number}] of names.entries())
    if (number !== 0)
      throw new Refusal(leftOvers[i], 0, 'not listed in groups.log, and there is more than an interrupted birth')
  for (const path of leftOvers) {
    const file = await options.disk.open(path, 'read')
    try {
      const size = await file.size()
      const first = await readFully(path, file, 0, Math.min(size, 1 << 20))
      // A head takes one batch; its mark tells how long it is, whatever its log id.
      const mark = scanWalRecord(first, 0)
      if (mark.found !== 'record') {
        if (size > 4096)
          throw new Refusal(path, 0, 'not listed in groups.log, and there is more than an interrupted birth')
        continue
      }
      const end = lengthOfHead(mark.record)
      if (size > end)
        throw new Refusal(path, end, 'not listed in groups.log, and there is more than an interrupted birth')
    } finally {
      await file.close()
    }
  }
  return {outcome: 'birth', leftOvers}
}

/** What the mark at the beginning of segment 0 says of its batch; 0 when a sound record stands there that is no mark. */
function lengthOfHead(record: WalRecord): number {
  if (record.kind !== WalKind.BatchMark) return 0
  try {
    return decodeBatchMark(record.data).batchBytes
  } catch {
    return 0
  }
}

async function scanSegment(
  path: string,
  number: number,
  file: DiskFile,
  group: GroupIdentity,
  options: GroupLogOptions,
): Promise<ScannedSegment> {
  const fileBytes = await file.size()
  const reader = new SegmentReader(path, file, fileBytes)
  const batches: Batch[] = []
  let at = 0
  let unsound: string | undefined
  while (at < fileBytes) {
    const batch = await scanBatch(reader, at, group, options.parts)
    if ('unsound' in batch) {
      unsound = batch.unsound
      break
    }
    batches.push(batch)
    at = batch.end
  }
  return {number, path, file, size: at, reader, fileBytes, batches, unsound}
}

function isHead(batch: Batch | undefined): boolean {
  return (
    batch !== undefined && batch.at === 0 && !batch.seal && !!batch.hardState && !!batch.confState && !!batch.marker
  )
}

function sealOf(segment: ScannedSegment): Batch | undefined {
  const last = segment.batches[segment.batches.length - 1]
  return last?.seal ? last : undefined
}

/** A segment with a used successor: sound to its end, begun by a head, ended by its seal where the next head says. */
function mustBeSealed(segment: ScannedSegment, next: ScannedSegment): void {
  if (segment.unsound) throw new Refusal(segment.path, segment.size, segment.unsound)
  mustBeginWithHead(segment)
  const seal = sealOf(segment)
  if (!seal) throw new Refusal(segment.path, segment.size, 'its last batch is no seal, and a later segment exists')
  if (next.batches.length > 0) mustStandAt(segment, seal, next)
}

function mustStandAt(segment: ScannedSegment, seal: Batch, next: ScannedSegment): void {
  const named = next.batches[0].mark.predecessorBytes
  if (seal.at !== named)
    throw new Refusal(
      segment.path,
      Math.min(seal.at, named),
      `its seal stands at ${seal.at}, the next head names ${named}`,
    )
}

function mustBeginWithHead(segment: ScannedSegment): void {
  if (!isHead(segment.batches[0]))
    throw new Refusal(
      segment.path,
      0,
      segment.batches.length === 0 ? 'its head is not sound' : 'its first batch is no head',
    )
}

/** The rules of the decision table for the last two segments. Fills `cuts`; gives what is left to do of a rotation. */
async function judgeTail(
  segments: ScannedSegment[],
  group: GroupIdentity,
  cuts: Array<{file: string; at: number; bytes: number; why: string}>,
): Promise<{head: boolean} | undefined> {
  const last = segments[segments.length - 1]
  const previous = segments.length > 1 ? segments[segments.length - 2] : undefined
  const cut = (segment: ScannedSegment, why: string): void => {
    if (segment.fileBytes > segment.size)
      cuts.push({file: segment.path, at: segment.size, bytes: segment.fileBytes - segment.size, why})
  }
  if (last.unsound && (await soundMarkBehind(last.reader, last.size, group)))
    throw new Refusal(last.path, last.size, `${last.unsound}, and a sound mark stands behind it`)

  if (last.batches.length === 0) {
    if (!previous) throw new Refusal(last.path, 0, last.unsound ?? 'the first segment of a listed group has no head')
    mustBeginWithHead(previous)
    if (previous.unsound) throw new Refusal(previous.path, previous.size, previous.unsound)
    if (sealOf(previous)) throw new Refusal(last.path, 0, 'its head is not sound, and the segment before it is sealed')
    cut(last, 'torn head of an interrupted rotation')
    return {head: true}
  }
  mustBeginWithHead(last)
  if (sealOf(last)) throw new Refusal(last.path, last.size, 'it is sealed, and no later segment exists')
  if (last.unsound) cut(last, `torn batch: ${last.unsound}`)
  if (!previous) return undefined

  mustBeginWithHead(previous)
  const seal = sealOf(previous)
  const named = last.batches[0].mark.predecessorBytes
  if (seal) {
    if (previous.unsound) throw new Refusal(previous.path, previous.size, previous.unsound)
    mustStandAt(previous, seal, last)
    return undefined
  }
  if (last.batches.length > 1)
    throw new Refusal(
      previous.path,
      previous.size,
      previous.unsound ?? 'its last batch is no seal, and the next segment is used',
    )
  if (previous.size !== named)
    throw new Refusal(
      previous.path,
      Math.min(previous.size, named),
      previous.unsound ?? `it is sound up to ${previous.size}, the next head names ${named}`,
    )
  if (previous.unsound) {
    if (await soundMarkBehind(previous.reader, previous.size, group))
      throw new Refusal(previous.path, previous.size, `${previous.unsound}, and a sound mark stands behind it`)
    cut(previous, `torn seal: ${previous.unsound}`)
  }
  return {head: false}
}

interface Fold {
  index: EntryIndex
  hardState: HardState
  marker: {index: Index; term: Term; installed: boolean}
  records: number
}

function foldAll(segments: ScannedSegment[], options: GroupLogOptions): Fold {
  const first = segments[0].batches[0]
  const begun = first?.marker
  if (!first || !begun) throw new Refusal(segments[0].path, 0, 'no head')
  const fold: Fold = {
    index: new EntryIndex(begun.index + 1),
    hardState: {term: 0, vote: 0, commit: 0},
    marker: begun,
    records: 0,
  }
  fold.index.layHoles(first.mark.lastIndex)
  for (const segment of segments)
    for (const batch of segment.batches) {
      if (
        !batch.seal &&
        batch !== first &&
        batch.mark.lastIndex !== fold.index.last &&
        options.parts.refusesBrokenFold()
      )
        throw new Refusal(
          segment.path,
          batch.at,
          `its mark names ${batch.mark.lastIndex} as the last index, it is ${fold.index.last}`,
        )
      if (batch.at !== 0 && (batch.confState || batch.marker))
        throw new Refusal(segment.path, batch.at, 'a ConfState or snapshot marker outside a head')
      if (batch.marker) takeMarker(fold, batch.marker)
      takeEntries(fold, segment, batch, options)
      if (batch.hardState) fold.hardState = batch.hardState
      fold.records += batch.records
    }
  endOfFold(fold, segments, options)
  return fold
}

function takeMarker(fold: Fold, marker: {index: Index; term: Term; installed: boolean}): void {
  if (marker.installed) fold.index.restart(marker.index)
  else if (marker.index >= fold.index.first) {
    if (marker.index > fold.index.last) fold.index.restart(marker.index)
    else fold.index.dropTo(marker.index)
  }
  fold.marker = marker
}

function takeEntries(fold: Fold, segment: ScannedSegment, batch: Batch, options: GroupLogOptions): void {
  for (const {index, term, at, bytes} of batch.entries) {
    if (index > fold.index.last + 1 || index <= fold.marker.index) {
      if (!options.parts.refusesBrokenFold()) continue
      throw new Refusal(segment.path, batch.at, `entry ${index} does not follow ${fold.index.last}`)
    }
    fold.index.truncate(index)
    fold.index.push(term, segment.number, at, bytes)
  }
}

function endOfFold(fold: Fold, segments: ScannedSegment[], options: GroupLogOptions): void {
  if (!options.parts.refusesBrokenFold()) return
  const {index, hardState, marker} = fold
  const last = segments[segments.length - 1]
  const broken = (why: string): never => {
    throw new Refusal(last.path, last.batches[last.batches.length - 1]?.at ?? 0, why)
  }
  if (index.holes > 0) broken(`entry ${index.first} lay in a segment that is lost`)
  let term = marker.term
  for (let i = index.first; i <= index.last; i++) {
    const own = index.term(i) as Term
    if (own < term) broken(`the term falls from ${term} to ${own} at entry ${i}`)
    term = own
  }
  if (term > hardState.term) broken(`entries of term ${term}, and the HardState is of term ${hardState.term}`)
  if (hardState.commit > index.last) broken(`commit ${hardState.commit} above the last index ${index.last}`)
  if (hardState.commit < marker.index) broken(`commit ${hardState.commit} below the snapshot marker ${marker.index}`)
}

async function snapshotProblem(
  options: GroupLogOptions,
  marker: {index: Index; term: Term},
): Promise<{file: string; why: string} | undefined> {
  const file = `${options.snapshotDir}/snapshot_${marker.index}_${marker.term}.snap`
  let bytes: Uint8Array
  try {
    const opened = await options.disk.open(file, 'read')
    try {
      bytes = await readFully(file, opened, 0, await opened.size())
    } finally {
      await opened.close()
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return {file, why: 'the snapshot that the marker names is missing'}
    throw error
  }
  const why = snapshotFileProblem(bytes, marker)
  return why ? {file, why} : undefined
}
