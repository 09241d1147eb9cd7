import {fromUtf8, utf8} from '../base/bytes.ts'
import type {NodeId} from '../base/ids.ts'

/** Entry.context tags: what an entry's data is. Absent: a no-op, or another writer's. */
export const CONTEXT_BATCH = Uint8Array.of(1)
export const CONTEXT_LOG_START = Uint8Array.of(2)
export const CONTEXT_METADATA = Uint8Array.of(3)

/**
 * A command of the metadata group: UTF-8 JSON, keys in the order below, no spaces. `id` (16 hex digits, random) lets its proposer know it again.
 * Everything that is decided (ids, assignments, block starts) is in the command: applying it is a function of the entry alone.
 */
export type MetadataCommand = {id: string} & (
  | {do: 'register-broker'; node: NodeId; directoryId: string; host: string; port: number}
  /** A node may register with this directory, and with no other; it becomes a voter here, and a replica where one is missing. Not with one that was retired. */
  | {do: 'admit-broker'; node: NodeId; directoryId: string}
  /**
   * A node with this directory leaves every group; absent: with any. Where others have room for its replicas they take them, unless it `returns` with
   * another disk. Orders are given again until one is answered: one that comes late must not strike the disk that came since.
   */
  | {do: 'retire-broker'; node: NodeId; returns: boolean; directoryId?: string}
  | {do: 'create-topic'; topic: string; topicId: string; replicas: NodeId[][]; configs: Record<string, string>}
  | {do: 'delete-topic'; topic: string; topicId: string}
  | {do: 'producer-ids'; node: NodeId; count: number}
)

export function encodeMetadataCommand(command: MetadataCommand): Uint8Array {
  return utf8(JSON.stringify(command))
}

type Fields = Record<string, unknown>
const text = (v: unknown): boolean => typeof v === 'string'
const whole = (v: unknown): boolean => Number.isSafeInteger(v) && (v as number) >= 0
const texts = (v: unknown): boolean =>
  typeof v === 'object' && v !== null && !Array.isArray(v) && Object.values(v).every(text)
const nodeLists = (v: unknown): boolean =>
  Array.isArray(v) && v.every(nodes => Array.isArray(nodes) && nodes.every(whole))

/** What makes each command a whole one. */
const WHOLE: Record<MetadataCommand['do'], (c: Fields) => boolean> = {
  'register-broker': c => whole(c.node) && text(c.directoryId) && text(c.host) && whole(c.port),
  'admit-broker': c => whole(c.node) && text(c.directoryId),
  'retire-broker': c =>
    whole(c.node) && typeof c.returns === 'boolean' && (c.directoryId === undefined || text(c.directoryId)),
  'create-topic': c => text(c.topic) && text(c.topicId) && nodeLists(c.replicas) && texts(c.configs),
  'delete-topic': c => text(c.topic) && text(c.topicId),
  'producer-ids': c => whole(c.node) && whole(c.count),
}

/** Undefined when the bytes are no whole command. */
export function decodeMetadataCommand(bytes: Uint8Array): MetadataCommand | undefined {
  try {
    const value = JSON.parse(fromUtf8(bytes)) as Fields | null
    if (typeof value !== 'object' || value === null || !text(value.id) || !text(value.do)) return undefined
    const kind = value.do as MetadataCommand['do']
    return Object.hasOwn(WHOLE, kind) && WHOLE[kind](value) ? (value as unknown as MetadataCommand) : undefined
  } catch {
    return undefined
  }
}

/** In words, for people: `create topic orders, 3 partitions`. */
export function describeMetadataCommand(bytes: Uint8Array): string {
  const command = decodeMetadataCommand(bytes)
  switch (command?.do) {
    case 'register-broker':
      return `register broker n${command.node} at ${command.host}:${command.port}`
    case 'admit-broker':
      return `admit broker n${command.node} with directory ${command.directoryId}`
    case 'retire-broker':
      return `retire broker n${command.node}${command.returns ? ', which returns with another disk' : ''}`
    case 'create-topic':
      return `create topic ${command.topic}, ${command.replicas.length} partition${command.replicas.length === 1 ? '' : 's'}`
    case 'delete-topic':
      return `delete topic ${command.topic}`
    case 'producer-ids':
      return `${command.count} producer ids for n${command.node}`
    default:
      return `${bytes.length} bytes`
  }
}
