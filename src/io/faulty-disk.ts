import type {Clock, Disk, DiskFile} from './ports.ts'

/** What is wrong with a disk. Every field may be changed while files are open; `{}`: nothing is. */
export interface DiskTrouble {
  /** Bytes that still fit before writes fail with ENOSPC; 0: full. What is truncated or removed makes room again. Absent: what the disk below has. */
  roomBytes?: number
  /** Calls that fail with EIO and do nothing. */
  eio?: DiskError
  /** Milliseconds that every sync takes longer. */
  syncDelayMs?: number
}

export interface DiskError {
  /** `write`: also truncate, create, rename, remove, makeDir · `sync`: of files and directories · `read`: of bytes. */
  on: 'read' | 'write' | 'sync'
  /** How many calls fail; absent: all, for good. */
  times?: number
  /** Only calls on this path, as the caller names it. */
  path?: string
}

/** A disk that does all that another one does, unless it is told to fail: full, with errors, slow. */
export class FaultyDisk implements Disk {
  readonly #disk: Disk
  readonly #clock: Clock
  #trouble: DiskTrouble = {}

  constructor(disk: Disk, clock: Clock) {
    this.#disk = disk
    this.#clock = clock
  }

  /** What is wrong now; how often errors still come is counted down in it. */
  get trouble(): Readonly<DiskTrouble> {
    return this.#trouble
  }

  /** From now on this is wrong, and nothing else. */
  set(trouble: DiskTrouble): void {
    this.#trouble = {...trouble, ...(trouble.eio ? {eio: {...trouble.eio}} : {})}
  }

  async open(path: string, mode: 'create' | 'append' | 'read'): Promise<DiskFile> {
    if (mode === 'create') {
      this.#mayFail('write', path)
      if (this.#trouble.roomBytes === 0) throw failure('ENOSPC', path)
    }
    return this.#file(await this.#disk.open(path, mode), path)
  }

  list(dir: string): Promise<string[]> {
    return this.#disk.list(dir)
  }

  async makeDir(dir: string): Promise<void> {
    this.#mayFail('write', dir)
    await this.#disk.makeDir(dir)
  }

  async syncDir(dir: string): Promise<void> {
    await this.#syncWait(dir)
    await this.#disk.syncDir(dir)
  }

  async rename(from: string, to: string): Promise<void> {
    this.#mayFail('write', from)
    await this.#disk.rename(from, to)
  }

  async remove(path: string): Promise<void> {
    this.#mayFail('write', path)
    const bytes = this.#trouble.roomBytes === undefined ? 0 : await this.#sizeOf(path)
    await this.#disk.remove(path)
    this.#room(bytes)
  }

  async freeBytes(): Promise<number> {
    return Math.min(await this.#disk.freeBytes(), this.#trouble.roomBytes ?? Number.POSITIVE_INFINITY)
  }

  #file(file: DiskFile, path: string): DiskFile {
    return {
      append: chunks => this.#append(file, path, chunks),
      sync: async () => {
        await this.#syncWait(path)
        await file.sync()
      },
      read: async (at, into) => {
        this.#mayFail('read', path)
        return file.read(at, into)
      },
      truncate: async size => {
        this.#mayFail('write', path)
        const before = await file.size()
        await file.truncate(size)
        this.#room(Math.max(0, before - size))
      },
      size: () => file.size(),
      close: () => file.close(),
    }
  }

  /** A disk without room takes what fits: a short write, then the error. */
  async #append(file: DiskFile, path: string, chunks: readonly Uint8Array[]): Promise<void> {
    this.#mayFail('write', path)
    const {roomBytes} = this.#trouble
    if (roomBytes === undefined) return file.append(chunks)
    let bytes = 0
    for (const chunk of chunks) bytes += chunk.length
    const fits = Math.min(bytes, roomBytes)
    this.#room(-fits)
    if (fits === bytes) return file.append(chunks)
    const first = firstOf(chunks, fits)
    if (first.length > 0) await file.append(first)
    throw failure('ENOSPC', path)
  }

  async #sizeOf(path: string): Promise<number> {
    const file = await this.#disk.open(path, 'read')
    try {
      return await file.size()
    } finally {
      await file.close()
    }
  }

  #room(bytes: number): void {
    if (this.#trouble.roomBytes !== undefined) this.#trouble.roomBytes += bytes
  }

  async #syncWait(path: string): Promise<void> {
    const {syncDelayMs = 0} = this.#trouble
    if (syncDelayMs > 0) await new Promise<void>(resolve => this.#clock.after(syncDelayMs, resolve))
    this.#mayFail('sync', path)
  }

  #mayFail(on: DiskError['on'], path: string): void {
    const {eio} = this.#trouble
    if (!eio || eio.on !== on || (eio.path !== undefined && eio.path !== path)) return
    if (eio.times !== undefined && --eio.times <= 0) this.#trouble.eio = undefined
    throw failure('EIO', path)
  }
}

/** The first so many bytes of the chunks. */
function firstOf(chunks: readonly Uint8Array[], bytes: number): Uint8Array[] {
  const first: Uint8Array[] = []
  let left = bytes
  for (const chunk of chunks) {
    if (left === 0) break
    const part = chunk.length <= left ? chunk : chunk.subarray(0, left)
    first.push(part)
    left -= part.length
  }
  return first
}

function failure(code: 'ENOSPC' | 'EIO', path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), {code, path})
}
