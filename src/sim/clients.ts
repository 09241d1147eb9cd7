import {createTopic, deleteRecords, deleteTopic} from '../client/admin.ts'
import {type ClientPorts, Unanswered} from '../client/connection.ts'
import {endOf, fetchFrom} from '../client/consumer.ts'
import {GroupOffsets} from '../client/group-offsets.ts'
import {KafkaCluster} from '../client/metadata.ts'
import {Producer} from '../client/producer.ts'
import type {Cancellable} from '../io/ports.ts'
import type {Operation as Recorded} from '../judge/evidence.ts'
import {KAFKA_PORT, type SimCluster} from './cluster.ts'
import type {Host} from './network.ts'
import type {Operation} from './schedule.ts'
import type {Owner} from './world.ts'

const REQUEST_MS = 1_500
const DELIVERY_MS = 4_000

/** Everything that the simulated clients did and saw. */
export class Clients {
  readonly history: Recorded[] = []
  /** The topics, by name, that are deleted and made again. */
  readonly again: ReadonlySet<string>
  /** Orders to make or delete one of them that are not answered yet, nor given up. */
  ordering = 0
  readonly #cluster: SimCluster
  readonly #known = new Map<string, Client>()
  readonly #failed: (error: unknown) => void

  constructor(cluster: SimCluster, again: ReadonlySet<string>, failed: (error: unknown) => void) {
    this.#cluster = cluster
    this.again = again
    this.#failed = failed
  }

  /** Begins an operation now; it ends some time later, or never. */
  begin(operation: Operation): void {
    this.client(operation.client).run(operation)
  }

  client(name: string): Client {
    let client = this.#known.get(name)
    if (!client) {
      client = new Client(name, this.#cluster, this, this.#failed)
      this.#known.set(name, client)
    }
    return client
  }

  nowMs(): number {
    return this.#cluster.world.now / 1_000
  }

  record(operation: Omit<Recorded, 'number' | 'invokedAtMs' | 'result'>): Recorded {
    const recorded: Recorded = {
      number: this.history.length + 1,
      invokedAtMs: this.nowMs(),
      result: 'open',
      ...operation,
    }
    this.history.push(recorded)
    return recorded
  }
}

/** One simulated client: a host of its own, with the client library on simulated ports. */
class Client implements Owner, Host {
  readonly name: string
  readonly on = true
  alive = true
  paused = false
  readonly #clients: Clients
  readonly #cluster: SimCluster
  readonly #kafka: KafkaCluster
  readonly #failed: (error: unknown) => void
  #producers = new Map<string, {process: string; producer: Producer}>()
  #processes = 0
  #values = 0
  readonly #positions = new Map<string, {next: number; busy: boolean}>()

  constructor(name: string, cluster: SimCluster, clients: Clients, failed: (error: unknown) => void) {
    this.name = name
    this.#clients = clients
    this.#cluster = cluster
    this.#failed = failed
    cluster.network.add(this)
    const {world} = cluster
    const ports: ClientPorts = {
      clock: {
        monotonicMs: () => world.now / 1_000,
        wallMs: () => Math.floor(1_700_000_000_000 + world.now / 1_000),
        after: (ms, run): Cancellable => {
          const step = world.schedule(Math.ceil(ms * 1_000), this, 'timer', '', Math.round(ms), run)
          return {
            cancel: () => {
              step.run = undefined
            },
          }
        },
        soon: run => {
          world.schedule(1, this, 'soon', '', 0, run)
        },
      },
      network: cluster.network.port(this, this),
    }
    const brokers = cluster.machines.map(m => ({host: m.name, port: KAFKA_PORT}))
    const first = cluster.streams.of('bootstrap', name).below(brokers.length)
    this.#kafka = new KafkaCluster(ports, [...brokers.slice(first), ...brokers.slice(0, first)], name)
  }

  threw(error: unknown): void {
    this.#failed(error)
  }

  run(operation: Operation): void {
    void this.#carryOut(operation)
  }

  async #carryOut(operation: Operation): Promise<void> {
    try {
      switch (operation.do) {
        case 'send':
          return await this.#send(operation)
        case 'read':
          if (this.#clients.again.has(operation.topic)) return await this.#readWhole(operation)
          return await this.#read(operation.topic, operation.partition)
        case 'create-topic':
          return await this.#order(operation.topic, createTopic(this.#kafka, operation, REQUEST_MS))
        case 'delete-topic':
          return await this.#order(operation.topic, deleteTopic(this.#kafka, operation.topic, REQUEST_MS))
        case 'commit-offset':
          return await this.#commitOffset(operation)
        case 'delete-records':
          return await this.#deleteRecords(operation)
        case 'list-end':
          return await this.#listEnd(operation.topic, operation.partition)
        case 'read-offset':
          return await this.#readOffset(operation)
      }
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error
    }
  }

