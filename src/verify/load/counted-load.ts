import type {Producer} from 'kafkajs'
import type {Offset} from '../../base/ids.ts'
import {after} from './after.ts'
import {KafkaClients, type PartitionReader} from './kafkajs.ts'

const LATENCIES_KEPT = 512
const BATCH_MAX = 500
const STALLED_MS = 5_000

export interface CountedLoadSpec {
  topics: readonly string[]
  partitions: number
  replicas: number
  /** Records a second, over all topics. */
  rate: number
  acks: -1 | 0 | 1
  /** Appears in every value, so that values of two loads never meet. */
  tag: string
  /** Monotonic milliseconds. */
  now(): number
}

/** What became of the writes so far. */
export interface LoadFigures {
  acked: number
  readBack: number
  /** Acknowledged, and not at the place where it was acknowledged. */
  missing: number
  /** Sent and not yet answered. */
  open: number
  perSecond: number
  p50Ms: number
}

export interface LoadTotals {
  acked: number
  /** Of the acknowledged, in the last reading of all. */
  readBack: number
  missing: string[]
  /** Values that are there more than once. */
  twice: number
  /** Sent, never answered: may be there or not. */
  unanswered: number
  /** False when the last reading did not reach the end of every partition. */
  whole: boolean
  p50Ms: number
}

/** One partition: a writer that waits for each answer before it sends on, and a reader behind it. */
interface Lane {
  topic: string
  partition: number
  producer: Producer
  reader: PartitionReader
  sent: number
  open: number
  first: Offset | undefined
  /** Reads all of it again after a fault; made when it is needed first. */
  again: Promise<PartitionReader> | undefined
  /** Sequence number → offset at which it was acknowledged. */
  readonly acked: Map<number, Offset>
  readonly unread: Set<number>
  readonly early: Set<number>
  from: Offset
  /** Highest offset that was acknowledged. */
  last: Offset
}

/** How far one partition had been acknowledged at a moment. */
interface Reached {
  lane: Lane
  first: Offset
  last: Offset
}

/** A moment of a load, such as a fault. */
export class Moment {
  readonly #lanes: readonly Lane[]
  readonly #silent = new Set<Lane>()
  #reached: Reached[] = []
  #acked = 0
  #atMs = 0
  #stoodMs = 0

  constructor(lanes: readonly Lane[], atMs: number) {
    this.#lanes = lanes
    this.inForce(atMs)
  }

  /** The fault is in force only now: what was acknowledged until here was acknowledged before it. */
  inForce(nowMs: number): void {
    this.#atMs = nowMs
    this.#stoodMs = 0
    this.#acked = this.#lanes.reduce((sum, lane) => sum + lane.acked.size, 0)
    this.#reached = this.#lanes.flatMap(lane =>
      lane.first === undefined ? [] : [{lane, first: lane.first, last: lane.last}],
    )
    for (const lane of this.#lanes) this.#silent.add(lane)
  }

  acknowledged(lane: Lane, begunMs: number, nowMs: number): void {
    if (begunMs >= this.#atMs && this.#silent.delete(lane)) this.#stoodMs = Math.max(this.#stoodMs, nowMs - this.#atMs)
  }

  /** Writes that had been acknowledged by then. */
  get acked(): number {
    return this.#acked
  }

  get reached(): readonly Reached[] {
    return this.#reached
  }

  /** How long no write was acknowledged on the partition that was served again last; undefined while one is still silent. */
  get stoodMs(): number | undefined {
    return this.#silent.size > 0 ? undefined : this.#stoodMs
  }
}

/** Steady writes, read back while they go on, and every one accounted for. */
export class CountedLoad {
  readonly #spec: CountedLoadSpec
  readonly #clients: KafkaClients
  readonly #lanes: Lane[] = []
  readonly #latencies: number[] = []
  readonly #recent: number[] = []
  readonly #moments = new Set<Moment>()
  /** What was acknowledged and is not there: `TOPIC/PARTITION@OFFSET VALUE`. */
  readonly #missing = new Set<string>()
  #ended = false
  #workers: Array<Promise<void>> = []

  constructor(bootstrap: readonly string[], spec: CountedLoadSpec) {
    this.#spec = spec
    this.#clients = new KafkaClients(() => bootstrap)
  }

