import type {Random} from '../../src/base/random.ts'
import type {Disk, DiskFile} from '../../src/io/ports.ts'
import {MemoryDisk} from './memory-disk.ts'

const SECTOR = 512

/** One call that changed the disk, in the order in which they were made. */
export type DiskOp =
  | {op: 'create'; file: number; path: string}
  | {op: 'append'; file: number; at: number; bytes: Uint8Array}
  | {op: 'truncate'; file: number; size: number}
  | {op: 'sync'; file: number}
  | {op: 'rename'; from: string; to: string}
  | {op: 'remove'; path: string}
  | {op: 'syncDir'; dir: string}
  /** Not a call: the workload was told of something that must hold from here on. */
  | {op: 'told'; what: string}

/** A real Disk in front of which every write, sync, rename, unlink and directory sync is written down. */
export class RecordingDisk implements Disk {
  readonly ops: DiskOp[] = []
  readonly #inner: Disk
  readonly #byPath: Map<string, number>
  #files: number

  /** `names`: what is on the disk already, as the model that these operations go on from numbers it. */
  constructor(inner: Disk, names: ReadonlyMap<string, number> = new Map()) {
    this.#inner = inner
    this.#byPath = new Map(names)
    this.#files = Math.max(-1, ...names.values()) + 1_000
  }

  told(what: string): void {
    this.ops.push({op: 'told', what})
  }

  async open(path: string, mode: 'create' | 'append' | 'read'): Promise<DiskFile> {
    const inner = await this.#inner.open(path, mode)
    if (mode === 'create') {
      this.#byPath.set(path, this.#files)
      this.ops.push({op: 'create', file: this.#files++, path})
    }
    const file = this.#byPath.get(path)
    if (file === undefined) throw new Error(`${path} was there before the record began`)
    return this.#record(inner, file)
  }

  #record(inner: DiskFile, file: number): DiskFile {
    return {
      append: async chunks => {
        const at = await inner.size()
        // Written down when it is called: a crash may come before it returns.
        this.ops.push({op: 'append', file, at, bytes: new Uint8Array(Buffer.concat(chunks))})
        await inner.append(chunks)
      },
      sync: async () => {
        await inner.sync()
        this.ops.push({op: 'sync', file})
      },
      truncate: async size => {
        this.ops.push({op: 'truncate', file, size})
        await inner.truncate(size)
      },
      read: (at, into) => inner.read(at, into),
      size: () => inner.size(),
      close: () => inner.close(),
    }
  }

  list(dir: string): Promise<string[]> {
    return this.#inner.list(dir)
  }

  makeDir(dir: string): Promise<void> {
    return this.#inner.makeDir(dir)
  }

  async syncDir(dir: string): Promise<void> {
    await this.#inner.syncDir(dir)
    this.ops.push({op: 'syncDir', dir})
  }

  async rename(from: string, to: string): Promise<void> {
    this.ops.push({op: 'rename', from, to})
    await this.#inner.rename(from, to)
    this.#byPath.set(to, this.#byPath.get(from) as number)
    this.#byPath.delete(from)
  }

  async remove(path: string): Promise<void> {
    this.ops.push({op: 'remove', path})
    await this.#inner.remove(path)
    this.#byPath.delete(path)
  }

  freeBytes(): Promise<number> {
    return this.#inner.freeBytes()
  }
}

/** A file's content: synced, now, and every content it had in between. */
interface Content {
  synced: Uint8Array
  now: Uint8Array
  since: Uint8Array[]
}

/** How a crash picks among what a disk may keep. */
export interface Choice {
  name: string
  /** Which of `n` versions of a sector, oldest (synced) first; `last`: this file was written last, `from`: the sector's byte. */
  sector(n: number, about: {last: boolean; from: number}): number
  /** Which of `n` lengths, oldest first. */
  length(n: number, about: {last: boolean}): number
  /** Which of `n` contents of a name in a directory, oldest first. */
  entry(n: number, path: string): number
  /** The file written last is at most this long. */
  cut?: number
}

/** The state of a disk after the first `n` operations, with all that a crash may undo. */
export class CrashModel {
  readonly #contents = new Map<number, Content>()
  readonly #names = new Map<string, number>()
  /** Names as their directory's last sync left them, and what each was since. */
  readonly #durable = new Map<string, number | undefined>()
  readonly #since = new Map<string, Array<number | undefined>>()
  #lastFile = -1

  /** A disk on which everything is durable. */
  static of(disk: MemoryDisk): CrashModel {
    const model = new CrashModel()
    let file = 0
    for (const [path, {now}] of disk.files) {
      model.#contents.set(file, {synced: now, now, since: []})
      model.#names.set(path, file)
      model.#durable.set(path, file++)
    }
    return model
  }

  /** The state after these operations. */
  static after(ops: readonly DiskOp[], from = new CrashModel()): CrashModel {
    for (const op of ops) from.apply(op)
    return from
  }

  get names(): ReadonlyMap<string, number> {
    return this.#names
  }

