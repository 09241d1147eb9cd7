import {type Admin, type Consumer, Kafka, logLevel, type Producer} from 'kafkajs'
import type {Offset} from '../../base/ids.ts'
import {createTopic} from './create-topic.ts'

/** A topic is created, and known with its leaders, within this time. */
const CREATED_MS = 10_000

/**
 * What the load says over Kafka goes through kafkajs, because its codec is not ours; the second client's producers and the readers of one node aside. It is
 * silenced: what it logs is no result.
 */
export class KafkaClients {
  readonly #bootstrap: () => readonly string[]
  readonly #made: Array<{disconnect(): Promise<void>}> = []

  /** `bootstrap` is asked anew for each client. */
  constructor(bootstrap: () => readonly string[]) {
    this.#bootstrap = bootstrap
  }

  /** Creates the topic and waits until each of its partitions has a leader. */
  async createTopic(topic: string, partitions: number, replicationFactor: number): Promise<void> {
    const admin = await this.admin('admin', PATIENT)
    await createTopic(admin, {topic, numPartitions: partitions, replicationFactor}, CREATED_MS)
    await this.drop(admin)
  }

  async deleteTopic(topic: string): Promise<void> {
    const admin = await this.admin('admin')
    await admin.deleteTopics({topics: [topic], timeout: 5_000})
    await this.drop(admin)
  }

  /** Idempotent: retries until it is answered. Plain: one try, so that it never appends twice. */
  async producer(name: string, idempotent: boolean): Promise<Producer> {
    const kafka = this.#kafka(name, idempotent ? PATIENT : QUICK)
    const producer = kafka.producer({
      idempotent,
      allowAutoTopicCreation: false,
      maxInFlightRequests: 1,
      metadataMaxAge: 60_000,
      retry: idempotent ? PATIENT : {...QUICK, retries: 0},
    })
    this.#made.push(producer)
    await producer.connect()
    return producer
  }

  /**
   * The member of a group. It goes on by itself after whatever happens to its coordinator, and is never stopped: kafkajs that stops a member while its
   * fetchers are made anew (a node was added to the metadata) asks for nothing in a loop without a pause, and no timer of this process runs any more.
   */
  async consumer(groupId: string): Promise<Consumer> {
    const consumer = this.#kafka(groupId, PATIENT).consumer({
      groupId,
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: 50,
      heartbeatInterval: 300,
      sessionTimeout: 6_000,
      rebalanceTimeout: 2_000,
      metadataMaxAge: 1_000,
      retry: {...PATIENT, restartOnFailure: async () => true},
    })
    await consumer.connect()
    return consumer
  }

  async admin(name: string, retry: Retry = QUICK): Promise<Admin> {
    const admin = this.#kafka(name, retry).admin()
    this.#made.push(admin)
    await admin.connect()
    return admin
  }

  async reader(name: string): Promise<PartitionReader> {
    const reader = new PartitionReader(this.#kafka(name, QUICK))
    this.#made.push(reader)
    try {
      await reader.connect()
    } catch (error) {
      await this.drop(reader)
      throw error
    }
    return reader
  }

  /** Closes a client that is not needed any more; never throws. */
  async drop(client: {disconnect(): Promise<void>}): Promise<void> {
    const at = this.#made.indexOf(client)
    if (at >= 0) this.#made.splice(at, 1)
    await client.disconnect().catch(() => undefined)
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#made].map(client => this.drop(client)))
  }

  /** Each client asks a drawn node first: one that is cut off from its quorum knows no leader, and a client that asks only it would never learn one. */
  bootstrap(): string[] {
    const nodes = this.#bootstrap()
    const first = Math.floor(Math.random() * nodes.length)
    return [...nodes.slice(first), ...nodes.slice(0, first)]
  }

  #kafka(name: string, retry: Retry): Kafka {
    return new Kafka({
      clientId: `chronik-verify-${name}`,
      brokers: this.bootstrap(),
      connectionTimeout: 1_000,
      requestTimeout: 1_500,
      logLevel: logLevel.NOTHING,
      logCreator: () => () => undefined,
      retry,
    })
  }
}

interface Retry {
  initialRetryTime: number
  maxRetryTime: number
  factor: number
  multiplier: number
  retries: number
}

