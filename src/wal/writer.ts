import {EMPTY} from '../base/bytes.ts'
import {isDiskFull} from '../base/errors.ts'
import type {Index} from '../base/ids.ts'
import {invariant} from '../base/invariant.ts'
import {encodeBatchMark} from '../formats/batch-mark.ts'
import {type Entry, encodeEntry, encodeHardState, entrySize, type HardState, type Snapshot} from '../formats/eraftpb.ts'
import {ProtobufWriter} from '../formats/protobuf.ts'
import {topicBytes, WalKind, walRecordSize, writeWalRecord} from '../formats/wal-record.ts'
import type {Cancellable} from '../io/ports.ts'
import type {EntryIndex} from './entry-index.ts'
import type {BatchContent} from './parts.ts'
import {type HeadState, sealBytes, writeHead} from './segment-ends.ts'
import type {Segment} from './segment-scan.ts'
import type {SnapshotFiles} from './snapshot-files.ts'
import type {GroupLogOptions, WriteUnit} from './types.ts'

const IDLE_MS = 50
const FULL_RETRY_MS = 200
const BUFFER_BYTES_KEPT = 256 * 1024

interface Waiting {
  unit: WriteUnit
  done: () => void
}

/** A head that says something new: where the log begins from now on. */
interface NewHead extends HeadState {
  installed: boolean
}

/**
 * Group commit of one group: all units that wait become one batch, one write and one sync; the units of the next batch gather meanwhile.
 *
 * A batch is written only after the sync of the one before returned, so that a mark stands where the synced bytes end. If power fails before the
 * sync, the whole batch is torn and cut; a unit's callers are answered only after its sync.
 */
export class LogWriter {
  readonly #options: GroupLogOptions
  readonly #logId: Uint8Array
  readonly #index: EntryIndex
  readonly #topic: Uint8Array
  readonly #entryBytes = new ProtobufWriter(4096)
  #buffer = EMPTY
  readonly segments: Segment[]
  readonly figures = {batches: 0, units: 0, syncs: 0, bytes: 0, syncMs: 0, segments: 0}
  #queue: Waiting[] = []
  /** Snapshots whose files are durable: the next head names them. */
  #marking: Array<{snapshot: Snapshot; done: (taken: boolean) => void}> = []
  readonly #snapshots: SnapshotFiles
  #writing = false
  #idle: Cancellable | undefined
  /** Written since the last idle mark. */
  #dirty = false
  #closed: (() => void) | undefined
  #dead = false
  #isFull = false
  syncedIndex: Index
  synced: HeadState
  /** When the last segment began, as far as this life knows. */
  #begunMs: number
  /** Segments of lower numbers hold no entry of the log. */
  usefulFrom = 0
  /** The newest HardState handed in; synced or not. */
  #newest: HardState

  constructor(
    options: GroupLogOptions,
    logId: Uint8Array,
    index: EntryIndex,
    segments: Segment[],
    synced: HeadState,
    snapshots: SnapshotFiles,
  ) {
    this.#options = options
    this.#snapshots = snapshots
    this.#logId = logId
    this.#index = index
    this.#topic = topicBytes(options.topic)
    this.segments = segments
    this.synced = synced
    this.#newest = synced.hardState
    this.syncedIndex = index.last
    this.#begunMs = options.clock.monotonicMs()
    this.#noteUseless()
  }

