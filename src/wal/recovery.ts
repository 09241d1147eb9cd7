import type {RecoveryReport} from '../contracts/node-state.ts'
import {decodeBatchMark} from '../formats/batch-mark.ts'
import {type ConfState, type HardState, NO_CONF_STATE, type Snapshot} from '../formats/eraftpb.ts'
import type {SegmentState, Sidecar} from '../formats/sidecar.ts'
import {topicBytes, WalKind, type WalRecord} from '../formats/wal-record.ts'
import type {DiskFile} from '../io/ports.ts'
import {type GroupIdentity, soundMarkBehind} from './batch-scan.ts'
import type {EntryIndex} from './entry-index.ts'
import {Fold, type Marker} from './fold.ts'
import type {RecordBytes} from './parts.ts'
import {isUnreadable, UNREADABLE} from './read-error.ts'
import type {Facts, Place} from './rules.ts'
import {readFully, SegmentReader} from './segment-reader.ts'
import {type ScannedSegment, type Segment, scanSegment} from './segment-scan.ts'
import {noteEntries, sidecarPath, standingFor} from './sidecars.ts'
import {SnapshotFiles} from './snapshot-files.ts'
import type {Damage, GroupLogOptions} from './types.ts'

type Cut = RecoveryReport['cuts'][number]

/** What a directory of segments holds, and what of it is cut: the table in rules.ts. */
export type Recovered =
  | {
      outcome: 'sound'
      segments: Segment[]
      index: EntryIndex
      hardState: HardState
      confState: ConfState
      marker: Marker
      /** The one that the marker names; undefined at 0. */
      snapshot: Snapshot | undefined
      records: number
      cuts: Cut[]
      /** What sidecars say was applied at the ends of the oldest segments: all of what is committed, with none missing. */
      states: SegmentState[]
      /** Sidecars that stand for nothing. */
      useless: string[]
      /** The last rotation was interrupted: a head (when `head`) and the predecessor's seal are to be written. */
      rotation?: {head: boolean}
    }
  | {outcome: 'birth'; leftOvers: string[]}
  | {outcome: 'refused'; damage: Damage}

interface SegmentName {
  path: string
  number: number
}

/** What is found, in the words of the rules, and the places that a refusal may name. */
interface Findings {
  facts: Facts
  places: Partial<Record<Place, Damage>>
}

export function segmentName(partition: number, number: number): string {
  return `wal_${partition}_${number}.log`
}

/** Reads all that is there. Nothing on the disk is changed. Files stay open when the outcome is sound. */
export async function recover(options: GroupLogOptions): Promise<Recovered> {
  const opened: DiskFile[] = []
  let recovered: Recovered | undefined
  try {
    const inDir = await options.disk.list(options.dir)
    const names = segmentNames(options, inDir)
    const sidecars = sidecarNames(options, inDir)
    recovered = options.logId
      ? await listed(options, options.logId, names, sidecars, opened)
      : await unlisted(options, names, sidecars)
  } catch (error) {
    if (!isUnreadable(error)) throw error
    recovered = {outcome: 'refused', damage: {file: error.file, at: error.at, why: UNREADABLE}}
  } finally {
    if (recovered?.outcome !== 'sound') for (const file of opened) await file.close()
  }
  return recovered
}

const NOTHING: Facts = {
  listed: false,
  files: 'none',
  beyondHead: false,
  earlier: 'sound',
  gap: false,
  previous: 'none',
  previousSeal: 'none',
  previousUnsound: 'no',
  previousEndsAsNamed: true,
  last: 'none',
  lastSeal: 'none',
  lastUnsound: 'no',
  fold: 'sound',
  snapshot: 'none',
}

function refusal({parts}: GroupLogOptions, {facts, places}: Findings): Recovered | undefined {
  const {does, name} = parts.decide(facts)
  if (does.do !== 'refuse') return undefined
  return {outcome: 'refused', damage: places[does.at] ?? {file: '', at: 0, why: name}}
}

function sidecarNames({dir, partition}: GroupLogOptions, inDir: readonly string[]): Set<string> {
  const pattern = new RegExp(`^wal_${partition}_\\d+\\.idx$`)
  return new Set(inDir.filter(name => pattern.test(name)).map(name => `${dir}/${name}`))
}