/** A leader is away for some hundred milliseconds: ask again soon, and for as long as a whole cluster may need to come back. */
const PATIENT: Retry = {initialRetryTime: 15, maxRetryTime: 40, factor: 0.2, multiplier: 1.5, retries: 500}
const QUICK: Retry = {initialRetryTime: 15, maxRetryTime: 40, factor: 0.2, multiplier: 1.5, retries: 4}

interface Fetched {
  highWatermark: Offset
  records: Array<{offset: Offset; value: string}>
}

/** What is used of kafkajs below its public API: fetching without a group. */
interface RawCluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  addTargetTopic(topic: string): Promise<void>
  refreshMetadata(): Promise<void>
  findTopicPartitionMetadata(topic: string): Array<{partitionId: number; leader: number}>
  findBroker(o: {nodeId: number}): Promise<RawBroker>
  removeBroker(o: {host: string; port: number}): void
  fetchTopicsOffset(
    topics: Array<{topic: string; partitions: Array<{partition: number}>; fromBeginning: boolean}>,
  ): Promise<Array<{partitions: Array<{partition: number; offset: string}>}>>
}

interface RawBroker {
  fetch(o: {
    replicaId: number
    isolationLevel: number
    maxWaitTime: number
    minBytes: number
    maxBytes: number
    topics: Array<{topic: string; partitions: Array<{partition: number; fetchOffset: string; maxBytes: number}>}>
  }): Promise<{
    responses: Array<{
      partitions: Array<{highWatermark: string; messages: Array<{offset: string; value: Buffer | null}>}>
    }>
  }>
}

type CreateCluster = (o: {
  allowAutoTopicCreation: boolean
  metadataMaxAge: number
  isolationLevel: number
  maxInFlightRequests: null
}) => RawCluster

/** Reads one partition after another by fetch requests to its leader: no group, no rebalance. */
export class PartitionReader {
  readonly #cluster: RawCluster

  constructor(kafka: Kafka) {
    const create = Object.getOwnPropertySymbols(kafka).find(
      s => s.description === 'private:Kafka:createCluster',
    ) as symbol
    const make = (kafka as unknown as Record<symbol, CreateCluster>)[create]
    this.#cluster = make({
      allowAutoTopicCreation: false,
      metadataMaxAge: 60_000,
      isolationLevel: 0,
      maxInFlightRequests: null,
    })
  }

  async connect(): Promise<void> {
    await this.#cluster.connect()
  }

  async disconnect(): Promise<void> {
    await this.#cluster.disconnect()
  }

  async logStart(topic: string, partition: number): Promise<Offset> {
    return this.#again(topic, async () => {
      const [found] = await this.#cluster.fetchTopicsOffset([{topic, partitions: [{partition}], fromBeginning: true}])
      return Number(found.partitions[0].offset)
    })
  }

  /** Records from `from` on, and the high watermark; waits up to `waitMs` when there is none. */
  async fetch(topic: string, partition: number, from: Offset, waitMs: number): Promise<Fetched> {
    return this.#again(topic, async () => {
      const leader = this.#cluster.findTopicPartitionMetadata(topic).find(p => p.partitionId === partition)?.leader
      if (leader === undefined || leader < 0) throw new Error(`no leader of ${topic}/${partition}`)
      const broker = await this.#cluster.findBroker({nodeId: leader})
      const {responses} = await broker.fetch({
        replicaId: -1,
        isolationLevel: 0,
        maxWaitTime: waitMs,
        minBytes: 1,
        maxBytes: 4_000_000,
        topics: [{topic, partitions: [{partition, fetchOffset: String(from), maxBytes: 2_000_000}]}],
      })
      const answer = responses[0].partitions[0]
      return {
        highWatermark: Number(answer.highWatermark),
        records: answer.messages
          .map(m => ({offset: Number(m.offset), value: m.value ? m.value.toString('utf8') : ''}))
          .filter(m => m.offset >= from),
      }
    })
  }

  /** One try; when it fails the metadata is read anew, so that the next one asks the right node. */
  async #again<T>(topic: string, run: () => Promise<T>): Promise<T> {
    await this.#cluster.addTargetTopic(topic)
    try {
      return await run()
    } catch (error) {
      const {host, port, name} = error as {host?: string; port?: number; name?: string}
      if (name === 'KafkaJSConnectionClosedError' && host && port) this.#cluster.removeBroker({host, port})
      await this.#cluster.refreshMetadata().catch(() => this.#cluster.connect().catch(() => undefined))
      throw error
    }
  }
}
