import {ChronikError, EXIT} from '../../base/errors.ts'
import type {GroupName, NodeId} from '../../base/ids.ts'
import type {Address} from '../../io/ports.ts'
import type {Operation, WindowRecord} from '../../judge/evidence.ts'
import {readHistory} from '../../judge/history.ts'
import type {History, Load, LoadSpec, NodeHandle} from '../api.ts'
import type {LoadReport} from '../host-protocol.ts'
import {after} from './after.ts'
import {classifyFailure} from './classify.ts'
import {LoadGroup} from './group.ts'
import type {HistoryFile} from './history-file.ts'
import {KafkaClients, type PartitionReader} from './kafkajs.ts'
import type {LoadProducer} from './load-producer.ts'
import {OneNodeReader} from './node-reader.ts'
import {kafkajsProducer, secondClient} from './producers.ts'

const DEFAULT_RATE = 600
const DRAIN_WITHIN_MS = 8_000
const CLOSE_WITHIN_MS = 2_000

export interface LoadWorld {
  history: HistoryFile
  /** Appears in every value, so that values of two runs never meet. */
  tag: string
  rate: number | undefined
  now(): number
  bootstrap(): readonly string[]
  /** Where a node takes clients. */
  addressOf(node: NodeId): Address
  replicas(): number
  /** Half of the plain producers are of the second client library. */
  secondClient: boolean
  signal: AbortSignal
  window(w: WindowRecord): void
  /** Looks for values on the disks of the nodes; kept as evidence. */
  search(values: ReadonlySet<string>): Promise<void>
}

/** Which producers a partition has; the first says what counts as acknowledged. */
const PRODUCERS: Record<NonNullable<LoadSpec['acks']>, ReadonlyArray<{acks: -1 | 0 | 1; idempotent: boolean}>> = {
  all: [
    {acks: -1, idempotent: true},
    {acks: -1, idempotent: false},
  ],
  '1': [{acks: 1, idempotent: false}],
  '0': [{acks: 0, idempotent: false}],
  mixed: [
    {acks: -1, idempotent: true},
    {acks: -1, idempotent: false},
    {acks: 1, idempotent: false},
    {acks: 0, idempotent: false},
  ],
}

/** One producer and the partition that it writes to. */
interface Lane {
  name: string
  partition: number
  acks: -1 | 0 | 1
  idempotent: boolean
  /** What it gets acknowledged counts for windows. */
  counts: boolean
  /** Makes one, also in the place of one that is lost. */
  make(): Promise<LoadProducer>
  producer: LoadProducer
}

/**
 * A steady load: one idempotent and one plain producer a partition, each writing one record after another; and a reader a partition. Half of the plain
 * producers are of another client library than everything else.
 */
export class SteadyLoad implements Load {
  readonly #world: LoadWorld
  #clients: KafkaClients | undefined
  #topic = ''
  #partitions = 3
  #replicas = 3
  #rate = DEFAULT_RATE
  #tried = 0
  #stopping = false
  #workers: Array<Promise<void>> = []
  #sequence = 0
  readonly #acknowledgedOn: number[] = []
  readonly #groups: LoadGroup[] = []
  readonly #nodeReaders: OneNodeReader[] = []
  /** Producers of the second library that are open. */
  readonly #seconds = new Set<LoadProducer>()
  readonly #waiting = new Set<() => void>()

  constructor(world: LoadWorld) {
    this.#world = world
  }

  get started(): boolean {
    return this.#clients !== undefined
  }

  group(partition = 0): GroupName {
    return `${this.#topic}/${partition}`
  }

