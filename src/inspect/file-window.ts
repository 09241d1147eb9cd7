import type {ReadOnlyFiles} from '../io/ports.ts'

/** However large the file: this much of it is held at a time. */
export const WINDOW_BYTES = 1 << 20

/** One file, read through a window that slides. A file that shrinks while it is read ends earlier, nothing more. */
export class FileWindow {
  readonly path: string
  /** Bytes that the file had when it was opened; less when it shrank since. What is written behind it later is not seen. */
  size: number
  readonly #files: ReadOnlyFiles
  #buffer: Uint8Array
  #from = 0
  #held = 0

  constructor(files: ReadOnlyFiles, path: string, size: number) {
    this.#files = files
    this.path = path
    this.size = size
    this.#buffer = new Uint8Array(Math.min(WINDOW_BYTES, size))
  }

  /** `bytes` bytes from `at` (at most a window), fewer where the file ends. A view, good until the next call. */
  view(at: number, bytes: number): Uint8Array {
    const wanted = Math.max(0, Math.min(bytes, WINDOW_BYTES, this.size - at))
    if (at < this.#from || at + wanted > this.#from + this.#held) this.#slide(at)
    const from = at - this.#from
    return this.#buffer.subarray(from, Math.min(from + wanted, this.#held))
  }

  /** What is at hand from `at` on without sliding, at least 16 bytes where the file has them. */
  ahead(at: number): Uint8Array {
    const held = this.#from + this.#held
    if (at < this.#from || (held - at < 16 && held < this.size)) this.#slide(at)
    return this.#buffer.subarray(at - this.#from, this.#held)
  }

  #slide(to: number): void {
    this.#from = to
    const room = this.#buffer.subarray(0, Math.min(this.#buffer.length, this.size - to))
    this.#held = this.#files.readAt(this.path, to, room)
    if (this.#held < room.length) this.size = to + this.#held
  }
}
