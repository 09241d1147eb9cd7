import type {Random} from '../base/random.ts'

export const SECTOR = 512
const ZERO = new Uint8Array(SECTOR)
/** What is in the file now. Copied when it is about to change: most writes are synced before that. */
const NOW = new Uint8Array(0)

interface Version<T> {
  /** Number of the write after which this was so; 0: as the last sync left it. */
  write: number
  is: T
}

/** How much of what was not synced survives: everything, nothing, or any part. */
export type Kept = 'all' | 'none' | 'some'

/** How much one file or directory keeps: half of them lose a part. */
export function drawKept(random: Random): Kept {
  return oneOf(random, ['none', 'some', 'some', 'all'])
}

function oneOf<T>(random: Random, all: readonly T[]): T {
  return all[random.below(all.length)]
}

/**
 * The content of one file, with what each 512-byte sector and the length were since the last sync. A power loss keeps, for every sector on its own,
 * any of these; the same for the length. A truncation is a write like others, and is undone like one.
 */
export class Platter {
  bytes = new Uint8Array(1024)
  length = 0
  #writes = 0
  /** Writes up to this one were given up by a sync that failed: no later sync makes them durable. */
  #givenUp = 0
  readonly #sectors = new Map<number, Array<Version<Uint8Array>>>()
  #lengths: Array<Version<number>> = []
  /** Sectors that cannot be read any more. */
  readonly #unreadable = new Set<number>()

  /** `durable`: what is there from the beginning, synced. */
  constructor(durable?: Uint8Array) {
    if (!durable) return
    this.#room(durable.length)
    this.bytes.set(durable)
    this.length = durable.length
  }

  get unsynced(): boolean {
    return this.#lengths.length > 0 || this.#sectors.size > 0
  }

  /** What a power loss cannot make shorter, but for truncations. */
  get syncedLength(): number {
    return this.#lengths.length > 0 ? this.#lengths[0].is : this.length
  }

  content(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  /** Behind the end; gives the number of this write. */
  append(data: Uint8Array): void {
    if (data.length === 0) return
    const from = this.length
    const to = from + data.length
    this.#before(from, to)
    this.#room(to)
    this.bytes.set(data, from)
    this.length = to
    this.#after(from, to)
  }

  truncate(size: number): void {
    if (size >= this.length) return
    const from = size
    const to = this.length
    this.#before(from, to)
    this.bytes.fill(0, from, to)
    this.length = size
    this.#after(from, to)
  }

  /** Damage that nobody wrote: it counts as synced. */
  flip(at: number, bit: number): void {
    this.bytes[at] ^= 1 << bit
    const versions = this.#sectors.get(Math.floor(at / SECTOR))
    for (const {is} of versions ?? []) if (is !== ZERO && is !== NOW) is[at % SECTOR] ^= 1 << bit
  }

  /** Bytes that came here instead of to their own place, on top of what is there: as durable as that is. */
  overwrite(at: number, data: Uint8Array): void {
    this.bytes.set(data, at)
    for (const [i, byte] of data.entries())
      for (const {is} of this.#sectors.get(Math.floor((at + i) / SECTOR)) ?? [])
        if (is !== ZERO && is !== NOW) is[(at + i) % SECTOR] = byte
  }

  /** The sector with this byte cannot be read any more; what lies in it is lost. */
  spoil(at: number): void {
    this.#unreadable.add(Math.floor(at / SECTOR))
  }

  get spoilt(): boolean {
    return this.#unreadable.size > 0
  }

  /** How many of these bytes can be read before one that cannot. */
  readable(at: number, bytes: number): number {
    if (this.#unreadable.size === 0) return bytes
    for (let s = Math.floor(at / SECTOR); s * SECTOR < at + bytes; s++)
      if (this.#unreadable.has(s)) return Math.max(0, s * SECTOR - at)
    return bytes
  }

  /** What a sync that begins now will have made durable when it ends. */
  mark(): number {
    return this.#writes
  }

  /** A sync failed: what it was for may be on the disk or not, and later syncs say nothing of it. */
  syncFailed(mark: number): void {
    this.#givenUp = Math.max(this.#givenUp, mark)
  }

  synced(mark: number): void {
    if (this.#givenUp > 0) {
      this.#syncedButGivenUp(mark)
      return
    }
    for (const [sector, versions] of this.#sectors) {
      const left = since(versions, mark)
      if (left.length < 2) this.#sectors.delete(sector)
      else this.#sectors.set(sector, left)
    }
    const left = since(this.#lengths, mark)
    this.#lengths = left.length < 2 ? [] : left
  }

  #syncedButGivenUp(mark: number): void {
    for (const [sector, versions] of this.#sectors) {
      if (versions.some(v => v.write > 0 && v.write <= this.#givenUp)) continue
      const left = since(versions, mark)
      if (left.length < 2) this.#sectors.delete(sector)
      else this.#sectors.set(sector, left)
    }
  }

  /** `tears`: a sector that was being written again may lose the synced bytes that it held before. */
  powerLoss(random: Random, kept: Kept, tears = false): void {
    if (kept !== 'all') {
      const pick = <T>(versions: ReadonlyArray<Version<T>>): T =>
        kept === 'none' ? versions[0].is : oneOf(random, versions).is
      const length = this.#lengths.length > 0 ? pick(this.#lengths) : this.length
      this.#room(length)
      if (length > this.length) this.bytes.fill(0, this.length, length)
      for (const [sector, versions] of this.#sectors) {
        const at = sector * SECTOR
        const is = tears && versions[0].is !== ZERO && random.below(2) === 0 ? ZERO : pick(versions)
        if (is !== NOW && at < length) this.bytes.set(is.subarray(0, Math.min(SECTOR, length - at)), at)
      }
      this.length = length
    }
    this.#sectors.clear()
    this.#lengths = []
    this.#givenUp = 0
  }

  #before(from: number, to: number): void {
    if (this.#lengths.length === 0) this.#lengths.push({write: 0, is: this.length})
    for (let s = Math.floor(from / SECTOR); s * SECTOR < to; s++) {
      const versions = this.#sectors.get(s)
      if (!versions) this.#sectors.set(s, [{write: 0, is: this.#copy(s)}])
      else {
        const last = versions[versions.length - 1]
        if (last.is === NOW) last.is = this.#copy(s)
      }
    }
  }

  #after(from: number, to: number): void {
    const write = ++this.#writes
    this.#lengths.push({write, is: this.length})
    for (let s = Math.floor(from / SECTOR); s * SECTOR < to; s++) this.#sectors.get(s)?.push({write, is: NOW})
  }

  #copy(sector: number): Uint8Array {
    const at = sector * SECTOR
    if (at >= this.length) return ZERO
    const copy = new Uint8Array(SECTOR)
    copy.set(this.bytes.subarray(at, Math.min(at + SECTOR, this.length)))
    return copy
  }

  #room(size: number): void {
    if (size <= this.bytes.length) return
    const larger = new Uint8Array(Math.max(size, this.bytes.length * 2))
    larger.set(this.content())
    this.bytes = larger
  }
}

/** The last version at or before the mark is what is durable now, then those after it. */
function since<T>(versions: Array<Version<T>>, mark: number): Array<Version<T>> {
  let first = 0
  while (first + 1 < versions.length && versions[first + 1].write <= mark) first++
  return first === 0 ? versions : versions.slice(first)
}
