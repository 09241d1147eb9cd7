import {fromUtf8} from '../base/bytes.ts'
import {type GroupName, groupName, type Index, splitGroupName, type Term} from '../base/ids.ts'
import {decodeBatchMark} from '../formats/batch-mark.ts'
import {
  type ConfChangeV2,
  decodeConfChangeV2,
  decodeEntry,
  decodeHardState,
  decodeSnapshotMetadata,
  EntryType,
  type HardState,
} from '../formats/eraftpb.ts'
import {scanWalRecord, WalKind} from '../formats/wal-record.ts'
import type {GroupReading} from '../inspect/reading.ts'
import type {Platter} from '../io/platter.ts'
import type {DiskWatcher} from './disk.ts'
import {type Incarnation, incarnation, nameOf} from './incarnation.ts'

/** The terms of a log, as its bytes say. */
class Terms {
  /** Entries at and below are not in the log any more, or not known; the term of the last of them. */
  base: Index = 0
  #baseTerm: Term | undefined = 0
  readonly #terms: Term[] = []

  get last(): Index {
    return this.base + this.#terms.length
  }

  term(at: Index): Term | undefined {
    return at === this.base ? this.#baseTerm : this.#terms[at - this.base - 1]
  }

  set(at: Index, term: Term): void {
    if (at <= this.base) {
      this.base = at - 1
      this.#baseTerm = at === 1 ? 0 : undefined
    }
    this.#terms.length = Math.min(this.#terms.length, at - this.base - 1)
    this.#terms.push(term)
  }

  restart(at: {index: Index; term: Term | undefined}): void {
    this.base = at.index
    this.#baseTerm = at.term
    this.#terms.length = 0
  }
}

export interface WrittenEntry {
  index: Index
  term: Term
  crc: number
  change?: ConfChangeV2
  /** What was proposed, and of what kind it is: the first byte of its context. */
  data: Uint8Array
  tag: number
}

interface Batch {
  /** An installed snapshot: the log begins behind this index. */
  restart?: {index: Index; term: Term}
  entries: WrittenEntry[]
  states: HardState[]
}

/** What is on one node's disk of one group: as written, and as synced. Held by decoding the very bytes that are written; the broker is not asked. */
export interface LogMirror {
  group: Incarnation
  written: Terms
  synced: Terms
  /** The last HardState that is synced. */
  hardState: HardState
  waiting: Array<{file: Platter; mark: number; batch: Batch}>
}

export interface MirrorEvents {
  /** An entry is in the log's bytes, the last so far, synced or not. `change`: it changes the members. */
  written(log: LogMirror, entry: WrittenEntry): void
  /** Entries of the synced part of the log from this index on were overwritten: what is synced ends, for a while, before what was. */
  overwritten(group: Incarnation, from: Index): void
  /** A log goes on in a new segment. */
  rotated(): void
  /** The synced part of the log has grown or changed. */
  synced(group: Incarnation, mirror: LogMirror, states: readonly HardState[]): void
}

const LISTING = 'groups.log'
const SEGMENT = /^wal\/.*wal_\d+_\d+\.log$/

/** Watches the bytes that one node writes to its logs. */
export class WalMirror implements DiskWatcher {
  /** Those that were put aside with their topic included, as long as no power loss may have taken them. */
  readonly groups = new Map<Incarnation, LogMirror>()
  /** The groups that groups.log lists, synced. */
  readonly listed = new Set<Incarnation>()
  /** The groups whose bytes were written to a segment. */
  readonly #writers = new WeakMap<Platter, Set<Incarnation>>()
  readonly #events: MirrorEvents
  readonly #topicId: (topic: string) => string | undefined

  /** `topicId`: which topic the directory of this name belongs to now, as its bytes say. */
  constructor(events: MirrorEvents, topicId: (topic: string) => string | undefined = () => undefined) {
    this.#events = events
    this.#topicId = topicId
  }

  appended(path: string, file: Platter, from: number): void {
    if (!SEGMENT.test(path)) return
    const bytes = file.content()
    const first = scanWalRecord(bytes, from)
    if (first.found !== 'record' || first.record.kind !== WalKind.BatchMark) return
    const {batchBytes, at: own} = decodeBatchMark(first.record.data)
    // A part of a batch is nothing: it counts whole or not at all.
    if (own !== from || from + batchBytes !== bytes.length) return
    const batch: Batch = {entries: [], states: []}
    const mirror = this.#mirror(this.#writerOf(file, groupName(first.record.topic, first.record.partition)))
    if (from === 0 && path.endsWith('_0.log')) this.#born(mirror)
    else if (from === 0) this.#events.rotated()
    for (let at = from + first.bytes; at < bytes.length; ) {
      const scanned = scanWalRecord(bytes, at)
      if (scanned.found !== 'record') return
      const {kind, data, crc32} = scanned.record
      if (kind === WalKind.Entry) {
        const {index, term, type, data: said, context} = decodeEntry(data)
        const change = type === EntryType.ConfChangeV2 ? decodeConfChangeV2(said.slice()) : undefined
        batch.entries.push({index, term, crc: crc32, data: said, tag: context[0] ?? -1, ...(change ? {change} : {})})
      } else if (kind === WalKind.HardState) batch.states.push(decodeHardState(data))
      else if (kind === WalKind.SnapshotMarker && scanned.record.recordCount === 1)
        batch.restart = decodeSnapshotMetadata(data)
      at += scanned.bytes
    }
    if (batch.restart) mirror.written.restart(batch.restart)
    for (const entry of batch.entries) {
      mirror.written.set(entry.index, entry.term)
      this.#events.written(mirror, entry)
    }
    mirror.waiting.push({file, mark: file.mark(), batch})
    const writers = this.#writers.get(file)
    if (writers) writers.add(mirror.group)
    else this.#writers.set(file, new Set([mirror.group]))
  }

