import {EMPTY} from '../base/bytes.ts'
import type {Index} from '../base/ids.ts'
import {type Entry, EntryType, entrySize} from '../formats/eraftpb.ts'

/** What an entry takes beside its payload, about. */
const ENTRY_BYTES = 100
const GONE: Entry = {type: EntryType.Normal, term: 0, index: 0, data: EMPTY, context: EMPTY}

/** Memory for the tails of all logs of a node: when there is too much, the log that was written to longest ago gives first. */
export class TailBudget {
  readonly #bytesMax: number
  /** In the order of their last append. */
  readonly #tails = new Set<TailCache>()
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get bytes(): number {
    return this.#bytes
  }

  /** `tail` now takes `more` bytes than before (or fewer, when negative). */
  took(tail: TailCache, more: number): void {
    this.#tails.delete(tail)
    this.#tails.add(tail)
    this.#bytes += more
    for (const oldest of this.#tails) {
      if (this.#bytes <= this.#bytesMax) return
      // The newest entry of the log that is written to stays, whatever its size.
      this.#bytes -= oldest.give(this.#bytes - this.#bytesMax, oldest === tail ? 1 : 0)
      if (oldest.bytes === 0) this.#tails.delete(oldest)
    }
  }

  /** A log is closed. */
  gone(tail: TailCache): void {
    if (this.#tails.delete(tail)) this.#bytes -= tail.bytes
  }
}

/** The newest entries of one log with their payload: what followers and consumers at the end of the log ask for. */
export class TailCache {
  readonly #budget: TailBudget
  #entries: Entry[] = []
  /** Entries before this place of the array are gone. */
  #head = 0
  #first: Index
  #bytes = 0

  constructor(budget: TailBudget, next: Index) {
    this.#budget = budget
    this.#first = next
  }

  get bytes(): number {
    return this.#bytes
  }

  append(entries: readonly Entry[]): void {
    const before = this.#bytes
    const next = this.#first + this.#entries.length - this.#head
    const begin = entries[0].index
    if (begin < this.#first || begin > next) {
      this.#entries = []
      this.#head = 0
      this.#bytes = 0
      this.#first = begin
    } else if (begin < next) {
      const dropped = this.#entries.splice(this.#head + begin - this.#first)
      for (const entry of dropped) this.#bytes -= costOf(entry)
    }
    for (const entry of entries) {
      this.#entries.push(entry)
      this.#bytes += costOf(entry)
    }
    this.#budget.took(this, this.#bytes - before)
  }

  /** Drops the oldest entries until `wanted` bytes are free, but keeps the newest `keep`. Gives how many bytes that were. */
  give(wanted: number, keep: number): number {
    const before = this.#bytes
    while (before - this.#bytes < wanted && this.#entries.length - this.#head > keep) {
      this.#bytes -= costOf(this.#entries[this.#head])
      this.#entries[this.#head++] = GONE
      this.#first++
    }
    if (this.#head === this.#entries.length || this.#head > 256) {
      this.#entries = this.#entries.slice(this.#head)
      this.#head = 0
    }
    return before - this.#bytes
  }

  /** The log begins anew, behind a snapshot. */
  restart(first: Index): void {
    const before = this.#bytes
    this.#entries = []
    this.#head = 0
    this.#bytes = 0
    this.#first = first
    this.#budget.took(this, -before)
  }

  /** The log is closed. */
  close(): void {
    this.#budget.gone(this)
  }

  /** Entries low … high - 1 within `bytesMax`, at least one; undefined when `low` is not here. */
  slice(low: Index, high: Index, bytesMax: number): Entry[] | undefined {
    const count = this.#entries.length - this.#head
    if (low < this.#first || low >= this.#first + count) return undefined
    const from = this.#head + low - this.#first
    const to = Math.min(from + high - low, this.#entries.length)
    let size = 0
    for (let i = from; i < to; i++) {
      size += entrySize(this.#entries[i])
      if (size > bytesMax && i > from) return this.#entries.slice(from, i)
    }
    return this.#entries.slice(from, to)
  }
}

function costOf(entry: Entry): number {
  return entry.data.length + ENTRY_BYTES
}
