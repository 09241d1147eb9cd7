import {isDiskFull} from '../base/errors.ts'
import type {Index, Term} from '../base/ids.ts'
import {invariant} from '../base/invariant.ts'
import type {RecoveryReport} from '../contracts/node-state.ts'
import {
  type ConfState,
  decodeEntry,
  type Entry,
  entrySize,
  type HardState,
  type Snapshot,
  type SnapshotMetadata,
} from '../formats/eraftpb.ts'
import type {SegmentState} from '../formats/sidecar.ts'
import {WalKind} from '../formats/wal-record.ts'
import type {EntriesWanted} from '../raft/types.ts'
import {EntryIndex, type EntryPlace} from './entry-index.ts'
import {keepAside} from './keep-aside.ts'
import {isUnreadable, LogReadError} from './read-error.ts'
import {identity, recover, segmentName} from './recovery.ts'
import {withReserve} from './reserve.ts'
import {createSegment, type HeadState, writeSeal} from './segment-ends.ts'
import {readFully} from './segment-reader.ts'
import {type Segment, scanSegment} from './segment-scan.ts'
import {crcOf, removeSidecar, sidecarPath, writeSidecar} from './sidecars.ts'
import {SnapshotFiles} from './snapshot-files.ts'
import {TailCache} from './tail-cache.ts'
import type {Damage, GroupLog, GroupLogOptions, LogFigures, WriteUnit} from './types.ts'
import {LogWriter} from './writer.ts'

/** Opens the log of a group: born, recovered, or refused. What it read counts as synced from here on. */
export async function openGroupLog(
  options: GroupLogOptions,
): Promise<{log: GroupLog; logId: Uint8Array} | {refused: Damage}> {
  const {dir, disk} = options
  await disk.makeDir(dir)
  const recovered = await recover(options)
  if (recovered.outcome === 'refused') return {refused: recovered.damage}
  if (recovered.outcome === 'birth') {
    for (const path of recovered.leftOvers) await disk.remove(path)
    if (!options.reserve.whole) await options.reserve.refill()
    const head: HeadState = {
      hardState: options.birthHardState ?? {term: 0, vote: 0, commit: 0},
      confState: options.birthConfState,
      marker: {index: 0, term: 0},
    }
    const segment = await createSegment(options, options.newLogId, 0, {head, lastIndex: 0, predecessorBytes: 0})
    // The head, then its name, then the listing: a crash before the last leaves an interrupted birth, begun anew.
    try {
      await syncParents(options)
      await options.listed(options.newLogId)
    } catch (error) {
      await segment.file.close()
      throw error
    }
    const report = reportOf(options, {
      ...head,
      index: new EntryIndex(1),
      records: 0,
      cuts: [],
      segments: [segment],
      born: true,
    })
    const state = {index: new EntryIndex(1), segments: [segment], head, snapshot: undefined, states: []}
    return {log: new OpenLog(options, options.newLogId, state, report), logId: options.newLogId}
  }
  const logId = options.logId as Uint8Array
  const {segments, index, rotation} = recovered
  const head: HeadState = {hardState: recovered.hardState, confState: recovered.confState, marker: recovered.marker}
  await makeDurable(options, logId, recovered.cuts, segments, rotation, head, index)
  const report = reportOf(options, {
    ...head,
    index,
    records: recovered.records,
    cuts: recovered.cuts,
    segments,
    born: false,
  })
  for (const path of recovered.useless) await disk.remove(path)
  const {snapshot, states} = recovered
  const log = new OpenLog(options, logId, {index, segments, head, snapshot, states}, report)
  // What a crash in the middle of a snapshot left behind.
  await log.removeUseless()
  return {log, logId}
}

/** The segment's directory and every directory above it up to the data directory. */
async function syncParents(options: GroupLogOptions): Promise<void> {
  const parts = options.dir.split('/')
  for (let n = parts.length; n > 0; n--) await options.disk.syncDir(parts.slice(0, n).join('/'))
  await options.disk.syncDir('.')
}

