import {closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import {systemCode} from '../../base/errors.ts'

/** Number of a file or directory, for as long as something about it is not synced. */
export type Id = number

/** What was done to a file and is not synced, in the order of `n`. */
export type FileEvent =
  /** About to be written behind the end: bytes at … at + bytes - 1. */
  | {n: number; append: Id; at: number; bytes: number}
  /** About to be cut to `to` bytes; `lost`: what was behind, base64. */
  | {n: number; cut: Id; to: number; lost: string}
  /** A sync that began after event `upTo` has ended. */
  | {synced: Id; upTo: number}
  /** … has failed: what it was for may be on the disk or not, whatever later syncs say. */
  | {failed: Id; upTo: number}

/** Names that have changed in a directory, together: name, what it stood for before, what it stands for now. */
export interface NamesEvent {
  n: number
  names: Id
  changes: Array<[name: string, was: Id | null, to: Id | null]>
}

/** A line of the side log: one JSON object. `is`: where a file or directory lies; `kept`: in the side folder, under its number. */
export type SideLine = {is: Id; kind: 'file' | 'folder'; path: string; kept?: true} | FileEvent | NamesEvent

export interface Tracked {
  id: Id
  kind: 'file' | 'folder'
  /** As seen from the data directory; `.` is that directory itself. */
  path: string
  kept: boolean
  events: FileEvent[]
  names: NamesEvent[]
  /** Handles of this process that write to it. */
  open: number
}

/** What is not synced in one data directory, as the lines of its side log add up. */
export class Unsynced {
  readonly tracked = new Map<Id, Tracked>()
  readonly #byPath = new Map<string, Tracked>()
  nextId = 1
  nextNumber = 1

  at(path: string): Tracked | undefined {
    return this.#byPath.get(path)
  }

  of(id: Id): Tracked | undefined {
    return this.tracked.get(id)
  }

  /** Gives the kept files that nothing can bring back any more. */
  take(line: SideLine): Tracked[] {
    if ('is' in line) this.#place(line.is, line.kind, line.path, line.kept === true)
    else if ('names' in line) {
      this.nextNumber = Math.max(this.nextNumber, line.n + 1)
      this.of(line.names)?.names.push(line)
    } else if ('n' in line) {
      this.nextNumber = Math.max(this.nextNumber, line.n + 1)
      this.of('append' in line ? line.append : line.cut)?.events.push(line)
    } else if ('failed' in line) this.of(line.failed)?.events.push(line)
    else return this.#synced(line)
    return []
  }

  #synced(line: {synced: Id; upTo: number}): Tracked[] {
    const it = this.of(line.synced)
    if (!it) return []
    // After a failed sync it takes the whole story to say what a later one has made durable.
    if (it.events.some(e => 'failed' in e)) it.events.push(line)
    else it.events = it.events.filter(e => 'n' in e && e.n > line.upTo)
    const done = it.names.filter(e => e.n <= line.upTo)
    it.names = it.names.filter(e => e.n > line.upTo)
    const gone = done
      .flatMap(e => e.changes.map(([, was]) => was))
      .map(was => (was === null ? undefined : this.of(was)))
      .filter(was => was?.kept && !this.#named(was.id))
    for (const was of gone) if (was) this.tracked.delete(was.id)
    return gone as Tracked[]
  }

  #named(id: Id): boolean {
    for (const {names} of this.tracked.values())
      if (names.some(e => e.changes.some(([, was, to]) => was === id || to === id))) return true
    return false
  }

  #place(id: Id, kind: 'file' | 'folder', path: string, kept: boolean): void {
    this.nextId = Math.max(this.nextId, id + 1)
    const it = this.tracked.get(id) ?? {id, kind, path, kept, events: [], names: [], open: 0}
    if (!it.kept && this.#byPath.get(it.path) === it) this.#byPath.delete(it.path)
    it.path = path
    it.kept = kept
    this.tracked.set(id, it)
    if (!kept) this.#byPath.set(path, it)
  }

  /** Everything below a directory that is tracked too. */
  below(path: string): Tracked[] {
    return [...this.tracked.values()].filter(t => !t.kept && t.path.startsWith(`${path}/`))
  }

  get clean(): boolean {
    for (const {events, names} of this.tracked.values()) if (events.length > 0 || names.length > 0) return false
    return true
  }

  /** The fewest lines that add up to the same. */
  lines(): SideLine[] {
    const events: Array<{n: number; line: SideLine}> = []
    const wanted = new Set<Id>()
    for (const it of this.tracked.values()) {
      let n = 0
      for (const e of it.events) {
        if ('n' in e) n = e.n
        events.push({n, line: e})
      }
      for (const e of it.names) {
        events.push({n: e.n, line: e})
        for (const [, was, to] of e.changes) for (const id of [was, to]) if (id !== null) wanted.add(id)
      }
      if (it.events.length > 0 || it.names.length > 0 || it.open > 0) wanted.add(it.id)
    }
    // Sorting is stable: what has no number of its own stays behind the event it came after.
    events.sort((a, b) => a.n - b.n)
    const places: SideLine[] = []
    for (const [id, it] of [...this.tracked])
      if (wanted.has(id)) places.push({is: id, kind: it.kind, path: it.path, ...(it.kept ? {kept: true} : {})})
      else this.#forget(it)
    return [...places, ...events.map(e => e.line)]
  }

  #forget(it: Tracked): void {
    this.tracked.delete(it.id)
    if (this.#byPath.get(it.path) === it) this.#byPath.delete(it.path)
  }
}

