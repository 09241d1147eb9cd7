import type {Index, Term} from '../base/ids.ts'
import {invariant} from '../base/invariant.ts'
import {type Entry, EntryType, type Snapshot} from '../formats/eraftpb.ts'
import type {EntriesWanted, RaftStorage} from './types.ts'
import {Unstable} from './unstable.ts'

/** How a log is limited and what it tells. */
export interface LogOptions {
  /** Applying waits while this many bytes of entries are handed out and not applied. */
  maxApplyingBytes: number
  entrySize(entry: Entry): number
  info?: (line: string) => void
}

/**
 * The log as the core sees it: what the storage holds, and behind it what is not yet stable.
 *
 * Always: firstIndex - 1 ≤ applied ≤ applying ≤ committed ≤ lastIndex.
 */
export class RaftLog {
  readonly unstable: Unstable
  /** Known to be on a quorum. */
  committed: Index
  /** Handed out to be applied. */
  applying: Index
  applied: Index
  readonly #storage: RaftStorage
  readonly #options: LogOptions
  #applyingBytes = 0
  #applyingPaused = false
  /** No committed entry up to here, and not yet applied when it was looked at, changes the configuration. */
  #noChangeTo: Index = 0

  constructor(storage: RaftStorage, options: LogOptions) {
    this.#storage = storage
    this.#options = options
    const before = storage.firstIndex() - 1
    this.unstable = new Unstable(storage.lastIndex() + 1, options.info)
    this.committed = before
    this.applying = before
    this.applied = before
  }

  toString(): string {
    const {committed, applied, applying, unstable} = this
    return `committed=${committed}, applied=${applied}, applying=${applying}, unstable.offset=${unstable.offset}, unstable.offsetInProgress=${unstable.offsetInProgress}, len(unstable.Entries)=${unstable.length}`
  }

  get firstIndex(): Index {
    return this.unstable.firstIndex ?? this.#storage.firstIndex()
  }

  get lastIndex(): Index {
    return this.unstable.lastIndex ?? this.#storage.lastIndex()
  }

  /** Undefined when the entry is compacted or not there; the index before the first still has a term. */
  term(at: Index): Term | undefined {
    const unstable = this.unstable.term(at)
    if (unstable !== undefined) return unstable
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

  /** Entries low … high - 1 within `bytesMax`, at least one. */
  slice(low: Index, high: Index, bytesMax: number, why: EntriesWanted): Entry[] | 'compacted' | 'pending' {
    if (low < this.firstIndex) return 'compacted'
    if (low >= high) return []
    invariant(high <= this.lastIndex + 1, 'a slice lies in the log', {low, high, lastIndex: this.lastIndex})
    const {offset} = this.unstable
    if (low >= offset) return this.#limit(this.unstable.slice(low, high), bytesMax)
    const stableHigh = Math.min(high, offset)
    const stable = this.#storage.entries(low, stableHigh, bytesMax, why)
    if (stable === 'pending' || stable === 'compacted') return stable
    invariant(stable !== 'unavailable' && stable.length > 0, 'the storage has what it says it has', {low, stableHigh})
    if (stable.length < stableHigh - low || high <= offset) return stable
    return this.#limit(stable.concat(this.unstable.slice(offset, high)), bytesMax)
  }

  /** As many entries from the front as fit into `bytesMax`, at least one. */
  #limit(entries: Entry[], bytesMax: number): Entry[] {
    if (bytesMax >= Number.MAX_SAFE_INTEGER) return entries
    let size = 0
    for (let i = 0; i < entries.length; i++) {
      size += this.#options.entrySize(entries[i])
      if (size > bytesMax && i > 0) return entries.slice(0, i)
    }
    return entries
  }

  /** A follower's append (paper 5.3): the last index of the new entries when the previous one is here, else undefined. */
  maybeAppend(index: Index, logTerm: Term, entries: readonly Entry[], leaderCommit: Index): Index | undefined {
    if (!this.matches(index, logTerm)) return undefined
    const last = index + entries.length
    const news = this.#findNews(entries)
    if (news < entries.length) {
      const at = index + 1 + news
      invariant(at > this.committed, 'a committed entry is never overwritten', {at, committed: this.committed})
      this.append(news === 0 ? entries : entries.slice(news))
    }
    this.commitTo(Math.min(leaderCommit, last))
    return last
  }