/** Before recovery answers: what is cut is kept aside, cuts are made, an interrupted rotation is completed, and what was read from the page cache is synced. */
async function makeDurable(
  options: GroupLogOptions,
  logId: Uint8Array,
  cuts: RecoveryReport['cuts'],
  segments: Segment[],
  rotation: {head: boolean} | undefined,
  head: HeadState,
  index: EntryIndex,
): Promise<void> {
  for (const cut of cuts) {
    const file = segments.find(s => s.path === cut.file)?.file
    invariant(file, 'what is cut is a segment', cut)
    const kept = await keepAside(options.disk, options.dir, cut, file)
    if (kept !== undefined) cut.kept = kept
  }
  for (const cut of cuts) await segments.find(s => s.path === cut.file)?.file.truncate(cut.at)
  if (rotation?.head) {
    // The file of the torn head goes: its place in the directory is taken by a new one.
    const torn = segments.pop() as Segment
    await torn.file.close()
    await options.disk.remove(torn.path)
    const predecessor = segments[segments.length - 1]
    await predecessor.file.sync()
    const about = {head, lastIndex: index.last, predecessorBytes: predecessor.size}
    segments.push(await withReserve(options.reserve, () => createSegment(options, logId, torn.number, about)))
  }
  for (const segment of segments.slice(-2)) await segment.file.sync()
  await options.disk.syncDir(options.dir)
  if (rotation)
    await withReserve(options.reserve, () => writeSeal(options, logId, segments[segments.length - 2], index.last))
}

function reportOf(
  options: GroupLogOptions,
  found: HeadState & {
    index: EntryIndex
    records: number
    cuts: RecoveryReport['cuts']
    segments: Segment[]
    born: boolean
  },
): RecoveryReport {
  return {
    group: options.group,
    term: found.hardState.term,
    vote: found.hardState.vote,
    commit: found.hardState.commit,
    snapshotIndex: found.marker.index,
    snapshotTerm: found.marker.term,
    firstIndex: found.index.first,
    lastIndex: found.index.last,
    entries: found.index.count,
    records: found.records,
    cuts: found.cuts,
    files: found.segments.map(s => ({file: s.path, bytes: s.size})),
    born: found.born,
  }
}

/** A log as it was found. */
interface Found {
  index: EntryIndex
  segments: Segment[]
  head: HeadState
  snapshot: Snapshot | undefined
  states: SegmentState[]
}

class OpenLog implements GroupLog {
  readonly report: RecoveryReport
  readonly #options: GroupLogOptions
  readonly #index: EntryIndex
  readonly #writer: LogWriter
  readonly #tail: TailCache
  readonly #logId: Uint8Array
  #start: {hardState: HardState; confState: ConfState}
  readonly #snapshots: SnapshotFiles
  readonly recovered: Snapshot | undefined
  states: readonly SegmentState[]
  resumed: SnapshotMetadata | undefined
  #snapshot: Snapshot | undefined
  /** Entries that were read because the core wanted them, by whom they are for: kept until it asks again. */
  readonly #fetched = new Map<string, {low: Index; entries: Entry[]}>()
  readonly #reads = new Set<Promise<unknown>>()
  /** The own snapshot that is being stored. */
  #storing: Promise<unknown> | undefined
  /** Removals and sidecars, one after the other. */
  #tidying: Promise<void> = Promise.resolve()
  #closing = false

