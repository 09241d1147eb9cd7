import type {NodeId, Offset, Term} from '../../src/base/ids.ts'
import {SeededRandom} from '../../src/base/random.ts'
import type {
  AppendResult,
  Backend,
  BrokerView,
  CreateTopic,
  MetadataView,
  Partition,
  PartitionRefusal,
  QuorumView,
  TopicView,
} from '../../src/broker/backend.ts'
import {DEFAULT_SETTINGS, type NodeSettings} from '../../src/contracts/node-config.ts'
import {KafkaError} from '../../src/formats/kafka/errors.ts'
import {type BatchRefusal, checkBatch, readBatchHeader, stampBatch} from '../../src/formats/record-batch.ts'
import {FakeClock} from './fake-clock.ts'
import {FakeNetwork} from './fake-network.ts'

/** One replica in memory. Appends are committed at once, or when a test lets them (`hold`). */
export class FakePartition implements Partition {
  readonly topic: string
  readonly partition: number
  leader: NodeId = 1
  epoch: Term = 5
  serving = true
  logStartOffset: Offset = 0
  /** What an append answers instead of appending. */
  refuses: PartitionRefusal | undefined
  /** Appends wait for `release`. */
  hold = false
  readonly batches: Uint8Array[] = []
  readonly #held: Array<() => void> = []
  #end: Offset = 0
  #waiting: Array<{offset: Offset; run: () => void}> = []
  reads = 0
  acks: number[] = []

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  get highWatermark(): Offset {
    return this.#end
  }

  get logEndOffset(): Offset {
    return this.#end
  }

  /** What a read index would answer. */
  current = true
  readable(): Promise<boolean> {
    return Promise.resolve(this.serving && this.current)
  }

  refusal(): number {
    return this.serving ? 0 : KafkaError.NOT_LEADER_OR_FOLLOWER
  }

  refusalOf(batch: Uint8Array): BatchRefusal | undefined {
    return checkBatch(batch)
  }

