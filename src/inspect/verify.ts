import type {Index, NodeId, Term} from '../base/ids.ts'
import type {ReadOnlyFiles} from '../io/ports.ts'
import {FileWindow} from './file-window.ts'
import {type GroupPlace, logIdOf, readGroup} from './group.ts'
import {checkSidecars, type SidecarCheck} from './sidecar.ts'
import {readSnapshot, type SnapshotSeen, snapshotPaths} from './snapshot.ts'
import {walk} from './walk.ts'

/**
 * `TORN`: what a crash may leave, at the end; the next start cuts it · `CORRUPT`: what it may not · `AMBIGUOUS`: sound, and a reader that
 * guesses takes records for what they are not.
 */
export type SegmentWord = 'OK' | 'TORN' | 'CORRUPT' | 'AMBIGUOUS'

export interface FaultyBytes {
  at: number
  bytes: number
  why: string
  torn: boolean
}

interface State {
  term: Term
  vote: NodeId
  commit: Index
}

/** What the unmarked records of a file hold, and what a reader that takes whatever parses as an Entry for one makes of them. */
export interface Phantoms {
  /** HardStates that also read as an Entry, and the bytes at which they lie (of very many the first). */
  records: number
  at: number[]
  really: {entries: number; hardState?: State}
  guessed: {entries: number; hardState?: State}
}

/** One segment file, with everything in it that is not as it should be. */
export interface SegmentCheck {
  path: string
  bytes: number
  word: SegmentWord
  /** Records without batch marks. */
  records: number
  batches: number
  entries: number
  firstIndex?: Index
  lastIndex?: Index
  firstTerm?: Term
  lastTerm?: Term
  sealed: boolean
  faulty: FaultyBytes[]
  phantoms?: Phantoms
}

/** `LEFT OVER`: no marker names it, and nobody reads it, sound or not; the next start removes it. */
export interface SnapshotCheck extends SnapshotSeen {
  word: 'OK' | 'CORRUPT' | 'LEFT OVER'
}

export interface GroupCheck {
  segments: SegmentCheck[]
  snapshots: SnapshotCheck[]
  sidecars: SidecarCheck[]
}

const FAULTY_MAX = 1_000

/**
 * The segments of a group, each with its verdict. Goes on behind damage at the next sound record. `alone`: the file is judged by itself, not
 * by what should stand around it.
 */
export function verifyGroup(files: ReadOnlyFiles, place: GroupPlace, alone = false): GroupCheck {
  const checks = place.segments.map(({bytes, path}) => checkFile(files, path, bytes))
  const snapshots = alone ? [] : judge(files, place, checks)
  for (const check of checks) {
    check.faulty.sort((a, b) => a.at - b.at)
    if (check.faulty.some(f => !f.torn)) check.word = 'CORRUPT'
    else if (check.faulty.length > 0) check.word = 'TORN'
    else if (check.phantoms) check.word = 'AMBIGUOUS'
  }
  return {segments: checks, snapshots, sidecars: alone ? [] : sidecarsOf(files, place)}
}

function sidecarsOf(files: ReadOnlyFiles, place: GroupPlace): SidecarCheck[] {
  const {dir, partition, topic} = place
  return checkSidecars(files, dir, {topic, partition, logId: logIdOf(files, place)})
}

/** One file by its own bytes: unsound ones are torn when no batch mark, and in a file without marks nothing at all, stands behind them. */
function checkFile(files: ReadOnlyFiles, path: string, bytes: number): SegmentCheck {
  const check: SegmentCheck = {
    path,
    bytes,
    word: 'OK',
    records: 0,
    batches: 0,
    entries: 0,
    sealed: false,
    faulty: [],
  }
  const phantoms: Phantoms = {records: 0, at: [], really: {entries: 0}, guessed: {entries: 0}}
  const window = new FileWindow(files, path, bytes)
  for (const seen of walk(window)) {
    if (seen.seen === 'unsound') {
      if (check.faulty.length < FAULTY_MAX)
        check.faulty.push({at: seen.at, bytes: seen.bytes, why: seen.why, torn: seen.end || check.batches > 0})
      continue
    }
    const {record, said} = seen
    if (said.kind === 'BatchMark') {
      for (const fault of check.faulty) fault.torn = false
      check.batches++
      check.sealed = record.recordCount === 1
      continue
    }
    check.records++
    if (said.kind === 'Entry') {
      check.entries++
      check.firstIndex ??= said.index
      check.lastIndex = said.index
      check.firstTerm ??= said.term
      check.lastTerm = said.term
    }
    if (record.flag !== 0) continue
    if (said.kind === 'Entry') {
      phantoms.really.entries++
      phantoms.guessed.entries++
    } else if (said.kind === 'HardState') {
      const {commit, term, vote} = said
      phantoms.really.hardState = {term, vote, commit}
      if (said.ambiguous) {
        phantoms.records++
        if (phantoms.at.length < FAULTY_MAX) phantoms.at.push(seen.at)
        phantoms.guessed.entries++
      } else phantoms.guessed.hardState = {term, vote, commit}
    }
  }
  check.bytes = window.size
  if (phantoms.records > 0) check.phantoms = phantoms
  return check
}

/** What the group's rules say of the same bytes: a tear that is none, and what no single file shows. Gives the group's snapshots. */
function judge(files: ReadOnlyFiles, place: GroupPlace, checks: SegmentCheck[]): SnapshotCheck[] {
  const {reading} = readGroup(files, place)
  const of = (path: string): SegmentCheck => {
    const found = checks.find(c => c.path === path)
    if (found) return found
    const missing: SegmentCheck = {
      path,
      bytes: 0,
      word: 'OK',
      records: 0,
      batches: 0,
      entries: 0,
      sealed: false,
      faulty: [],
    }
    checks.push(missing)
    return missing
  }
  for (const check of checks) {
    const torn = reading.torn.find(t => t.file === check.path)
    // Inside what is cut every fault is part of the tear; elsewhere it is damage, also at the end of a file.
    for (const fault of check.faulty) fault.torn = torn !== undefined && fault.at >= torn.at
    if (torn) {
      check.faulty = check.faulty.filter(f => f.at < torn.at)
      check.faulty.push({at: torn.at, bytes: torn.bytes, why: torn.why, torn: true})
    }
  }
  const {index, term} = reading.snapshot
  const named = index === 0 ? '' : `${place.snapshotDir}/snapshot_${index}_${term}.snap`
  const snapshots = snapshotPaths(files, place.snapshotDir).map(path => checkSnapshot(files, path, path === named))
  for (const {at, bytes, file, why} of reading.damage) {
    // What is wrong with a snapshot that is here stands beside the snapshot.
    if (snapshots.some(s => s.path === file)) continue
    const check = of(file)
    if (!check.faulty.some(f => f.at === at && !f.torn)) check.faulty.push({at, bytes, why, torn: false})
  }
  return snapshots
}

function checkSnapshot(files: ReadOnlyFiles, path: string, named: boolean): SnapshotCheck {
  const seen = readSnapshot(files, path)
  return {...seen, word: !named ? 'LEFT OVER' : seen.why === undefined ? 'OK' : 'CORRUPT'}
}
