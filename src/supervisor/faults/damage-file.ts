import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import {basename, dirname, join, resolve, sep} from 'node:path'
import {ChronikError, EXIT} from '../../base/errors.ts'
import {METADATA_GROUP, type NodeId} from '../../base/ids.ts'
import {oneLine} from '../../base/one-line.ts'
import type {Damaged, DamageTarget, DamageWord} from '../../contracts/damage.ts'
import {FileWindow} from '../../inspect/file-window.ts'
import {groupPlaces} from '../../inspect/node.ts'
import {type Seen, walk} from '../../inspect/walk.ts'
import {nodeFiles} from '../../io/node/read-only-files.ts'

/** In the cluster's folder: what lay where damage was done. */
export const ASIDE = 'aside'
const SECTOR_BYTES = 512
const SEGMENT = /^wal_\d+_\d+\.log$/

interface Note extends Damaged {
  node: NodeId
  /** Length of the file before, and after. */
  before: number
  after: number
}

/**
 * Damages one file of a node that does not run. What is changed is copied to the cluster's `aside` folder first, with a note of what was done, so that
 * `undoDamage` can put it back. `number` makes the names unique.
 */
export function damageFile(
  clusterDir: string,
  node: NodeId,
  dataDir: string,
  how: DamageWord,
  target: DamageTarget,
  number: number,
): Damaged {
  const file = fileOf(dataDir, target)
  const size = lstatSync(file).size
  if (how !== 'drop-file' && size === 0) throw refuse(`${file} is empty: there is nothing to damage.`)
  const {byte} = target
  if (byte !== undefined && byte >= size)
    throw refuse(`${oneLine(basename(file))} has ${size} bytes: there is no byte ${byte}.`)
  const {at, bytes} = range(how, file, size, byte)
  const hit = SEGMENT.test(basename(file))
    ? hitAt(file, size, how === 'drop-file' ? size - 1 : (byte ?? at))
    : undefined
  const aside = join(clusterDir, ASIDE)
  mkdirSync(aside, {recursive: true, mode: 0o700})
  const kept = join(aside, `n${node}-${number}-${basename(file)}@${at}`)
  const after = how === 'tear' ? at : how === 'drop-file' ? 0 : size
  const done: Damaged = {how, file, at, bytes, ...(hit ? {hit} : {}), kept}
  const note: Note = {...done, node, before: size, after}
  if (how !== 'drop-file') writeFileSync(kept, read(file, at, bytes), {mode: 0o600, flag: 'wx'})
  writeFileSync(`${kept}.json`, `${JSON.stringify(note)}\n`, {mode: 0o600, flag: 'wx'})
  if (how === 'drop-file') renameSync(file, kept)
  else change(file, how, at, bytes)
  return done
}

/** Puts back what was damaged on a node, newest first, where the file is as the damage left it. Says what was done, a line each. */
export function undoDamage(clusterDir: string, node: NodeId): string[] {
  const aside = join(clusterDir, ASIDE)
  if (!existsSync(aside)) return []
  const notes = readdirSync(aside)
    .filter(name => name.startsWith(`n${node}-`) && name.endsWith('.json'))
    .map(name => join(aside, name))
    .sort((a, b) => numberOf(b) - numberOf(a))
  return notes.map(path => {
    const note = JSON.parse(readFileSync(path, 'utf8')) as Note
    const place = `${oneLine(basename(note.file))}@${note.at}`
    const why = whyChanged(note)
    if (why) return `n${node} ${place} stays as it is: ${why}; the old bytes are in ${note.kept}`
    putBack(note)
    rmSync(note.kept, {force: true})
    rmSync(path)
    return `n${node} ${place} is whole again (${note.how} undone)`
  })
}

const numberOf = (path: string): number => Number(basename(path).split('-')[1])

function fileOf(dataDir: string, target: DamageTarget): string {
  const group = target.group ?? METADATA_GROUP
  const segments = groupPlaces(nodeFiles, dataDir).find(p => p.group === group)?.segments ?? []
  if (target.path === undefined) {
    const last = segments.at(-1)
    if (!last) throw refuse(`${oneLine(dataDir)} holds no segment of ${oneLine(group)}.`)
    return last.path
  }
  const byName = segments.find(s => basename(s.path) === target.path)
  const file = byName?.path ?? resolve(dataDir, target.path)
  // No path and no link leads out of the node's data.
  const there = lstatSync(file, {throwIfNoEntry: false})
  if (!there?.isFile()) throw refuse(`${oneLine(target.path)} is ${there ? 'no regular file' : 'not there'}.`)
  if (!`${realpathSync(dirname(file))}${sep}`.startsWith(`${realpathSync(dataDir)}${sep}`))
    throw refuse(`${oneLine(target.path)} is not in ${oneLine(dataDir)}.`)
  return file
}

/** Which bytes: those that were named, else those that the kind of damage is about. */
function range(how: DamageWord, file: string, size: number, byte: number | undefined): {at: number; bytes: number} {
  if (how === 'drop-file') return {at: 0, bytes: size}
  const log = SEGMENT.test(basename(file))
  if (how === 'tear') {
    const at = byte ?? (log ? middleOfLastBatch(file, size) : Math.floor(size / 2))
    return {at, bytes: size - at}
  }
  const at = byte ?? (log ? inMiddleEntry(file, size) : Math.floor(size / 2))
  if (how === 'flip') return {at, bytes: 1}
  const from = at - (at % SECTOR_BYTES)
  return {at: from, bytes: Math.min(SECTOR_BYTES, size - from)}
}

