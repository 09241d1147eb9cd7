import {fromUtf8, viewOf} from '../base/bytes.ts'
import type {ReadOnlyFiles} from '../io/ports.ts'

/** However large the file: this much of it is held at a time. */
export const WINDOW_BYTES = 1 << 20

/** One file, read through a window that slides. A file that shrinks while it is read ends earlier, nothing more. */
export class FileWindow {
  readonly path: string
  /** Bytes that the file had when it was opened; less when it shrank since. What is written behind it later is not seen. */
  size: number
  readonly #files: ReadOnlyFiles
  readonly #buffer: Uint8Array
  readonly #numbers: DataView
  #from = 0
  #held = 0
  /** The last text that was read, and its bytes: nearly all texts of a file are one and the same. */
  #text = ''
  #textBytes = new Uint8Array(0)

  constructor(files: ReadOnlyFiles, path: string, size: number) {
    this.#files = files
    this.path = path
    this.size = size
    this.#buffer = new Uint8Array(Math.min(WINDOW_BYTES, size))
    this.#numbers = viewOf(this.#buffer)
  }

  /** Has the file so many bytes (at most a window) from `at` on? Then the readers below may be used for them, until another place is asked for. */
  holds(at: number, bytes: number): boolean {
    if (at + bytes > this.size) return false
    if (at < this.#from || at + bytes > this.#from + this.#held) this.#slide(at)
    return at + bytes <= this.#from + this.#held
  }

  u8(at: number): number {
    return this.#buffer[at - this.#from]
  }

  u16(at: number): number {
    return this.#numbers.getUint16(at - this.#from, true)
  }

  u32(at: number): number {
    return this.#numbers.getUint32(at - this.#from, true)
  }

  i32(at: number): number {
    return this.#numbers.getInt32(at - this.#from, true)
  }

  /** As written, also beyond 2^53. */
  i64(at: number): number | bigint {
    const plain = this.i32(at + 4) * 2 ** 32 + this.u32(at)
    return Number.isSafeInteger(plain) ? plain : this.#numbers.getBigInt64(at - this.#from, true)
  }

  text(at: number, bytes: number): string {
    const from = at - this.#from
    const last = this.#textBytes
    let same = 0
    if (last.length === bytes) while (same < bytes && last[same] === this.#buffer[from + same]) same++
    if (same < bytes || last.length !== bytes) {
      this.#textBytes = this.#buffer.slice(from, from + bytes)
      this.#text = fromUtf8(this.#textBytes)
    }
    return this.#text
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
