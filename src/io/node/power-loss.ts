import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import {join} from 'node:path'
import type {Random} from '../../base/random.ts'
import {Names} from '../names.ts'
import {drawKept, type Kept, Platter, SECTOR} from '../platter.ts'
import {type FileEvent, type Id, keptDir, logPath, readSideLog, type Tracked, type Unsynced} from './unsynced.ts'

/** What a power loss did to one file or name. */
export interface Lost {
  /** As seen from the data directory, when the power went. */
  path: string
  /** Bytes that are not there any more as they were written. */
  bytes: number
  /** The first of them. */
  at: number
  what:
    | 'bytes'
    /** A truncation was undone: longer than it was. */
    | 'truncation'
    /** Its creation or renaming: no such name any more. */
    | 'name'
    /** Its removal: there again. */
    | 'removal'
    /** What it was replaced by: the older file again. */
    | 'replacement'
}

export interface PowerLoss {
  /** Bytes that had been written and not synced, whether lost or not. */
  unsyncedBytes: number
  /** Creations, renames and removals whose directory had not been synced. */
  unsyncedNames: number
  lost: Lost[]
}

/**
 * Undoes a drawn part of what was not synced in a data directory, down to 512-byte sectors, lengths and single names; with `all` all of it. For the disk
 * of a dead process alone. What is left counts as synced from then on.
 */
export function cutPower(root: string, side: string, random: Random, o: {all?: boolean} = {}): PowerLoss {
  const state = readSideLog(side)
  const result: PowerLoss = {unsyncedBytes: 0, unsyncedNames: 0, lost: []}
  // Every other machine loses all that was in its disk's cache; of the rest it is drawn file by file.
  const nothing = random.below(2) === 0 || o.all === true
  const draw = (): Kept => (nothing ? 'none' : drawKept(random))
  const tracked = [...state.tracked.values()].sort((a, b) => a.id - b.id)
  const place = (it: Tracked): string => (it.kept ? join(keptDir(side), String(it.id)) : join(root, it.path))
  for (const it of tracked) {
    if (it.kind !== 'file' || it.events.length === 0) continue
    for (const e of it.events) if ('append' in e) result.unsyncedBytes += e.bytes
    const lost = loseBytes(place(it), it.events, random, draw())
    if (lost) result.lost.push({path: it.path, ...lost})
  }
  const changes = tracked.flatMap(it => {
    result.unsyncedNames += it.names.length
    return it.names.length > 0 ? [changesOf(it, random, draw())] : []
  })
  result.lost.push(...loseNames(state, changes, root, side))
  rmSync(keptDir(side), {recursive: true, force: true})
  mkdirSync(keptDir(side), {mode: 0o700})
  writeFileSync(logPath(side), '', {mode: 0o600})
  return result
}

/** The end of a file as it was before the first event, and what each write brought: told backwards from what is there now. */
function loseBytes(
  path: string,
  events: readonly FileEvent[],
  random: Random,
  share: Kept,
): Omit<Lost, 'path'> | undefined {
  const there = lstatSync(path, {throwIfNoEntry: false})
  if (!there?.isFile()) return undefined
  const starts = events.flatMap(e => ('append' in e ? [e.at] : 'cut' in e ? [e.to] : []))
  const base = Math.min(...starts)
  const from = base - (base % SECTOR)
  const fd = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW)
  try {
    const before = Buffer.alloc(Math.max(0, fstatSync(fd).size - from))
    readSync(fd, before, 0, before.length, from)
    const after = kept(before, from, events, random, share)
    writeSync(fd, after, 0, after.length, from)
    ftruncateSync(fd, from + after.length)
    let bytes = 0
    let at = -1
    for (let i = 0; i < before.length; i++)
      if (i >= after.length || before[i] !== after[i]) {
        if (at < 0) at = i
        bytes++
      }
    if (bytes > 0) return {bytes, at: from + at, what: 'bytes'}
    return after.length > before.length ? {bytes: 0, at: from + before.length, what: 'truncation'} : undefined
  } finally {
    closeSync(fd)
  }
}