/** What a crash in the middle of a write leaves: half of the last batch. */
function middleOfLastBatch(file: string, size: number): number {
  let mark = 0
  for (const seen of walk(new FileWindow(nodeFiles, file, size)))
    if (seen.seen === 'record' && seen.said.kind === 'BatchMark') mark = seen.at
  return mark + Math.ceil((size - mark) / 2)
}

/** Inside the payload of the first entry behind the middle of the file: synced long ago, with sound records behind it. */
function inMiddleEntry(file: string, size: number): number {
  let found = Math.floor(size / 2)
  for (const seen of walk(new FileWindow(nodeFiles, file, size))) {
    if (seen.seen !== 'record' || seen.said.kind !== 'Entry') continue
    found = seen.record.dataAt + Math.floor(seen.record.dataBytes / 2)
    if (seen.at >= size / 2) break
  }
  return found
}

function hitAt(file: string, size: number, byte: number): Damaged['hit'] {
  for (const seen of walk(new FileWindow(nodeFiles, file, size)))
    if (seen.at <= byte && byte < seen.at + seen.bytes) return {at: seen.at, kind: kindOf(seen), words: wordsOf(seen)}
  return undefined
}

const kindOf = (seen: Seen): string => (seen.seen === 'record' ? seen.said.kind : 'no sound record')

function wordsOf(seen: Seen): string {
  if (seen.seen === 'unsound') return oneLine(seen.why)
  const {said} = seen
  const where =
    said.kind === 'Entry' || said.kind === 'SnapshotMarker'
      ? `term ${said.term} index ${said.index}  `
      : said.kind === 'HardState'
        ? `term ${said.term} `
        : ''
  return oneLine(`${where}${seen.words}`)
}

function read(file: string, at: number, bytes: number): Buffer {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const into = Buffer.alloc(bytes)
    return into.subarray(0, readSync(fd, into, 0, bytes, at))
  } finally {
    closeSync(fd)
  }
}

function change(file: string, how: DamageWord, at: number, bytes: number): void {
  const fd = openSync(file, constants.O_RDWR | constants.O_NOFOLLOW)
  try {
    if (how === 'tear') ftruncateSync(fd, at)
    else {
      const now = Buffer.alloc(bytes)
      if (how === 'flip') {
        readSync(fd, now, 0, 1, at)
        now[0] ^= FLIPPED
      }
      writeSync(fd, now, 0, bytes, at)
    }
  } finally {
    closeSync(fd)
  }
}

/** The bit that `flip` turns. */
const FLIPPED = 0x08

/** Why a file is not as the damage left it; undefined when it is. */
function whyChanged(note: Note): string | undefined {
  const there = lstatSync(note.file, {throwIfNoEntry: false})
  if (note.how === 'drop-file') return there ? 'a file of that name is there again' : undefined
  if (!there?.isFile()) return 'it is no longer there'
  if (there.size !== note.after) return `it has ${there.size} bytes since, and had ${note.after}`
  if (note.how === 'tear') return undefined
  const now = read(note.file, note.at, note.bytes)
  const old = readFileSync(note.kept)
  const same = note.how === 'flip' ? now[0] === (old[0] ^ FLIPPED) : now.every(b => b === 0)
  return same ? undefined : 'its bytes have changed since'
}

function putBack(note: Note): void {
  if (note.how === 'drop-file') {
    renameSync(note.kept, note.file)
    return
  }
  const fd = openSync(note.file, constants.O_RDWR | constants.O_NOFOLLOW)
  try {
    const old = readFileSync(note.kept)
    for (let done = 0; done < old.length; ) done += writeSync(fd, old, done, old.length - done, note.at + done)
    if (fstatSync(fd).size !== note.before) throw new Error(`${note.file} has a strange length`)
  } finally {
    closeSync(fd)
  }
}

function refuse(message: string): ChronikError {
  return new ChronikError('CHRONIK_DAMAGE', EXIT.usage, message)
}

/** `n2 tear: wal_0_0.log@3180, 121 bytes gone, in HardState term 1 vote 2 commit 22 (wal_0_0.log@3152)` and where the old bytes are. */
export function damageLines(node: NodeId, d: Damaged): string[] {
  const name = oneLine(basename(d.file))
  const what = {
    tear: `${name}@${d.at} torn off: ${d.bytes} bytes gone`,
    flip: `${name}@${d.at} one bit flipped`,
    zero: `${name}@${d.at} zeroed: ${d.bytes} bytes`,
    'drop-file': `${name}@0 taken away: ${d.bytes} bytes`,
  }[d.how]
  const hit = d.hit
    ? `${d.how === 'drop-file' ? ', last ' : ', in '}${d.hit.kind} at ${name}@${d.hit.at}: ${d.hit.words}`
    : ''
  return [`n${node} ${what}${hit}`, `  old bytes kept in ${oneLine(d.kept)}`]
}
