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
  /** Those that each had at its birth, once they are others: their logs begin with these as voters. */
  born?: NodeId[][]
  configs: Record<string, string>
}

/** What a command came to, on every replica alike. */
export type Applied =
  | {done: true; firstProducerId?: number; topic?: Topic}
  | {done: false; why: 'exists' | 'missing' | 'other directory' | 'retired'}

/** The metadata of the cluster: brokers, topics, producer-id blocks. A function of the committed commands, and of nothing else. */
export class MetadataImage {
  readonly brokers = new Map<NodeId, Broker>()
  readonly topics = new Map<string, Topic>()
  readonly topicsById = new Map<string, Topic>()
  /** Ids of topics that were deleted: their directories may be put aside. */
  readonly deleted = new Set<string>()
  /** Nodes that left, with the directory they had: they register no more until they are admitted. */
  readonly retired = new Map<NodeId, string>()
  /** Nodes that may come, and have not registered yet. */
  readonly #admitted = new Map<NodeId, string>()
  readonly #bornVoters: readonly NodeId[]
  /** Voters that the metadata group is to have, once they are others than at its birth. */
  #voters: NodeId[] | undefined
  #nextProducerId = 1_000

  /** `voters`: those of the metadata group at its birth. */
  constructor(voters: readonly NodeId[] = []) {
    this.#bornVoters = voters
  }

  /** Voters that the metadata group is to have. Its leader takes it there, step by step. */
  get voters(): readonly NodeId[] {
    return this.#voters ?? this.#bornVoters
  }

  /** The directory with which this node is known; undefined: it never registered. */
  directoryOf(node: NodeId): string | undefined {
    return this.#present(node) ?? this.retired.get(node)
  }

