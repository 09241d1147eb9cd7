import {messageOf, systemCode} from '../base/errors.ts'
import type {Disk, DiskFile} from '../io/ports.ts'
import {LogReadError} from './read-error.ts'

const WINDOW_BYTES = 1 << 20

/** Reads a file forwards through a window that grows when one batch is larger than it. */
export class SegmentReader {
  readonly #path: string
  readonly #file: DiskFile
  readonly size: number
  readonly #windowBytes: number
  #window: Uint8Array = new Uint8Array(0)
  #from = 0

  constructor(path: string, file: DiskFile, size: number, windowBytes = WINDOW_BYTES) {
    this.#path = path
    this.#file = file
    this.size = size
    this.#windowBytes = windowBytes
  }

  /** A view of `bytes` bytes from `at`, fewer at the end of the file. Good until the next call. */
  async view(at: number, bytes: number): Promise<Uint8Array> {
    const wanted = Math.min(bytes, this.size - at)
    if (at < this.#from || at + wanted > this.#from + this.#window.length) {
      this.#window = await readFully(
        this.#path,
        this.#file,
        at,
        Math.min(Math.max(wanted, this.#windowBytes), this.size - at),
      )
      this.#from = at
    }
    return this.#window.subarray(at - this.#from, Math.min(at - this.#from + wanted, this.#window.length))
  }
}

/** `bytes` bytes from `at`, fewer only at the end of the file. Rejects with LogReadError, which names the byte. */
export async function readFully(path: string, file: DiskFile, at: number, bytes: number): Promise<Uint8Array> {
  const into = new Uint8Array(bytes)
  let got = 0
  while (got < bytes) {
    let n: number
    try {
      n = await file.read(at + got, into.subarray(got))
    } catch (error) {
      throw new LogReadError(path, at + got, messageOf(error), systemCode(error) ?? 'EIO', error)
    }
    if (n === 0) break
    got += n
  }
  return into.subarray(0, got)
}

/** A file that is read at once, up to `bytesMax` bytes of it. Rejects as its opening does, or with LogReadError. */
export async function readFile(disk: Disk, path: string, bytesMax = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
  const file = await disk.open(path, 'read')
  try {
    return await readFully(path, file, 0, Math.min(bytesMax, await file.size()))
  } finally {
    await file.close()
  }
}