  constructor(options: GroupLogOptions, logId: Uint8Array, found: Found, report: RecoveryReport) {
    const {head, index, segments, snapshot} = found
    this.#options = options
    this.#logId = logId
    this.#index = index
    this.states = found.states
    this.report = report
    this.#snapshots = new SnapshotFiles(options.disk, options.snapshotDir, options.parts.keptSnapshot)
    this.#writer = new LogWriter(options, logId, index, segments, head, this.#snapshots)
    this.#tail = new TailCache(options.tails, index.last + 1)
    this.#start = {hardState: head.hardState, confState: head.confState}
    this.recovered = snapshot
    this.#snapshot = snapshot
    for (const segment of segments) if (segment.unread) options.checks.later(pause => this.#check(segment, pause))
  }

  get syncedIndex(): Index {
    return this.#writer.syncedIndex
  }

  get crowded(): boolean {
    return this.#writer.crowded
  }

  get syncedHardState(): HardState {
    return this.#writer.synced.hardState
  }

  initialState(): {hardState: HardState; confState: ConfState} {
    return this.#start
  }

  resume(): void {
    const newest = this.states[this.states.length - 1]?.state.metadata
    invariant(newest, 'there is a state to go on from', {dir: this.#options.dir})
    this.resumed = newest
    this.#start = {...this.#start, confState: newest.confState}
    this.states = []
  }

  firstIndex(): Index {
    return this.#index.first
  }

  lastIndex(): Index {
    return this.#index.last
  }

  term(at: Index): Term | 'compacted' | 'unavailable' {
    const {marker} = this.#writer.synced
    if (at === marker.index) return marker.term
    if (at < this.#index.first) return 'compacted'
    return this.#index.term(at) ?? 'unavailable'
  }

  entries(
    low: Index,
    high: Index,
    bytesMax: number,
    why: EntriesWanted,
  ): Entry[] | 'compacted' | 'unavailable' | 'pending' {
    if (low < this.#index.first) return 'compacted'
    const cached = this.#tail.slice(low, high, bytesMax)
    if (cached) return cached
    if (high > this.#index.last + 1) return 'unavailable'
    const wants = wantKey(why)
    const kept = this.#fetched.get(wants)
    this.#fetched.delete(wants)
    if (kept && kept.low === low) {
      const entries = kept.entries.filter(e => e.index < high)
      // Overwritten while it was read: the term in the index is the log's.
      if (entries.length > 0 && entries.every(e => this.#index.term(e.index) === e.term)) return entries
    }
    void this.#fetch(low, high, bytesMax, why)
    return 'pending'
  }

  async #fetch(low: Index, high: Index, bytesMax: number, why: EntriesWanted): Promise<void> {
    try {
      this.#fetched.set(wantKey(why), {low, entries: await this.read(low, high, bytesMax)})
    } catch (error) {
      // Nobody waits for it any more, and its file is closed.
      if (this.#closing) return
      const file = error instanceof LogReadError ? `${error.file}@${error.at}` : this.#options.dir
      if (!isUnreadable(error)) this.#options.fail(error, file)
      return
    }
    this.#options.fetched(why)
  }

  snapshot(): Snapshot | 'pending' {
    return this.#snapshot ?? 'pending'
  }

  async append(unit: WriteUnit, voted?: () => void): Promise<void> {
    const {snapshot} = unit
    if (snapshot) this.#tail.restart(snapshot.metadata.index + 1)
    if (unit.entries.length > 0) this.#tail.append(unit.entries)
    await this.#writer.append(unit, voted)
    if (!snapshot) return
    this.#snapshot = snapshot
    this.#snapshots.settled(snapshot.metadata)
    void this.removeUseless()
  }

  async compact(snapshot: Snapshot): Promise<boolean> {
    if (this.#closing || this.#storing || snapshot.metadata.index <= this.#writer.synced.marker.index) return false
    const storing = this.#store(snapshot)
    this.#storing = storing
    const stored = await storing
    this.#storing = undefined
    const taken = stored && !this.#closing && (await this.#writer.mark(snapshot))
    this.#snapshots.settled(snapshot.metadata)
    if (taken) this.#snapshot = snapshot
    if (stored && !this.#closing) void this.removeUseless()
    return taken
  }

  /** False: the disk has no room for it, and the log stays as long as it is. */
  async #store(snapshot: Snapshot): Promise<boolean> {
    if (!this.#options.reserve.whole) return false
    try {
      await this.#snapshots.store(snapshot)
      return true
    } catch (error) {
      if (!isDiskFull(error)) this.#options.fail(error, this.#snapshots.pathOf(snapshot.metadata))
      return false
    }
  }

  keepState(state: Snapshot, batches: (low: Index) => SegmentState['batches']): void {
    const {index} = state.metadata
    if (this.#closing || index < this.#index.first || index > this.#index.last) return
    const number = this.#index.place(index).segment
    const segment = this.#writer.segments.find(s => s.number === number)
    const entries = segment?.entries
    if (!segment || !entries) return
    segment.entries = undefined
    segment.hasSidecar = true
    const kept = {state, batches: batches(Math.max(this.#index.first, this.#index.firstFrom(number)))}
    this.#tidying = this.#tidying.then(() => this.#writeSidecar(segment, entries, kept))
  }

  async #writeSidecar(segment: Segment, entries: Uint8Array, state: SegmentState): Promise<void> {
    const {disk, reserve} = this.#options
    if (!reserve.whole || !this.#writer.segments.includes(segment)) return
    try {
      await writeSidecar(disk, this.#logId, segment, entries, state)
    } catch (error) {
      this.#options.fail(error, sidecarPath(segment.path))
    }
  }

  /** Other snapshots than the one that the log begins behind, and segments before its first entry: the oldest first, each for good before the next. */
  removeUseless(): Promise<void> {
    this.#tidying = this.#tidying.then(() => this.#remove())
    return this.#tidying
  }

  async #remove(): Promise<void> {
    const {dir, disk} = this.#options
    const writer = this.#writer
    const {segments, usefulFrom} = writer
    let path = this.#options.snapshotDir
    try {
      if (writer.synced.marker.index > 0) await this.#snapshots.removeOthers(() => writer.synced.marker)
      while (segments[0].number < usefulFrom) {
        const useless = segments.shift() as Segment
        path = useless.path
        // Nobody finds it any more; who found it before is let read on.
        await Promise.allSettled(this.#reads)
        await useless.file.close()
        // First what speaks of it: a segment without is read.
        if (useless.hasSidecar) await removeSidecar(disk, useless)
        await disk.remove(path)
        await disk.syncDir(dir)
      }
    } catch (error) {
      this.#options.fail(error, path)
    }
  }

  read(low: Index, high: Index, bytesMax: number): Promise<Entry[]> {
    const reading = this.#during(this.#read(low, high, bytesMax))
    reading.catch(error => {
      // Whoever asked, a client too: a leader that cannot read its log would go on leading, and nobody could read what the others hold.
      if (isUnreadable(error)) void this.#damaged(error)
    })
    return reading
  }

  /** No file is closed under it because its segment went. */
  #during<T>(reading: Promise<T>): Promise<T> {
    this.#reads.add(reading)
    const ended = (): void => {
      this.#reads.delete(reading)
    }
    reading.then(ended, ended)
    return reading
  }

  /** A sidecar must not stand for that segment again: the next start reads it, and refuses the group. */
  async #damaged(error: LogReadError): Promise<void> {
    const segment = this.#writer.segments.find(s => s.path === error.file)
    try {
      if (segment?.hasSidecar) await removeSidecar(this.#options.disk, segment)
    } finally {
      this.#options.fail(error, `${error.file}@${error.at}`)
    }
  }

  #has(segment: Segment): boolean {
    return !this.#closing && this.#writer.segments.includes(segment)
  }

  /** Behind the start: is a segment that it did not read what its sidecar says? */
  async #check(segment: Segment, pause: () => Promise<void>): Promise<void> {
    if (!this.#has(segment)) return
    const wrong: unknown = await this.#during(this.#compare(segment, pause)).catch(error => error)
    if (wrong === undefined || !this.#has(segment)) return
    if (isUnreadable(wrong)) await this.#damaged(wrong)
    else this.#options.fail(wrong, segment.path)
  }

  /** Where it is not; undefined when it is, or went before all of it was read. */
  async #compare(segment: Segment, pause: () => Promise<void>): Promise<LogReadError | undefined> {
    const {file, number, path, size} = segment
    const crc = await crcOf(path, file, size, async () => {
      await pause()
      return this.#has(segment)
    })
    if (crc === undefined || crc === segment.crc32) return undefined
    const group = identity(this.#options, this.#logId)
    const scanned = await scanSegment(path, number, file, group, this.#options.parts, () => {})
    return new LogReadError(path, scanned.size, scanned.unsound ?? 'it is not what its sidecar says', 'EIO')
  }

  async #read(low: Index, high: Index, bytesMax: number): Promise<Entry[]> {
    if (low < this.#index.first) return []
    const cached = this.#tail.slice(low, high, bytesMax)
    if (cached) return cached
    const entries: Entry[] = []
    let size = 0
    let at = low
    while (at < high && at >= this.#index.first && at <= this.#index.last) {
      // Entries that lie one behind the other are read together.
      const first = this.#index.place(at)
      const places = [first]
      let end = first.at + first.bytes
      for (let next = at + 1; next < high && next <= this.#index.last; next++) {
        const place = this.#index.place(next)
        const full = end - first.at >= Math.max(bytesMax - size, 1)
        if (full || place.segment !== first.segment || place.at < end || place.at - end > 4096) break
        end = place.at + place.bytes
        places.push(place)
      }
      const bytes = await this.#readPlace(first.segment, first.at, end - first.at)
      for (const place of places) {
        const entry = this.#decode(bytes, place.at - first.at, at++, place)
        size += entrySize(entry)
        if (size > bytesMax && entries.length > 0) return entries
        entries.push(entry)
      }
    }
    return entries
  }

  async #readPlace(segment: number, at: number, bytes: number): Promise<Uint8Array> {
    const found = this.#writer.segments.find(s => s.number === segment)
    invariant(found, 'every entry lies in a segment', {segment, at})
    return readFully(found.path, found.file, at, bytes)
  }

  #decode(bytes: Uint8Array, from: number, index: Index, place: EntryPlace): Entry {
    const {dir, topic, partition, parts} = this.#options
    const scanned = parts.records.scan(bytes, from)
    if (scanned.found === 'record') {
      const {record} = scanned
      // A write that went to a wrong place leaves bytes that are sound, and are others.
      if (record.kind === WalKind.Entry && record.topic === topic && record.partition === partition) {
        const entry = decodeEntry(record.data)
        if (entry.index === index && entry.term === place.term) return entry
      }
    }
    const path = `${dir}/${segmentName(partition, place.segment)}`
    const why =
      scanned.found === 'corrupt'
        ? scanned.why
        : scanned.found === 'record'
          ? 'another record stands there'
          : 'the file ends early'
    throw new LogReadError(path, place.at, `entry ${index} cannot be read back: ${why}`, 'EIO')
  }

  segments(): Array<{bytes: number; first: Index}> {
    return this.#writer.segments.map(({number, size}) => ({bytes: size, first: this.#index.firstFrom(number)}))
  }

  beginsSegment(index: Index): boolean {
    const {first, last} = this.#index
    if (index < first || index > last) return false
    return index > first && this.#index.place(index).segment !== this.#index.place(index - 1).segment
  }

  figures(): LogFigures {
    const {figures, segments, waiting} = this.#writer
    return {...figures, waiting, segments: segments.length}
  }

  async close(): Promise<void> {
    this.#closing = true
    await this.#storing
    await this.#writer.close()
    await this.#tidying
    // Who reads is let read on, as where a segment goes.
    await Promise.allSettled(this.#reads)
    this.#tail.close()
    for (const segment of this.#writer.segments) await segment.file.close()
  }
}

/** Each follower, and applying, waits for entries of its own. */
function wantKey(want: EntriesWanted): string {
  return want.why === 'send' ? `send ${want.to}` : want.why
}