function segmentNames(options: GroupLogOptions, inDir: readonly string[]): SegmentName[] {
  const pattern = new RegExp(`^wal_${options.partition}_(0|[1-9]\\d{0,14})\\.log$`)
  const found: Array<{name: string; number: number}> = []
  for (const name of inDir) {
    const match = pattern.exec(name)
    if (match) found.push({name, number: Number(match[1])})
  }
  found.sort(options.parts.segmentOrder)
  return found.map(({name, number}) => ({path: `${options.dir}/${name}`, number}))
}

function filesOf(names: readonly SegmentName[]): Facts['files'] {
  if (names.length === 0) return 'none'
  return names.every(n => n.number === 0) ? 'segment 0' : 'others'
}

/** The group is not listed: nothing was ever promised here, unless there is more than an interrupted birth. */
async function unlisted(options: GroupLogOptions, names: SegmentName[], sidecars: Set<string>): Promise<Recovered> {
  const other = names.find(n => n.number !== 0)
  const zero = names.find(n => n.number === 0)
  const behind = zero && !other ? await bytesBehindHead(options, zero.path) : undefined
  const why = 'not listed in groups.log, and there is more than an interrupted birth'
  const facts = {...NOTHING, files: filesOf(names), beyondHead: behind !== undefined}
  const place = {file: (other ?? zero)?.path ?? options.dir, at: behind ?? 0, why}
  return (
    refusal(options, {facts, places: {'segment 0': place}}) ?? {
      outcome: 'birth',
      leftOvers: [...names.map(n => n.path), ...sidecars],
    }
  )
}

/** A head is far smaller: so much may be left of one whose mark cannot be read. */
const HEAD_BYTES_MAX = 4096

