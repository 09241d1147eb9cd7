import {sha256Hex} from '../base/hash.ts'
import {type GroupName, groupName} from '../base/ids.ts'
import type {ConfState} from '../formats/eraftpb.ts'
import {readSnapshotFile} from '../formats/snapshot-file.ts'
import {WalKind} from '../formats/wal-record.ts'
import type {ReadOnlyFiles} from '../io/ports.ts'
import {type LogIdentity, markBehind} from './batches.ts'
import {FileWindow} from './file-window.ts'
import {Fold, type FoldListener} from './fold.ts'
import {readForeign} from './foreign.ts'
import {decide} from './kinds.ts'
import type {GroupReading} from './reading.ts'
import {isMark, magicsBehind, scanAt} from './scan.ts'
import {type Finding, judgeSegments, readSegment, type Segment, type SegmentFile} from './segments.ts'
import {takeFold} from './take-fold.ts'

/** One group replica on a disk. */
export interface GroupPlace {
  group: GroupName
  topic: string
  partition: number
  /** As seen from the files port. */
  dir: string
  snapshotDir: string
  segments: SegmentFile[]
  /** `listed`: its log id in groups.log · `unlisted`: groups.log does not know it, or is lost · `unknown`: there is none to ask. */
  listing: {listed: Uint8Array} | 'unlisted' | 'unknown'
}

/** What was found of a group, and what recovery needs besides. */
export interface GroupFound {
  reading: GroupReading
  /** As written in the last head: the configuration at the marker. */
  confState?: ConfState
  /** Record count of the last marker: the snapshot was installed from a leader. */
  installed: boolean
  /** The next start completes a rotation (a head, a seal). */
  interruptedRotation: boolean
  /** Not listed in groups.log, and nothing but what an interrupted birth leaves: the next start begins anew. */
  begunAnew: boolean
  /** Whether these files carry batch marks, or are another writer's. */
  marked: boolean
}

/** Reads one group. `name` turns a path into what the reading calls the file. */
export function readGroup(
  files: ReadOnlyFiles,
  place: GroupPlace,
  name: (path: string) => string = path => path,
  listener?: FoldListener,
): GroupFound {
  const reading = emptyReading(place, name)
  if (place.listing === 'unlisted' && !isForeign(files, place)) {
    birth(files, place, reading, name)
    return {...NOTHING, reading, begunAnew: reading.damage.length === 0}
  }
  if (place.segments.length === 0) {
    const file = name(`${place.dir}/wal_${place.partition}_0.log`)
    reading.damage.push({file, at: 0, bytes: 0, why: 'listed in groups.log, and no segment is here', chain: true})
    return {...NOTHING, reading}
  }
  const logId = logIdOf(files, place)
  if (!logId && isForeign(files, place)) {
    readForeign(files, place.segments, reading, name, listener)
    return {...NOTHING, reading, marked: false}
  }
  const log = {topic: place.topic, partition: place.partition, logId: logId ?? new Uint8Array(8)}
  return readMarked(files, place, log, reading, name, listener)
}

const NOTHING = {installed: false, interruptedRotation: false, begunAnew: false, marked: true}

function emptyReading(place: GroupPlace, name: (path: string) => string): GroupReading {
  return {
    group: groupName(place.topic, place.partition),
    dir: name(place.dir),
    records: 0,
    votes: [],
    snapshot: {index: 0, term: 0},
    firstIndex: 1,
    lastIndex: 0,
    entries: 0,
    terms: [],
    holes: [],
    torn: [],
    damage: [],
    undecodable: [],
    files: place.segments.map(s => ({file: name(s.path), bytes: s.bytes})),
  }
}

function readMarked(
  files: ReadOnlyFiles,
  place: GroupPlace,
  log: LogIdentity,
  reading: GroupReading,
  name: (path: string) => string,
  listener: FoldListener | undefined,
): GroupFound {
  const fold = new Fold(listener)
  const broken: Finding[] = []
  let confState: ConfState | undefined
  let lastBatch = {path: place.segments[0].path, at: 0, end: 0}
  const segments: Segment[] = place.segments.map(file =>
    readSegment(files, file, log, batch => {
      const why = fold.batch(batch, file.path)
      if (why) broken.push({path: file.path, at: batch.at, bytes: batch.end - batch.at, why})
      if (batch.at === 0 && batch.confState) confState = batch.confState
      for (const odd of batch.odd) reading.undecodable.push({file: name(file.path), ...odd})
      lastBatch = {path: file.path, at: batch.at, end: batch.end}
    }),
  )
  takeFold(reading, fold, name)
  reading.files = segments.map(s => ({file: name(s.path), bytes: s.bytes}))
  const {torn, damage, interruptedRotation} = judgeSegments(segments, log)
  // A fold over a log with damaged bytes breaks because of them: only the first cause is told.
  if (damage.length === 0) damage.push(...broken.slice(0, 1))
  if (damage.length === 0) {
    const why = fold.end()
    if (why) damage.push({path: lastBatch.path, at: lastBatch.at, bytes: lastBatch.end - lastBatch.at, why, fold: true})
    else damage.push(...snapshotDamage(files, place, fold.marker, reading))
  }
  const placed = ({path, ...found}: Finding): GroupReading['damage'][number] => ({file: name(path), ...found})
  reading.torn = torn.map(placed)
  reading.damage = damage.map(placed)
  return {reading, confState, installed: fold.marker.installed, interruptedRotation, begunAnew: false, marked: true}
}

