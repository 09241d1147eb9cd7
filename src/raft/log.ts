import type {Index, Term} from '../base/ids.ts'
import {invariant} from '../base/invariant.ts'
import {type Entry, entrySize, type Snapshot} from '../formats/eraftpb.ts'
import type {EntriesWanted, RaftStorage} from './types.ts'

/**
 * The log as the core sees it: what the storage holds, and behind it the entries that are not yet stable.
 *
 * Always: storage.firstIndex - 1 ≤ applied ≤ applying ≤ committed ≤ lastIndex, and `unstable[0].index === offset`.
 */
export class RaftLog {
  readonly #storage: RaftStorage
  unstable: Entry[] = []
  /** Index of the first entry that is not stable. */
  offset: Index
  /** Entries below this index have been handed out to be written. */
  offsetInProgress: Index
  snapshot: Snapshot | undefined
  snapshotInProgress = false
  committed: Index
  applying: Index
  applied: Index
  /** Applying waits for this much memory of handed-out entries to be applied. */
  readonly #maxApplyingBytes: number
  #applyingBytes = 0

  constructor(storage: RaftStorage, maxApplyingBytes: number) {
    this.#storage = storage
    this.#maxApplyingBytes = maxApplyingBytes
    const first = storage.firstIndex()
    const last = storage.lastIndex()
    this.offset = last + 1
    this.offsetInProgress = last + 1
    this.committed = first - 1
    this.applying = first - 1
    this.applied = first - 1
  }

  get firstIndex(): Index {
    return this.snapshot ? this.snapshot.metadata.index + 1 : this.#storage.firstIndex()
  }

  get lastIndex(): Index {
    if (this.unstable.length > 0) return this.offset + this.unstable.length - 1
    return this.snapshot ? this.snapshot.metadata.index : this.#storage.lastIndex()
  }

  term(at: Index): Term | undefined {
    if (at >= this.offset && at < this.offset + this.unstable.length) return this.unstable[at - this.offset].term
    if (this.snapshot && at === this.snapshot.metadata.index) return this.snapshot.metadata.term
    if (at + 1 < this.firstIndex || at > this.lastIndex) return undefined
    const term = this.#storage.term(at)
    return typeof term === 'number' ? term : undefined
  }

  get lastTerm(): Term {
    const term = this.term(this.lastIndex)
    invariant(term !== undefined, 'the last entry has a term', {lastIndex: this.lastIndex, firstIndex: this.firstIndex})
    return term
  }

  matches(index: Index, term: Term): boolean {
    return this.term(index) === term
  }

  /** Entries low … high - 1 within `bytesMax`, at least one; undefined when compacted. */
  slice(low: Index, high: Index, bytesMax: number, why: EntriesWanted): Entry[] | 'compacted' | 'pending' {
    if (low >= high) return []
    if (low < this.firstIndex) return 'compacted'
    if (low >= this.offset) return limitSize(this.unstable.slice(low - this.offset, high - this.offset), bytesMax)
    const stableHigh = Math.min(high, this.offset)
    const stable = this.#storage.entries(low, stableHigh, bytesMax, why)
    if (stable === 'pending' || stable === 'compacted') return stable
    if (stable === 'unavailable') return 'compacted'
    if (stable.length < stableHigh - low || high <= this.offset) return stable
    return limitSize(stable.concat(this.unstable.slice(0, high - this.offset)), bytesMax)
  }

  /** A follower's append. The last index of the new entries when they fit on, else undefined. */
  maybeAppend(index: Index, logTerm: Term, entries: Entry[]): Index | undefined {
    if (!this.matches(index, logTerm)) return undefined
    const conflict = this.#findConflict(entries)
    if (conflict !== undefined) {
      invariant(conflict > this.committed, 'a committed entry is never overwritten', {
        conflict,
        committed: this.committed,
      })
      this.append(entries.slice(conflict - index - 1))
    }
    return index + entries.length
  }

  /** Appends behind `entries[0].index - 1`; what stood there before is dropped. */
  append(entries: Entry[]): void {
    if (entries.length === 0) return
    const first = entries[0].index
    invariant(first > this.committed, 'appends go behind the commit index', {first, committed: this.committed})
    if (first === this.offset + this.unstable.length) {
      for (const entry of entries) this.unstable.push(entry)
    } else if (first <= this.offset) {
      this.unstable = entries.slice()
      this.offset = first
      this.offsetInProgress = first
    } else {
      this.unstable = this.unstable.slice(0, first - this.offset).concat(entries)
      this.offsetInProgress = Math.min(this.offsetInProgress, first)
    }
  }