  apply(op: DiskOp): void {
    switch (op.op) {
      case 'create': {
        const empty = new Uint8Array(0)
        this.#contents.set(op.file, {synced: empty, now: empty, since: []})
        this.#name(op.path, op.file)
        return
      }
      case 'append': {
        const content = this.#content(op.file)
        const now = new Uint8Array(op.at + op.bytes.length)
        now.set(content.now.subarray(0, op.at))
        now.set(op.bytes, op.at)
        this.#become(op.file, now)
        return
      }
      case 'truncate':
        this.#become(op.file, this.#content(op.file).now.slice(0, op.size))
        return
      case 'sync': {
        const content = this.#content(op.file)
        content.synced = content.now
        content.since = []
        return
      }
      case 'rename': {
        const file = this.#names.get(op.from) as number
        this.#name(op.to, file)
        this.#name(op.from, undefined)
        return
      }
      case 'remove':
        this.#name(op.path, undefined)
        return
      case 'syncDir':
        for (const path of [...this.#since.keys()]) {
          const slash = path.lastIndexOf('/')
          if ((slash < 0 ? '.' : path.slice(0, slash)) !== op.dir) continue
          this.#durable.set(path, this.#names.get(path))
          this.#since.delete(path)
        }
    }
  }

  #content(file: number): Content {
    return this.#contents.get(file) as Content
  }

  #become(file: number, now: Uint8Array): void {
    const content = this.#content(file)
    content.now = now
    content.since.push(now)
    this.#lastFile = file
  }

  #name(path: string, file: number | undefined): void {
    if (file === undefined) this.#names.delete(path)
    else this.#names.set(path, file)
    const since = this.#since.get(path) ?? []
    since.push(file)
    this.#since.set(path, since)
  }

  /** Sectors of the last write that are not synced: where it may be torn. */
  unsyncedSectors(): number[] {
    const content = this.#contents.get(this.#lastFile)
    if (!content || content.since.length === 0) return []
    const from = Math.min(content.synced.length, content.now.length)
    const sectors: number[] = []
    for (let at = from - (from % SECTOR); at < Math.max(content.synced.length, content.now.length); at += SECTOR)
      sectors.push(at)
    return sectors
  }

  /** Names that a directory sync has not made durable yet. */
  get unsyncedNames(): number {
    return this.#since.size
  }

  /** What a disk holds after the crash. */
  image(choice: Choice): MemoryDisk {
    const disk = new MemoryDisk()
    const made = new Map<number, Uint8Array>()
    for (const path of new Set([...this.#durable.keys(), ...this.#since.keys()])) {
      const versions = [this.#durable.get(path), ...(this.#since.get(path) ?? [])]
      const file = versions[versions.length === 1 ? 0 : choice.entry(versions.length, path)]
      if (file === undefined) continue
      let bytes = made.get(file)
      if (!bytes) {
        bytes = this.#kept(file, choice)
        made.set(file, bytes)
      }
      disk.put(path, bytes.slice())
    }
    return disk
  }

  #kept(file: number, choice: Choice): Uint8Array {
    const {since, synced} = this.#content(file)
    if (since.length === 0) return synced
    const versions = [synced, ...since]
    const last = file === this.#lastFile
    const length = versions[choice.length(versions.length, {last})].length
    const kept = new Uint8Array(last ? Math.min(length, choice.cut ?? length) : length)
    for (let from = 0; from < kept.length; from += SECTOR) {
      const version = versions[choice.sector(versions.length, {last, from})]
      kept.set(version.subarray(from, Math.min(from + SECTOR, kept.length)), from)
    }
    return kept
  }
}

const newest = (n: number): number => n - 1
const oldest = (): number => 0

export const NONE_LOST: Choice = {name: 'none lost', sector: newest, length: newest, entry: newest}
export const ALL_LOST: Choice = {name: 'all unsynced lost', sector: oldest, length: oldest, entry: oldest}
export const NAMES_LOST: Choice = {name: 'names lost, bytes kept', sector: newest, length: newest, entry: oldest}
export const BYTES_LOST: Choice = {name: 'bytes lost, names kept', sector: oldest, length: oldest, entry: newest}
/** The length is there, what was written is not: zeros. */
export const ZEROS: Choice = {name: 'length kept, bytes zero', sector: oldest, length: newest, entry: newest}

/**
 * The last write is torn at a byte: what lies before it is there and the rest is old bytes or zeros (`head`), what lies from it on is there and the rest not
 * (`tail`), or the file ends there (`short`).
 */
export function tornAt(byte: number, which: 'head' | 'tail' | 'short'): Choice {
  const isKept = (from: number): boolean => (which === 'tail' ? from >= byte : from < byte)
  return {
    name: `torn at ${byte}, ${which}`,
    sector: (n, {from, last}) => (!last || which === 'short' || isKept(from) ? n - 1 : 0),
    length: newest,
    entry: newest,
    ...(which === 'short' ? {cut: byte} : {}),
  }
}

export function randomly(random: Random, name: string): Choice {
  const any = (n: number): number => random.below(n)
  return {name, sector: any, length: any, entry: any}
}
