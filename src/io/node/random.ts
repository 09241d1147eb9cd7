import {randomBytes} from 'node:crypto'
import type {Random} from '../../base/random.ts'

/** Numbers from the system's source, drawn in blocks. */
export class NodeRandom implements Random {
  #block = new Uint32Array(0)
  #at = 0

  u32(): number {
    if (this.#at === this.#block.length) {
      const bytes = randomBytes(1024)
      this.#block = new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + 1024))
      this.#at = 0
    }
    return this.#block[this.#at++]
  }

  below(n: number): number {
    return Math.floor((this.u32() / 4294967296) * n)
  }
}