/** Above this a snapshot is not read into memory to be checked. */
const SNAPSHOT_BYTES_MAX = 256 * 1024 * 1024

/** What is wrong with the file that the marker names; when nothing is, the reading gets the hash of its state. */
function snapshotDamage(
  files: ReadOnlyFiles,
  place: GroupPlace,
  marker: {index: number; term: number},
  reading: GroupReading,
): Finding[] {
  if (marker.index === 0) return []
  const path = `${place.snapshotDir}/snapshot_${marker.index}_${marker.term}.snap`
  const stat = files.stat(path)
  const found = (why: string): Finding[] => [{path, at: 0, bytes: stat?.size ?? 0, why}]
  if (!stat) return found('the snapshot that the marker names is not here')
  if (stat.kind !== 'file') return found('the snapshot that the marker names is no regular file')
  if (stat.size > SNAPSHOT_BYTES_MAX) return found(`a snapshot of ${stat.size} bytes is too large to be checked`)
  const bytes = new Uint8Array(stat.size)
  const got = files.readAt(path, 0, bytes)
  const read = readSnapshotFile(bytes.subarray(0, got), marker)
  if (typeof read === 'string') return found(`the snapshot that the marker names is unsound: ${read}`)
  reading.snapshot.stateHash = sha256Hex(read.data)
  return []
}

/** The longest thing that an interrupted birth may leave. */
const BIRTH_BYTES_MAX = 4096

/** groups.log does not know the group: nobody was ever promised anything, unless there is more than a head. */
function birth(files: ReadOnlyFiles, place: GroupPlace, reading: GroupReading, name: (path: string) => string): void {
  for (const {number, path, bytes} of place.segments) {
    const file = name(path)
    const why = 'not listed in groups.log, and more than an interrupted birth'
    const more = number !== 0 ? 0 : moreThanHead(new FileWindow(files, path, bytes), place)
    if (more !== undefined) reading.damage.push({file, at: more, bytes: bytes - more, why})
    else if (bytes > 0) reading.torn.push({file, at: 0, bytes, why: 'an interrupted birth: not listed in groups.log'})
  }
}

function moreThanHead(window: FileWindow, {partition, topic}: GroupPlace): number | undefined {
  const first = scanAt(window, 0)
  if (first.found !== 'record')
    return window.size > BIRTH_BYTES_MAX || markBehind(window, 0, {topic, partition, logId: undefined}) ? 0 : undefined
  if (!isMark(first.record)) return 0
  const said = decide(window, first.record)
  const end = said.kind === 'BatchMark' ? said.mark.batchBytes : 0
  return window.size > end ? end : undefined
}

/** By groups.log, or by its own word where that says nothing of it. */
export function logIdOf(files: ReadOnlyFiles, place: GroupPlace): Uint8Array | undefined {
  return typeof place.listing === 'object' ? place.listing.listed : firstLogId(files, place)
}

/** Without groups.log, the first mark that stands where it says it does names the log. */
export function firstLogId(files: ReadOnlyFiles, place: GroupPlace): Uint8Array | undefined {
  for (const {path, bytes} of place.segments) {
    const window = new FileWindow(files, path, bytes)
    for (const at of placesToLook(window)) {
      const scanned = scanAt(window, at)
      if (scanned.found !== 'record') continue
      const said = isMark(scanned.record) ? decide(window, scanned.record) : undefined
      if (said?.kind === 'BatchMark' && said.mark.at === at) return said.mark.logId
      if (at === 0 && scanned.record.flag === WalKind.Unmarked) return undefined
    }
  }
  return undefined
}

function* placesToLook(window: FileWindow): Generator<number> {
  yield 0
  let looked = 0
  for (const at of magicsBehind(window, 0)) {
    if (++looked > 10_000) return
    yield at
  }
}

/** Files of other writers carry no marks and no kinds: the first record that is sound tells. */
function isForeign(files: ReadOnlyFiles, place: GroupPlace): boolean {
  for (const {path, bytes} of place.segments) {
    const window = new FileWindow(files, path, bytes)
    for (const at of placesToLook(window)) {
      const scanned = scanAt(window, at)
      if (scanned.found === 'record') return scanned.record.version === 1 || scanned.record.flag === WalKind.Unmarked
    }
  }
  return false
}