  /** The first entry that is not in the log with its term; undefined when all are. */
  #findConflict(entries: Entry[]): Index | undefined {
    for (const entry of entries) if (!this.matches(entry.index, entry.term)) return entry.index
    return undefined
  }

  /** The largest index ≤ `index` whose term is ≤ `term` (or unknown), and that term: where two logs may still agree. */
  findConflictByTerm(index: Index, term: Term): {index: Index; term: Term} {
    for (let at = index; at > 0; at--) {
      const ours = this.term(at)
      if (ours === undefined) return {index: at, term: 0}
      if (ours <= term) return {index: at, term: ours}
    }
    return {index: 0, term: 0}
  }

  commitTo(to: Index): void {
    if (to <= this.committed) return
    invariant(to <= this.lastIndex, 'commit never passes the last index', {to, lastIndex: this.lastIndex})
    this.committed = to
  }

  /** Entries that may be applied now: committed, stable here, not handed out yet. */
  nextCommitted(bytesMax: number, allowUnstable: boolean): Entry[] | 'pending' {
    const high = this.#maxAppliable(allowUnstable) + 1
    const low = this.applying + 1
    if (low >= high || this.#applyingBytes >= this.#maxApplyingBytes || this.snapshot) return []
    const entries = this.slice(low, high, bytesMax, {low, high, why: 'apply'})
    if (entries === 'pending') return 'pending'
    invariant(entries !== 'compacted', 'entries to apply are still in the log', {
      low,
      high,
      firstIndex: this.firstIndex,
    })
    return entries
  }

  hasNextCommitted(allowUnstable: boolean): boolean {
    return (
      this.applying < this.#maxAppliable(allowUnstable) &&
      this.#applyingBytes < this.#maxApplyingBytes &&
      !this.snapshot
    )
  }

  #maxAppliable(allowUnstable: boolean): Index {
    return allowUnstable ? this.committed : Math.min(this.committed, this.offset - 1)
  }

  acceptApplying(entries: Entry[]): void {
    this.applying = entries[entries.length - 1].index
    for (const entry of entries) this.#applyingBytes += entry.data.length
  }

  appliedTo(index: Index, bytes: number): void {
    invariant(index >= this.applied && index <= this.committed, 'applied moves forward, up to commit', {
      index,
      applied: this.applied,
      committed: this.committed,
    })
    this.applied = index
    this.applying = Math.max(this.applying, index)
    this.#applyingBytes = Math.max(0, this.#applyingBytes - bytes)
  }

  /** Unstable entries that were not handed out yet. */
  nextUnstable(): Entry[] {
    return this.unstable.slice(this.offsetInProgress - this.offset)
  }

  get hasNextUnstable(): boolean {
    return this.offsetInProgress - this.offset < this.unstable.length
  }

  acceptUnstable(): void {
    this.offsetInProgress = this.offset + this.unstable.length
    if (this.snapshot) this.snapshotInProgress = true
  }

  /** The entries up to (index, term) are stable, unless they were overwritten meanwhile. */
  stableTo(index: Index, term: Term): void {
    const at = index - this.offset
    if (at < 0 || at >= this.unstable.length || this.unstable[at].term !== term) return
    this.unstable = this.unstable.slice(at + 1)
    this.offset = index + 1
    this.offsetInProgress = Math.max(this.offsetInProgress, this.offset)
  }

  stableSnapshotTo(index: Index): void {
    if (this.snapshot?.metadata.index !== index) return
    this.snapshot = undefined
    this.snapshotInProgress = false
  }

  restore(snapshot: Snapshot): void {
    this.committed = snapshot.metadata.index
    this.unstable = []
    this.offset = snapshot.metadata.index + 1
    this.offsetInProgress = this.offset
    this.snapshot = snapshot
    this.snapshotInProgress = false
  }
}

/** As many entries from the front as fit into `bytesMax`, at least one. */
function limitSize(entries: Entry[], bytesMax: number): Entry[] {
  let size = 0
  for (let i = 0; i < entries.length; i++) {
    size += entrySize(entries[i])
    if (size > bytesMax && i > 0) return entries.slice(0, i)
  }
  return entries
}
