import type {Admin, Consumer} from 'kafkajs'
import {after} from './after.ts'
import {classifyFailure} from './classify.ts'
import type {HistoryFile} from './history-file.ts'
import type {KafkaClients} from './kafkajs.ts'

const ASK_EVERY_MS = 60
const ANSWER_WITHIN_MS = 2_000

export interface GroupWorld {
  history: HistoryFile
  clients: KafkaClients
  now(): number
  topic: string
  partitions: number
}

/** One consumer group with one member: it reads the whole topic, commits what it has read, and somebody else asks all the time what it has committed. */
export class LoadGroup {
  readonly name: string
  readonly #world: GroupWorld
  #consumer: Consumer | undefined
  #admin: Admin | undefined
  /** Partition and offset of each commit that a coordinator has confirmed, until it is written down. */
  readonly #committed = new Set<string>()
  #stopping = false
  #asking: Promise<void> | undefined

  constructor(name: string, world: GroupWorld) {
    this.name = name
    this.#world = world
  }

  async start(): Promise<void> {
    const {clients, topic} = this.#world
    const consumer = await clients.consumer(this.name)
    this.#consumer = consumer
    consumer.on('consumer.commit_offsets', ({payload}) => {
      for (const {partitions} of payload.topics)
        for (const {partition, offset} of partitions) this.#committed.add(`${partition} ${offset}`)
    })
    await consumer.subscribe({topic, fromBeginning: true})
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async ({batch, resolveOffset, heartbeat}) => {
        if (this.#stopping) return
        await this.#took(consumer, batch.partition, batch.messages)
        resolveOffset(batch.lastOffset())
        await heartbeat()
      },
    })
    this.#asking = this.#ask()
  }

  /** A member does not know when its fetch was sent: what it was told of the end of the log is not kept. */
  async #took(
    consumer: Consumer,
    partition: number,
    messages: ReadonlyArray<{offset: string; value: Buffer | null}>,
  ): Promise<void> {
    const {history, topic} = this.#world
    const records = messages.map(m => ({offset: Number(m.offset), value: m.value?.toString('utf8') ?? ''}))
    if (records.length === 0) return
    const {name: group} = this
    const process = `member-of-${group}`
    const next = records[records.length - 1].offset + 1
    const from = records[0].offset
    history.read(history.invoke({process, do: 'read', topic, partition, from, group}), records, undefined)
    const commit = history.invoke({process, do: 'commit', topic, partition, group, offset: next})
    let error = 'the member gave up'
    try {
      await consumer.commitOffsets([{topic, partition, offset: String(next)}])
    } catch (thrown) {
      error = classifyFailure(thrown).error
      throw thrown
    } finally {
      // A member that is ended meanwhile settles as if all were well.
      if (this.#committed.delete(`${partition} ${next}`)) history.done(commit)
      else history.ended(commit, 'info', error)
    }
  }

  async #ask(): Promise<void> {
    while (!this.#stopping) {
      await this.#question()
      await after(ASK_EVERY_MS)
    }
  }

  /** Asks for the offset of each partition. False: there was no answer. */
  async #question(): Promise<boolean> {
    const {history, clients, topic, partitions} = this.#world
    const {name: group} = this
    const asked = Array.from({length: partitions}, (_, partition) =>
      history.invoke({process: `asker-of-${group}`, do: 'committed', topic, partition, group}),
    )
    try {
      this.#admin ??= await inTime(clients.admin(`asker-of-${group}`))
      const [answer] = await inTime(this.#admin.fetchOffsets({groupId: group, topics: [topic]}))
      for (const o of asked) {
        const offset = Number(answer.partitions.find(p => p.partition === o.partition)?.offset ?? -1)
        history.acknowledged(o, offset < 0 ? undefined : offset)
      }
      return true
    } catch (thrown) {
      for (const o of asked) if (o.result === 'open') history.ended(o, 'info', classifyFailure(thrown).error)
      // It asks the coordinator that it knows; another client asks anew who that is.
      if (this.#admin) void clients.drop(this.#admin)
      this.#admin = undefined
      return false
    }
  }

  /** The member reads no more; asks once more what it has committed, until it is answered. */
  async stop(withinMs: number): Promise<void> {
    const {now, topic} = this.#world
    this.#stopping = true
    const untilMs = now() + withinMs
    await Promise.race([this.#asking, after(withinMs)])
    try {
      // Paused, it only waits; it ends with its process.
      this.#consumer?.pause([{topic}])
    } catch {
      // It is just being started again.
    }
    while (!(await this.#question()) && now() < untilMs) await after(ASK_EVERY_MS)
  }
}

/** kafkajs may ask on and on for a coordinator that is not there. */
function inTime<T>(answer: Promise<T>): Promise<T> {
  return Promise.race([
    answer,
    after(ANSWER_WITHIN_MS).then((): never => {
      throw Object.assign(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`), {name: 'NoAnswer'})
    }),
  ])
}