  /** An empty disk is in its place. */
  forget(): void {
    this.groups.clear()
    this.listed.clear()
  }

  truncated(_path: string, file: Platter): void {
    // Only what was never acknowledged is cut off a log; what it held of whole batches was not synced.
    for (const mirror of this.#writtenTo(file))
      mirror.waiting = mirror.waiting.filter(w => w.file !== file || w.mark > file.mark())
  }

  synced(path: string, file: Platter, mark: number): void {
    if (path === LISTING) this.listing(file)
    if (!SEGMENT.test(path)) return
    for (const mirror of this.#writtenTo(file)) {
      if (!mirror.waiting.some(w => w.file === file && w.mark <= mark)) continue
      const done = mirror.waiting.filter(w => w.file === file && w.mark <= mark)
      mirror.waiting = mirror.waiting.filter(w => w.file !== file || w.mark > mark)
      const states: HardState[] = []
      let overwritten: Index | undefined
      for (const {batch} of done) {
        const first = batch.entries[0]?.index
        if (first !== undefined && first <= mirror.synced.last) overwritten = Math.min(first, overwritten ?? first)
        if (batch.restart) mirror.synced.restart(batch.restart)
        for (const {index, term} of batch.entries) mirror.synced.set(index, term)
        states.push(...batch.states)
      }
      const last = states[states.length - 1]
      if (overwritten !== undefined) this.#events.overwritten(mirror.group, overwritten)
      this.#events.synced(mirror.group, mirror, states)
      if (last) mirror.hardState = last
    }
  }

  /** What groups.log says, all of which is durable. */
  listing(file: Platter | undefined): void {
    this.listed.clear()
    const names = new Set<GroupName>()
    for (const line of fromUtf8(file?.content() ?? new Uint8Array(0)).split('\n')) {
      const [, sign, , group] = line.split(' ')
      if (sign === '+' && group) names.add(group)
      else if (sign === '-' && group) names.delete(group)
    }
    // The line of a topic that was deleted is taken back before its directory is renamed, and that of the next one comes after its name.
    for (const group of names) this.listed.add(this.#now(group))
  }

  /** The incarnation whose directory has this name now. */
  #now(group: GroupName): Incarnation {
    return incarnation(group, this.#topicId(splitGroupName(group).topic))
  }

  /** A segment stays with the topic in whose directory it was made, wherever that is renamed to. */
  #writerOf(file: Platter, group: GroupName): Incarnation {
    for (const writer of this.#writers.get(file) ?? []) if (nameOf(writer) === group) return writer
    return this.#now(group)
  }

  /** After a power loss, or damage: what the independent reader finds is all there is, and all of it is durable. */
  rebuild(readings: readonly GroupReading[], damaged: (group: GroupName) => boolean): void {
    for (const group of [...this.groups.keys()]) if (!damaged(nameOf(group))) this.groups.delete(group)
    for (const reading of readings) {
      // What a damaged log held before is known; what its reader can still see of it is less.
      if (damaged(reading.group)) continue
      const mirror = this.#mirror(this.#now(reading.group))
      mirror.written = termsOf(reading)
      mirror.synced = termsOf(reading)
      if (reading.hardState) {
        const {term, vote, commit = 0} = reading.hardState
        mirror.hardState = {term, vote, commit}
      }
    }
  }

  #writtenTo(file: Platter): LogMirror[] {
    return [...(this.#writers.get(file) ?? [])].flatMap(group => this.groups.get(group) ?? [])
  }

  #mirror(group: Incarnation): LogMirror {
    let mirror = this.groups.get(group)
    if (!mirror) {
      mirror = {
        group,
        written: new Terms(),
        synced: new Terms(),
        hardState: {term: 0, vote: 0, commit: 0},
        waiting: [],
      }
      this.groups.set(group, mirror)
    }
    return mirror
  }

  #born(mirror: LogMirror): void {
    mirror.written = new Terms()
    mirror.synced = new Terms()
    mirror.hardState = {term: 0, vote: 0, commit: 0}
    mirror.waiting = []
  }
}

function termsOf(reading: GroupReading): Terms {
  const terms = new Terms()
  const {index, term: marked} = reading.snapshot
  terms.restart({index: reading.firstIndex - 1, term: index === reading.firstIndex - 1 ? marked : undefined})
  for (const [i, {from, term}] of reading.terms.entries()) {
    const to = reading.terms[i + 1]?.from ?? reading.lastIndex + 1
    for (let at = from; at < to; at++) terms.set(at, term)
  }
  return terms
}
