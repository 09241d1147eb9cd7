import {EMPTY, hex32, toHex} from '../base/bytes.ts'
import {crc32} from '../base/crc32.ts'
import {messageOf} from '../base/errors.ts'
import {sha256Hex} from '../base/hash.ts'
import type {Index, Term} from '../base/ids.ts'
import {type ConfState, decodeSnapshotMetadata, type SnapshotMetadata} from '../formats/eraftpb.ts'
import {decodePartitionState} from '../formats/partition-state.ts'
import {ProtobufReader} from '../formats/protobuf.ts'
import type {ReadOnlyFiles} from '../io/ports.ts'

const NAME = /^snapshot_(\d{1,16})_(\d{1,16})\.snap(\.tmp)?$/
/** Above this a snapshot is not read into memory. */
const BYTES_MAX = 256 * 1024 * 1024

/** One of our snapshot files, field by field. What does not parse is absent. */
export interface SnapshotSeen {
  path: string
  bytes: number
  /** Why it is no sound snapshot; undefined when it is one. */
  why?: string
  index?: Index
  term?: Term
  confState?: ConfState
  dataBytes?: number
  /** As stored, hex. */
  stateHash?: string
  stateHashOk?: boolean
  crc32?: string
  crcOk?: boolean
  /** What the state holds, where it is known how to read it. */
  state?: Record<string, unknown>
}

export function isSnapshotName(name: string): boolean {
  return NAME.test(name)
}

/** The snapshot files in a folder, in the order of their indexes. */
export function snapshotPaths(files: ReadOnlyFiles, dir: string): string[] {
  const named = files.list(dir).flatMap(name => {
    const match = NAME.exec(name)
    return match && files.stat(`${dir}/${name}`)?.kind === 'file' ? [{name, index: Number(match[1])}] : []
  })
  return named.sort((a, b) => a.index - b.index || (a.name < b.name ? -1 : 1)).map(({name}) => `${dir}/${name}`)
}

export function readSnapshot(files: ReadOnlyFiles, path: string): SnapshotSeen {
  const bytes = files.stat(path)?.size ?? 0
  const seen: SnapshotSeen = {path, bytes}
  if (bytes > BYTES_MAX) return {...seen, why: `${bytes} bytes are too many to be checked`}
  const content = new Uint8Array(bytes)
  try {
    fields(content.subarray(0, files.readAt(path, 0, content)), seen)
  } catch (error) {
    // A running node removes what no marker names any more.
    return {...seen, why: `it cannot be read (${messageOf(error)})`}
  }
  seen.why ??= unsound(seen, NAME.exec(path.slice(path.lastIndexOf('/') + 1)))
  return seen
}

function fields(bytes: Uint8Array, seen: SnapshotSeen): void {
  let data: Uint8Array = EMPTY
  let metadata: SnapshotMetadata | undefined
  let hash: Uint8Array | undefined
  try {
    const r = new ProtobufReader(bytes)
    while (r.next()) {
      if (r.field === 1) data = r.view()
      else if (r.field === 2) metadata = decodeSnapshotMetadata(r.view())
      else if (r.field === 15) hash = r.view()
      else if (r.field === 16) {
        const {tagAt} = r
        const stored = r.fixed32()
        seen.crc32 = hex32(stored)
        seen.crcOk = crc32(bytes.subarray(0, tagAt)) === stored
        if (r.at !== bytes.length) seen.why = 'bytes follow its CRC'
      } else r.skip()
    }
  } catch (error) {
    seen.why = `it does not parse (${(error as Error).message})`
  }
  if (metadata) {
    seen.index = metadata.index
    seen.term = metadata.term
    seen.confState = metadata.confState
  }
  seen.dataBytes = data.length
  if (hash) {
    seen.stateHash = toHex(hash)
    seen.stateHashOk = sha256Hex(data) === seen.stateHash
  }
  const state = stateOf(data)
  if (state) seen.state = state
}

function unsound({crc32, crcOk, index, stateHash, stateHashOk, term}: SnapshotSeen, name: RegExpExecArray | null) {
  if (crc32 === undefined) return 'it has no CRC'
  if (!crcOk) return 'its CRC is wrong'
  if (stateHash === undefined || !stateHashOk) return 'its state hash is wrong'
  if (name && (Number(name[1]) !== index || Number(name[2]) !== term))
    return `it is of index ${index} term ${term}, its name says ${name[1]} and ${name[2]}`
  return undefined
}

/** The metadata group's state is JSON; a partition's is a message of ours. */
function stateOf(data: Uint8Array): Record<string, unknown> | undefined {
  if (data.length === 0) return undefined
  if (data[0] === 0x7b)
    try {
      return metadataOf(JSON.parse(Buffer.from(data).toString('utf8')))
    } catch {
      return undefined
    }
  try {
    const {digest, epochs, logStart, nextOffset, producers, values} = decodePartitionState(data)
    return {
      logStart,
      nextOffset,
      digest: hex32(digest),
      epochs: epochs.length,
      producers: producers.length,
      values: values.length,
    }
  } catch {
    return undefined
  }
}

function metadataOf(state: Record<string, unknown>): Record<string, unknown> {
  const {brokers, deleted, formatVersion, nextProducerId, topics} = state
  const names = (list: unknown, name: string): unknown[] =>
    Array.isArray(list) ? list.map(one => (one as Record<string, unknown>)[name]) : []
  return {
    formatVersion,
    brokers: names(brokers, 'node'),
    topics: names(topics, 'name'),
    deleted: Array.isArray(deleted) ? deleted.length : 0,
    nextProducerId,
  }
}
