import {isDiskFull} from '../base/errors.ts'
import type {Disk, DiskFile} from '../io/ports.ts'

export const RESERVE_FILE = 'reserve'
export const RESERVE_BYTES = 1 << 20
/** So much is given back at once: some 128 votes. */
const PIECE_BYTES = 64 * 1024

/** Room that a node holds back from its own entries, so that a full disk still takes terms and votes. */
export interface Reserve {
  /** Nothing of it is given out. While it is not, entries wait as on a full disk, so that they never eat what was given for votes. */
  readonly whole: boolean
  /** Gives a piece back to the disk. False: nothing is left. */
  give(): Promise<boolean>
  /** Takes back what was given. Rejects with ENOSPC while the disk has no room for all of it. */
  refill(): Promise<void>
}

/** For logs that nobody votes with: a full disk takes nothing. */
export const NO_RESERVE: Reserve = {whole: true, give: async () => false, refill: async () => {}}

/** Does what a full disk must take too: a piece of the reserve is given for it as often as needed. `work` leaves nothing behind when it rejects. */
export async function withReserve<T>(reserve: Reserve, work: () => Promise<T>): Promise<T> {
  for (;;)
    try {
      return await work()
    } catch (error) {
      if (!isDiskFull(error) || !(await reserve.give())) throw error
    }
}

/**
 * The reserve as a file, `reserve` in the data directory: 1 MiB of noise, for zeros take no room on a disk that compresses. It says nothing, and
 * whatever length a crash leaves is filled up again: no order of its writes matters to anything.
 */
export class ReserveFile implements Reserve {
  readonly #file: DiskFile
  #bytes: number
  #given = false
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(file: DiskFile, bytes: number) {
    this.#file = file
    this.#bytes = bytes
  }

  /** As it was left; `fill` makes it whole. */
  static async open(disk: Disk): Promise<ReserveFile> {
    const there = (await disk.list('.')).includes(RESERVE_FILE)
    const file = await disk.open(RESERVE_FILE, there ? 'append' : 'create')
    return new ReserveFile(file, await file.size())
  }

  get whole(): boolean {
    return !this.#given
  }

  /** At the start: a disk that has no room for all of it still serves, with as much as there is. */
  async fill(): Promise<void> {
    try {
      await this.refill()
    } catch (error) {
      if (!isDiskFull(error)) throw error
    }
  }

  give(): Promise<boolean> {
    return this.#next(async () => {
      if (this.#bytes === 0) return false
      this.#given = true
      const left = Math.max(0, this.#bytes - PIECE_BYTES)
      await this.#file.truncate(left)
      this.#bytes = left
      // The room of a truncation that is not synced may not be free yet.
      await this.#file.sync()
      return true
    })
  }

  refill(): Promise<void> {
    return this.#next(async () => {
      if (this.#bytes < RESERVE_BYTES) {
        try {
          await this.#file.append([noise(RESERVE_BYTES - this.#bytes)])
        } finally {
          // A disk that is full takes a part of it.
          this.#bytes = await this.#file.size()
        }
        await this.#file.sync()
      }
      this.#given = false
    })
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => {})
    return done
  }

  async close(): Promise<void> {
    await this.#turn
    await this.#file.close()
  }
}

/** Bytes that nothing makes smaller (xorshift, Marsaglia 2003). */
function noise(bytes: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(bytes / 4))
  let x = bytes
  for (let i = 0; i < words.length; i++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    words[i] = x
  }
  return new Uint8Array(words.buffer, 0, bytes)
}
