import {fromUtf8} from '../../base/bytes.ts'
import type {Index} from '../../base/ids.ts'
import {BATCH_HEADER_BYTES, iterateRecords} from '../../formats/record-batch.ts'
import type {ReadOnlyFiles} from '../../io/ports.ts'
import {FileWindow} from '../file-window.ts'
import type {GroupReading, HardStateFound, RecordFound} from '../reading.ts'
import {type KafkaFile, kafkaFiles, readQuorumState} from './files.ts'
import {recordsOf} from './records.ts'
import {walkKafka} from './segment.ts'

const METADATA = '__cluster_metadata-0'
const BATCH_BYTES_MAX = 128 << 20

/** True for the data directory of a node that runs Apache Kafka, or that a lab keeps such a directory in. */
export function isKafkaNode(files: ReadOnlyFiles, dataDir: string): boolean {
  return logDirOf(files, dataDir) !== undefined
}

function logDirOf(files: ReadOnlyFiles, dataDir: string): string | undefined {
  const dir = dataDir.length > 1 ? dataDir.replace(/\/+$/, '') : dataDir
  return [`${dir}/data`, dir].find(
    d => files.stat(`${d}/meta.properties`)?.kind === 'file' || files.stat(`${d}/${METADATA}`)?.kind === 'directory',
  )
}

/**
 * Every log below a Kafka node's directory in the same words as a Raft group's: the offset stands for the index, the leader epoch for the term,
 * `quorum-state` for the HardState (it holds no commit). Topic partitions have neither vote nor term of their own.
 */
export function readKafkaNode(files: ReadOnlyFiles, dataDir: string, name: (path: string) => string): GroupReading[] {
  const logDir = logDirOf(files, dataDir) ?? dataDir
  const found: GroupReading[] = []
  for (const folder of files.list(logDir).sort()) {
    const group = groupOf(folder)
    if (group === undefined || files.stat(`${logDir}/${folder}`)?.kind !== 'directory') continue
    found.push(readPartition(files, `${logDir}/${folder}`, group, name))
  }
  return found.sort((a, b) => Number(isMetadata(b.group)) - Number(isMetadata(a.group)))
}

function isMetadata(group: string): boolean {
  return group.startsWith('__cluster_metadata/')
}

/** `orders-0` → `orders/0`; undefined for a folder that is no partition. */
function groupOf(folder: string): string | undefined {
  const match = /^(.+)-(\d+)$/.exec(folder)
  return match ? `${match[1]}/${match[2]}` : undefined
}

function readPartition(files: ReadOnlyFiles, dir: string, group: string, name: (path: string) => string): GroupReading {
  const own = kafkaFiles(files, dir)
  const segments = own.filter(f => f.kind === 'segment')
  const snapshot = newestSnapshot(own)
  const reading: GroupReading = {
    group,
    dir: name(dir),
    records: 0,
    votes: [],
    snapshot,
    firstIndex: snapshot.index + 1,
    lastIndex: snapshot.index,
    entries: 0,
    terms: [],
    holes: [],
    torn: [],
    damage: [],
    undecodable: [],
    files: segments.map(s => ({file: name(s.path), bytes: s.bytes})),
  }
  for (const [i, segment] of segments.entries())
    readSegment(files, segment, reading, name(segment.path), {last: i === segments.length - 1, raft: isMetadata(group)})
  if (isMetadata(group)) quorumState(files, `${dir}/quorum-state`, reading, name)
  return reading
}

function readSegment(
  files: ReadOnlyFiles,
  segment: KafkaFile,
  reading: GroupReading,
  file: string,
  o: {last: boolean; raft: boolean},
): void {
  const window = new FileWindow(files, segment.path, segment.bytes)
  for (const seen of walkKafka(window)) {
    const {at, bytes} = seen
    if (seen.seen === 'unsound') {
      const place = {file, at, bytes, why: seen.why}
      if (o.last && seen.end) reading.torn.push(place)
      else reading.damage.push(place)
      continue
    }
    const {lastOffsetDelta, leaderEpoch: term} = seen.header
    const baseOffset: Index = Number(seen.header.baseOffset)
    if (reading.entries === 0) reading.firstIndex = baseOffset
    else if (baseOffset > reading.lastIndex + 1) reading.holes.push({from: reading.lastIndex + 1, to: baseOffset - 1})
    reading.records++
    reading.entries += lastOffsetDelta + 1
    reading.lastIndex = baseOffset + lastOffsetDelta
    if (reading.terms.at(-1)?.term !== term) reading.terms.push({from: baseOffset, term})
    if (!o.raft || bytes > BATCH_BYTES_MAX) continue
    const {records, why} = recordsOf(window.view(at, bytes).slice(), seen.header, {}, true)
    const odd = why ?? records.find(r => r.why !== undefined)?.why
    if (odd !== undefined) reading.undecodable.push({file, at, bytes, why: odd})
  }
}

function newestSnapshot(own: readonly KafkaFile[]): {index: number; term: number} {
  let newest = {index: -1, term: 0}
  for (const {kind, path} of own) {
    const match = kind === 'snapshot' ? /(\d{20})-(\d{10})\.checkpoint$/.exec(path) : null
    if (match && Number(match[1]) - 1 > newest.index) newest = {index: Number(match[1]) - 1, term: Number(match[2])}
  }
  return newest
}

function quorumState(files: ReadOnlyFiles, path: string, reading: GroupReading, name: (path: string) => string): void {
  const stat = files.stat(path)
  if (stat?.kind !== 'file') return
  const place = {file: name(path), at: 0, bytes: stat.size}
  const state = readQuorumState(files, path)
  if (typeof state === 'string') {
    reading.damage.push({...place, why: `quorum-state: ${state}`})
    return
  }
  const found: HardStateFound = {...place, term: state.leaderEpoch, vote: Math.max(state.votedId, 0)}
  reading.hardState = found
  reading.votes = [found]
}

/** The records that clients wrote, as they lie in the segments; compressed batches are passed over. */
export function readKafkaRecords(
  files: ReadOnlyFiles,
  dataDir: string,
  name: (path: string) => string,
  wanted: ReadonlySet<string> | undefined,
): RecordFound[] {
  const logDir = logDirOf(files, dataDir) ?? dataDir
  const found: RecordFound[] = []
  for (const folder of files.list(logDir).sort()) {
    const group = groupOf(folder)
    if (group === undefined || group.startsWith('__') || files.stat(`${logDir}/${folder}`)?.kind !== 'directory')
      continue
    for (const segment of kafkaFiles(files, `${logDir}/${folder}`)) {
      if (segment.kind !== 'segment') continue
      const window = new FileWindow(files, segment.path, segment.bytes)
      for (const seen of walkKafka(window)) {
        if (seen.seen !== 'batch' || seen.header.control || seen.header.compression !== 'none') continue
        if (seen.bytes > BATCH_BYTES_MAX || seen.bytes < BATCH_HEADER_BYTES) continue
        for (const {offset, value} of iterateRecords(window.view(seen.at, seen.bytes).slice())) {
          const text = value ? fromUtf8(value) : ''
          if (!wanted || wanted.has(text))
            found.push({
              file: name(segment.path),
              at: seen.at,
              bytes: seen.bytes,
              value: text,
              group,
              offset,
              index: Number(offset),
            })
        }
      }
    }
  }
  return found
}