  append(batch: Uint8Array, acks: -1 | 0 | 1): Promise<AppendResult | PartitionRefusal> {
    this.acks.push(acks)
    if (this.refuses) return Promise.resolve(this.refuses)
    if (!this.hold) return Promise.resolve(this.#take(batch))
    return new Promise(done => this.#held.push(() => done(this.refuses ?? this.#take(batch))))
  }

  #take(batch: Uint8Array): AppendResult {
    const baseOffset = this.#end
    stampBatch(batch, baseOffset, this.epoch)
    this.batches.push(new Uint8Array(batch))
    this.#end += readBatchHeader(batch).lastOffsetDelta + 1
    const ready = this.#waiting.filter(w => w.offset < this.#end)
    this.#waiting = this.#waiting.filter(w => !ready.includes(w))
    for (const {run} of ready) run()
    return {baseOffset, logAppendTime: -1, logStartOffset: this.logStartOffset}
  }

  deleteBefore(offset: Offset): Promise<{logStartOffset: Offset} | PartitionRefusal> {
    const to = offset === -1 ? this.#end : offset
    if (!this.serving) return Promise.resolve({error: KafkaError.NOT_LEADER_OR_FOLLOWER})
    if (to < 0 || to > this.#end) return Promise.resolve({error: KafkaError.OFFSET_OUT_OF_RANGE})
    this.logStartOffset = Math.max(this.logStartOffset, to)
    const done = {logStartOffset: this.logStartOffset}
    return this.hold ? new Promise(settle => this.#held.push(() => settle(done))) : Promise.resolve(done)
  }

  /** Newest records of keys that are not in `batches` any more. */
  gone: Array<{key: Uint8Array; value: Uint8Array}> = []
  compacted(): Iterable<{key: Uint8Array; value: Uint8Array}> {
    return this.gone
  }

  release(): void {
    for (const run of this.#held.splice(0)) run()
  }

  read(
    offset: Offset,
    maxBytes: number,
  ): Promise<{batches: Uint8Array[]; highWatermark: Offset; logStartOffset: Offset} | PartitionRefusal> {
    this.reads++
    if (!this.serving) return Promise.resolve({error: KafkaError.NOT_LEADER_OR_FOLLOWER})
    if (offset < this.logStartOffset || offset > this.#end)
      return Promise.resolve({error: KafkaError.OFFSET_OUT_OF_RANGE})
    const batches: Uint8Array[] = []
    let bytes = 0
    for (const batch of this.batches) {
      const {baseOffset, lastOffsetDelta} = readBatchHeader(batch)
      if (baseOffset + lastOffsetDelta < offset) continue
      if (batches.length > 0 && bytes + batch.length > maxBytes) break
      batches.push(batch)
      bytes += batch.length
    }
    return Promise.resolve({batches, highWatermark: this.#end, logStartOffset: this.logStartOffset})
  }

  whenAbove(offset: Offset, run: () => void): () => void {
    const waiting = {offset, run}
    if (this.#end > offset) {
      run()
      return () => undefined
    }
    this.#waiting.push(waiting)
    return () => {
      this.#waiting = this.#waiting.filter(w => w !== waiting)
    }
  }

  get waiting(): number {
    return this.#waiting.length
  }

  offsetForTimestamp(timestampMs: number): Promise<{offset: Offset; timestampMs: number}> {
    for (const batch of this.batches) {
      const {baseOffset, maxTimestamp} = readBatchHeader(batch)
      if (maxTimestamp >= timestampMs) return Promise.resolve({offset: baseOffset, timestampMs: maxTimestamp})
    }
    return Promise.resolve({offset: -1, timestampMs: -1})
  }

  newestTimestamp(): Promise<{offset: Offset; timestampMs: number}> {
    let newest = {offset: -1, timestampMs: -1}
    for (const batch of this.batches) {
      const {baseOffset, lastOffsetDelta, maxTimestamp} = readBatchHeader(batch)
      if (maxTimestamp > newest.timestampMs) newest = {offset: baseOffset + lastOffsetDelta, timestampMs: maxTimestamp}
    }
    return Promise.resolve(newest)
  }

  endOffsetForEpoch(epoch: Term): {epoch: Term; endOffset: Offset} {
    return epoch <= this.epoch ? {epoch, endOffset: this.#end} : {epoch: -1, endOffset: -1}
  }
}

/** A node of three without Raft, disk or peers: what the Kafka side is tested against. */
export class FakeBackend implements Backend {
  readonly clock = new FakeClock()
  readonly net = new FakeNetwork()
  readonly lines: string[] = []
  readonly io: Backend['io']
  readonly node: NodeId = 1
  readonly clusterId = 'c'.repeat(32)
  settings: NodeSettings = {...DEFAULT_SETTINGS}
  readonly topics = new Map<string, TopicView>()
  readonly replicas = new Map<string, FakePartition>()
  readonly down = new Set<NodeId>()
  readonly created: CreateTopic[] = []
  readonly #listeners: Array<(topic: string, partition: number, serving: boolean, epoch: Term) => void> = []
  controller: NodeId = 1
  nextProducerId = 1_000
  /** What `allocateProducerId` answers instead of an id. */
  noProducerIds = 0
  diskFull = false
  #topicNumber = 1

  constructor() {
    const random = new SeededRandom(1)
    this.io = {
      clock: this.clock,
      random,
      network: this.net,
      log: (level, line) => void this.lines.push(`${level} ${line}`),
    }
  }

  quorum: QuorumView | undefined

  readonly metadata: MetadataView = {
    brokers: () => this.brokers(),
    alive: () => new Set([1, 2, 3].filter(n => !this.down.has(n))),
    controller: () => this.controller,
    quorum: () => this.quorum,
    topic: name => this.topics.get(name),
    topicById: id => [...this.topics.values()].find(t => t.id === id),
    topics: () => this.topics.values(),
    caughtUp: () => Promise.resolve(true),
    current: () => true,
  }

  brokers(): BrokerView[] {
    return [1, 2, 3].map(node => ({node, host: `h${node}`, port: 9_090 + node}))
  }

  /** A topic whose partitions node 1 leads; `leaders` names others. */
  topic(name: string, partitions = 1, configs: Record<string, string> = {}, leaders: NodeId[] = []): TopicView {
    const view: TopicView = {
      name,
      id: (this.#topicNumber++).toString(16).padStart(32, '0'),
      configs,
      partitions: Array.from({length: partitions}, (_, partition) => ({
        partition,
        replicas: [1, 2, 3],
        leader: leaders[partition] ?? 1,
        epoch: 5,
        isr: [1, 2, 3],
      })),
    }
    this.topics.set(name, view)
    for (let p = 0; p < partitions; p++)
      if ((leaders[p] ?? 1) === 1) {
        this.replicas.set(`${name}/${p}`, new FakePartition(name, p))
        this.leads(name, p, true)
      }
    return view
  }

  replica(topic: string, partition = 0): FakePartition {
    const found = this.replicas.get(`${topic}/${partition}`)
    if (!found) throw new Error(`no replica of ${topic}/${partition}`)
    return found
  }

  partition(topic: string, partition: number): FakePartition | undefined {
    return this.replicas.get(`${topic}/${partition}`)
  }

  leads(topic: string, partition: number, serving: boolean, epoch = 5): void {
    for (const run of this.#listeners) run(topic, partition, serving, epoch)
  }

  createTopic(request: CreateTopic): Promise<{error: number; message?: string; topic?: TopicView}> {
    this.created.push(request)
    if (this.topics.has(request.name)) return Promise.resolve({error: KafkaError.TOPIC_ALREADY_EXISTS})
    if (request.replicationFactor > 3) return Promise.resolve({error: KafkaError.INVALID_REPLICATION_FACTOR})
    const partitions = request.assignment?.size ?? (request.partitions === -1 ? 3 : request.partitions)
    if (partitions < 1 || partitions > 1_000) return Promise.resolve({error: KafkaError.INVALID_PARTITIONS})
    return Promise.resolve({error: 0, topic: this.topic(request.name, partitions, request.configs)})
  }

  deleteTopic(name: string): Promise<{error: number; message?: string}> {
    return Promise.resolve({error: this.topics.delete(name) ? 0 : KafkaError.UNKNOWN_TOPIC_OR_PARTITION})
  }

  allocateProducerId(): Promise<{error: number; producerId: number}> {
    return Promise.resolve(
      this.noProducerIds ? {error: this.noProducerIds, producerId: -1} : {error: 0, producerId: this.nextProducerId++},
    )
  }

  onLeadership(run: (topic: string, partition: number, serving: boolean, epoch: Term) => void): void {
    this.#listeners.push(run)
  }
}