function kept(before: Uint8Array, from: number, events: readonly FileEvent[], random: Random, share: Kept): Uint8Array {
  let now = before
  const done: Array<{event: FileEvent; bytes?: Uint8Array}> = []
  for (const event of [...events].reverse()) {
    if ('append' in event) {
      const at = Math.min(Math.max(0, event.at - from), now.length)
      done.unshift({event, bytes: now.subarray(at, Math.min(now.length, at + event.bytes))})
      now = now.subarray(0, at)
    } else if ('cut' in event) {
      // The process died before it came to it.
      if (from + now.length > event.to) continue
      done.unshift({event})
      now = Buffer.concat([now, Buffer.from(event.lost, 'base64')])
    } else done.unshift({event})
  }
  const platter = new Platter(now)
  const writes: Array<{n: number; mark: number}> = []
  const markOf = (upTo: number): number => writes.findLast(w => w.n <= upTo)?.mark ?? 0
  for (const {event, bytes} of done) {
    if ('append' in event) platter.append(bytes ?? new Uint8Array(0))
    else if ('cut' in event) platter.truncate(event.to - from)
    else if ('failed' in event) platter.syncFailed(markOf(event.upTo))
    else platter.synced(markOf(event.upTo))
    if ('n' in event) writes.push({n: event.n, mark: platter.mark()})
  }
  platter.powerLoss(random, share)
  return platter.content()
}

interface FolderChanges {
  folder: Tracked
  /** Only names that have changed: what they stand for now, and after the loss. */
  names: Array<{name: string; now: Id | undefined; later: Id | undefined}>
}

function changesOf(folder: Tracked, random: Random, share: Kept): FolderChanges {
  const names = new Names<Id>()
  const changed = new Set<string>()
  for (const {changes} of folder.names) {
    for (const [name, was] of changes) {
      if (changed.has(name)) continue
      changed.add(name)
      if (was !== null) {
        names.durable.set(name, was)
        names.names.set(name, was)
      }
    }
    names.change(...changes.map(([name, , to]) => ({name, to: to ?? undefined})))
  }
  const now = new Map(names.names)
  names.powerLoss(random, share)
  const list = [...changed].map(name => ({name, now: now.get(name), later: names.names.get(name)}))
  return {folder, names: list.filter(c => c.now !== c.later)}
}

/** Takes away what loses its name, from the deepest directory up; then gives names back, from the top down. */
function loseNames(state: Unsynced, changes: readonly FolderChanges[], root: string, side: string): Lost[] {
  const lost: Lost[] = []
  const depth = (c: FolderChanges): number => c.folder.path.split('/').length
  const limbo = (id: Id): string => join(keptDir(side), String(id))
  for (const {folder, names} of [...changes].sort((a, b) => depth(b) - depth(a)))
    for (const {name, now, later} of names) {
      const path = folder.path === '.' ? name : `${folder.path}/${name}`
      const full = join(root, path)
      const there = lstatSync(full, {throwIfNoEntry: false})
      const bytes = there?.isFile() ? there.size : 0
      if (now !== undefined && there) {
        rmSync(limbo(now), {recursive: true, force: true})
        renameSync(full, limbo(now))
        const it = state.of(now)
        if (it) state.take({is: now, kind: it.kind, path: it.path, kept: true})
      }
      if (now !== undefined) lost.push({path, bytes, at: 0, what: later === undefined ? 'name' : 'replacement'})
      else lost.push({path, bytes: 0, at: 0, what: 'removal'})
    }
  const back = changes.flatMap(({folder, names}) => names.map(c => ({folder, ...c})))
  // A directory that comes back is there before what comes back in it.
  for (let left = back.filter(b => b.later !== undefined); left.length > 0; ) {
    const rest = left.filter(({folder, name, later}) => {
      const where = folder.kept ? limbo(folder.id) : join(root, folder.path)
      if (later === undefined || !existsSync(where) || !existsSync(limbo(later))) return true
      renameSync(limbo(later), join(where, name))
      const it = state.of(later)
      const path = folder.path === '.' ? name : `${folder.path}/${name}`
      for (const inside of it ? state.below(it.path) : [])
        state.take({is: inside.id, kind: inside.kind, path: path + inside.path.slice((it?.path ?? '').length)})
      if (it) state.take({is: later, kind: it.kind, path})
      return false
    })
    if (rest.length === left.length) break
    left = rest
  }
  return lost
}
