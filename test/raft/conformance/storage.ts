import {EMPTY} from '../../../src/base/bytes.ts'
import type {Index, Term} from '../../../src/base/ids.ts'
import {type ConfState, type Entry, type HardState, NO_CONF_STATE, type Snapshot} from '../../../src/formats/eraftpb.ts'
import type {RaftStorage} from '../../../src/raft/types.ts'

/** What a storage answers when it cannot do as told; the text is part of the recorded output. */
export class StorageError extends Error {}

export function emptySnapshot(): Snapshot {
  return {data: EMPTY, metadata: {confState: {...NO_CONF_STATE}, index: 0, term: 0}}
}

/** A log in memory behind a snapshot. Snapshots to send come from the state machine (`newest`), not from here. */
export class MemoryLog implements RaftStorage {
  #hardState: HardState = {term: 0, vote: 0, commit: 0}
  #snapshot = emptySnapshot()
  /** Where the log was cut off: the entry before the first. */
  #before: {index: Index; term: Term} = {index: 0, term: 0}
  #entries: Entry[] = []
  readonly #newest: () => Snapshot
  readonly #entrySize: (entry: Entry) => number

  constructor(newest: () => Snapshot, entrySize: (entry: Entry) => number) {
    this.#newest = newest
    this.#entrySize = entrySize
  }

  initialState(): {hardState: HardState; confState: ConfState} {
    return {hardState: this.#hardState, confState: this.#snapshot.metadata.confState}
  }

  firstIndex(): Index {
    return this.#before.index + 1
  }

  lastIndex(): Index {
    return this.#before.index + this.#entries.length
  }

  term(at: Index): Term | 'compacted' | 'unavailable' {
    if (at < this.#before.index) return 'compacted'
    if (at === this.#before.index) return this.#before.term
    return this.#entries[at - this.firstIndex()]?.term ?? 'unavailable'
  }

  entries(low: Index, high: Index, bytesMax: number): Entry[] | 'compacted' | 'unavailable' {
    if (low < this.firstIndex()) return 'compacted'
    if (high > this.lastIndex() + 1 || this.#entries.length === 0) return 'unavailable'
    const found: Entry[] = []
    let size = 0
    for (const entry of this.#entries.slice(low - this.firstIndex(), high - this.firstIndex())) {
      size += this.#entrySize(entry)
      if (found.length > 0 && size > bytesMax) break
      found.push(entry)
    }
    return found
  }

  snapshot(): Snapshot {
    return this.#newest()
  }

  all(): readonly Entry[] {
    return this.#entries
  }

  setHardState(state: HardState): void {
    this.#hardState = state
  }

  append(entries: readonly Entry[]): void {
    const news = entries.filter(entry => entry.index >= this.firstIndex())
    if (news.length === 0) return
    if (news[0].index > this.lastIndex() + 1) throw new StorageError(`missing log entry [last: ${this.lastIndex()}]`)
    this.#entries.length = news[0].index - this.firstIndex()
    this.#entries.push(...news)
  }

  applySnapshot(snapshot: Snapshot): void {
    const held = this.#snapshot.metadata.index
    if (held !== 0 && held >= snapshot.metadata.index)
      throw new StorageError('requested index is older than the existing snapshot')
    this.#snapshot = snapshot
    this.#before = {index: snapshot.metadata.index, term: snapshot.metadata.term}
    this.#entries = []
  }

  /** Drops the entries up to and with `index`. */
  compact(index: Index): void {
    if (index <= this.#before.index) throw new StorageError('requested index is unavailable due to compaction')
    const kept = this.#entries[index - this.firstIndex()]
    if (!kept) throw new StorageError(`compact ${index} is out of bound lastindex(${this.lastIndex()})`)
    this.#entries = this.#entries.slice(index - this.firstIndex() + 1)
    this.#before = {index: kept.index, term: kept.term}
  }
}
