import {isDiskFull} from '../base/errors.ts'
import type {Index} from '../base/ids.ts'
import {invariant} from '../base/invariant.ts'
import type {Entry, HardState, Snapshot} from '../formats/eraftpb.ts'
import type {Cancellable} from '../io/ports.ts'
import {BatchEncoder} from './batch-encoder.ts'
import type {EntryIndex} from './entry-index.ts'
import type {BatchContent} from './parts.ts'
import {RESERVE_FILE, withReserve} from './reserve.ts'
import {grew, type HeadState, sealBytes, writeHead} from './segment-ends.ts'
import type {Segment} from './segment-scan.ts'
import {noteEntries} from './sidecars.ts'
import type {SnapshotFiles} from './snapshot-files.ts'
import type {GroupLogOptions, WriteUnit} from './types.ts'

const IDLE_MS = 50
const FULL_RETRY_MS = 200

interface Waiting {
  unit: WriteUnit
  writes: number
  bytes: number
  done: () => void
  /** Told once, when the term and vote of the unit are synced before its entries are. */
  voted: (() => void) | undefined
  /** Its snapshot is in place, and only its entries still wait for room. */
  installed?: true
}

/** A head that says something new: where the log begins from now on. */
interface NewHead extends HeadState {
  installed: boolean
}

/**
 * Group commit of one group: all units that wait become one batch, one write and one sync; the units of the next batch gather meanwhile.
 *
 * A batch is written only after the sync of the one before returned, so that a mark stands where the synced bytes end. If power fails before the
 * sync, the whole batch is torn and cut; a unit's callers are answered only after its sync. The index says what is synced, and nothing more.
 *
 * A full disk takes nothing of a batch: its units go back to the head of the queue, and all that waits is tried again together. Meanwhile terms and
 * votes overtake the entries, in a batch of their own for which the reserve gives room. The entries that they overtook were promised to nobody, and
 * the commit that is written with them is the synced one: what the log holds at that commit is what it held before.
 */