  /** Position of the first entry that is not in the log with its term. */
  #findNews(entries: readonly Entry[]): number {
    for (let i = 0; i < entries.length; i++) {
      const {index, term} = entries[i]
      if (this.matches(index, term)) continue
      if (index <= this.lastIndex)
        this.#options.info?.(
          `found conflict at index ${index} [existing term: ${this.term(index) ?? 0}, conflicting term: ${term}]`,
        )
      return i
    }
    return entries.length
  }

  /** Appends behind `entries[0].index - 1`; what stood there before is dropped. */
  append(entries: readonly Entry[]): void {
    if (entries.length === 0) return
    const first = entries[0].index
    invariant(first > this.committed, 'appends go behind the commit index', {first, committed: this.committed})
    this.unstable.truncateAndAppend(entries)
  }

  /**
   * The largest index ≤ `index` whose term is ≤ `term` or unknown, and that term: where two logs may still agree. So a refusal steps over a whole term
   * instead of one entry (paper 5.3, end).
   */
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

  /** Entries to apply now: committed, stable (unless unstable ones are allowed), not handed out yet. */
  nextCommitted(allowUnstable: boolean): Entry[] | 'pending' {
    if (!this.hasNextCommitted(allowUnstable)) return []
    const low = this.applying + 1
    const high = this.#maxAppliable(allowUnstable) + 1
    const room = this.#options.maxApplyingBytes - this.#applyingBytes
    const entries = this.slice(low, high, room, {low, high, why: 'apply'})
    invariant(entries !== 'compacted', 'entries to apply are still in the log', {low, high, first: this.firstIndex})
    return entries
  }

  /** Behind a snapshot that is not stable nothing is applied. */
  hasNextCommitted(allowUnstable: boolean): boolean {
    return !this.#applyingPaused && !this.unstable.snapshot && this.applying < this.#maxAppliable(allowUnstable)
  }

  #maxAppliable(allowUnstable: boolean): Index {
    return allowUnstable ? this.committed : Math.min(this.committed, this.unstable.offset - 1)
  }

  acceptApplying(entries: readonly Entry[], allowUnstable: boolean): void {
    this.applying = entries[entries.length - 1].index
    this.#applyingBytes += this.sizeOf(entries)
    // Entries that were left out for size wait until some of those handed out are applied.
    this.#applyingPaused =
      this.#applyingBytes >= this.#options.maxApplyingBytes || this.applying < this.#maxAppliable(allowUnstable)
  }

  appliedTo(index: Index, bytes: number): void {
    invariant(index >= this.applied && index <= this.committed, 'applied moves forward, up to commit', {
      index,
      applied: this.applied,
      committed: this.committed,
    })
    this.applied = index
    if (this.applying < index) this.applying = index
    this.#applyingBytes = Math.max(0, this.#applyingBytes - bytes)
    this.#applyingPaused = this.#applyingBytes >= this.#options.maxApplyingBytes
  }

  sizeOf(entries: readonly Entry[]): number {
    let size = 0
    for (const entry of entries) size += this.#options.entrySize(entry)
    return size
  }

  /** Is there a committed entry that changes the configuration and is not applied? */
  hasUnappliedChange(): boolean | 'pending' {
    for (;;) {
      const low = Math.max(this.applied, this.#noChangeTo) + 1
      const high = this.committed + 1
      if (low >= high) return false
      const entries = this.slice(low, high, this.#options.maxApplyingBytes, {low, high, why: 'campaign'})
      if (entries === 'pending') return 'pending'
      invariant(entries !== 'compacted', 'entries to apply are still in the log', {low, high, first: this.firstIndex})
      if (entries.some(entry => entry.type !== EntryType.Normal)) return true
      this.#noChangeTo = low + entries.length - 1
    }
  }

  snapshot(): Snapshot | 'pending' {
    return this.unstable.snapshot ?? this.#storage.snapshot()
  }

  restore(snapshot: Snapshot): void {
    const {index, term} = snapshot.metadata
    this.#options.info?.(`log [${this}] starts to restore snapshot [index: ${index}, term: ${term}]`)
    this.committed = index
    this.unstable.restore(snapshot)
  }
}
