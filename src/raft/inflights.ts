import type {Index} from '../base/ids.ts'
import {invariant} from '../base/invariant.ts'

/**
 * The appends that a leader has sent to one follower and that are not acknowledged, oldest first: a ring, bounded by count and by bytes of payload.
 * It grows to its bound only when so many are on their way.
 */
export class Inflights {
  readonly #max: number
  /** 0: no bound. */
  readonly #maxBytes: number
  #indexes: Index[] = []
  #sizes: number[] = []
  #start = 0
  #count = 0
  #bytes = 0

  constructor(max: number, maxBytes: number) {
    this.#max = max
    this.#maxBytes = maxBytes
  }

  get count(): number {
    return this.#count
  }

  get full(): boolean {
    return this.#count >= this.#max || (this.#maxBytes > 0 && this.#bytes >= this.#maxBytes)
  }

  /** An append whose last entry is `last`. */
  add(last: Index, bytes: number): void {
    invariant(!this.full, 'nothing is sent into a full window', {count: this.#count, bytes: this.#bytes})
    if (this.#count === this.#indexes.length) this.#grow()
    const at = (this.#start + this.#count) % this.#indexes.length
    this.#indexes[at] = last
    this.#sizes[at] = bytes
    this.#count++
    this.#bytes += bytes
  }

  #grow(): void {
    const size = Math.min(Math.max(this.#count * 2, 4), Math.max(this.#max, 1))
    const indexes: Index[] = new Array(size).fill(0)
    const sizes: number[] = new Array(size).fill(0)
    for (let i = 0; i < this.#count; i++) {
      const from = (this.#start + i) % this.#indexes.length
      indexes[i] = this.#indexes[from]
      sizes[i] = this.#sizes[from]
    }
    this.#indexes = indexes
    this.#sizes = sizes
    this.#start = 0
  }

  /** Frees every append that ends at or before `index`. */
  freeTo(index: Index): void {
    while (this.#count > 0 && this.#indexes[this.#start] <= index) {
      this.#bytes -= this.#sizes[this.#start]
      this.#start = (this.#start + 1) % this.#indexes.length
      this.#count--
    }
  }

  reset(): void {
    this.#start = 0
    this.#count = 0
    this.#bytes = 0
  }
}