  async start(): Promise<void> {
    const {topics, partitions, replicas, acks} = this.#spec
    for (const topic of topics) await this.#clients.createTopic(topic, partitions, replicas)
    await Promise.all(
      topics.flatMap(topic =>
        Array.from({length: partitions}, async (_, partition) => {
          const name = `load-${topic}-${partition}`
          const [producer, reader] = await Promise.all([
            this.#clients.producer(name, acks === -1),
            this.#clients.reader(`${name}-reader`),
          ])
          this.#lanes.push({
            topic,
            partition,
            producer,
            reader,
            sent: 0,
            open: 0,
            first: undefined,
            again: undefined,
            acked: new Map(),
            unread: new Set(),
            early: new Set(),
            from: 0,
            last: -1,
          })
        }),
      ),
    )
    for (const [i, lane] of this.#lanes.entries()) this.#workers.push(this.#write(lane, i), this.#read(lane))
  }

  figures(): LoadFigures {
    const now = this.#spec.now()
    while (this.#recent.length > 0 && now - this.#recent[0] > 1_000) this.#recent.shift()
    const acked = this.#sum(lane => lane.acked.size)
    return {
      acked,
      readBack: acked - this.#sum(lane => lane.unread.size) - this.#missing.size,
      missing: this.#missing.size,
      open: this.#sum(lane => lane.open),
      perSecond: this.#recent.length,
      p50Ms: this.#p50(),
    }
  }

  /** Remembers now: when is each partition written again, and is all there that was acknowledged before? */
  moment(): Moment {
    const moment = new Moment(this.#lanes, this.#spec.now())
    this.#moments.add(moment)
    return moment
  }

  forget(moment: Moment): void {
    this.#moments.delete(moment)
  }

  /**
   * Reads again, from the first record on, all that had been acknowledged by a moment; settles with what is not there. Fetches that fail are
   * tried again: it settles when everything was seen, or when a leader that answers has not shown more for 5 s.
   */
  async readBack(moment: Moment): Promise<string[]> {
    const found = await Promise.all(moment.reached.map(r => this.#readAgain(r)))
    return found.flat()
  }

  /** A reader of its own: it is asked for while nodes are down, so it is asked for until it is there. */
  async #readerAgain(lane: Lane): Promise<PartitionReader> {
    while (!this.#ended) {
      lane.again ??= this.#clients.reader(`load-${lane.topic}-${lane.partition}-again`)
      try {
        return await lane.again
      } catch {
        lane.again = undefined
        await after(100)
      }
    }
    throw new Error('the load ended before all was read again')
  }

  async #readAgain({lane, first, last}: Reached): Promise<string[]> {
    const reader = await this.#readerAgain(lane)
    const there = new Set<number>()
    let movedMs = this.#spec.now()
    for (let from = first; from <= last && !this.#ended; ) {
      try {
        const {records} = await reader.fetch(lane.topic, lane.partition, from, 50)
        for (const {offset, value} of records) {
          const number = this.#numberOf(value)
          if (number !== undefined && lane.acked.get(number) === offset) there.add(number)
        }
        if (records.length > 0) {
          from = records[records.length - 1].offset + 1
          movedMs = this.#spec.now()
        } else if (this.#spec.now() - movedMs > STALLED_MS) break
      } catch (error) {
        // The log ends before this offset: that is an answer.
        if ((error as {type?: unknown}).type !== 'OFFSET_OUT_OF_RANGE') movedMs = this.#spec.now()
        else if (this.#spec.now() - movedMs > STALLED_MS) break
        await after(30)
      }
    }
    if (this.#ended) throw new Error('the load ended before all was read again')
    const lost = [...lane.acked].filter(([number, offset]) => offset <= last && !there.has(number))
    const names = lost.map(([number]) => this.#named(lane, number))
    for (const name of names) this.#missing.add(name)
    return names
  }

  /** Ends the writing, waits for what is open, and reads all of it once more from the first record on. */
  async stop(withinMs: number): Promise<LoadTotals> {
    const untilMs = this.#spec.now() + withinMs
    this.#ended = true
    await Promise.race([Promise.all(this.#workers), after(Math.min(5_000, withinMs))])
    const totals: LoadTotals = {
      acked: this.#sum(lane => lane.acked.size),
      readBack: 0,
      missing: [],
      twice: 0,
      unanswered: this.#sum(lane => lane.open),
      whole: true,
      p50Ms: this.#p50(),
    }
    await Promise.all(this.#lanes.map(lane => this.#account(lane, totals, untilMs)))
    return totals
  }

  async close(): Promise<void> {
    this.#ended = true
    await Promise.race([this.#clients.closeAll(), after(2_000)])
  }

  async #write(lane: Lane, place: number): Promise<void> {
    const {now, rate, acks, tag} = this.#spec
    const everyMs = (1_000 * this.#lanes.length) / rate
    let next = now() + (everyMs * place) / this.#lanes.length
    while (!this.#ended) {
      if (next > now()) await after(next - now())
      if (this.#ended) return
      const due = Math.min(BATCH_MAX, 1 + Math.floor((now() - next) / everyMs))
      // What could not be written while writes stood is not caught up with in one blow.
      next = Math.max(next + due * everyMs, now() - everyMs * BATCH_MAX)
      const base = lane.sent
      lane.sent += due
      lane.open += due
      const messages = Array.from({length: due}, (_, i) => ({
        value: `${tag}.${lane.partition}.${base + i}`,
        partition: lane.partition,
      }))
      const begun = now()
      try {
        const [answer] = await lane.producer.send({topic: lane.topic, acks, timeout: 1_200, messages})
        lane.open -= due
        if (acks !== 0) this.#acknowledged(lane, base, due, Number(answer.baseOffset), begun)
      } catch {
        // Not answered, or refused: it stays open, which claims nothing.
        await after(20)
      }
    }
  }

  #acknowledged(lane: Lane, base: number, count: number, offset: Offset, begunMs: number): void {
    const now = this.#spec.now()
    if (this.#latencies.push(now - begunMs) > LATENCIES_KEPT) this.#latencies.shift()
    for (const moment of this.#moments) moment.acknowledged(lane, begunMs, now)
    if (lane.first === undefined) {
      lane.first = offset
      lane.from = offset
    }
    lane.last = Math.max(lane.last, offset + count - 1)
    for (let i = 0; i < count; i++) {
      this.#recent.push(now)
      lane.acked.set(base + i, offset + i)
      if (lane.early.delete(base + i)) continue
      // The reader has been past this place and did not find it there.
      if (offset + i < lane.from) this.#missing.add(this.#named(lane, base + i))
      else lane.unread.add(base + i)
    }
  }

  /** Follows one partition; what was acknowledged has to be found at its place. */
  async #read(lane: Lane): Promise<void> {
    while (!this.#ended) {
      if (lane.first === undefined) {
        await after(20)
        continue
      }
      try {
        const {records} = await lane.reader.fetch(lane.topic, lane.partition, lane.from, 100)
        if (records.length > 0) {
          for (const record of records) {
            const number = this.#numberOf(record.value)
            if (number !== undefined && !lane.unread.delete(number) && !lane.acked.has(number)) lane.early.add(number)
          }
          lane.from = records[records.length - 1].offset + 1
          for (const number of lane.unread)
            if ((lane.acked.get(number) ?? 0) < lane.from) {
              lane.unread.delete(number)
              this.#missing.add(this.#named(lane, number))
            }
        }
        await after(20)
      } catch {
        await after(30)
      }
    }
  }

  async #account(lane: Lane, totals: LoadTotals, untilMs: number): Promise<void> {
    if (lane.first === undefined) return
    const times = new Map<number, number>()
    let from = lane.first
    let high: Offset | undefined
    while (high === undefined || from < high) {
      if (this.#spec.now() > untilMs) {
        totals.whole = false
        return
      }
      try {
        const answer = await lane.reader.fetch(lane.topic, lane.partition, from, 50)
        high ??= answer.highWatermark
        for (const record of answer.records) {
          const number = this.#numberOf(record.value)
          if (number !== undefined) times.set(number, (times.get(number) ?? 0) + 1)
        }
        if (answer.records.length > 0) from = answer.records[answer.records.length - 1].offset + 1
      } catch {
        await after(30)
      }
    }
    for (const number of lane.acked.keys())
      if (times.has(number)) totals.readBack++
      else totals.missing.push(this.#named(lane, number))
    for (const n of times.values()) if (n > 1) totals.twice++
  }

  #named(lane: Lane, number: number): string {
    return `${lane.topic}/${lane.partition}@${lane.acked.get(number)} ${this.#spec.tag}.${lane.partition}.${number}`
  }

  #numberOf(value: string): number | undefined {
    const parts = value.split('.')
    return parts.length === 3 && parts[0] === this.#spec.tag ? Number(parts[2]) : undefined
  }

  #p50(): number {
    const sorted = [...this.#latencies].sort((a, b) => a - b)
    return Math.round((sorted[sorted.length >> 1] ?? 0) * 10) / 10
  }

  #sum(of: (lane: Lane) => number): number {
    return this.#lanes.reduce((sum, lane) => sum + of(lane), 0)
  }
}