  #present(node: NodeId): string | undefined {
    return this.brokers.get(node)?.directoryId ?? this.#admitted.get(node)
  }

  apply(command: MetadataCommand): Applied {
    switch (command.do) {
      case 'register-broker': {
        const {node, directoryId, host, port} = command
        if (this.retired.has(node)) return {done: false, why: 'retired'}
        const known = this.directoryOf(node)
        if (known !== undefined && known !== directoryId) return {done: false, why: 'other directory'}
        this.#admitted.delete(node)
        this.brokers.set(node, {node, directoryId, host, port})
        return {done: true}
      }
      case 'admit-broker': {
        const {node, directoryId} = command
        const present = this.#present(node)
        if (present === directoryId && this.brokers.has(node)) return {done: true}
        if (present !== undefined && present !== directoryId) return {done: false, why: 'other directory'}
        if (this.retired.get(node) === directoryId) return {done: false, why: 'retired'}
        this.retired.delete(node)
        this.#admitted.set(node, directoryId)
        this.#voters = [...new Set([...this.voters, node])].sort((a, b) => a - b)
        this.#moveReplicas((replicas, born) =>
          replicas.length < born.length && !replicas.includes(node) ? [...replicas, node] : replicas,
        )
        return {done: true}
      }
      case 'retire-broker': {
        const {node, directoryId} = command
        const present = this.#present(node)
        if (directoryId !== undefined && present !== undefined && present !== directoryId)
          return {done: false, why: 'other directory'}
        const known = this.directoryOf(node)
        const left = this.voters.filter(v => v !== node)
        if ((known === undefined && left.length === this.voters.length) || left.length === 0)
          return {done: false, why: 'missing'}
        // One that never registered has no directory with which it may come; one whose admission is still under way comes too late.
        this.retired.set(node, directoryId ?? known ?? '')
        this.brokers.delete(node)
        this.#admitted.delete(node)
        this.#voters = left
        const load = this.#load()
        this.#moveReplicas(replicas => {
          if (!replicas.includes(node)) return replicas
          const heir = command.returns ? undefined : leastLoaded(load, replicas)
          if (heir === undefined) return replicas.filter(r => r !== node)
          load.set(heir, (load.get(heir) ?? 0) + 1)
          return replicas.map(r => (r === node ? heir : r))
        })
        return {done: true}
      }
      case 'create-topic': {
        if (this.topics.has(command.topic)) return {done: false, why: 'exists'}
        // It was proposed twice, and the first was deleted meanwhile.
        if (this.deleted.has(command.topicId)) return {done: false, why: 'missing'}
        // Who assigned them may not have known yet that a node leaves.
        const replicas = command.replicas.map(nodes => {
          const stay = nodes.filter(node => !this.retired.has(node))
          return stay.length > 0 ? stay : nodes
        })
        const topic = {name: command.topic, id: command.topicId, replicas, configs: command.configs}
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

  /** Gives every partition the replicas that `move` says; one that would have none keeps what it has. */
  #moveReplicas(move: (replicas: NodeId[], born: NodeId[]) => NodeId[]): void {
    // By name: in an image that came from a snapshot they lie in another order, and each move weighs on the next.
    for (const topic of [...this.topics.values()].sort(byName))
      for (const [partition, replicas] of topic.replicas.entries()) {
        const born = topic.born ?? topic.replicas
        const moved = move(replicas, born[partition])
        if (moved === replicas || moved.length === 0) continue
        topic.born ??= topic.replicas.map(r => [...r])
        topic.replicas[partition] = moved
      }
  }

  /** How many replicas each registered broker has, by number. */
  #load(): Map<NodeId, number> {
    const load = new Map<NodeId, number>([...this.brokers.keys()].sort((a, b) => a - b).map(node => [node, 0]))
    for (const {replicas} of this.topics.values())
      for (const node of replicas.flat()) if (load.has(node)) load.set(node, (load.get(node) ?? 0) + 1)
    return load
  }

  /** The whole of it, as UTF-8 JSON: equal on every node that applied the same entries. */
  canonical(): Uint8Array {
    const state: ImageState = {
      formatVersion: 1,
      brokers: [...this.brokers.values()].sort((a, b) => a.node - b.node),
      topics: [...this.topics.values()].sort(byName).map(({born, configs, id, name, replicas}) => ({
        name,
        id,
        replicas,
        ...(born ? {born} : {}),
        configs: sorted(configs),
      })),
      deleted: [...this.deleted].sort(),
      nextProducerId: this.#nextProducerId,
      ...(this.#voters ? {voters: this.#voters, admitted: pairs(this.#admitted), retired: pairs(this.retired)} : {}),
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
    const {voters, admitted = [], retired = []} = state
    if (![voters ?? [], admitted, retired].every(Array.isArray)) throw new Error('no metadata state')
    for (const known of [this.brokers, this.topics, this.topicsById, this.deleted]) known.clear()
    for (const known of [this.#admitted, this.retired]) known.clear()
    this.#voters = voters
    for (const [node, directoryId] of admitted) this.#admitted.set(node, directoryId)
    for (const [node, directoryId] of retired) this.retired.set(node, directoryId)
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
  /** From the first change of the members on. */
  voters?: NodeId[]
  admitted?: Array<[NodeId, string]>
  retired?: Array<[NodeId, string]>
}

function pairs(map: ReadonlyMap<NodeId, string>): Array<[NodeId, string]> {
  return [...map].sort(([a], [b]) => a - b)
}

/** Of a load by number: who has the fewest and is none of `than`; the lower number of two. */
function leastLoaded(load: ReadonlyMap<NodeId, number>, than: readonly NodeId[]): NodeId | undefined {
  let found: NodeId | undefined
  let fewest = Number.POSITIVE_INFINITY
  for (const [node, count] of load)
    if (count < fewest && !than.includes(node)) {
      found = node
      fewest = count
    }
  return found
}

const byName = (a: Topic, b: Topic): number => (a.name < b.name ? -1 : 1)

function sorted(configs: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(configs).sort(([a], [b]) => (a < b ? -1 : 1)))
}
