import {closeSync, openSync, readSync, statSync} from 'node:fs'

const WINDOW = 1 << 20

/** A line of a growing file, with the byte at which it begins. */
export interface TailLine {
  at: number
  text: string
}

/** Reads a file that grows, line by line; a line is given once its end is there. A file that is not there yet is empty. */
export class Tail {
  readonly #path: string
  #at: number
  #rest = Buffer.alloc(0)

  constructor(path: string, from = 0) {
    this.#path = path
    this.#at = from
  }

  /** The whole lines that came since the last call. */
  *lines(): Generator<TailLine> {
    let fd: number
    try {
      fd = openSync(this.#path, 'r')
    } catch {
      return
    }
    try {
      const window = Buffer.allocUnsafe(WINDOW)
      const size = statSync(this.#path).size
      if (size < this.#at) {
        this.#at = 0
        this.#rest = Buffer.alloc(0)
      }
      for (;;) {
        const n = readSync(fd, window, 0, WINDOW, this.#at)
        if (n === 0) return
        const start = this.#at - this.#rest.length
        this.#at += n
        const bytes = Buffer.concat([this.#rest, window.subarray(0, n)])
        let from = 0
        for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
          yield {at: start + from, text: bytes.toString('utf8', from, end)}
          from = end + 1
        }
        // A line without an end is cut at the window: no file can make this process grow.
        this.#rest = Buffer.from(bytes.subarray(bytes.length - from > WINDOW ? bytes.length : from))
      }
    } finally {
      closeSync(fd)
    }
  }
}