const LOG_BYTES_MAX = 1 << 20

/** `log` in the side folder: appended before what it tells of is done, never synced. It outlives the process, not the machine. */
export class SideLog {
  readonly state: Unsynced
  readonly #dir: string
  readonly #bytesMax: number
  #fd: number
  #bytes: number

  /** Goes on where the process before left off. */
  constructor(dir: string, o: {bytesMax?: number} = {}) {
    mkdirSync(keptDir(dir), {recursive: true, mode: 0o700})
    this.#dir = dir
    this.#bytesMax = o.bytesMax ?? LOG_BYTES_MAX
    this.state = readSideLog(dir)
    this.#fd = -1
    this.#bytes = 0
    this.#rewrite()
  }

  write(line: SideLine): void {
    const text = `${JSON.stringify(line)}\n`
    writeSync(this.#fd, text)
    this.#bytes += text.length
    for (const {id} of this.state.take(line)) rmSync(join(keptDir(this.#dir), String(id)), {force: true})
    if (this.#bytes > this.#bytesMax) this.#rewrite()
  }

  #rewrite(): void {
    const path = logPath(this.#dir)
    const text = this.state
      .lines()
      .map(line => `${JSON.stringify(line)}\n`)
      .join('')
    writeFileSync(`${path}.tmp`, text, {mode: 0o600})
    renameSync(`${path}.tmp`, path)
    if (this.#fd >= 0) closeSync(this.#fd)
    this.#fd = openSync(path, 'a', 0o600)
    // Half of the room at least is for what comes.
    this.#bytes = Math.min(text.length, this.#bytesMax / 2)
  }
}

export function logPath(dir: string): string {
  return join(dir, 'log')
}

export function keptDir(dir: string): string {
  return join(dir, 'kept')
}

/** What the side log in this folder adds up to; nothing when there is none. */
export function readSideLog(dir: string): Unsynced {
  const state = new Unsynced()
  let text = ''
  try {
    text = readFileSync(logPath(dir), 'utf8')
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }
  for (const line of text.split('\n')) {
    // The last line of a process that was killed while it wrote it tells of nothing that was begun.
    try {
      state.take(JSON.parse(line) as SideLine)
    } catch {}
  }
  return state
}
