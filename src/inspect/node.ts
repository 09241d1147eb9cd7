import {type GroupName, groupName, METADATA_TOPIC, splitGroupName} from '../base/ids.ts'
import type {ReadOnlyFiles} from '../io/ports.ts'
import {EntrySums} from './entry-sums.ts'
import {FileWindow} from './file-window.ts'
import {firstLogId, type GroupPlace, readGroup} from './group.ts'
import {type Listing, readGroupsLog} from './groups-log.ts'
import {isKafkaNode, readKafkaNode} from './kafka/node.ts'
import type {GroupReading} from './reading.ts'
import {resync, scanAt} from './scan.ts'
import {type SegmentFile, segmentFiles, segmentNumbers} from './segments.ts'
import {topicFileDamage, topicIdOf} from './topic-file.ts'

/** wal/__meta/__raft_metadata/0 and some more: no data directory is deeper. */
const DEPTH_MAX = 8

/**
 * Every group below a node's data directory, in the order of their folders. `dataDir` may also be its `wal` folder, one group's folder or
 * one segment file. Files are named as seen from there. With `sums` memory grows with the logs.
 */
export function readNode(files: ReadOnlyFiles, dataDir: string, o: {sums?: boolean} = {}): GroupReading[] {
  const name = namer(dataDir)
  if (isKafkaNode(files, dataDir)) return readKafkaNode(files, dataDir, name)
  const readings: GroupReading[] = []
  const owned = isOwned(files, plain(dataDir))
  for (const place of groupPlaces(files, dataDir)) {
    const sums = o.sums ? new EntrySums() : undefined
    const {reading, marked} = readGroup(files, place, name, sums)
    if (sums && marked) reading.sums = sums.found
    const topicId = owned ? topicIdOf(files, place) : undefined
    if (topicId !== undefined) reading.topicId = topicId
    const unnamed = owned && topicFileDamage(files, place)
    if (unnamed) reading.damage.push({file: name(unnamed.path), at: 0, bytes: 0, why: unnamed.why})
    readings.push(reading)
  }
  const damage = groupsLog(files, dataDir)?.damage
  if (damage && readings[0]) readings[0].damage.push({file: 'groups.log', at: damage.at, bytes: 0, why: damage.why})
  return readings
}

/** A path as seen from `dir`; a file that is `dir` itself by its name. */
export function namer(dir: string): (path: string) => string {
  const root = plain(dir)
  return path => {
    if (path === root) return path.slice(path.lastIndexOf('/') + 1)
    const prefix = root === '/' ? '/' : `${root}/`
    return path.startsWith(prefix) ? path.slice(prefix.length) : path
  }
}

/** The groups that are here: those with segments, and those that groups.log lists and that are gone. */
export function groupPlaces(files: ReadOnlyFiles, dataDir: string): GroupPlace[] {
  const root = plain(dataDir)
  if (files.stat(root)?.kind === 'file') return oneFile(files, root)
  return placesBy(files, root, groupsLog(files, root))
}

/** Without a listing: whatever has segments. */
function placesBy(files: ReadOnlyFiles, root: string, listing: Listing | undefined): GroupPlace[] {
  // A node's own directory has had a list since before its first group: without one it is lost.
  const owned = isOwned(files, root)
  const places: GroupPlace[] = []
  const seen = new Set<string>()
  const begin = files.stat(`${root}/wal`)?.kind === 'directory' ? `${root}/wal` : root
  for (const dir of foldersWithSegments(files, begin)) {
    for (const partition of partitionsIn(files, dir)) {
      const place = placeOf(files, dir, partition, listing, owned)
      if (place && !seen.has(`${place.group} ${place.dir}`)) {
        seen.add(`${place.group} ${place.dir}`)
        places.push(place)
      }
    }
  }
  for (const [group, logId] of listing?.listed ?? []) {
    if (places.some(p => p.group === group)) continue
    const {topic, partition} = splitGroupName(group)
    const dir = `${begin}/${topic === METADATA_TOPIC ? '__meta/' : ''}${group}`
    places.push({...where(topic, partition, dir, files), segments: [], listing: {listed: logId}})
  }
  return places
}

/** A directory that the lab made for a node. */
function isOwned(files: ReadOnlyFiles, dataDir: string): boolean {
  return files.stat(`${dataDir}/node.json`)?.kind === 'file'
}

function plain(dir: string): string {
  return dir.length > 1 ? dir.replace(/\/+$/, '') : dir
}

