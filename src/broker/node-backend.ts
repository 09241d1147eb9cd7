import {isTopicName, type NodeId, type Term} from '../base/ids.ts'
import type {NodeConfig} from '../contracts/node-config.ts'
import {KafkaError} from '../formats/kafka/errors.ts'
import type {Io} from '../io/ports.ts'
import type {Backend, CreateTopic, KafkaErrorCode, MetadataView, Partition, TopicView} from './backend.ts'
import type {MetadataMachine} from './metadata/machine.ts'
import type {Topics} from './topics.ts'

const PARTITIONS_MAX = 1_000
const PRODUCER_IDS_A_BLOCK = 1_000
const WITHIN_MS = 10_000

type LeadershipListener = (topic: string, partition: number, serving: boolean, epoch: Term) => void

/** What the Kafka side is given of the node (broker/backend.ts). */
export class NodeBackend implements Backend {
  readonly io: Pick<Io, 'clock' | 'random' | 'log' | 'network'>
  readonly node: NodeId
  readonly clusterId: string
  readonly settings: NodeConfig['settings']
  readonly metadata: MetadataView
  readonly #io: Io
  readonly #machine: MetadataMachine
  readonly #topics: () => Topics
  readonly #listeners: LeadershipListener[] = []
  #block: {next: number; end: number} = {next: 0, end: 0}
  #refill: Promise<boolean> | undefined
  diskFull = false

  constructor(io: Io, config: NodeConfig, machine: MetadataMachine, view: MetadataView, topics: () => Topics) {
    this.io = io
    this.#io = io
    this.node = config.node
    this.clusterId = config.clusterId
    this.settings = config.settings
    this.metadata = view
    this.#machine = machine
    this.#topics = topics
  }

  partition(topic: string, partition: number): Partition | undefined {
    return this.#topics().replica(topic, partition)
  }

  onLeadership(run: LeadershipListener): void {
    this.#listeners.push(run)
  }

  leadership(topic: string, partition: number, leading: boolean, epoch: Term): void {
    for (const run of this.#listeners) run(topic, partition, leading, epoch)
  }

  async createTopic(request: CreateTopic): Promise<{error: KafkaErrorCode; message?: string; topic?: TopicView}> {
    const {name, configs} = request
    // The name becomes a folder: whoever calls, nothing but Kafka's legal characters gets through.
    if (!isTopicName(name)) return {error: KafkaError.INVALID_TOPIC, message: `"${name}" is no legal topic name`}
    if (this.metadata.topic(name)) return {error: KafkaError.TOPIC_ALREADY_EXISTS, message: `topic ${name} exists`}
    const nodes = this.metadata.brokers().flatMap(b => (this.#machine.image.retired.has(b.node) ? [] : [b.node]))
    const replicas = request.assignment ? byHand(request.assignment, nodes) : this.#assign(request, nodes)
    if ('error' in replicas) return replicas
    const topicId = Array.from({length: 4}, () => this.#io.random.u32().toString(16).padStart(8, '0')).join('')
    if (request.validateOnly) {
      const partitions = replicas.map((r, partition) => ({partition, replicas: r, leader: 0, epoch: 0, isr: []}))
      return {error: 0, topic: {name, id: topicId, configs, partitions}}
    }
    const applied = await this.#machine.propose(
      {do: 'create-topic', topic: name, topicId, replicas, configs},
      WITHIN_MS,
    )
    if (!applied) return {error: KafkaError.REQUEST_TIMED_OUT, message: 'the metadata group did not commit in time'}
    if (!applied.done) return {error: KafkaError.TOPIC_ALREADY_EXISTS, message: `topic ${name} exists`}
    return {error: 0, topic: this.metadata.topic(name)}
  }

  #assign(request: CreateTopic, nodes: NodeId[]): NodeId[][] | {error: KafkaErrorCode; message: string} {
    const {settings} = this
    const partitions = request.partitions === -1 ? settings['num.partitions'] : request.partitions
    const factor =
      request.replicationFactor === -1
        ? Math.min(settings['default.replication.factor'], nodes.length)
        : request.replicationFactor
    if (!(partitions >= 1 && partitions <= PARTITIONS_MAX))
      return {
        error: KafkaError.INVALID_PARTITIONS,
        message: `${partitions} partitions: 1 to ${PARTITIONS_MAX} are possible`,
      }
    if (!(factor >= 1 && factor <= nodes.length))
      return {
        error: KafkaError.INVALID_REPLICATION_FACTOR,
        message: `replication factor ${factor} with ${nodes.length} nodes`,
      }
    let first = [...this.metadata.topics()].length
    for (const char of request.name) first = (first * 31 + (char.codePointAt(0) ?? 0)) % 1_000_003
    return Array.from({length: partitions}, (_, p) =>
      Array.from({length: factor}, (_, r) => nodes[(first + p + r) % nodes.length]),
    )
  }

  async deleteTopic(name: string): Promise<{error: KafkaErrorCode; message?: string}> {
    const topic = this.metadata.topic(name)
    if (!topic) return {error: KafkaError.UNKNOWN_TOPIC_OR_PARTITION, message: `no topic ${name}`}
    const applied = await this.#machine.propose({do: 'delete-topic', topic: name, topicId: topic.id}, WITHIN_MS)
    if (!applied) return {error: KafkaError.REQUEST_TIMED_OUT, message: 'the metadata group did not commit in time'}
    return applied.done ? {error: 0} : {error: KafkaError.UNKNOWN_TOPIC_OR_PARTITION, message: `no topic ${name}`}
  }

  async allocateProducerId(): Promise<{error: KafkaErrorCode; producerId: number}> {
    while (this.#block.next >= this.#block.end) {
      this.#refill ??= this.#nextBlock()
      if (!(await this.#refill)) return {error: KafkaError.COORDINATOR_LOAD_IN_PROGRESS, producerId: -1}
    }
    return {error: 0, producerId: this.#block.next++}
  }

  async #nextBlock(): Promise<boolean> {
    const count = PRODUCER_IDS_A_BLOCK
    const applied = await this.#machine.propose({do: 'producer-ids', node: this.node, count}, WITHIN_MS)
    this.#refill = undefined
    if (!applied?.done || applied.firstProducerId === undefined) return false
    this.#block = {next: applied.firstProducerId, end: applied.firstProducerId + count}
    return true
  }
}

function byHand(
  assignment: Map<number, NodeId[]>,
  nodes: NodeId[],
): NodeId[][] | {error: KafkaErrorCode; message: string} {
  const replicas: NodeId[][] = []
  for (let p = 0; p < assignment.size; p++) {
    const wanted = assignment.get(p)
    const sound =
      wanted && wanted.length > 0 && new Set(wanted).size === wanted.length && wanted.every(n => nodes.includes(n))
    if (!sound) return {error: KafkaError.INVALID_REPLICA_ASSIGNMENT, message: `partition ${p} has no sound assignment`}
    replicas.push([...wanted])
  }
  return replicas.length > 0 && replicas.length <= PARTITIONS_MAX
    ? replicas
    : {error: KafkaError.INVALID_REPLICA_ASSIGNMENT, message: `${replicas.length} partitions`}
}
