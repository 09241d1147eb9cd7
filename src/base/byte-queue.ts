import {EMPTY} from './bytes.ts'

/**
 * Bytes as they come from a stream, taken off its front in pieces of known length. What lies in one chunk is given as a view of it; only a piece
 * that spans several is copied.
 */
export class ByteQueue {
  readonly #chunks: Uint8Array[] = []
  /** Bytes of the first chunk that were taken already. */
  #at = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.#chunks.push(chunk)
    this.#length += chunk.length
  }

  /** The first `n` bytes, which stay; undefined when there are fewer. */
  peek(n: number): Uint8Array | undefined {
    if (n > this.#length) return undefined
    if (n === 0) return EMPTY
    const first = this.#chunks[0]
    if (first.length - this.#at >= n) return first.subarray(this.#at, this.#at + n)
    const piece = new Uint8Array(n)
    let at = 0
    let from = this.#at
    for (let i = 0; at < n; i++) {
      const part = this.#chunks[i].subarray(from, from + n - at)
      piece.set(part, at)
      at += part.length
      from = 0
    }
    return piece
  }

  /** Takes the first `n` bytes off; undefined when there are fewer. */
  take(n: number): Uint8Array | undefined {
    const piece = this.peek(n)
    if (piece) this.#drop(n)
    return piece
  }

  #drop(n: number): void {
    this.#length -= n
    this.#at += n
    let gone = 0
    while (gone < this.#chunks.length && this.#at >= this.#chunks[gone].length) this.#at -= this.#chunks[gone++].length
    if (gone > 0) this.#chunks.splice(0, gone)
  }
}
