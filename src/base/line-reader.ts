import {concat, fromUtf8} from './bytes.ts'

/** Cuts a stream of bytes into lines, each of at most `max` bytes. */
export class LineReader {
  readonly #line: (line: string) => void
  readonly #max: number
  #rest: Uint8Array[] = []
  #bytes = 0

  constructor(line: (line: string) => void, max: number) {
    this.#line = line
    this.#max = max
  }

  /** False: a line is too long, and the stream cannot be used any more. */
  push(chunk: Uint8Array): boolean {
    let from = 0
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      const line = concat([...this.#rest, chunk.subarray(from, at)])
      this.#rest = []
      this.#bytes = 0
      from = at + 1
      this.#line(fromUtf8(line))
    }
    if (from < chunk.length) {
      this.#rest.push(chunk.subarray(from))
      this.#bytes += chunk.length - from
    }
    return this.#bytes <= this.#max
  }
}
