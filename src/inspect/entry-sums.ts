import type {Index} from '../base/ids.ts'
import type {EntryFound} from './batches.ts'
import type {FoldListener} from './fold.ts'

/** CRC-32 of every live entry of a log: two logs are compared by them. Memory grows with the log. */
export class EntrySums implements FoldListener {
  #from: Index = 1
  #crc32: number[] = []

  append({index, crc32}: EntryFound): void {
    if (this.#crc32.length === 0) this.#from = index
    this.#crc32.length = index - this.#from
    this.#crc32.push(crc32)
  }

  drop(index: Index, all: boolean): void {
    this.#crc32 = all ? [] : this.#crc32.slice(Math.max(0, index + 1 - this.#from))
    this.#from = Math.max(this.#from, index + 1)
  }

  get found(): {from: Index; crc32: number[]} {
    return {from: this.#from, crc32: this.#crc32}
  }
}
