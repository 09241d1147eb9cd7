import type {DiskFile} from '../io/ports.ts'

const WINDOW_BYTES = 1 << 20

/** Reads a file forwards through a window that grows when one batch is larger than it. */
export class SegmentReader {
  readonly #file: DiskFile
  readonly size: number
  #window: Uint8Array = new Uint8Array(0)
  #from = 0

  constructor(file: DiskFile, size: number) {
    this.#file = file
    this.size = size
  }

  /** A view of `bytes` bytes from `at`, fewer at the end of the file. Good until the next call. */
  async view(at: number, bytes: number): Promise<Uint8Array> {
    const wanted = Math.min(bytes, this.size - at)
    if (at < this.#from || at + wanted > this.#from + this.#window.length) {
      const window = new Uint8Array(Math.min(Math.max(wanted, WINDOW_BYTES), this.size - at))
      let got = 0
      while (got < window.length) {
        const n = await this.#file.read(at + got, window.subarray(got))
        if (n === 0) break
        got += n
      }
      this.#window = window.subarray(0, got)
      this.#from = at
    }
    return this.#window.subarray(at - this.#from, Math.min(at - this.#from + wanted, this.#window.length))
  }
}
