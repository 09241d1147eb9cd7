import type {Random} from '../../src/base/random.ts'
import type {Cancellable, Clock, Disk, DiskFile} from '../../src/io/ports.ts'

const SECTOR = 512

/** What a call to the disk was, as the test's `meet` sees it before it happens. */
interface DiskCall {
  call:
    | 'create'
    | 'open'
    | 'list'
    | 'read'
    | 'append'
    | 'sync'
    | 'truncate'
    | 'makeDir'
    | 'syncDir'
    | 'rename'
    | 'remove'
  path: string
  /** Bytes that an append brings. */
  bytes: number
}

/** One file's content: what is there now, what the last sync made durable, and every content in between. */
class Content {
  now: Uint8Array
  synced: Uint8Array
  since: Uint8Array[] = []

  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.now = bytes
    this.synced = bytes
  }

  become(bytes: Uint8Array): void {
    this.now = bytes
    this.since.push(bytes)
  }

  /** Any length that it had since its last sync; each sector in any version since, missing parts zero. */
  afterPowerLoss(random: Random): Uint8Array {
    const versions = [this.synced, ...this.since]
    const length = versions[random.below(versions.length)].length
    const kept = new Uint8Array(length)
    for (let at = 0; at < length; at += SECTOR) {
      const version = versions[random.below(versions.length)]
      kept.set(version.subarray(at, Math.min(at + SECTOR, length)), at)
    }
    return kept
  }
}

/**
 * A Disk in memory that fails on demand. It knows what was synced: `crash` gives the disk that a dead process leaves behind, `powerLoss` the one that
 * a dead machine does. A call that fails leaves what a real one would: a part of an append that met a full disk is there.
 */
export class MemoryDisk implements Disk {
  readonly files = new Map<string, Content>()
  /** Names as the last sync of their directory left them, and what else each was since. */
  readonly #durable = new Map<string, Content>()
  readonly #since = new Map<string, Array<Content | undefined>>()
  readonly calls: DiskCall[] = []
  /** Bytes that still fit. */
  room = Number.POSITIVE_INFINITY
  /** Called before each call: throws to make it fail, gives a promise to make it wait. */
  meet: (call: DiskCall) => Promise<void> | void = () => {}
  #dead = false
  #open = 0

  /** Files that are open now. */
  get openFiles(): number {
    return this.#open
  }

  /** How often `call` happened, optionally on paths that match. */
  count(call: DiskCall['call'], path = /./): number {
    return this.calls.filter(c => c.call === call && path.test(c.path)).length
  }

  bytes(path: string): Uint8Array {
    const content = this.files.get(path)
    if (!content) throw new Error(`no file ${path}: ${[...this.files.keys()].join(' ')}`)
    return content.now
  }

  /** Puts a file there as if it had always been. */
  put(path: string, bytes: Uint8Array): void {
    const content = new Content(bytes)
    this.files.set(path, content)
    this.#durable.set(path, content)
  }

  /** A copy with the same bytes, all of them durable. */
  copy(): MemoryDisk {
    const copy = new MemoryDisk()
    for (const [path, content] of this.files) copy.put(path, content.now.slice())
    return copy
  }

