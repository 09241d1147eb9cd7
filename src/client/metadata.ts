import type {NodeId} from '../base/ids.ts'
import * as requests from '../formats/kafka/generated/metadata-request.ts'
import * as responses from '../formats/kafka/generated/metadata-response.ts'
import type {Address} from '../io/ports.ts'
import {type Call, type ClientPorts, KafkaConnection, Unanswered} from './connection.ts'

const METADATA: Call<requests.MetadataRequestInit, responses.MetadataResponse> = {
  key: 3,
  version: 12,
  flexible: requests.metadataRequestFlexible,
  write: requests.writeMetadataRequest,
  read: responses.readMetadataResponse,
}

export interface TopicSeen {
  name: string
  id: string
  partitions: Array<{
    partition: number
    leader: NodeId
    error: number
    epoch: number
    replicas: NodeId[]
    isr: NodeId[]
  }>
}

/** What a client knows of a cluster: where its brokers are and who leads; with a connection to each that it talks to. */
export class KafkaCluster {
  readonly #ports: ClientPorts
  readonly #bootstrap: readonly Address[]
  readonly clientId: string
  readonly #connections = new Map<string, KafkaConnection>()
  readonly #brokers = new Map<NodeId, Address>()
  readonly #leaders = new Map<string, NodeId>()
  #turn = 0
  /** As the last answer had it. */
  clusterId: string | undefined

  constructor(ports: ClientPorts, bootstrap: readonly Address[], clientId: string) {
    this.#ports = ports
    this.#bootstrap = bootstrap
    this.clientId = clientId
  }

  /** Where each broker says that clients reach it. */
  get brokers(): ReadonlyMap<NodeId, Address> {
    return this.#brokers
  }

  get clock(): ClientPorts['clock'] {
    return this.#ports.clock
  }

  to(address: Address): KafkaConnection {
    const key = `${address.host}:${address.port}`
    const known = this.#connections.get(key)
    if (known && known.lost === undefined) return known
    const fresh = new KafkaConnection(this.#ports, address, this.clientId)
    this.#connections.set(key, fresh)
    return fresh
  }

  broker(node: NodeId): KafkaConnection | undefined {
    const address = this.#brokers.get(node)
    return address && this.to(address)
  }

  /** The next of the bootstrap addresses, in turn: one that does not answer is not asked again at once. */
  any(): KafkaConnection {
    return this.to(this.#bootstrap[this.#turn++ % this.#bootstrap.length])
  }

  /** Asks one broker, the given one or the next in turn. */
  async refresh(topics: readonly string[] | undefined, withinMs: number, from = this.any()): Promise<TopicSeen[]> {
    const answer = await from.ask(
      METADATA,
      {topics: topics ? topics.map(name => ({name})) : null, allowAutoTopicCreation: false},
      withinMs,
    )
    this.clusterId = answer.clusterId ?? undefined
    for (const {nodeId, host, port} of answer.brokers) this.#brokers.set(nodeId, {host, port})
    const seen: TopicSeen[] = []
    for (const topic of answer.topics) {
      if (topic.errorCode !== 0 || topic.name === null) continue
      const partitions = topic.partitions.map(p => ({
        partition: p.partitionIndex,
        leader: p.leaderId,
        error: p.errorCode,
        epoch: p.leaderEpoch,
        replicas: p.replicaNodes,
        isr: p.isrNodes,
      }))
      for (const {partition, leader} of partitions)
        if (leader >= 0) this.#leaders.set(`${topic.name}/${partition}`, leader)
        else this.#leaders.delete(`${topic.name}/${partition}`)
      seen.push({name: topic.name, id: topic.topicId, partitions})
    }
    return seen
  }

  /** The connection to who leads a partition, as far as is known; asks when nothing is. Undefined: nobody leads it. */
  async leader(topic: string, partition: number, withinMs: number): Promise<KafkaConnection | undefined> {
    const key = `${topic}/${partition}`
    if (!this.#leaders.has(key)) {
      try {
        await this.refresh([topic], withinMs)
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error
      }
    }
    const node = this.#leaders.get(key)
    return node === undefined ? undefined : this.broker(node)
  }

  /** What was known of a partition's leader turned out to be wrong. */
  forget(topic: string, partition: number): void {
    this.#leaders.delete(`${topic}/${partition}`)
  }

  pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      this.#ports.clock.after(ms, resolve)
    })
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close()
  }
}