function groupsLog(files: ReadOnlyFiles, dataDir: string): Listing | undefined {
  return readGroupsLog(files, `${plain(dataDir)}/groups.log`)
}

function where(topic: string, partition: number, dir: string, files: ReadOnlyFiles) {
  const beside = `${dir.slice(0, Math.max(0, dir.lastIndexOf('/')))}/snapshots`
  const own = `${dir}/snapshots`
  const snapshotDir = topic === METADATA_TOPIC && files.stat(own)?.kind !== 'directory' ? beside : own
  return {group: groupName(topic, partition), topic, partition, dir, snapshotDir}
}

function oneFile(files: ReadOnlyFiles, path: string): GroupPlace[] {
  const slash = path.lastIndexOf('/')
  const dir = slash < 0 ? '.' : path.slice(0, slash)
  const numbers = segmentNumbers(path.slice(slash + 1)) ?? {partition: 0, number: 0}
  const segments = [{number: numbers.number, path, bytes: files.stat(path)?.size ?? 0}]
  const said = saidGroup(files, segments) ?? pathGroup(dir, numbers.partition)
  return [{...where(said.topic, said.partition, dir, files), segments, listing: 'unknown'}]
}

function* foldersWithSegments(files: ReadOnlyFiles, dir: string, depth = 0): Generator<string> {
  const names = files.list(dir).sort(byNumberThenName)
  if (names.some(name => segmentNumbers(name))) yield dir
  if (depth === DEPTH_MAX) return
  for (const name of names)
    if (name !== 'snapshots' && files.stat(`${dir}/${name}`)?.kind === 'directory')
      yield* foldersWithSegments(files, `${dir}/${name}`, depth + 1)
}

function byNumberThenName(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)]
  if (Number.isInteger(x) && Number.isInteger(y)) return x - y
  return a < b ? -1 : a > b ? 1 : 0
}

function partitionsIn(files: ReadOnlyFiles, dir: string): number[] {
  const found = new Set<number>()
  for (const name of files.list(dir)) {
    const numbers = segmentNumbers(name)
    if (numbers) found.add(numbers.partition)
  }
  return [...found].sort((a, b) => a - b)
}

function placeOf(
  files: ReadOnlyFiles,
  dir: string,
  partition: number,
  listing: Listing | undefined,
  owned: boolean,
): GroupPlace | undefined {
  const segments = segmentFiles(files, dir, partition)
  const byPath = pathGroup(dir, partition)
  // In a node's directory the folder says which group lives in it; elsewhere its records do.
  const said = listing ? byPath : (saidGroup(files, segments) ?? byPath)
  const group = groupName(said.topic, said.partition)
  const logId = listing?.listed.get(group)
  if (listing?.removed.has(group)) return undefined
  if ((listing || owned) && !logId && /\.deleted-[^/]+$/.test(byPath.topic)) return undefined
  return {
    ...where(said.topic, said.partition, dir, files),
    segments,
    listing: logId ? {listed: logId} : listing || owned ? 'unlisted' : 'unknown',
  }
}

/** `…/orders/1` is orders, partition 1. */
function pathGroup(dir: string, partition: number): {topic: string; partition: number} {
  const parts = dir.split('/')
  const number = parts.pop() ?? ''
  return {topic: /^\d+$/.test(number) ? (parts.pop() ?? '') : number, partition}
}

/** What the first sound record says of itself. */
function saidGroup(
  files: ReadOnlyFiles,
  segments: readonly SegmentFile[],
): {topic: string; partition: number} | undefined {
  for (const {path, bytes} of segments) {
    const window = new FileWindow(files, path, bytes)
    let scanned = scanAt(window, 0)
    if (scanned.found !== 'record' && bytes > 0) {
      const next = resync(window, 0)
      if (next < window.size) scanned = scanAt(window, next)
    }
    if (scanned.found === 'record' && scanned.record.version === 2)
      return {topic: scanned.record.topic, partition: scanned.record.partition}
  }
  return undefined
}

/** The log id of each group whose segments are here, by their own word alone: whatever groups.log says. */
export function logsOnDisk(files: ReadOnlyFiles, dataDir: string): Map<GroupName, Uint8Array> {
  const found = new Map<GroupName, Uint8Array>()
  for (const place of placesBy(files, plain(dataDir), undefined)) {
    const byPath = pathGroup(place.dir, place.partition)
    const logId = firstLogId(files, place)
    // A topic that was renamed aside still names itself in its records.
    if (logId && groupName(byPath.topic, byPath.partition) === place.group) found.set(place.group, logId)
  }
  return found
}