export class LogWriter {
  readonly #options: GroupLogOptions
  readonly #logId: Uint8Array
  readonly #index: EntryIndex
  readonly #encoder: BatchEncoder
  readonly segments: Segment[]
  readonly figures = {batches: 0, units: 0, writes: 0, bytes: 0, syncMs: 0}
  #queue: Waiting[] = []
  /** Snapshots whose files are durable: the next head names them. */
  #marking: Array<{snapshot: Snapshot; done: (taken: boolean) => void}> = []
  readonly #snapshots: SnapshotFiles
  /** Entries in the queue, and bytes of their payload. */
  #writes = 0
  #bytes = 0
  /** Entries that the last batch took. */
  #lastWrites = 0
  /** A turn was asked for, or is being used. */
  #writing = false
  /** The disk is busy with other logs: more may gather. */
  #gathering: Cancellable | undefined
  #idle: Cancellable | undefined
  /** The disk is full: when it is tried again. */
  #retry: Cancellable | undefined
  /** Written since the last idle mark. */
  #dirty = false
  #closed: (() => void) | undefined
  #dead = false
  #isFull = false
  synced: HeadState
  /** When the last segment began, as far as this life knows. */
  #begunMs: number
  /** Segments of lower numbers hold no entry of the log. */
  usefulFrom = 0
  /** The newest HardState handed in; synced or not. */
  #newest: HardState
  /** Synced ahead of units that still wait; undefined when none waits that is older. */
  #overtook: HardState | undefined

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
    this.#encoder = new BatchEncoder(options.topic, options.partition, logId, options.parts.records)
    this.segments = segments
    this.synced = synced
    this.#newest = synced.hardState
    this.#begunMs = options.clock.monotonicMs()
    this.#noteUseless()
  }

  /** Index of the last entry whose bytes are synced. */
  get syncedIndex(): Index {
    return this.#index.last
  }

  append(unit: WriteUnit, voted?: () => void): Promise<void> {
    return new Promise(done => {
      const {entries} = unit
      let bytes = 0
      for (const {data} of entries) bytes += data.length
      this.#queue.push({unit, writes: entries.length, bytes, done, voted})
      this.#writes += entries.length
      this.#bytes += bytes
      if (this.#writing) return
      if (this.#gathering) {
        if (!this.#mayGather(unit)) this.#ask()
      } else if (!this.#retry) this.#next()
      else if (voted) void this.#writeVotes()
    })
  }

  /** Entries that wait for the next batch. */
  get waiting(): number {
    return this.#writes
  }

  /** As much waits as one batch takes: clients have to wait. */
  get crowded(): boolean {
    const {bytesMax, writesMax} = this.#options.turns.profile
    return this.#writes >= writesMax || this.#bytes >= bytesMax
  }

  /**
   * Rotates to a segment whose head names this node's own snapshot; what it holds is dropped from the log. Its file is durable. Settles to false
   * when the log begins behind it already, or the disk has no room for the segment.
   */
  mark(snapshot: Snapshot): Promise<boolean> {
    return new Promise(done => {
      this.#marking.push({snapshot, done})
      if (!this.#writing && !this.#retry) this.#next()
    })
  }

  /** After what is queued: one idle mark, unless the file ends with one. Settles when it is synced. A full disk is not waited for: what waits was promised to nobody. */
  close(): Promise<void> {
    return new Promise(resolve => {
      this.#closed = resolve
      if (this.#writing) return
      if (this.#retry) this.#end()
      else this.#next()
    })
  }

  #end(): void {
    this.#retry?.cancel()
    this.#gathering?.cancel()
    this.#dead = true
    this.#closed?.()
  }

  #next(): void {
    if (this.#dead) return
    this.#idle?.cancel()
    this.#idle = undefined
    if (this.#marking.length > 0 || this.#queue.some(mustWrite)) {
      this.#gather()
      return
    }
    // Nothing but commit indexes: they ride with the next batch, and nobody has to wait for that.
    const queue = this.#take()
    for (const {done} of queue) done()
    const news = this.#dirty || this.#newest !== this.synced.hardState
    if (this.#closed && news) this.#ask()
    else if (this.#closed) this.#closed()
    else if (news) this.#idle = this.#options.clock.after(IDLE_MS, () => this.#whenIdle())
  }

  /**
   * While other logs keep the disk busy, a queue that is shorter than the last batch gathers: whoever was answered by that one may be about to come again.
   * With as much as that there is nobody to wait for, and nothing but entries ever waits.
   */
  #gather(): void {
    const {clock, turns} = this.#options
    const idle = turns.running === 0 || this.#closed || this.#marking.length > 0
    if (idle || !this.#queue.every(w => this.#mayGather(w.unit))) this.#ask()
    else this.#gathering ??= turns.gather(clock, () => this.#ask())
  }

  #mayGather({hardState, snapshot}: WriteUnit): boolean {
    const {term, vote} = this.#newest
    const votes = hardState !== undefined && (hardState.term !== term || hardState.vote !== vote)
    return this.#writes < this.#lastWrites && !this.crowded && !snapshot && !votes
  }

  #ask(): void {
    this.#gathering?.cancel()
    this.#gathering = undefined
    this.#writing = true
    this.#options.turns.take(() => this.#turn())
  }

  #turn(): void {
    if (this.#dead) {
      this.#options.turns.give()
      return
    }
    const marking = this.#marking.shift()
    if (marking) {
      void this.#run(() => this.#mark(marking))
      return
    }
    const queue = this.#take()
    if (queue.some(mustWrite)) void this.#run(() => this.#write(queue), queue)
    else {
      for (const {done} of queue) done()
      void this.#run(() => this.#writeIdle())
    }
  }

  /** Does what this turn is for, and then goes on. A full disk gives back what it could not take: `units` are the next again. */
  async #run(work: () => Promise<void>, units: readonly Waiting[] = []): Promise<void> {
    const {turns} = this.#options
    try {
      await work()
    } catch (error) {
      turns.give()
      if (this.#dead) return
      invariant(isDiskFull(error), 'all but a full disk ends the node', {error: String(error)})
      this.#queue = [...units, ...this.#queue]
      for (const {bytes, writes} of units) {
        this.#writes += writes
        this.#bytes += bytes
      }
      this.#wait()
      return
    }
    this.#writing = false
    this.#setFull(false)
    turns.give()
    this.#next()
  }

  /** Until the disk has room. */
  #wait(): void {
    this.#writing = false
    this.#setFull(true)
    if (this.#closed) {
      this.#end()
      return
    }
    this.#retry = this.#options.clock.after(FULL_RETRY_MS, () => {
      this.#retry = undefined
      if (!this.#writing) this.#next()
    })
    if (this.#queue.some(w => w.voted)) void this.#writeVotes()
  }

  /** The disk is full, and the answer to a vote waits: term and vote go ahead of what waits. */
  async #writeVotes(): Promise<void> {
    this.#writing = true
    for (let told = this.#queue.filter(w => w.voted); told.length > 0; told = this.#queue.filter(w => w.voted)) {
      const {hardState: synced} = this.synced
      const newest = this.#queue.findLast(w => w.unit.hardState)?.unit.hardState ?? synced
      const ahead = notBelow({...newest, commit: synced.commit}, synced)
      if (ahead.term !== synced.term || ahead.vote !== synced.vote) {
        try {
          await this.#store({entries: [], hardState: ahead}, true)
        } catch {
          break
        }
        this.#overtook = ahead
        this.#newest = notBelow(this.#newest, ahead)
      }
      for (const w of told) {
        w.voted?.()
        w.voted = undefined
      }
    }
    this.#writing = false
    if (this.#dead) return
    if (this.#closed) this.#end()
    else if (!this.#retry) this.#next()
  }

  /** What one batch takes of the queue: never anything beside a unit that brings a snapshot, for that one begins a segment. */
  #take(): Waiting[] {
    const {bytesMax, writesMax} = this.#options.turns.profile
    let taken = 0
    let writes = 0
    let bytes = 0
    for (const waiting of this.#queue) {
      const alone = waiting.unit.snapshot !== undefined || this.#queue[0].unit.snapshot !== undefined
      const fits = !alone && writes + waiting.writes <= writesMax && bytes + waiting.bytes <= bytesMax
      if (taken > 0 && !fits) break
      taken++
      writes += waiting.writes
      bytes += waiting.bytes
      const {hardState} = waiting.unit
      if (hardState) this.#newest = this.#overtook ? notBelow(hardState, this.#overtook) : hardState
    }
    this.#writes -= writes
    this.#bytes -= bytes
    if (writes > 0) this.#lastWrites = writes
    return this.#queue.splice(0, taken)
  }

  #whenIdle(): void {
    this.#idle = undefined
    if (!this.#writing && !this.#dead) this.#ask()
  }

  async #writeIdle(): Promise<void> {
    await this.#store({entries: [], hardState: this.#newest})
    this.#dirty = false
  }

  async #mark({snapshot, done}: {snapshot: Snapshot; done: (taken: boolean) => void}): Promise<void> {
    const {confState, index, term} = snapshot.metadata
    const taken = index > this.synced.marker.index
    if (taken) {
      invariant(index <= this.syncedIndex, 'a snapshot holds what is synced here', {index, synced: this.syncedIndex})
      const {hardState} = this.synced
      const commit = Math.max(hardState.commit, index)
      const head = {hardState: {...hardState, commit}, confState, marker: {index, term}, installed: false}
      try {
        await this.#rotate(head)
      } catch (error) {
        if (!this.#dead) done(false)
        throw error
      }
      this.#index.dropTo(index)
      this.#noteUseless()
      if (this.#newest.commit < commit) this.#newest = {...this.#newest, commit}
    }
    done(taken)
  }

  /** A leader's snapshot takes the place of the whole log: its file, then a segment whose head says so, with the term and vote that came with it. */
  async #install(snapshot: Snapshot): Promise<void> {
    const {confState, index, term} = snapshot.metadata
    await this.#wholeReserve()
    try {
      await this.#snapshots.store(snapshot)
    } catch (error) {
      throw this.#failed(error, this.#snapshots.pathOf(snapshot.metadata))
    }
    const hardState = {...this.#newest, commit: index}
    const installed = this.#options.parts.installDropsTail()
    await this.#rotate({hardState, confState, marker: {index, term}, installed})
    if (installed || index >= this.#index.last) this.#index.restart(index)
    else this.#index.dropTo(index)
    this.#noteUseless()
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

  async #write(batch: readonly Waiting[]): Promise<void> {
    const [{installed, unit}] = batch
    if (unit.snapshot && !installed) {
      await this.#install(unit.snapshot)
      batch[0].installed = true
      if (unit.entries.length === 0 && this.#newest.commit === this.synced.hardState.commit) {
        this.synced = {...this.synced, hardState: this.#newest}
        this.#dirty = true
        this.#answer(batch)
        return
      }
    } else if (this.#isFinished()) await this.#rotate()
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
      await this.#store(piece)
    this.synced = {...this.synced, hardState}
    this.figures.units += batch.length
    this.#dirty = true
    this.#answer(batch)
  }

  #answer(batch: readonly Waiting[]): void {
    if (this.#queue.length === 0) this.#overtook = undefined
    for (const {done} of batch) done()
  }

  /** Next segment with its head synced → directory synced → seal in the predecessor synced. A crash between any two is completed by recovery. */
  async #rotate(newHead?: NewHead): Promise<void> {
    const options = this.#options
    const predecessor = this.segments[this.segments.length - 1]
    const hardState = options.parts.headHardState(this.synced.hardState, this.#newest)
    const {installed, ...head} = newHead ?? {...this.synced, hardState, installed: false}
    const about = {head, installed, lastIndex: this.#index.last, predecessorBytes: predecessor.size}
    await this.#wholeReserve()
    let next: Segment
    try {
      next = await writeHead(options, this.#logId, predecessor.number + 1, about)
    } catch (error) {
      if (!isDiskFull(error)) throw this.#failed(error, predecessor.path)
      // A head that came back after a power loss would name a length that its predecessor has outgrown by then.
      await this.#durable(() => options.disk.syncDir(options.dir), options.dir)
      throw error
    }
    await this.#durable(() => next.file.sync(), next.path)
    await this.#durable(() => options.disk.syncDir(options.dir), next.path)
    await this.#seal(predecessor)
    if (options.sidecars) noteEntries(predecessor, this.#index)
    this.segments.push(next)
    this.#begunMs = options.clock.monotonicMs()
    if (newHead) this.synced = head
  }

  /** It has a successor by now and takes nothing else, not even a vote: a disk without room for that, and without a reserve, is waited for on the spot. */
  async #seal(segment: Segment): Promise<void> {
    const bytes = sealBytes(this.#options, this.#logId, segment, this.#index.last)
    const sealAt = segment.size
    for (;;)
      try {
        await this.#fromReserve(() => this.#appendTo(segment, bytes, 1))
        segment.sealAt = sealAt
        return
      } catch (error) {
        if (this.#closed) this.#end()
        if (this.#dead) throw error
        this.#setFull(true)
        const {clock, turns} = this.#options
        turns.give()
        await new Promise<void>(resolve => clock.after(FULL_RETRY_MS, resolve))
        await new Promise<void>(resolve => turns.take(resolve))
      }
  }

  async #fromReserve(work: () => Promise<void>): Promise<void> {
    try {
      await withReserve(this.#options.reserve, work)
    } catch (error) {
      throw this.#dead ? error : this.#failed(error, RESERVE_FILE)
    }
  }

  /** Entries never take the room that was given for votes. */
  async #wholeReserve(): Promise<void> {
    const {reserve} = this.#options
    if (reserve.whole) return
    try {
      await reserve.refill()
    } catch (error) {
      throw this.#failed(error, RESERVE_FILE)
    }
  }

  /** One batch behind the end of the last segment: one write and one sync. `atAnyCost`: with room of the reserve. */
  async #store(content: BatchContent, atAnyCost = false): Promise<void> {
    const {clock, reserve} = this.#options
    const {entries, hardState} = content
    if (!atAnyCost && !reserve.whole) await this.#wholeReserve()
    const segment = this.segments[this.segments.length - 1]
    const {number, size} = segment
    const {bytes, places} = this.#encoder.encode(content, size, this.#index.last)
    const begunMs = clock.monotonicMs()
    const records = entries.length + (hardState ? 2 : 1)
    if (atAnyCost) await this.#fromReserve(() => this.#appendTo(segment, bytes, records))
    else await this.#appendTo(segment, bytes, records)
    if (entries.length > 0) this.#index.truncate(entries[0].index)
    for (let i = 0; i < entries.length; i++)
      this.#index.push(entries[i].term, number, size + places[2 * i], places[2 * i + 1])
    if (hardState) this.synced = {...this.synced, hardState}
    const {figures} = this
    figures.batches++
    figures.writes += entries.length
    figures.syncMs += clock.monotonicMs() - begunMs
    figures.bytes += bytes.length
  }

  async #appendTo(segment: Segment, bytes: Uint8Array, records: number): Promise<void> {
    try {
      await segment.file.append([bytes])
    } catch (error) {
      if (!isDiskFull(error)) throw this.#failed(error, segment.path)
      // Nothing of it was acknowledged: the file goes back to its synced length.
      await this.#durable(() => segment.file.truncate(segment.size), segment.path)
      await this.#durable(() => segment.file.sync(), segment.path)
      throw error
    }
    await this.#durable(() => segment.file.sync(), segment.path)
    grew(segment, bytes, records)
  }

  /** A failed sync is final, whatever it says: nobody knows what is on the disk then, and trying again would say that all is well. */
  async #durable(sync: () => Promise<void>, path: string): Promise<void> {
    try {
      await sync()
    } catch (error) {
      this.#fail(error, path)
      throw error
    }
  }

  /** Gives the error back; all but a full disk ends the node. */
  #failed(error: unknown, path: string): unknown {
    if (!isDiskFull(error)) this.#fail(error, path)
    return error
  }

  #setFull(full: boolean): void {
    if (full === this.#isFull) return
    this.#isFull = full
    this.#options.full(full)
  }

  #fail(error: unknown, file: string): void {
    this.#dead = true
    this.#options.fail(error, file)
  }
}

/** `state`, but with the term and vote of `floor` where those are newer, and never a lower commit: what is synced does not go back. */
function notBelow(state: HardState, floor: HardState): HardState {
  const votedLater = floor.term > state.term || (floor.term === state.term && state.vote === 0 && floor.vote !== 0)
  const commit = Math.max(state.commit, floor.commit)
  if (votedLater) return {term: floor.term, vote: floor.vote, commit}
  return commit === state.commit ? state : {...state, commit}
}

const mustWrite = ({unit}: Waiting): boolean => unit.entries.length > 0 || unit.mustSync
