import type {Random} from '../base/random.ts'
import {Names} from '../io/names.ts'
import {drawKept, Platter} from '../io/platter.ts'
import type {Disk, DiskFile, ReadOnlyFiles} from '../io/ports.ts'

type Entry = Platter | Folder

class Folder extends Names<Entry> {}

/** What a watcher of a disk is told, when it has happened. */
export interface DiskWatcher {
  appended(path: string, file: Platter, from: number): void
  truncated(path: string, file: Platter): void
  synced(path: string, file: Platter, mark: number): void
}

const SEGMENT = /^wal_\d+_\d+\.log$/

/** The disk of one machine: it outlives processes and power losses. */
export class SimDisk {
  #root = new Folder()
  /** Bytes that still fit. */
  room = Number.POSITIVE_INFINITY
  /** Writes that did not fit. */
  refused = 0
  watcher: DiskWatcher | undefined
  /** A sync failed since the machine was switched on: what reads show may not be on the disk, and no later sync puts it there. */
  untrue = false
  /** A power loss also takes the synced bytes of a sector that was being written again. The logs are made to bear that (docs/formats.md). */
  tears = false

  /** The machine lost power: what was not synced is there, or not, or in part. */
  powerLoss(random: Random): void {
    this.untrue = false
    const {tears} = this
    const seen = new Set<Entry>()
    const lose = (folder: Folder): void => {
      folder.powerLoss(random, drawKept(random))
      for (const [name, entry] of folder.names) {
        if (seen.has(entry)) continue
        seen.add(entry)
        if (entry instanceof Folder) lose(entry)
        else entry.powerLoss(random, drawKept(random), tears && SEGMENT.test(name))
      }
    }
    lose(this.#root)
  }

  /** The machine got an empty disk. */
  wipe(): void {
    this.#root = new Folder()
  }

  folder(path: string): Folder | undefined {
    let at: Entry | undefined = this.#root
    for (const part of partsOf(path)) {
      if (!(at instanceof Folder)) return undefined
      at = at.names.get(part)
    }
    return at instanceof Folder ? at : undefined
  }

  file(path: string): Platter | undefined {
    const {parent, name} = this.#place(path)
    const entry = parent?.names.get(name)
    return entry instanceof Platter ? entry : undefined
  }

  #place(path: string): {parent: Folder | undefined; name: string} {
    const slash = path.lastIndexOf('/')
    return {parent: this.folder(slash < 0 ? '.' : path.slice(0, slash)), name: path.slice(slash + 1)}
  }

  create(path: string): Platter {
    const {parent, name} = this.#place(path)
    if (!parent) throw failure('ENOENT', path)
    if (parent.names.has(name)) throw failure('EEXIST', path)
    const file = new Platter()
    parent.change({name, to: file})
    return file
  }

  /** A file that was always there, every byte of it durable, with its folders. */
  put(path: string, bytes: Uint8Array): void {
    const slash = path.lastIndexOf('/')
    if (slash > 0) this.makeDir(path.slice(0, slash))
    const file = this.create(path)
    file.append(bytes)
    file.synced(file.mark())
    for (const folder of this.#above(path)) folder.synced(folder.mark())
  }

  /** Every file of this folder is gone, for good. */
  empty(path: string): void {
    const folder = this.folder(path)
    if (!folder) return
    for (const [name, entry] of [...folder.names]) if (entry instanceof Platter) this.drop(`${path}/${name}`)
  }

  /** A file is gone, for good. */
  drop(path: string): void {
    this.remove(path)
    const {parent} = this.#place(path)
    parent?.synced(parent.mark())
  }

  #above(path: string): Folder[] {
    const parts = partsOf(path)
    const found = [this.#root]
    for (let n = 1; n < parts.length; n++) {
      const folder = this.folder(parts.slice(0, n).join('/'))
      if (folder) found.push(folder)
    }
    return found
  }

  makeDir(path: string): void {
    let at = this.#root
    for (const name of partsOf(path)) {
      const there = at.names.get(name)
      if (there instanceof Platter) throw failure('ENOTDIR', path)
      const next = there ?? new Folder()
      if (!there) at.change({name, to: next})
      at = next
    }
  }

  remove(path: string): void {
    const {parent, name} = this.#place(path)
    const entry = parent?.names.get(name)
    if (!parent || !entry) throw failure('ENOENT', path)
    if (entry instanceof Folder) throw failure('EPERM', path)
    this.room += entry.length
    parent.change({name, to: undefined})
  }

  rename(from: string, to: string): void {
    const source = this.#place(from)
    const target = this.#place(to)
    const entry = source.parent?.names.get(source.name)
    if (!source.parent || !target.parent || !entry) throw failure('ENOENT', from)
    if (source.parent === target.parent)
      source.parent.change({name: source.name, to: undefined}, {name: target.name, to: entry})
    else {
      target.parent.change({name: target.name, to: entry})
      source.parent.change({name: source.name, to: undefined})
    }
  }

  /** Every file, by its path, in the order of the names. */
  *files(at: Folder = this.#root, prefix = ''): Iterable<[string, Platter]> {
    for (const name of [...at.names.keys()].sort()) {
      const entry = at.names.get(name)
      if (entry instanceof Platter) yield [prefix + name, entry]
      else if (entry) yield* this.files(entry, `${prefix}${name}/`)
    }
  }

  /** The view that `inspect` reads through. */
  readOnly(): ReadOnlyFiles {
    return {
      list: dir => [...(this.folder(dir)?.names.keys() ?? [])],
      stat: path => {
        if (this.folder(path)) return {kind: 'directory', size: 0}
        const file = this.file(path)
        return file && {kind: 'file', size: file.length}
      },
      readAt: (path, at, into) => {
        const file = this.file(path)
        if (!file) throw failure('ENOENT', path)
        const bytes = file.content().subarray(at, at + into.length)
        into.set(bytes)
        return bytes.length
      },
    }
  }
}

/** What a port call does to the disk. `part`: a process that dies in the middle of it leaves this much, in thousandths. */
export interface Doing<T> {
  call: DiskCallName
  path: string
  bytes: number
  whole(): T
  part?(permille: number): void
  /** It fails, and something is lost by that. */
  failed?(): void
}

export type DiskCallName =
  | 'open'
  | 'create'
  | 'list'
  | 'read'
  | 'append'
  | 'sync'
  | 'truncate'
  | 'makeDir'
  | 'syncDir'
  | 'rename'
  | 'remove'

/** The Disk port of one life: each call goes through `call`, which decides when it happens, and whether. */
export class DiskPort implements Disk {
  readonly #disk: SimDisk
  readonly #call: <T>(doing: Doing<T>) => Promise<T>