  async #order(topic: string, answer: Promise<number>): Promise<void> {
    const counts = this.#clients.again.has(topic) ? 1 : 0
    this.#clients.ordering += counts
    try {
      await answer
    } finally {
      this.#clients.ordering -= counts
    }
  }

  async #send(operation: Extract<Operation, {do: 'send'}>): Promise<void> {
    const {topic, partition, acks, idempotent} = operation
    const kind = `${acks}${idempotent ? ` idempotent ${topic}/${partition}` : ''}`
    let used = this.#producers.get(kind)
    // An idempotent producer sends one after the other; a second send meanwhile is another process'.
    if (!used || used.producer.spent || (idempotent && used.producer.busy)) {
      const options = {acks, idempotent, requestMs: REQUEST_MS, deliveryMs: DELIVERY_MS}
      used = {process: `${this.name}.${++this.#processes}`, producer: new Producer(this.#kafka, options)}
      this.#producers.set(kind, used)
    }
    const value = `${this.name}-${++this.#values}`.padEnd(operation.bytes ?? 0, '.')
    const recorded = this.#clients.record({
      process: used.process,
      do: 'send',
      topic,
      partition,
      value,
      acks,
      idempotent,
    })
    const sent = await used.producer.send(topic, partition, value)
    recorded.endedAtMs = this.#clients.nowMs()
    recorded.result = sent.result
    if (sent.result !== 'ok') recorded.error = sent.error
    else if (acks === -1) recorded.offset = sent.offset
    // One disk alone promises nothing that outlives it: the record may be there in the end or not.
    else recorded.result = 'info'
    // A process that does not know how its operation ended does no other.
    if (sent.result === 'info' && this.#producers.get(kind) === used) this.#producers.delete(kind)
  }