  get replicas(): number {
    return Math.min(this.#replicas, this.#world.replicas())
  }

  async start(spec: LoadSpec = {}): Promise<void> {
    if (this.#clients) throw new ChronikError('CHRONIK_LAB', EXIT.usage, 'load.start was called twice')
    this.#topic = spec.topic ?? `verify-${this.#world.tag}`
    this.#partitions = spec.partitions ?? 3
    this.#replicas = spec.replicas ?? 3
    this.#rate = this.#world.rate ?? spec.rate ?? DEFAULT_RATE
    const clients = new KafkaClients(() => this.#world.bootstrap())
    this.#clients = clients
    for (let p = 0; p < this.#partitions; p++) this.#acknowledgedOn[p] = 0
    await clients.createTopic(this.#topic, this.#partitions, this.replicas)
    const producers: Lane[] = []
    const readers: Array<{name: string; partition: number; reader: PartitionReader}> = []
    const kinds = Array.from({length: spec.producers ?? 1}, () => PRODUCERS[spec.acks ?? 'all'])
      .flat()
      .filter(kind => kind.idempotent || !spec.idempotent)
    await Promise.all(
      Array.from({length: this.#partitions}, (_, partition) => [
        ...kinds.map(async ({acks, idempotent}, i) => {
          const second = !idempotent && this.#world.secondClient && (partition + i) % 2 === 1
          const name = `${idempotent ? 'idempotent' : second ? 'other' : 'plain'}-${partition}-${i}`
          const make = (): Promise<LoadProducer> =>
            second ? this.#second(clients, name) : kafkajsProducer(clients, name, idempotent)
          const counts = acks !== 0 && acks === kinds[0].acks
          producers.push({name, partition, acks, idempotent, counts, make, producer: await make()})
        }),
        (async () => {
          const name = `reader-${partition}`
          readers.push({name, partition, reader: await clients.reader(name)})
        })(),
      ]).flat(),
    )
    const world = {history: this.#world.history, clients, now: () => this.#world.now(), topic: this.#topic}
    for (let n = 0; n < (spec.groups ?? 0); n++)
      this.#groups.push(new LoadGroup(`${this.#topic}-group-${n}`, {...world, partitions: this.#partitions}))
    await Promise.all(this.#groups.map(group => group.start()))
    for (const [i, p] of producers.entries()) this.#workers.push(this.#produce(p, producers.length, i))
    for (const r of readers) this.#workers.push(this.#read(r))
  }

  async #second(clients: KafkaClients, name: string): Promise<LoadProducer> {
    const {secondProducer} = await secondClient()
    const producer = secondProducer(name, clients.bootstrap())
    this.#seconds.add(producer)
    return producer
  }

  async acknowledged(n: number, o: {withinMs: number; what?: string}): Promise<number> {
    const fromMs = this.#world.now()
    const before = [...this.#acknowledgedOn]
    const seen = (): number => this.#acknowledgedOn.reduce((sum, have, p) => sum + have - before[p], 0)
    const enough = (): boolean => seen() >= n && this.#acknowledgedOn.every((have, p) => have > before[p])
    await this.#waitFor(enough, o.withinMs)
    // Enough in number, and one partition without any: that is not enough.
    const acknowledged = enough() ? seen() : Math.min(seen(), n - 1)
    this.#world.window({what: o.what ?? 'in the window', fromMs, toMs: this.#world.now(), acknowledged, wanted: n})
    return acknowledged
  }

  /** Opened and asked once: what it is asked later is at the node as soon as it is sent. */
  async readerOf(node: NodeHandle, partition = 0): Promise<OneNodeReader> {
    const {history} = this.#world
    const name = `reader-${partition}-of-n${node.id}-${this.#nodeReaders.length}`
    const reader = new OneNodeReader(name, this.#world.addressOf(node.id), {history, topic: this.#topic, partition})
    this.#nodeReaders.push(reader)
    await reader.read({withinMs: 5_000})
    return reader
  }

  async tried(n: number, o: {withinMs: number}): Promise<number> {
    const before = this.#tried
    await this.#waitFor(() => this.#tried - before >= n, o.withinMs)
    return this.#tried - before
  }

  stoodMs(sinceMs: number): number | undefined {
    const first: Array<number | undefined> = this.#acknowledgedOn.map(() => undefined)
    for (const o of this.#world.history.operations)
      if (
        o.do === 'send' &&
        o.result === 'ok' &&
        o.endedAtMs !== undefined &&
        o.endedAtMs > sinceMs &&
        o.topic === this.#topic
      )
        first[o.partition] = Math.min(first[o.partition] ?? Number.POSITIVE_INFINITY, o.endedAtMs)
    let longest = 0
    for (const at of first) {
      if (at === undefined) return undefined
      longest = Math.max(longest, at - sinceMs)
    }
    return longest
  }

  async stop(): Promise<History> {
    await this.#halt()
    const {history} = this.#world
    if (this.#clients) {
      await Promise.all([
        ...this.#acknowledgedOn.map((_, partition) => this.#drain(partition)),
        ...this.#groups.map(group => group.stop(DRAIN_WITHIN_MS)),
      ])
      const missing = readHistory(history.operations).anomalies.filter(
        a => a.kind === 'lost-write' || a.kind === 'unseen',
      )
      if (missing.length > 0) await this.#world.search(new Set(missing.flatMap(a => a.value ?? [])))
      await this.#closeAll()
    }
    const reading = readHistory(history.operations)
    return {
      topic: this.#topic,
      operations: history.operations,
      acknowledged: reading.acknowledged,
      readBack: reading.readBack,
    }
  }

  /** Ends the clients without reading back: the run is over. */
  async abandon(): Promise<void> {
    this.#stopping = true
    await this.#closeAll()
  }

  /** Takes its topic away again: in a cluster of somebody's own nothing is left behind. */
  async cleanUp(): Promise<void> {
    await this.#clients?.deleteTopic(this.#topic)
  }

  report(): LoadReport | undefined {
    if (!this.#clients) return undefined
    const {operations} = this.#world.history
    const reading = readHistory(operations)
    const sends = operations.filter(o => o.do === 'send')
    return {
      topic: this.#topic,
      rate: this.#rate,
      ...measuredRate(sends),
      sent: sends.length,
      acknowledged: reading.acknowledged,
      failed: reading.failed,
      undecided: reading.undecided,
      readBack: reading.readBack,
    }
  }

  async #closeAll(): Promise<void> {
    for (const reader of this.#nodeReaders) reader.close()
    // A client whose node does not answer may take long to close.
    const closed = Promise.all([this.#clients?.closeAll(), ...[...this.#seconds].map(producer => producer.close())])
    await Promise.race([closed, after(CLOSE_WITHIN_MS)])
    this.#seconds.clear()
  }

  async #halt(): Promise<void> {
    this.#stopping = true
    this.#wake()
    // What is still unanswered after this counts as "may have happened".
    await Promise.race([Promise.all(this.#workers), after(5_000)])
  }

  async #produce(p: Lane, producers: number, place: number): Promise<void> {
    const {history, now} = this.#world
    const everyMs = (1_000 * producers) / this.#rate
    let producer: LoadProducer | undefined = p.producer
    let life = 1
    let next = now() + (everyMs * place) / producers
    while (!this.#stopping) {
      const wait = next - now()
      if (wait > 0) await this.#pause(wait)
      if (this.#stopping) break
      next = Math.max(now(), next + everyMs)
      if (!producer) {
        producer = await p.make().catch(() => undefined)
        if (!producer) await this.#pause(20)
        continue
      }
      const value = `${this.#world.tag}.${p.idempotent ? 'i' : 'p'}${p.partition}.${++this.#sequence}`
      const operation = history.invoke({
        process: `${p.name}.${life}`,
        do: 'send',
        topic: this.#topic,
        partition: p.partition,
        value,
        acks: p.acks,
        idempotent: p.idempotent,
      })
      if (p.acks === -1) this.#tried++
      this.#wake()
      try {
        const offset = await producer.send({topic: this.#topic, partition: p.partition, value, acks: p.acks})
        history.acknowledged(operation, offset)
        if (p.counts) this.#acknowledgedOn[p.partition]++
        this.#wake()
      } catch (thrown) {
        const {result, error} = classifyFailure(thrown)
        history.ended(operation, result, error)
        // A process that does not know what became of its write is over: its successor makes a new history.
        if (result === 'info') life++
        if (result === 'info' && !producer.asksAgain(error)) {
          this.#seconds.delete(producer)
          await producer.close()
          producer = undefined
        }
        next = now() + 20
      }
    }
  }

  /** Follows one partition from its beginning: what it was shown before a crash has to be there after it. */
  async #read(r: {name: string; partition: number; reader: PartitionReader}): Promise<void> {
    let from = 0
    while (!this.#stopping) {
      const operation = this.#world.history.invoke({
        process: r.name,
        do: 'read',
        topic: this.#topic,
        partition: r.partition,
        from,
      })
      try {
        const {records, highWatermark} = await r.reader.fetch(this.#topic, r.partition, from, 100)
        this.#world.history.read(operation, records, highWatermark)
        if (records.length > 0) from = records[records.length - 1].offset + 1
        // Many small answers cost more than they show.
        await this.#pause(40)
      } catch (thrown) {
        this.#world.history.ended(operation, 'info', classifyFailure(thrown).error)
        await this.#pause(30)
      }
    }
  }

  /** Everything of one partition, from its start to the high watermark. */
  async #drain(partition: number): Promise<void> {
    const {history, now, signal} = this.#world
    const clients = this.#clients as KafkaClients
    const untilMs = now() + DRAIN_WITHIN_MS
    let reader: PartitionReader | undefined
    let from: number | undefined
    // The node that it asked first may be one that the others refuse, and knows nothing: the next one draws anew.
    const another = async (): Promise<void> => {
      if (reader) await clients.drop(reader)
      reader = undefined
      await after(30)
    }
    while (now() < untilMs && !signal.aborted) {
      try {
        reader ??= await clients.reader(`final-${partition}`)
        from ??= await reader.logStart(this.#topic, partition)
      } catch {
        await another()
        continue
      }
      const operation: Operation = history.invoke({
        process: `final-${partition}`,
        do: 'read',
        topic: this.#topic,
        partition,
        from,
        final: true,
      })
      try {
        const {records, highWatermark} = await reader.fetch(this.#topic, partition, from, 50)
        history.read(operation, records, highWatermark)
        if (records.length > 0) from = records[records.length - 1].offset + 1
        if (from >= highWatermark) return
      } catch (thrown) {
        history.ended(operation, 'info', classifyFailure(thrown).error)
        await another()
      }
    }
  }

  async #waitFor(done: () => boolean, withinMs: number): Promise<void> {
    if (done()) return
    await new Promise<void>(resolve => {
      const end = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(look)
        this.#world.signal.removeEventListener('abort', end)
        resolve()
      }
      const look = (): void => {
        if (done() || this.#stopping) end()
      }
      const timer = setTimeout(end, withinMs)
      this.#waiting.add(look)
      this.#world.signal.addEventListener('abort', end, {once: true})
    })
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look()
  }

  #pause(ms: number): Promise<void> {
    return after(ms)
  }
}

function measuredRate(sends: readonly Operation[]): {sentPerSecond?: number} {
  const ms = sends.length < 2 ? 0 : sends[sends.length - 1].invokedAtMs - sends[0].invokedAtMs
  return ms > 0 ? {sentPerSecond: Math.round(((sends.length - 1) * 1_000) / ms)} : {}
}
