import {existsSync, linkSync, lstatSync, realpathSync} from 'node:fs'
import {dirname, join, relative, resolve} from 'node:path'
import type {Disk, DiskFile} from '../ports.ts'
import {type Id, keptDir, SideLog, type Tracked} from './unsynced.ts'

/**
 * A disk of which power can be cut: everything goes through to the disk below, and a side log in a folder beside the data remembers what was not synced,
 * so that `cutPower` (power-loss.ts) can undo any part of it once the process is dead. Files that are removed or replaced are kept there until
 * their directory is synced.
 */
export class LossyDisk implements Disk {
  readonly #disk: Disk
  readonly #root: string
  readonly #side: string
  readonly #log: SideLog

  /** `disk`: over the data directory `root`. `side`: a folder outside of it, on the same file system. */
  constructor(disk: Disk, root: string, side: string, o: {logBytesMax?: number} = {}) {
    this.#disk = disk
    this.#root = realpathSync(root)
    this.#side = side
    this.#log = new SideLog(side, {bytesMax: o.logBytesMax})
  }

  async open(path: string, mode: 'create' | 'append' | 'read'): Promise<DiskFile> {
    const file = await this.#disk.open(path, mode)
    if (mode === 'create') this.#named(path, undefined, this.#new('file', path))
    if (mode === 'read') return file
    return new LossyFile(file, this.#tracked(path, 'file'), this.#log, await file.size())
  }

  list(dir: string): Promise<string[]> {
    return this.#disk.list(dir)
  }

  async makeDir(dir: string): Promise<void> {
    const missing: string[] = []
    for (let at = this.#name(dir); at !== '.' && !existsSync(join(this.#root, at)); at = dirname(at))
      missing.unshift(at)
    await this.#disk.makeDir(dir)
    for (const made of missing) this.#named(made, undefined, this.#new('folder', made))
  }

  async syncDir(dir: string): Promise<void> {
    const folder = this.#log.state.at(this.#name(dir))
    const upTo = this.#log.state.nextNumber - 1
    await this.#disk.syncDir(dir)
    if (folder && folder.names.length > 0) this.#log.write({synced: folder.id, upTo})
  }

  async rename(from: string, to: string): Promise<void> {
    const source = this.#tracked(from)
    const replaced = this.#keep(to)
    await this.#disk.rename(from, to)
    const [before, after] = [this.#name(from), this.#name(to)]
    if (replaced) this.#move(replaced, after, true)
    const inside = this.#log.state.below(before)
    this.#move(source, after)
    for (const it of inside) this.#move(it, after + it.path.slice(before.length))
    const [left, right] = [dirname(before), dirname(after)]
    const gone: [string, Id | null, Id | null] = [nameIn(before), source.id, null]
    const come: [string, Id | null, Id | null] = [nameIn(after), replaced?.id ?? null, source.id]
    if (left === right) this.#changed(left, gone, come)
    else {
      this.#changed(right, come)
      this.#changed(left, gone)
    }
  }

  async remove(path: string): Promise<void> {
    const kept = this.#keep(path)
    await this.#disk.remove(path)
    if (!kept) return
    this.#move(kept, this.#name(path), true)
    this.#named(path, kept.id, undefined)
  }

  freeBytes(): Promise<number> {
    return this.#disk.freeBytes()
  }

  #name(path: string): string {
    return relative(this.#root, resolve(this.#root, path)) || '.'
  }

  #tracked(path: string, kind?: 'file' | 'folder'): Tracked {
    const name = this.#name(path)
    const known = this.#log.state.at(name)
    if (known) return known
    const isFolder = kind ? kind === 'folder' : lstatSync(join(this.#root, name)).isDirectory()
    return this.#new(isFolder ? 'folder' : 'file', path)
  }

  #new(kind: 'file' | 'folder', path: string): Tracked {
    const id = this.#log.state.nextId
    this.#log.write({is: id, kind, path: this.#name(path)})
    return this.#log.state.of(id) as Tracked
  }

  #move({id, kind}: Tracked, path: string, kept = false): void {
    this.#log.write({is: id, kind, path, ...(kept ? {kept: true as const} : {})})
  }

  /** A second name for what is about to lose its first one. */
  #keep(path: string): Tracked | undefined {
    const full = join(this.#root, this.#name(path))
    if (!lstatSync(full, {throwIfNoEntry: false})?.isFile()) return undefined
    const it = this.#tracked(path, 'file')
    const place = join(keptDir(this.#side), String(it.id))
    if (!existsSync(place)) linkSync(full, place)
    return it
  }

  #named(path: string, was: Id | undefined, to: Tracked | undefined): void {
    const name = this.#name(path)
    this.#changed(dirname(name), [nameIn(name), was ?? null, to?.id ?? null])
  }

  #changed(folder: string, ...changes: Array<[string, Id | null, Id | null]>): void {
    const names = this.#tracked(folder, 'folder').id
    this.#log.write({n: this.#log.state.nextNumber, names, changes})
  }
}

const nameIn = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

class LossyFile implements DiskFile {
  readonly #file: DiskFile
  readonly #it: Tracked
  readonly #log: SideLog
  #end: number

  constructor(file: DiskFile, it: Tracked, log: SideLog, end: number) {
    this.#file = file
    this.#it = it
    it.open++
    this.#log = log
    this.#end = end
  }

  async append(chunks: readonly Uint8Array[]): Promise<void> {
    let bytes = 0
    for (const chunk of chunks) bytes += chunk.length
    const at = this.#end
    this.#end += bytes
    this.#log.write({n: this.#log.state.nextNumber, append: this.#it.id, at, bytes})
    try {
      await this.#file.append(chunks)
    } catch (error) {
      this.#end = await this.#file.size()
      throw error
    }
  }

  async sync(): Promise<void> {
    const upTo = this.#log.state.nextNumber - 1
    try {
      await this.#file.sync()
    } catch (error) {
      this.#log.write({failed: this.#it.id, upTo})
      throw error
    }
    if (this.#it.events.length > 0) this.#log.write({synced: this.#it.id, upTo})
  }

  read(at: number, into: Uint8Array): Promise<number> {
    return this.#file.read(at, into)
  }

  async truncate(size: number): Promise<void> {
    const lost = new Uint8Array(Math.max(0, this.#end - size))
    const got = lost.length > 0 ? await this.#file.read(size, lost) : 0
    const base64 = Buffer.from(lost.subarray(0, got)).toString('base64')
    this.#log.write({n: this.#log.state.nextNumber, cut: this.#it.id, to: size, lost: base64})
    this.#end = size
    await this.#file.truncate(size)
  }

  size(): Promise<number> {
    return this.#file.size()
  }

  close(): Promise<void> {
    this.#it.open--
    return this.#file.close()
  }
}
