import {fromUtf8} from '../../base/bytes.ts'
import type {ReadOnlyFiles} from '../../io/ports.ts'

/** What a file of an Apache Kafka data directory is, by its name. */
export type KafkaFileKind = 'segment' | 'snapshot' | 'quorum-state' | 'meta.properties' | 'leader-epoch-checkpoint'

export interface KafkaFile {
  path: string
  kind: KafkaFileKind
  /** `orders-0`: the folder's name. */
  partition: string
  bytes: number
}

/** `quorum-state` of a KRaft node (KIP-595): data_version 0, or 1 with directory ids (KIP-853). */
export interface QuorumState {
  dataVersion: number
  leaderId: number
  leaderEpoch: number
  /** -1: none in this epoch. */
  votedId: number
  votedDirectoryId?: string
  voters?: number[]
}

const TEXT_BYTES_MAX = 1 << 20
const DEPTH_MAX = 4

export function kafkaKind(name: string): KafkaFileKind | undefined {
  if (/^\d{20}\.log$/.test(name)) return 'segment'
  if (/^\d{20}-\d{10}\.checkpoint$/.test(name) || name === 'bootstrap.checkpoint') return 'snapshot'
  if (name === 'quorum-state' || name === 'meta.properties' || name === 'leader-epoch-checkpoint') return name
  return undefined
}

/** Kafka's files at or below a path, logs by base offset; none when it holds none. */
export function kafkaFiles(files: ReadOnlyFiles, path: string): KafkaFile[] {
  const found: KafkaFile[] = []
  const take = (at: string): void => {
    const slash = at.lastIndexOf('/')
    const kind = kafkaKind(at.slice(slash + 1))
    const stat = kind && files.stat(at)
    if (!kind || stat?.kind !== 'file') return
    const dir = at.slice(0, Math.max(0, slash))
    found.push({path: at, kind, partition: dir.slice(dir.lastIndexOf('/') + 1), bytes: stat.size})
  }
  const look = (dir: string, left: number): void => {
    for (const name of files.list(dir).sort()) {
      const at = `${dir}/${name}`
      if (files.stat(at)?.kind !== 'directory') take(at)
      else if (left > 0) look(at, left - 1)
    }
  }
  if (files.stat(path)?.kind === 'file') take(path)
  else look(path.length > 1 ? path.replace(/\/+$/, '') : path, DEPTH_MAX)
  return found
}

function textOf(files: ReadOnlyFiles, path: string): string {
  const bytes = new Uint8Array(Math.min(files.stat(path)?.size ?? 0, TEXT_BYTES_MAX))
  return fromUtf8(bytes.subarray(0, files.readAt(path, 0, bytes)))
}

const isNumber = (n: unknown): n is number => Number.isSafeInteger(n)

/** A sentence when the file is none. */
export function readQuorumState(files: ReadOnlyFiles, path: string): QuorumState | string {
  let found: unknown
  try {
    found = JSON.parse(textOf(files, path))
  } catch (error) {
    return `no JSON: ${(error as Error).message}`
  }
  if (typeof found !== 'object' || found === null) return 'no object'
  const q = found as Record<string, unknown>
  if (q.data_version !== 0 && q.data_version !== 1) return `data_version ${JSON.stringify(q.data_version)}`
  if (!isNumber(q.leaderId) || !isNumber(q.leaderEpoch) || !isNumber(q.votedId))
    return 'leader, epoch or vote is missing'
  const voters = Array.isArray(q.currentVoters)
    ? q.currentVoters.map(v => (v as {voterId?: unknown} | null)?.voterId).filter(isNumber)
    : undefined
  return {
    dataVersion: q.data_version,
    leaderId: q.leaderId,
    leaderEpoch: q.leaderEpoch,
    votedId: q.votedId,
    ...(typeof q.votedDirectoryId === 'string' ? {votedDirectoryId: q.votedDirectoryId} : {}),
    ...(voters ? {voters} : {}),
  }
}

/** `key=value` lines; no key twice. A sentence when a line is none. */
export function readMetaProperties(files: ReadOnlyFiles, path: string): Record<string, string> | string {
  const properties: Record<string, string> = Object.create(null)
  for (const line of textOf(files, path).split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const at = line.indexOf('=')
    if (at < 1) return `a line that is no property: ${line.slice(0, 80)}`
    properties[line.slice(0, at)] = line.slice(at + 1)
  }
  return properties
}

/** Version 0, a count, and a line an epoch with its first offset. A sentence when it is none. */
export function readEpochCheckpoint(
  files: ReadOnlyFiles,
  path: string,
): Array<{epoch: number; startOffset: number}> | string {
  const [version, count, ...lines] = textOf(files, path).trimEnd().split('\n')
  if (version !== '0') return `version ${version.slice(0, 20)}`
  if (Number(count) !== lines.length) return `it says ${count?.slice(0, 20)} epochs, ${lines.length} are there`
  const epochs: Array<{epoch: number; startOffset: number}> = []
  for (const line of lines) {
    const match = /^(\d+) (\d+)$/.exec(line)
    if (!match) return `a line that names no epoch: ${line.slice(0, 80)}`
    const [epoch, startOffset] = [Number(match[1]), Number(match[2])]
    const before = epochs[epochs.length - 1]
    if (before && (epoch <= before.epoch || startOffset < before.startOffset))
      return `epoch ${epoch} after ${before.epoch}`
    epochs.push({epoch, startOffset})
  }
  return epochs
}