  /** Reads on from where this client stands, front to back. */
  async #read(topic: string, partition: number): Promise<void> {
    const key = `${topic}/${partition}`
    const position = this.#positions.get(key) ?? {next: 0, busy: false}
    this.#positions.set(key, position)
    if (position.busy) return
    position.busy = true
    const recorded = this.#clients.record({
      process: `${this.name} ${key}`,
      do: 'read',
      topic,
      partition,
      from: position.next,
    })
    const fetched = await fetchFrom(this.#kafka, topic, partition, position.next, {withinMs: REQUEST_MS, waitMs: 100})
    recorded.endedAtMs = this.#clients.nowMs()
    if ('error' in fetched) {
      recorded.result = 'fail'
      recorded.error = fetched.error
      // As a consumer with auto.offset.reset=earliest.
      if (fetched.error === 'OFFSET_OUT_OF_RANGE') position.next = await this.#earliest(topic, partition, position.next)
    } else {
      recorded.result = 'ok'
      recorded.records = fetched.records
      recorded.highWatermark = fetched.highWatermark
      const last = fetched.records[fetched.records.length - 1]
      if (last) position.next = last.offset + 1
    }
    // Not before it knows where it stands: a read that begins meanwhile would be set back by the end of this one.
    position.busy = false
  }

  /** From the first record on, as somebody who never read it: where one stood in a topic means nothing in the next one of its name. */
  async #readWhole({topic, partition}: {topic: string; partition: number}): Promise<void> {
    const process = `${this.name}.${++this.#processes}`
    const recorded = this.#clients.record({process, do: 'read', topic, partition, from: 0})
    const fetched = await fetchFrom(this.#kafka, topic, partition, 0, {withinMs: REQUEST_MS, waitMs: 100})
    recorded.endedAtMs = this.#clients.nowMs()
    recorded.result = 'error' in fetched ? 'fail' : 'ok'
    if ('error' in fetched) recorded.error = fetched.error
    else {
      recorded.records = fetched.records
      recorded.highWatermark = fetched.highWatermark
    }
  }

  /**
   * Reads a partition from its beginning to its high watermark, however often it has to try, as long as it is there. `as`: how the history names the topic
   * where its name alone does not say which one it is.
   */
  async drain(topic: string, partition: number, as = topic, isThere = (): boolean => true): Promise<void> {
    let from = 0
    while (isThere()) {
      const invokedAtMs = this.#clients.nowMs()
      const fetched = await fetchFrom(this.#kafka, topic, partition, from, {withinMs: REQUEST_MS, waitMs: 0})
      if ('error' in fetched) {
        await this.#kafka.pause(50)
        if (fetched.error === 'OFFSET_OUT_OF_RANGE') from = await this.#earliest(topic, partition, from)
        continue
      }
      const recorded = this.#clients.record({
        process: `${this.name} drain ${as}/${partition}`,
        do: 'read',
        topic: as,
        partition,
        from,
        records: fetched.records,
        highWatermark: fetched.highWatermark,
        final: true,
      })
      recorded.invokedAtMs = invokedAtMs
      recorded.endedAtMs = this.#clients.nowMs()
      recorded.result = 'ok'
      const last = fetched.records[fetched.records.length - 1]
      if (last) from = last.offset + 1
      if (from >= fetched.highWatermark) return
    }
  }

  async #earliest(topic: string, partition: number, otherwise: number): Promise<number> {
    const found = await endOf(this.#kafka, 'earliest', {topic, partition, withinMs: REQUEST_MS})
    return 'error' in found ? otherwise : found.offset
  }

  async #deleteRecords(operation: Extract<Operation, {do: 'delete-records'}>): Promise<void> {
    const {topic, partition, keep} = operation
    const at = {topic, partition, withinMs: REQUEST_MS}
    const end = await endOf(this.#kafka, 'latest', at)
    if ('error' in end || end.offset <= keep) return
    const offset = end.offset - keep
    const process = `${this.name}.${++this.#processes}`
    const recorded = this.#clients.record({process, do: 'delete', topic, partition, offset})
    const done = await deleteRecords(this.#kafka, at, offset)
    recorded.endedAtMs = this.#clients.nowMs()
    // Whatever the error: an order that was taken may be carried out later.
    recorded.result = 'error' in done ? 'info' : 'ok'
    if ('error' in done) recorded.error = done.error
    else recorded.logStart = done.logStart
  }

  /** The topics as one broker tells them, however often it has to be asked. */
  async topicsOf(node: number): Promise<Record<string, {id: string; partitions: number}>> {
    for (;;) {
      try {
        const from = this.#kafka.to({host: this.#cluster.machine(node).name, port: KAFKA_PORT})
        const topics = await this.#kafka.refresh(undefined, REQUEST_MS, from)
        return Object.fromEntries(topics.map(t => [t.name, {id: t.id, partitions: t.partitions.length}]))
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error
        await this.#kafka.pause(50)
      }
    }
  }

  async create(topic: string, partitions: number, replicationFactor: number): Promise<void> {
    for (;;) {
      try {
        const code = await createTopic(this.#kafka, {topic, partitions, replicationFactor}, REQUEST_MS)
        if (code === 0 || code === 36) return
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error
      }
      await this.#kafka.pause(50)
    }
  }

  async #commitOffset(operation: Extract<Operation, {do: 'commit-offset'}>): Promise<void> {
    const {group, topic, partition} = operation
    // As a consumer does: where it stands.
    const offset = this.#positions.get(`${topic}/${partition}`)?.next ?? 0
    const process = `${this.name}.${++this.#processes}`
    const recorded = this.#clients.record({process, do: 'commit', topic, partition, group, offset})
    const done = await new GroupOffsets(this.#kafka, group, REQUEST_MS).commit(topic, partition, offset)
    recorded.endedAtMs = this.#clients.nowMs()
    recorded.result = 'committed' in done ? 'ok' : 'info'
    if ('error' in done) recorded.error = done.error
  }

  async #readOffset(operation: Extract<Operation, {do: 'read-offset'}>): Promise<void> {
    const {group, topic, partition} = operation
    const process = `${this.name}.${++this.#processes}`
    const recorded = this.#clients.record({process, do: 'committed', topic, partition, group})
    const done = await new GroupOffsets(this.#kafka, group, REQUEST_MS).read(topic, partition)
    recorded.endedAtMs = this.#clients.nowMs()
    recorded.result = 'error' in done ? 'fail' : 'ok'
    if ('error' in done) recorded.error = done.error
    else if (done.offset >= 0) recorded.offset = done.offset
  }

  /** Where the log ends, as its leader says. */
  async #listEnd(topic: string, partition: number): Promise<void> {
    const process = `${this.name}.${++this.#processes}`
    const recorded = this.#clients.record({process, do: 'list', topic, partition})
    const done = await endOf(this.#kafka, 'latest', {topic, partition, withinMs: REQUEST_MS})
    recorded.endedAtMs = this.#clients.nowMs()
    recorded.result = 'error' in done ? 'fail' : 'ok'
    if ('error' in done) recorded.error = done.error
    else recorded.highWatermark = done.offset
  }
}
