import {EMPTY} from '../base/bytes.ts'
import {isDiskFull} from '../base/errors.ts'
import type {Index} from '../base/ids.ts'
import {encodeBatchMark} from '../formats/batch-mark.ts'
import {
  type ConfState,
  type Entry,
  encodeConfState,
  encodeEntry,
  encodeHardState,
  encodeSnapshotMetadata,
  entrySize,
  type HardState,
} from '../formats/eraftpb.ts'
import {ProtobufWriter} from '../formats/protobuf.ts'
import {topicBytes, WalKind, walRecordSize, writeWalRecord} from '../formats/wal-record.ts'
import type {Cancellable} from '../io/ports.ts'
import type {EntryIndex} from './entry-index.ts'
import {segmentName} from './recovery.ts'
import type {Segment} from './segment-scan.ts'
import type {GroupLogOptions, WriteUnit} from './types.ts'

const IDLE_MS = 50
const FULL_RETRY_MS = 200
const BUFFER_BYTES_KEPT = 256 * 1024

interface Waiting {
  unit: WriteUnit
  done: () => void
}

/** What a head says: what is synced, and where the log begins. */
export interface HeadState {
  hardState: HardState
  confState: ConfState
  marker: {index: Index; term: number; installed: boolean}
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
  #writing = false
  #idle: Cancellable | undefined
  /** Written since the last idle mark. */
  #dirty = false
  #closed: (() => void) | undefined
  #dead = false
  #isFull = false
  syncedIndex: Index
  synced: HeadState
  /** The newest HardState handed in; synced or not. */
  #newest: HardState

  constructor(options: GroupLogOptions, logId: Uint8Array, index: EntryIndex, segments: Segment[], synced: HeadState) {
    this.#options = options
    this.#logId = logId
    this.#index = index
    this.#topic = topicBytes(options.topic)
    this.segments = segments
    this.synced = synced
    this.#newest = synced.hardState
    this.syncedIndex = index.last
  }

  append(unit: WriteUnit): Promise<void> {
    return new Promise(resolve => {
      this.#queue.push({unit, done: resolve})
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
    const queue = this.#queue
    this.#queue = []
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

  async #write(batch: Waiting[]): Promise<void> {
    if (this.segments[this.segments.length - 1].size >= this.#options.segmentBytesMax && !(await this.#rotate())) return
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
    const {bytes, places} = this.#batch(entries, changed ? hardState : undefined)
    const segment = this.segments[this.segments.length - 1]
    if (entries.length > 0) this.#index.truncate(entries[0].index)
    for (let i = 0; i < entries.length; i++)
      this.#index.push(entries[i].term, segment.number, segment.size + places[2 * i], places[2 * i + 1])
    const last = this.#index.last
    if (!(await this.#store(bytes))) return
    this.figures.batches++
    this.figures.units += batch.length
    this.synced = {...this.synced, hardState}
    this.syncedIndex = last
    this.#dirty = true
    for (const {done} of batch) done()
    this.#next()
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
  async #rotate(): Promise<boolean> {
    const options = this.#options
    const predecessor = this.segments[this.segments.length - 1]
    const hardState = options.parts.headHardState(this.synced.hardState, this.#newest)
    const about = {head: {...this.synced, hardState}, lastIndex: this.#index.last, predecessorBytes: predecessor.size}
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
    this.figures.segments++
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

export interface HeadAbout {
  head: HeadState
  lastIndex: Index
  predecessorBytes: number
}

/** A new segment file whose head is written and synced; its directory entry is not durable yet. */
export async function createSegment(
  options: GroupLogOptions,
  logId: Uint8Array,
  number: number,
  about: HeadAbout,
): Promise<Segment> {
  const segment = await writeHead(options, logId, number, about)
  await segment.file.sync()
  return segment
}

/** A new segment file with its head in it, not synced. When there is no room for it, there is no file. */
async function writeHead(
  options: GroupLogOptions,
  logId: Uint8Array,
  number: number,
  about: HeadAbout,
): Promise<Segment> {
  const bytes = headBytes(options, logId, about)
  const path = `${options.dir}/${segmentName(options.partition, number)}`
  const file = await options.disk.open(path, 'create')
  try {
    await file.append([bytes])
  } catch (error) {
    await file.close()
    if (isDiskFull(error)) await options.disk.remove(path)
    throw error
  }
  return {number, path, file, size: bytes.length}
}

function headBytes(options: GroupLogOptions, logId: Uint8Array, about: HeadAbout): Uint8Array {
  const topic = topicBytes(options.topic)
  const {hardState, confState, marker} = about.head
  const payloads: Array<[WalKind, Uint8Array, number]> = [
    [WalKind.HardState, encodeHardState(hardState), 1],
    [WalKind.ConfState, encodeConfState(confState), 1],
    [WalKind.SnapshotMarker, encodeSnapshotMetadata({index: marker.index, term: marker.term}), 0],
  ]
  let recordBytes = 0
  for (const [, data] of payloads) recordBytes += walRecordSize(topic.length, data.length)
  const {lastIndex, predecessorBytes} = about
  const mark = encodeBatchMark({logId, at: 0, lastIndex, predecessorBytes}, recordBytes, topic.length)
  const bytes = new Uint8Array(mark.batchBytes)
  let at = writeWalRecord(bytes, 0, WalKind.BatchMark, topic, options.partition, mark.data, 0, 0)
  for (const [kind, data, count] of payloads)
    at = writeWalRecord(bytes, at, kind, topic, options.partition, data, 0, count)
  return bytes
}

/** A mark alone, with record count 1: from here on nothing is written to that segment. */
export async function writeSeal(
  options: GroupLogOptions,
  logId: Uint8Array,
  segment: Segment,
  lastIndex: Index,
): Promise<void> {
  const bytes = sealBytes(options, logId, segment, lastIndex)
  await segment.file.append([bytes])
  await segment.file.sync()
  segment.size += bytes.length
}

function sealBytes(options: GroupLogOptions, logId: Uint8Array, segment: Segment, lastIndex: Index): Uint8Array {
  const topic = topicBytes(options.topic)
  const mark = encodeBatchMark({logId, at: segment.size, lastIndex, predecessorBytes: 0}, 0, topic.length)
  const bytes = new Uint8Array(mark.batchBytes)
  writeWalRecord(bytes, 0, WalKind.BatchMark, topic, options.partition, mark.data, 0, 1)
  return bytes
}
