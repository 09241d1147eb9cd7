import type {Index} from '../base/ids.ts'
import {type Entry, entrySize} from '../formats/eraftpb.ts'

/** The newest entries with their payload, up to a number of bytes: what followers and consumers at the end of the log ask for. */
export class TailCache {
  readonly #bytesMax: number
  #entries: Entry[] = []
  /** Entries before this place of the array are gone. */
  #head = 0
  #first: Index
  #bytes = 0

  constructor(bytesMax: number, next: Index) {
    this.#bytesMax = bytesMax
    this.#first = next
  }

  append(entries: readonly Entry[]): void {
    const next = this.#first + this.#entries.length - this.#head
    const begin = entries[0].index
    if (begin < this.#first || begin > next) {
      this.#entries = []
      this.#head = 0
      this.#bytes = 0
      this.#first = begin
    } else if (begin < next) {
      const dropped = this.#entries.splice(this.#head + begin - this.#first)
      for (const entry of dropped) this.#bytes -= entry.data.length
    }
    for (const entry of entries) {
      this.#entries.push(entry)
      this.#bytes += entry.data.length
    }
    while (this.#bytes > this.#bytesMax && this.#entries.length - this.#head > 1) {
      this.#bytes -= this.#entries[this.#head].data.length
      this.#head++
      this.#first++
    }
    if (this.#head > 1024 && this.#head > this.#entries.length / 2) {
      this.#entries = this.#entries.slice(this.#head)
      this.#head = 0
    }
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
