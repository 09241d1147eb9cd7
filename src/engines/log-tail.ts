import {closeSync, fstatSync, openSync, readSync} from 'node:fs'
import {type Line, logLines} from './log-phrases.ts'

const LOOK_EVERY_MS = 20
const READ_BYTES = 1 << 20

/** Hands out each whole line that a program appends to its log, with the byte at which it stands. */
export class LogTail {
  readonly #path: string
  readonly #take: (line: Line) => void
  readonly #timer: NodeJS.Timeout
  #at: number

  constructor(path: string, from: number, take: (line: Line) => void) {
    this.#path = path
    this.#at = from
    this.#take = take
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS)
  }

  /** Reads what is new, now. */
  look(): void {
    let fd: number
    try {
      fd = openSync(this.#path, 'r')
    } catch {
      return
    }
    try {
      const {size} = fstatSync(fd)
      // It was emptied, because it had grown too long.
      if (size < this.#at) this.#at = 0
      while (this.#at < size) {
        const bytes = Buffer.alloc(Math.min(READ_BYTES, size - this.#at))
        const got = bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, this.#at))
        const end = got.lastIndexOf(10)
        // The end of a line is still to come; one that is longer than this is passed over.
        if (end < 0 && got.length < READ_BYTES) return
        const whole = end < 0 ? got : got.subarray(0, end + 1)
        const from = this.#at
        this.#at += whole.length
        for (const line of logLines(whole)) this.#take({...line, at: line.at + from})
      }
    } finally {
      closeSync(fd)
    }
  }

  close(): void {
    clearInterval(this.#timer)
  }
}
