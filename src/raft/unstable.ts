import type {Index, Term} from '../base/ids.ts'
import {invariant} from '../base/invariant.ts'
import type {Entry, Snapshot} from '../formats/eraftpb.ts'

/**
 * The end of the log that is not known to be stable: at most one snapshot, and behind it entries from `offset` on. A part of it may be on its way to the
 * disk ("in progress"): handed out, and not yet answered.
 */
export class Unstable {
  snapshot: Snapshot | undefined
  snapshotInProgress = false
  /** Index of the first entry that is not stable. */
  offset: Index
  /** Entries below this index were handed out. */
  offsetInProgress: Index
  #entries: Entry[] = []
  readonly #info: ((line: string) => void) | undefined

  constructor(offset: Index, info: ((line: string) => void) | undefined) {
    this.offset = offset
    this.offsetInProgress = offset
    this.#info = info
  }

  get length(): number {
    return this.#entries.length
  }

  /** The first index behind the snapshot, if there is one. */
  get firstIndex(): Index | undefined {
    return this.snapshot ? this.snapshot.metadata.index + 1 : undefined
  }

  get lastIndex(): Index | undefined {
    const {length} = this.#entries
    return length > 0 ? this.offset + length - 1 : this.snapshot?.metadata.index
  }

  term(at: Index): Term | undefined {
    const i = at - this.offset
    if (i >= 0) return i < this.#entries.length ? this.#entries[i].term : undefined
    return this.snapshot?.metadata.index === at ? this.snapshot.metadata.term : undefined
  }

  slice(low: Index, high: Index): Entry[] {
    invariant(low >= this.offset && high <= this.offset + this.#entries.length, 'a slice lies in the unstable log', {
      low,
      high,
      offset: this.offset,
      length: this.#entries.length,
    })
    return this.#entries.slice(low - this.offset, high - this.offset)
  }

  /** Entries that were not handed out yet. */
  next(): Entry[] {
    return this.#entries.slice(this.offsetInProgress - this.offset)
  }

  get hasNext(): boolean {
    return this.offsetInProgress - this.offset < this.#entries.length
  }

  get hasNextSnapshot(): boolean {
    return this.snapshot !== undefined && !this.snapshotInProgress
  }

  /** All that `next` and the snapshot told of is on its way now. */
  acceptInProgress(): void {
    if (this.#entries.length > 0) this.offsetInProgress = this.offset + this.#entries.length
    if (this.snapshot) this.snapshotInProgress = true
  }

  /** The entries up to (index, term) are stable, unless they were replaced meanwhile. */
  stableTo(index: Index, term: Term): void {
    const ours = this.term(index)
    if (ours === undefined) this.#info?.(`entry at index ${index} missing from unstable log; ignoring`)
    else if (index < this.offset) this.#info?.(`entry at index ${index} matched unstable snapshot; ignoring`)
    else if (ours !== term)
      this.#info?.(
        `entry at (index,term)=(${index},${term}) mismatched with entry at (${index},${ours}) in unstable log; ignoring`,
      )
    else {
      const count = index + 1 - this.offset
      if (count === this.#entries.length) this.#entries = []
      else this.#entries.splice(0, count)
      this.offset = index + 1
      if (this.offsetInProgress < this.offset) this.offsetInProgress = this.offset
    }
  }

  stableSnapshotTo(index: Index): void {
    if (this.snapshot?.metadata.index !== index) return
    this.snapshot = undefined
    this.snapshotInProgress = false
  }

  restore(snapshot: Snapshot): void {
    this.offset = snapshot.metadata.index + 1
    this.offsetInProgress = this.offset
    this.#entries = []
    this.snapshot = snapshot
    this.snapshotInProgress = false
  }

  /** Appends; what stood at or behind the first of the new entries is gone. What is on its way from there on will not count as stable. */
  truncateAndAppend(entries: readonly Entry[]): void {
    const first = entries[0].index
    if (first !== this.offset + this.#entries.length) {
      if (first <= this.offset) {
        this.#info?.(`replace the unstable entries from index ${first}`)
        this.#entries = []
        this.offset = first
        this.offsetInProgress = first
      } else {
        this.#info?.(`truncate the unstable entries before index ${first}`)
        this.#entries.length = first - this.offset
        this.offsetInProgress = Math.min(this.offsetInProgress, first)
      }
    }
    for (const entry of entries) this.#entries.push(entry)
  }
}