  append(unit: WriteUnit): Promise<void> {
    return new Promise(resolve => {
      this.#queue.push({unit, done: resolve})
      if (!this.#writing) this.#next()
    })
  }

  /**
   * Rotates to a segment whose head names this node's own snapshot; what it holds is dropped from the log. Its file is durable. Settles to false
   * when the log begins behind it already.
   */
  mark(snapshot: Snapshot): Promise<boolean> {
    return new Promise(done => {
      this.#marking.push({snapshot, done})
      if (!this.#writing) this.#next()
    })
  }

  /** After what is queued: one idle mark, unless the file ends with one. Settles when it is synced. */
  close(): Promise<void> {
    return new Promise(resolve => {
      this.#closed = resolve
      if (!this.#writing) this.#next()
    })
  }

  #next(): void {
    if (this.#dead) return
    this.#idle?.cancel()
    this.#idle = undefined
    const marking = this.#marking.shift()
    if (marking) {
      this.#writing = true
      void this.#mark(marking)
      return
    }
    const queue = this.#take()
    const mustWrite = queue.some(w => w.unit.entries.length > 0 || w.unit.mustSync)
    for (const {unit} of queue) if (unit.hardState) this.#newest = unit.hardState
    if (mustWrite) {
      this.#writing = true
      void this.#write(queue)
      return
    }
    // Nothing but commit indexes: they ride with the next batch, and nobody has to wait for that.
    this.#writing = false
    for (const {done} of queue) done()
    if (this.#closed && (this.#dirty || this.#newest !== this.synced.hardState)) {
      this.#writing = true
      void this.#writeIdle()
    } else if (this.#closed) this.#closed()
    else if (this.#dirty || this.#newest !== this.synced.hardState)
      this.#idle = this.#options.clock.after(IDLE_MS, () => this.#whenIdle())
  }

  /** All that waits, but never anything beside a unit that brings a snapshot: that one begins a segment. */
  #take(): Waiting[] {
    const queue = this.#queue
    const at = queue.findIndex(w => w.unit.snapshot !== undefined)
    const until = at < 0 ? queue.length : Math.max(1, at)
    this.#queue = queue.slice(until)
    return until === queue.length ? queue : queue.slice(0, until)
  }

  #whenIdle(): void {
    this.#idle = undefined
    if (this.#writing || this.#dead) return
    this.#writing = true
    void this.#writeIdle()
  }

  async #writeIdle(): Promise<void> {
    const hardState = this.#newest
    const {bytes} = this.#batch([], hardState)
    if (!(await this.#store(bytes))) return
    this.synced = {...this.synced, hardState}
    this.#dirty = false
    this.#next()
  }

  async #mark({snapshot, done}: {snapshot: Snapshot; done: (taken: boolean) => void}): Promise<void> {
    const {confState, index, term} = snapshot.metadata
    const taken = index > this.synced.marker.index
    if (taken) {
      invariant(index <= this.syncedIndex, 'a snapshot holds what is synced here', {index, synced: this.syncedIndex})
      const {hardState} = this.synced
      const commit = Math.max(hardState.commit, index)
      const head = {hardState: {...hardState, commit}, confState, marker: {index, term}, installed: false}
      if (!(await this.#rotate(head))) return
      this.#index.dropTo(index)
      this.#noteUseless()
      if (this.#newest.commit < commit) this.#newest = {...this.#newest, commit}
    }
    done(taken)
    this.#next()
  }

  /** A leader's snapshot takes the place of the whole log: its file, then a segment whose head says so, with the term and vote that came with it. */
  async #install(snapshot: Snapshot): Promise<boolean> {
    const {confState, index, term} = snapshot.metadata
    const path = this.#snapshots.pathOf(snapshot.metadata)
    if (!(await this.#withRoom(path, () => this.#snapshots.store(snapshot).then(() => true)))) return false
    const hardState = {...this.#newest, commit: index}
    const installed = this.#options.parts.installDropsTail()
    if (!(await this.#rotate({hardState, confState, marker: {index, term}, installed}))) return false
    if (installed || index >= this.#index.last) this.#index.restart(index)
    else this.#index.dropTo(index)
    this.#noteUseless()
    this.syncedIndex = index
    return true
  }

  /** The last segment is large or old enough. */
  #isFinished(): boolean {
    const {clock, segmentBytesMax, segmentMsMax} = this.#options
    const {size} = this.segments[this.segments.length - 1]
    return size >= segmentBytesMax || (segmentMsMax !== undefined && clock.monotonicMs() - this.#begunMs > segmentMsMax)
  }

  /** Only while nothing is on its way to the disk: an entry that is being overwritten still counts. */
  #noteUseless(): void {
    const index = this.#index
    this.usefulFrom =
      index.count > 0 ? index.place(index.first).segment : this.segments[this.segments.length - 1].number
  }

  async #write(batch: Waiting[]): Promise<void> {
    const {snapshot} = batch[0].unit
    if (snapshot) {
      if (!(await this.#install(snapshot))) return
      if (batch[0].unit.entries.length === 0 && this.#newest.commit === this.synced.hardState.commit) {
        this.synced = {...this.synced, hardState: this.#newest}
        this.#dirty = true
        batch[0].done()
        this.#next()
        return
      }
    } else if (this.#isFinished() && !(await this.#rotate())) return
    const entries: Entry[] = []
    for (const {unit} of batch) {
      const first = unit.entries[0]
      // A later unit of the same batch may overwrite what an earlier one appended.
      if (first && entries.length > 0 && first.index <= entries[entries.length - 1].index)
        entries.length = Math.max(0, first.index - entries[0].index)
      for (const entry of unit.entries) entries.push(entry)
    }
    const hardState = this.#newest
    const changed = hardState !== this.synced.hardState
    for (const piece of this.#options.parts.batches({entries, hardState: changed ? hardState : undefined}))
      if (!(await this.#storeBatch(piece))) return
    this.figures.units += batch.length
    this.synced = {...this.synced, hardState}
    this.#dirty = true
    for (const {done} of batch) done()
    this.#next()
  }

  async #storeBatch({entries, hardState}: BatchContent): Promise<boolean> {
    const {bytes, places} = this.#batch(entries, hardState)
    const segment = this.segments[this.segments.length - 1]
    if (entries.length > 0) this.#index.truncate(entries[0].index)
    for (let i = 0; i < entries.length; i++)
      this.#index.push(entries[i].term, segment.number, segment.size + places[2 * i], places[2 * i + 1])
    const last = this.#index.last
    if (!(await this.#store(bytes))) return false
    this.figures.batches++
    this.syncedIndex = last
    return true
  }

  /** The bytes of one batch for the end of the last segment, and where in it each entry's record lies (offset, bytes). */
  #batch(entries: readonly Entry[], hardState: HardState | undefined): {bytes: Uint8Array; places: number[]} {
    const segment = this.segments[this.segments.length - 1]
    const state = hardState ? encodeHardState(hardState) : undefined
    let recordBytes = state ? walRecordSize(this.#topic.length, state.length) : 0
    for (const entry of entries) recordBytes += walRecordSize(this.#topic.length, entrySize(entry))
    const mark = {logId: this.#logId, at: segment.size, lastIndex: this.#index.last, predecessorBytes: 0}
    const {data, batchBytes} = encodeBatchMark(mark, recordBytes, this.#topic.length)
    const bytes = this.#room(batchBytes)
    const places: number[] = []
    let at = this.#record(bytes, 0, WalKind.BatchMark, data, 0, 0)
    for (const entry of entries) {
      this.#entryBytes.reset()
      const begun = at
      at = this.#record(
        bytes,
        at,
        WalKind.Entry,
        encodeEntry(entry, this.#entryBytes).written(),
        entry.index,
        recordsOf(entry),
      )
      places.push(begun, at - begun)
    }
    if (state) at = this.#record(bytes, at, WalKind.HardState, state, 0, 1)
    return {bytes, places}
  }

  /** One batch is written at a time, so its memory is used again by the next. */
  #room(bytes: number): Uint8Array {
    if (bytes > BUFFER_BYTES_KEPT) return new Uint8Array(bytes)
    if (this.#buffer.length < bytes) this.#buffer = new Uint8Array(Math.min(BUFFER_BYTES_KEPT, 2 * bytes))
    return this.#buffer.subarray(0, bytes)
  }

  #record(into: Uint8Array, at: number, kind: WalKind, data: Uint8Array, offset: number, count: number): number {
    return writeWalRecord(into, at, kind, this.#topic, this.#options.partition, data, offset, count)
  }

  /** Next segment with its head synced → directory synced → seal in the predecessor synced. A crash between any two is completed by recovery. */
  async #rotate(newHead?: NewHead): Promise<boolean> {
    const options = this.#options
    const predecessor = this.segments[this.segments.length - 1]
    const hardState = options.parts.headHardState(this.synced.hardState, this.#newest)
    const {installed, ...head} = newHead ?? {...this.synced, hardState, installed: false}
    const about = {head, installed, lastIndex: this.#index.last, predecessorBytes: predecessor.size}
    const next = await this.#withRoom(predecessor.path, () =>
      writeHead(options, this.#logId, predecessor.number + 1, about),
    )
    if (!next) return false
    try {
      await next.file.sync()
      await options.disk.syncDir(options.dir)
    } catch (error) {
      return this.#fail(error, next.path)
    }
    const seal = sealBytes(options, this.#logId, predecessor, this.#index.last)
    if (!(await this.#appendTo(predecessor, seal))) return false
    this.segments.push(next)
    this.#begunMs = this.#options.clock.monotonicMs()
    this.figures.segments++
    if (newHead) this.synced = head
    return true
  }

  /** One write and one sync behind the end of the last segment. False: the node is ending. */
  async #store(bytes: Uint8Array): Promise<boolean> {
    const begun = this.#options.clock.monotonicMs()
    if (!(await this.#appendTo(this.segments[this.segments.length - 1], bytes))) return false
    this.figures.syncs++
    this.figures.syncMs += this.#options.clock.monotonicMs() - begun
    this.figures.bytes += bytes.length
    return true
  }

  /** A failed sync is final: nobody knows what is on the disk then, and trying again would say that all is well. */
  async #appendTo(segment: Segment, bytes: Uint8Array): Promise<boolean> {
    const chunks = [bytes]
    const written = await this.#withRoom(segment.path, async () => {
      try {
        await segment.file.append(chunks)
        return true
      } catch (error) {
        // Nothing of it was acknowledged: the file goes back to its synced length.
        if (isDiskFull(error)) {
          await segment.file.truncate(segment.size)
          await segment.file.sync()
        }
        throw error
      }
    })
    if (!written) return false
    try {
      await segment.file.sync()
    } catch (error) {
      return this.#fail(error, segment.path)
    }
    segment.size += bytes.length
    return true
  }

  /** Does the work again and again until the disk has room for it. Undefined: the node is ending, or the log was closed meanwhile. */
  async #withRoom<T>(path: string, work: () => Promise<T>): Promise<T | undefined> {
    for (;;) {
      try {
        const done = await work()
        this.#setFull(false)
        return done
      } catch (error) {
        if (!isDiskFull(error)) {
          this.#fail(error, path)
          return undefined
        }
      }
      this.#setFull(true)
      if (!this.#closed) await new Promise<void>(resolve => this.#options.clock.after(FULL_RETRY_MS, resolve))
      if (this.#closed) {
        // A clean stop does not wait for room: what waits was never acknowledged.
        this.#dead = true
        this.#closed()
        return undefined
      }
    }
  }

  #setFull(full: boolean): void {
    if (full === this.#isFull) return
    this.#isFull = full
    this.#options.full(full)
  }

  #fail(error: unknown, file: string): false {
    this.#dead = true
    this.#options.fail(error, file)
    return false
  }
}

/** Kafka records in an entry, as its record's count says: the batch's own count, 1 for a metadata command, 0 for no-ops and changes of configuration. */
function recordsOf(entry: Entry): number {
  if (entry.type !== 0 || entry.context.length === 0) return 0
  if (entry.context[0] !== 1) return 1
  const d = entry.data
  return d.length >= 61 ? (d[57] << 24) | (d[58] << 16) | (d[59] << 8) | d[60] : 1
}
