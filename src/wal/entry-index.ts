import type {Index, Term} from '../base/ids.ts'
import type {EntryTable} from '../formats/sidecar.ts'

/** Where an entry lies, and the term that it has. */
export interface EntryPlace {
  segment: number
  at: number
  bytes: number
  term: Term
}

/**
 * Where each entry of a log lies, in plain number arrays: some 32 bytes an entry, payloads apart. Entries whose segments were deleted are
 * holes; they stand before all others (an entry drops every index above its own, holes too), so that a number says them all.
 */
export class EntryIndex {
  /** Index of the first entry; the marker's index + 1. */
  first: Index
  #holes = 0
  readonly #terms: Term[] = []
  readonly #segments: number[] = []
  readonly #ats: number[] = []
  readonly #bytes: number[] = []

  constructor(first: Index) {
    this.first = first
  }

  get last(): Index {
    return this.first + this.#holes + this.#terms.length - 1
  }

  /** Entries and holes. */
  get count(): number {
    return this.#holes + this.#terms.length
  }

  /** Leading places whose entries lay in segments that were deleted. */
  get holes(): number {
    return this.#holes
  }

  push(term: Term, segment: number, at: number, bytes: number): void {
    this.#terms.push(term)
    this.#segments.push(segment)
    this.#ats.push(at)
    this.#bytes.push(bytes)
  }

  /** Places `first` to `last` as holes; only in an empty index. */
  layHoles(last: Index): void {
    this.#holes = Math.max(0, last - this.first + 1)
  }

  /** Drops everything from `index` on. */
  truncate(index: Index): void {
    const keep = Math.max(0, index - this.first)
    this.#keep(Math.max(0, keep - this.#holes))
    this.#holes = Math.min(this.#holes, keep)
  }

  #keep(entries: number): void {
    if (entries >= this.#terms.length) return
    this.#terms.length = entries
    this.#segments.length = entries
    this.#ats.length = entries
    this.#bytes.length = entries
  }

  /** Drops everything up to `index`; the log then begins behind it. */
  dropTo(index: Index): void {
    const n = Math.min(Math.max(0, index + 1 - this.first), this.count)
    const entries = Math.max(0, n - this.#holes)
    this.#holes = Math.max(0, this.#holes - n)
    this.#terms.splice(0, entries)
    this.#segments.splice(0, entries)
    this.#ats.splice(0, entries)
    this.#bytes.splice(0, entries)
    this.first = index + 1
  }

  /** Drops everything; the log then begins behind `index`. */
  restart(index: Index): void {
    this.truncate(this.first)
    this.first = index + 1
  }

  term(index: Index): Term | undefined {
    return this.#terms[index - this.first - this.#holes]
  }

  /** Index of the first entry that lies in this segment or a later one; behind the last when there is none. */
  firstFrom(segment: number): Index {
    let low = 0
    let high = this.#segments.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#segments[middle] < segment) low = middle + 1
      else high = middle
    }
    return this.first + this.#holes + low
  }

  /** The entries that lie in this segment or a later one. */
  tableFrom(segment: number): EntryTable {
    const first = this.firstFrom(segment)
    const from = first - this.first - this.#holes
    return {
      first,
      terms: this.#terms.slice(from),
      ats: this.#ats.slice(from),
      lengths: this.#bytes.slice(from),
    }
  }

  place(index: Index): EntryPlace {
    const i = index - this.first - this.#holes
    return {segment: this.#segments[i], at: this.#ats[i], bytes: this.#bytes[i], term: this.#terms[i]}
  }
}
