import {fromUtf8, utf8} from '../../base/bytes.ts'
import {sha256Hex} from '../../base/hash.ts'
import type {NodeId} from '../../base/ids.ts'
import type {MetadataCommand} from '../../formats/metadata-command.ts'

export interface Broker {
  node: NodeId
  directoryId: string
  host: string
  port: number
}

export interface Topic {
  name: string
  /** 16 bytes, hex. */
  id: string
  /** Replicas of each partition; the first is preferred as leader. */
  replicas: NodeId[][]
  configs: Record<string, string>
}

/** What a command came to, on every replica alike. */
export type Applied =
  | {done: true; firstProducerId?: number; topic?: Topic}
  | {done: false; why: 'exists' | 'missing' | 'other directory'}

/** The metadata of the cluster: brokers, topics, producer-id blocks. A function of the committed commands, and of nothing else. */
export class MetadataImage {
  readonly brokers = new Map<NodeId, Broker>()
  readonly topics = new Map<string, Topic>()
  readonly topicsById = new Map<string, Topic>()
  /** Ids of topics that were deleted: their directories may be put aside. */
  readonly deleted = new Set<string>()
  #nextProducerId = 1_000

  apply(command: MetadataCommand): Applied {
    switch (command.do) {
      case 'register-broker': {
        const known = this.brokers.get(command.node)
        if (known && known.directoryId !== command.directoryId) return {done: false, why: 'other directory'}
        const {node, directoryId, host, port} = command
        this.brokers.set(node, {node, directoryId, host, port})
        return {done: true}
      }
      case 'create-topic': {
        if (this.topics.has(command.topic)) return {done: false, why: 'exists'}
        const topic = {name: command.topic, id: command.topicId, replicas: command.replicas, configs: command.configs}
        this.topics.set(topic.name, topic)
        this.topicsById.set(topic.id, topic)
        return {done: true, topic}
      }
      case 'delete-topic': {
        const topic = this.topics.get(command.topic)
        if (!topic || topic.id !== command.topicId) return {done: false, why: 'missing'}
        this.topics.delete(topic.name)
        this.topicsById.delete(topic.id)
        this.deleted.add(topic.id)
        return {done: true, topic}
      }
      case 'producer-ids': {
        const firstProducerId = this.#nextProducerId
        this.#nextProducerId += command.count
        return {done: true, firstProducerId}
      }
    }
  }

  /** The whole of it, as UTF-8 JSON: equal on every node that applied the same entries. */
  canonical(): Uint8Array {
    const state: ImageState = {
      formatVersion: 1,
      brokers: [...this.brokers.values()].sort((a, b) => a.node - b.node),
      topics: [...this.topics.values()]
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(({configs, id, name, replicas}) => ({name, id, replicas, configs: sorted(configs)})),
      deleted: [...this.deleted].sort(),
      nextProducerId: this.#nextProducerId,
    }
    return utf8(JSON.stringify(state))
  }

  /** SHA-256 over the canonical form, hex. */
  hash(): string {
    return sha256Hex(this.canonical())
  }

  /** Becomes what `canonical` gave. Throws when the bytes are nothing of that; then nothing has changed. */
  restore(bytes: Uint8Array): void {
    const state = JSON.parse(fromUtf8(bytes)) as ImageState
    if (state?.formatVersion !== 1) throw new Error(`a metadata state of format version ${state?.formatVersion}`)
    const {brokers, deleted, nextProducerId, topics} = state
    if (![brokers, topics, deleted].every(Array.isArray) || !Number.isSafeInteger(nextProducerId))
      throw new Error('no metadata state')
    for (const known of [this.brokers, this.topics, this.topicsById, this.deleted]) known.clear()
    for (const broker of brokers) this.brokers.set(broker.node, broker)
    for (const topic of topics) {
      this.topics.set(topic.name, topic)
      this.topicsById.set(topic.id, topic)
    }
    for (const id of deleted) this.deleted.add(id)
    this.#nextProducerId = nextProducerId
  }
}

interface ImageState {
  formatVersion: 1
  brokers: Broker[]
  topics: Topic[]
  deleted: string[]
  nextProducerId: number
}

function sorted(configs: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(configs).sort(([a], [b]) => (a < b ? -1 : 1)))
}