  constructor(disk: SimDisk, call: <T>(doing: Doing<T>) => Promise<T>) {
    this.#disk = disk
    this.#call = call
  }

  open(path: string, mode: 'create' | 'append' | 'read'): Promise<DiskFile> {
    const disk = this.#disk
    return this.#call({
      call: mode === 'create' ? 'create' : 'open',
      path,
      bytes: 0,
      whole: () => {
        const file = mode === 'create' ? disk.create(path) : disk.file(path)
        if (!file) throw failure('ENOENT', path)
        return new FilePort(disk, path, file, this.#call)
      },
    })
  }

  list(dir: string): Promise<string[]> {
    return this.#call({
      call: 'list',
      path: dir,
      bytes: 0,
      whole: () => [...(this.#disk.folder(dir)?.names.keys() ?? [])],
    })
  }

  makeDir(dir: string): Promise<void> {
    return this.#call({call: 'makeDir', path: dir, bytes: 0, whole: () => this.#disk.makeDir(dir)})
  }

  syncDir(dir: string): Promise<void> {
    const mark = this.#disk.folder(dir)?.mark()
    return this.#call({
      call: 'syncDir',
      path: dir,
      bytes: 0,
      whole: () => {
        const folder = this.#disk.folder(dir)
        if (!folder || mark === undefined) throw failure('ENOENT', dir)
        folder.synced(mark)
      },
    })
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call({call: 'rename', path: from, bytes: 0, whole: () => this.#disk.rename(from, to)})
  }

  remove(path: string): Promise<void> {
    return this.#call({call: 'remove', path, bytes: 0, whole: () => this.#disk.remove(path)})
  }

  async freeBytes(): Promise<number> {
    return this.#disk.room
  }
}

class FilePort implements DiskFile {
  readonly #disk: SimDisk
  readonly #path: string
  readonly #file: Platter
  readonly #call: <T>(doing: Doing<T>) => Promise<T>
  #open = true

  constructor(disk: SimDisk, path: string, file: Platter, call: <T>(doing: Doing<T>) => Promise<T>) {
    this.#disk = disk
    this.#path = path
    this.#file = file
    this.#call = call
  }

  append(chunks: readonly Uint8Array[]): Promise<void> {
    const data = joined(chunks)
    const write = (bytes: Uint8Array): void => {
      this.#mustBeOpen()
      const from = this.#file.length
      this.#file.append(bytes)
      this.#disk.room -= bytes.length
      this.#disk.watcher?.appended(this.#path, this.#file, from)
    }
    return this.#call({
      call: 'append',
      path: this.#path,
      bytes: data.length,
      whole: () => {
        const fits = Math.max(0, Math.min(data.length, this.#disk.room))
        write(fits === data.length ? data : data.subarray(0, fits))
        if (fits === data.length) return
        this.#disk.refused++
        throw failure('ENOSPC', this.#path)
      },
      part: permille => write(data.subarray(0, Math.floor((data.length * permille) / 1_000))),
    })
  }

  sync(): Promise<void> {
    const mark = this.#file.mark()
    return this.#call({
      call: 'sync',
      path: this.#path,
      bytes: 0,
      failed: () => {
        this.#file.syncFailed(mark)
        this.#disk.untrue = true
      },
      whole: () => {
        this.#mustBeOpen()
        this.#file.synced(mark)
        this.#disk.watcher?.synced(this.#path, this.#file, mark)
      },
    })
  }

  read(at: number, into: Uint8Array): Promise<number> {
    return this.#call({
      call: 'read',
      path: this.#path,
      bytes: into.length,
      whole: () => {
        this.#mustBeOpen()
        const bytes = this.#file.content().subarray(at, at + into.length)
        const readable = this.#file.readable(at, bytes.length)
        if (readable === 0 && bytes.length > 0) throw failure('EIO', this.#path)
        into.set(bytes.subarray(0, readable))
        return readable
      },
    })
  }

  truncate(size: number): Promise<void> {
    return this.#call({
      call: 'truncate',
      path: this.#path,
      bytes: size,
      whole: () => {
        this.#mustBeOpen()
        this.#disk.room += Math.max(0, this.#file.length - size)
        this.#file.truncate(size)
        this.#disk.watcher?.truncated(this.#path, this.#file)
      },
    })
  }

  async size(): Promise<number> {
    return this.#file.length
  }

  async close(): Promise<void> {
    this.#mustBeOpen()
    this.#open = false
  }

  #mustBeOpen(): void {
    if (!this.#open) throw failure('EBADF', this.#path)
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  let bytes = 0
  for (const chunk of chunks) bytes += chunk.length
  const all = new Uint8Array(bytes)
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}

function partsOf(path: string): string[] {
  return path.split('/').filter(part => part !== '' && part !== '.')
}

export function failure(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), {code, path: what})
}