/** The byte behind segment 0's head, when there is one: a head takes one batch, and its mark tells how long it is, whatever its log id. */
async function bytesBehindHead(options: GroupLogOptions, path: string): Promise<number | undefined> {
  const file = await options.disk.open(path, 'read')
  try {
    const size = await file.size()
    const {records} = options.parts
    const mark = records.scan(await readFully(path, file, 0, Math.min(size, 1 << 20)), 0)
    if (mark.found === 'record') {
      const end = lengthOfHead(mark.record)
      return size > end ? end : undefined
    }
    if (size > HEAD_BYTES_MAX) return 0
    const reader = new SegmentReader(path, file, size)
    return (await soundMarkBehind(reader, 0, identity(options, undefined), records)) ? 0 : undefined
  } finally {
    await file.close()
  }
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

export function identity({partition, topic}: GroupLogOptions, logId: Uint8Array | undefined): GroupIdentity {
  return {topic, partition, topicBytes: topicBytes(topic).length, logId}
}

async function listed(
  options: GroupLogOptions,
  logId: Uint8Array,
  names: SegmentName[],
  sidecars: Set<string>,
  opened: DiskFile[],
): Promise<Recovered> {
  const group = identity(options, logId)
  const fold = new Fold(options.parts)
  const segments: ScannedSegment[] = []
  const standing: Sidecar[] = []
  for (const [i, {path, number}] of names.entries()) {
    const file = await options.disk.open(path, 'append')
    opened.push(file)
    if (options.sidecars && i < names.length - 1 && sidecars.has(sidecarPath(path))) {
      const {disk, parts} = options
      const found = await standingFor({path, number, file}, disk, group, parts, options.checks.mayAtStart)
      if (found) {
        const {head, seal, segment, sidecar} = found
        fold.takeStanding(head, sidecar.entries, seal, sidecar.records, path, number)
        segments.push(segment)
        standing.push(sidecar)
        sidecars.delete(sidecarPath(path))
        continue
      }
    }
    const take = (batch: Parameters<Fold['take']>[0]): void => fold.take(batch, path, number)
    const scanned = await scanSegment(path, number, file, group, options.parts, take)
    if (options.sidecars && scanned.sealAt !== undefined) noteEntries(scanned, fold.index)
    segments.push(scanned)
  }
  const found = await findings(options, group, names, segments)
  // A fold over a directory with damage breaks because of it: its own word counts where nothing else is wrong.
  const refused = refusal(options, found) ?? brokenFold(options, found, fold)
  if (refused) return refused
  const snapshot = fold.marker.index === 0 ? undefined : await markersSnapshot(options, found, fold.marker)
  if (snapshot && 'outcome' in snapshot) return snapshot
  const {does} = options.parts.decide(found.facts)
  const last = segments[segments.length - 1]
  const previous = segments[segments.length - 2]
  const cuts: Cut[] = []
  if (does.do === 'open')
    for (const which of does.cut) {
      const segment = which === 'last' ? last : previous
      const bytes = segment.fileBytes - segment.size
      const what = which === 'previous' ? 'seal' : segment.batches === 0 ? 'head of an interrupted rotation' : 'batch'
      if (bytes > 0) cuts.push({file: segment.path, at: segment.size, bytes, why: `torn ${what}: ${segment.unsound}`})
    }
  const writes = does.do === 'open' ? does.write : []
  const {first, last: lastIndex} = fold.index
  const start = options.parts.recovered({hardState: fold.hardState, first, last: lastIndex})
  if (start.last < lastIndex) fold.index.truncate(start.last + 1)
  return {
    outcome: 'sound',
    segments,
    index: fold.index,
    hardState: start.hardState,
    confState: [...segments].reverse().find(s => s.batches > 0)?.confState ?? NO_CONF_STATE,
    marker: fold.marker,
    snapshot,
    records: fold.records,
    cuts,
    states: usableStates(standing, start.hardState.commit, fold),
    useless: [...sidecars],
    ...(writes.length > 0 ? {rotation: {head: writes.includes('head')}} : {}),
  }
}

/** From the beginning of the log on, as long as no segment between is without, and what was applied is known here to be committed. */
function usableStates(standing: readonly Sidecar[], commit: number, {index, marker}: Fold): SegmentState[] {
  const usable: SegmentState[] = []
  let to = marker.index
  for (const {batches, entries, state} of standing) {
    const {index: at, term} = state.metadata
    if (at <= marker.index) continue
    if (entries.first > to + 1 || at > commit || index.term(at) !== term) break
    usable.push({batches, state})
    to = at
  }
  return usable
}

/** The facts that the segments give, each beside the others; the fold and the snapshot are looked at after them. */
async function findings(
  options: GroupLogOptions,
  group: GroupIdentity,
  names: readonly SegmentName[],
  segments: readonly ScannedSegment[],
): Promise<Findings> {
  const zero = `${options.dir}/${segmentName(options.partition, 0)}`
  const facts: Facts = {...NOTHING, listed: true, files: filesOf(names)}
  const places: Findings['places'] = {
    'segment 0': {file: zero, at: 0, why: 'listed in groups.log, and no segment is there'},
  }
  for (let i = 0; i < segments.length - 2 && facts.earlier === 'sound'; i++) {
    const {earlier, at, why} = earlierSegment(segments[i], segments[i + 1])
    facts.earlier = earlier
    places.earlier = {file: segments[i].path, at, why}
  }
  for (let i = segments.length - 1; i > 0; i--) {
    if (segments[i].number === segments[i - 1].number + 1) continue
    facts.gap = true
    places.gap = {file: segments[i].path, at: 0, why: `segment ${segments[i - 1].number + 1} is missing before it`}
  }
  const last = segments[segments.length - 1]
  if (!last) return {facts, places}
  await lookAtLast(facts, places, last, group, options.parts.records)
  const previous = segments[segments.length - 2]
  if (previous) await lookAtPrevious(facts, places, previous, last, group, options.parts.records)
  return {facts, places}
}

/** A segment that has a used successor: sound to its end, begun by a head, ended by its seal where the next head says. */
function earlierSegment(s: ScannedSegment, next: ScannedSegment): {earlier: Facts['earlier']; at: number; why: string} {
  if (s.unsound !== undefined) return {earlier: 'unsound', at: s.size, why: s.unsound}
  if (!s.hasHead) return {earlier: 'no head', at: 0, why: headWords(s)}
  if (s.behindSeal !== undefined) return {earlier: 'behind seal', at: s.behindSeal, why: 'a batch behind its seal'}
  if (s.sealAt === undefined)
    return {earlier: 'no seal', at: s.size, why: 'its last batch is no seal, and a later segment exists'}
  if (next.batches > 0 && s.sealAt !== next.predecessorBytes)
    return {earlier: 'seal elsewhere', at: Math.min(s.sealAt, next.predecessorBytes), why: elsewhere(s, next)}
  return {earlier: 'sound', at: 0, why: ''}
}

function headWords({batches, unsound}: ScannedSegment): string {
  if (batches > 0) return 'its first batch is no head'
  return `it has no sound head (${unsound ?? 'it is empty'})`
}

function elsewhere(s: ScannedSegment, next: ScannedSegment): string {
  const end = s.sealAt === undefined ? `it is sound up to ${s.size}` : `its seal stands at ${s.sealAt}`
  return `${end}, the next head names ${next.predecessorBytes}`
}

function sealOf({behindSeal, sealAt}: ScannedSegment): Facts['lastSeal'] {
  return sealAt === undefined ? 'none' : behindSeal === undefined ? 'last batch' : 'batch behind'
}

async function unsoundOf(
  segment: ScannedSegment,
  group: GroupIdentity,
  records: RecordBytes,
): Promise<Facts['lastUnsound']> {
  if (segment.unsound === undefined) return 'no'
  return (await soundMarkBehind(segment.reader, segment.size, group, records)) ? 'mark behind' : 'yes'
}

function endWords(segment: ScannedSegment, unsound: Facts['lastUnsound'], otherwise: string): string {
  if (segment.unsound === undefined) return otherwise
  return unsound === 'mark behind' ? `${segment.unsound}, and a sound mark stands behind it` : segment.unsound
}

async function lookAtLast(
  facts: Facts,
  places: Findings['places'],
  last: ScannedSegment,
  group: GroupIdentity,
  records: RecordBytes,
) {
  facts.last = last.batches === 0 ? 'none' : !last.hasHead ? 'no head' : last.batches === 1 ? 'head' : 'used'
  facts.lastSeal = sealOf(last)
  facts.lastUnsound = await unsoundOf(last, group, records)
  const file = last.path
  places['last begin'] = {file, at: 0, why: headWords(last)}
  places['last seal'] = {file, at: last.behindSeal ?? 0, why: 'a batch behind its seal'}
  const sealed = 'it is sealed, and no later segment exists'
  places['last end'] = {file, at: last.size, why: endWords(last, facts.lastUnsound, sealed)}
}

async function lookAtPrevious(
  facts: Facts,
  places: Findings['places'],
  previous: ScannedSegment,
  last: ScannedSegment,
  group: GroupIdentity,
  records: RecordBytes,
) {
  facts.previous = previous.hasHead ? 'head' : 'no head'
  facts.previousSeal = sealOf(previous)
  facts.previousUnsound = await unsoundOf(previous, group, records)
  const end = previous.sealAt ?? previous.size
  facts.previousEndsAsNamed = last.batches === 0 || end === last.predecessorBytes
  const file = previous.path
  places['previous begin'] = {file, at: 0, why: headWords(previous)}
  places['previous seal'] = {file, at: previous.behindSeal ?? 0, why: 'a batch behind its seal'}
  const used = 'its last batch is no seal, and the next segment is used'
  places['previous end'] = {file, at: previous.size, why: endWords(previous, facts.previousUnsound, used)}
  const named = previous.unsound ?? elsewhere(previous, last)
  places['previous named'] = {file, at: Math.min(end, last.predecessorBytes), why: named}
}

/** Sound segments whose content is refused. */
function brokenFold(options: GroupLogOptions, {facts, places}: Findings, fold: Fold): Recovered | undefined {
  const broken = fold.end()
  return broken && refusal(options, {facts: {...facts, fold: 'broken'}, places: {...places, fold: broken}})
}

async function markersSnapshot(
  options: GroupLogOptions,
  {facts, places}: Findings,
  marker: Marker,
): Promise<Snapshot | Recovered | undefined> {
  const read = await new SnapshotFiles(options.disk, options.snapshotDir, options.parts.keptSnapshot).read(marker)
  return 'data' in read
    ? read
    : refusal(options, {facts: {...facts, snapshot: 'bad'}, places: {...places, snapshot: read}})
}