  /** The process died: what it wrote is there, whether synced or not, and stays as unsynced as it was. */
  crash(): MemoryDisk {
    this.#dead = true
    const next = new MemoryDisk()
    for (const [path, content] of this.files) next.files.set(path, content)
    for (const [path, content] of this.#durable) next.#durable.set(path, content)
    for (const [path, versions] of this.#since) next.#since.set(path, [...versions])
    return next
  }

  /** The machine died: what was not synced is there, or not, or in part. */
  powerLoss(random: Random): MemoryDisk {
    this.#dead = true
    const next = new MemoryDisk()
    const images = new Map<Content, Uint8Array>()
    for (const path of new Set([...this.#durable.keys(), ...this.#since.keys()])) {
      const versions = [this.#durable.get(path), ...(this.#since.get(path) ?? [])]
      const content = versions[random.below(versions.length)]
      if (!content) continue
      const image = images.get(content) ?? content.afterPowerLoss(random)
      images.set(content, image)
      next.put(path, image.slice())
    }
    return next
  }

  #rename(path: string, content: Content | undefined): void {
    if (content) this.files.set(path, content)
    else this.files.delete(path)
    const versions = this.#since.get(path) ?? []
    versions.push(content)
    this.#since.set(path, versions)
  }

  async #meet(call: DiskCall['call'], path: string, bytes = 0): Promise<void> {
    if (this.#dead) return new Promise(() => {})
    const met: DiskCall = {call, path, bytes}
    this.calls.push(met)
    await this.meet(met)
    if (this.#dead) return new Promise(() => {})
  }

  async open(path: string, mode: 'create' | 'append' | 'read'): Promise<DiskFile> {
    await this.#meet(mode === 'create' ? 'create' : 'open', path)
    const there = this.files.get(path)
    if (mode === 'create') {
      if (there) throw failure('EEXIST', path)
      this.#rename(path, new Content())
    } else if (!there) throw failure('ENOENT', path)
    const content = this.files.get(path) as Content
    this.#open++
    let closed = false
    const use = (): void => {
      if (closed) throw failure('EBADF', path)
    }
    return {
      append: async chunks => {
        use()
        let bytes = 0
        for (const chunk of chunks) bytes += chunk.length
        await this.#meet('append', path, bytes)
        const fits = Math.min(bytes, this.room)
        const all = new Uint8Array(content.now.length + bytes)
        all.set(content.now)
        let at = content.now.length
        for (const chunk of chunks) {
          all.set(chunk, at)
          at += chunk.length
        }
        this.room -= fits
        content.become(all.subarray(0, content.now.length + fits))
        if (fits < bytes) throw failure('ENOSPC', path)
      },
      sync: async () => {
        use()
        const {now} = content
        await this.#meet('sync', path)
        content.synced = now
        content.since = content.now === now ? [] : [content.now]
      },
      read: async (at, into) => {
        use()
        await this.#meet('read', path)
        const bytes = content.now.subarray(at, at + into.length)
        into.set(bytes)
        return bytes.length
      },
      truncate: async size => {
        use()
        await this.#meet('truncate', path)
        this.room += Math.max(0, content.now.length - size)
        content.become(content.now.slice(0, size))
      },
      size: async () => content.now.length,
      close: async () => {
        use()
        closed = true
        this.#open--
      },
    }
  }

  async list(dir: string): Promise<string[]> {
    await this.#meet('list', dir)
    const names = new Set<string>()
    const prefix = dir === '.' ? '' : `${dir}/`
    for (const path of this.files.keys())
      if (path.startsWith(prefix)) names.add(path.slice(prefix.length).split('/')[0])
    return [...names]
  }

  async makeDir(dir: string): Promise<void> {
    await this.#meet('makeDir', dir)
  }

  async syncDir(dir: string): Promise<void> {
    await this.#meet('syncDir', dir)
    for (const path of [...this.#since.keys()]) {
      const at = path.lastIndexOf('/')
      if ((at < 0 ? '.' : path.slice(0, at)) !== dir) continue
      this.#since.delete(path)
      const content = this.files.get(path)
      if (content) this.#durable.set(path, content)
      else this.#durable.delete(path)
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#meet('rename', from)
    const below = [...this.files].filter(([path]) => path === from || path.startsWith(`${from}/`))
    if (below.length === 0) throw failure('ENOENT', from)
    for (const [path, content] of below) {
      this.#rename(to + path.slice(from.length), content)
      this.#rename(path, undefined)
    }
  }

  async remove(path: string): Promise<void> {
    await this.#meet('remove', path)
    if (!this.files.has(path)) throw failure('ENOENT', path)
    this.room += this.files.get(path)?.now.length ?? 0
    this.#rename(path, undefined)
  }

  async freeBytes(): Promise<number> {
    return this.room
  }
}

export function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), {code, path})
}

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  #now = 0
  #timers: Array<{at: number; run: () => void}> = []

  monotonicMs(): number {
    return this.#now
  }

  wallMs(): number {
    return this.#now
  }

  after(ms: number, run: () => void): Cancellable {
    const timer = {at: this.#now + ms, run}
    this.#timers.push(timer)
    return {cancel: () => this.#timers.splice(this.#timers.indexOf(timer) >>> 0, 1)}
  }

  soon(run: () => void): void {
    setImmediate(run)
  }

  get waiting(): number {
    return this.#timers.length
  }

  advance(ms: number): void {
    this.#now += ms
    const due = this.#timers.filter(t => t.at <= this.#now).sort((a, b) => a.at - b.at)
    this.#timers = this.#timers.filter(t => t.at > this.#now)
    for (const {run} of due) run()
  }
}

/** Lets everything that waits for nothing but a microtask go on. */
export function drained(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
