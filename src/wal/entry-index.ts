import type {Index, Term} from '../base/ids.ts'

/** Where each entry of a log lies, in plain number arrays: some 32 bytes an entry, payloads apart. */
export class EntryIndex {
  /** Index of the first entry; the marker's index + 1. */
  first: Index
  readonly #terms: Term[] = []
  readonly #segments: number[] = []
  readonly #ats: number[] = []
  readonly #bytes: number[] = []

  constructor(first: Index) {
    this.first = first
  }

  get last(): Index {
    return this.first + this.#terms.length - 1
  }

  get count(): number {
    return this.#terms.length
  }

  push(term: Term, segment: number, at: number, bytes: number): void {
    this.#terms.push(term)
    this.#segments.push(segment)
    this.#ats.push(at)
    this.#bytes.push(bytes)
  }

  /** A place whose entry lay in a segment that was deleted. */
  pushHole(): void {
    this.push(-1, -1, 0, 0)
  }

  isHole(index: Index): boolean {
    return this.#terms[index - this.first] === -1
  }

  /** Drops everything from `index` on. */
  truncate(index: Index): void {
    const keep = Math.max(0, index - this.first)
    this.#terms.length = keep
    this.#segments.length = keep
    this.#ats.length = keep
    this.#bytes.length = keep
  }

  /** Drops everything up to `index`; the log then begins behind it. */
  dropTo(index: Index): void {
    const n = Math.min(Math.max(0, index + 1 - this.first), this.#terms.length)
    this.#terms.splice(0, n)
    this.#segments.splice(0, n)
    this.#ats.splice(0, n)
    this.#bytes.splice(0, n)
    this.first = index + 1
  }

  /** Drops everything; the log then begins behind `index`. */
  restart(index: Index): void {
    this.truncate(this.first)
    this.first = index + 1
  }

  term(index: Index): Term | undefined {
    return this.#terms[index - this.first]
  }

  place(index: Index): {segment: number; at: number; bytes: number} {
    const i = index - this.first
    return {segment: this.#segments[i], at: this.#ats[i], bytes: this.#bytes[i]}
  }
}
