import type {NodeId} from '../base/ids.ts'
import {createTopic, deleteRecords, deleteTopic, surelyNotDone} from '../client/admin.ts'
import {KafkaCluster} from '../client/metadata.ts'
import {Producer} from '../client/producer.ts'
import {nodeClock} from '../io/node/clock.ts'
import {nodeNetwork} from '../io/node/network.ts'
import type {Address} from '../io/ports.ts'
import type {TopicOrder} from '../judge/evidence.ts'
import type {NodeHandle, Topics} from './api.ts'

const ANSWER_WITHIN_MS = 5_000
const RECORDS = 100
const RECORD_BYTES = 1_024

/** Orders about topics, each sent to the node that is named and to no other: kafkajs would look for the controller by itself. */
export class LabTopics implements Topics {
  readonly #nodes: () => NodeId[]
  readonly #addressOf: (node: NodeId) => Address
  readonly #replicas: () => number
  readonly #now: () => number
  readonly #keep: (order: TopicOrder) => void

  constructor(o: {
    /** Those that may be asked. */
    nodes(): NodeId[]
    addressOf(node: NodeId): Address
    replicas(): number
    now(): number
    keep(order: TopicOrder): void
  }) {
    this.#nodes = o.nodes
    this.#addressOf = o.addressOf
    this.#replicas = o.replicas
    this.#now = o.now
    this.#keep = o.keep
  }

  create(name: string, through: NodeHandle, o: {partitions?: number} = {}): Promise<boolean> {
    const partitions = o.partitions ?? 1
    return this.#order('create', name, partitions, through, cluster =>
      createTopic(cluster, {topic: name, partitions, replicationFactor: this.#replicas()}, ANSWER_WITHIN_MS),
    )
  }

  remove(name: string, through: NodeHandle): Promise<boolean> {
    return this.#order('delete', name, 0, through, cluster => deleteTopic(cluster, name, ANSWER_WITHIN_MS))
  }

  async shorten(name: string, o: {records?: number} = {}): Promise<boolean> {
    const cluster = this.#cluster(this.#nodes().map(this.#addressOf))
    try {
      const producer = new Producer(cluster, {
        acks: -1,
        idempotent: true,
        requestMs: ANSWER_WITHIN_MS,
        deliveryMs: ANSWER_WITHIN_MS,
      })
      for (let n = 0; n < (o.records ?? RECORDS); n++)
        if ((await producer.send(name, 0, `${n} `.padEnd(RECORD_BYTES, '.'))).result !== 'ok') return false
      return 'logStart' in (await deleteRecords(cluster, {topic: name, partition: 0, withinMs: ANSWER_WITHIN_MS}, -1))
    } catch {
      return false
    } finally {
      cluster.close()
    }
  }

  async toldBy(node: NodeHandle, name: string): Promise<boolean | undefined> {
    const cluster = this.#cluster([this.#addressOf(node.id)])
    try {
      return (await cluster.refresh([name], ANSWER_WITHIN_MS)).length > 0
    } catch {
      return undefined
    } finally {
      cluster.close()
    }
  }

  #cluster(addresses: readonly Address[]): KafkaCluster {
    return new KafkaCluster({clock: nodeClock, network: nodeNetwork}, addresses, 'chronik-verify')
  }

  async #order(
    what: TopicOrder['do'],
    name: string,
    partitions: number,
    through: NodeHandle,
    ask: (cluster: KafkaCluster) => Promise<number>,
  ): Promise<boolean> {
    const atMs = this.#now()
    const cluster = this.#cluster([this.#addressOf(through.id)])
    const kept = {do: what, name, partitions, through: through.id, atMs}
    try {
      const code = await ask(cluster)
      const result = code === 0 ? 'ok' : surelyNotDone(code) ? 'fail' : 'info'
      this.#keep({...kept, endedAtMs: this.#now(), result, ...(code === 0 ? {} : {error: `error ${code}`})})
      return result === 'ok'
    } catch (error) {
      this.#keep({...kept, endedAtMs: this.#now(), result: 'info', error: (error as Error).message})
      return false
    } finally {
      cluster.close()
    }
  }
}
