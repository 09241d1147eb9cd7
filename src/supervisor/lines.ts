import {LINE_BYTES_MAX} from '../contracts/rpc.ts'

/** Cuts a stream of bytes into lines of at most 1 MiB. */
export class LineReader {
  readonly #line: (line: string) => void
  readonly #max: number
  #rest: Buffer[] = []
  #bytes = 0

  constructor(line: (line: string) => void, max = LINE_BYTES_MAX * 16) {
    this.#line = line
    this.#max = max
  }

  /** False: a line is too long, or its handler threw; the stream cannot be used any more. */
  push(chunk: Buffer): boolean {
    let from = 0
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      const piece = chunk.subarray(from, at)
      const text =
        this.#rest.length > 0 ? Buffer.concat([...this.#rest, piece]).toString('utf8') : piece.toString('utf8')
      this.#rest = []
      this.#bytes = 0
      from = at + 1
      try {
        this.#line(text)
      } catch {
        return false
      }
    }
    if (from < chunk.length) {
      this.#rest.push(chunk.subarray(from))
      this.#bytes += chunk.length - from
    }
    return this.#bytes <= this.#max
  }
}
