import {Args, Flags, type Interfaces} from '@oclif/core'
import {EXIT, type ExitCode, UsageError} from '../base/errors.ts'
import {oneLine} from '../base/one-line.ts'
import {GroupOffsets} from '../client/group-offsets.ts'
import {within} from '../engines/within.ts'
import {asOurs, type Consumer, kafkaClient} from '../verify/load/kafka-tools.ts'
import {whole} from './base.ts'
import {KafkaCommand, topicProblem} from './kafka.ts'

const LEAVE_WITHIN_MS = 2_000

export default class Consume extends KafkaCommand {
  static override summary = 'Read records, a line each, until Ctrl-C or --max.'
  static override usage = 'TOPIC [--from-beginning] [--group G] [--max N]'
  static override examples = ['chronik consume orders --from-beginning --max 10']
  static override args = {topic: Args.string({required: true})}
  static override flags = {
    'from-beginning': Flags.boolean({summary: 'what is there already, too'}),
    group: Flags.string({helpValue: 'G', summary: 'as a member of that group, which remembers where it was'}),
    max: whole({helpValue: 'N', min: 1, summary: 'end after so many'}),
  }

  protected async execute(
    flags: Interfaces.InferredFlags<typeof Consume.flags>,
    args: Interfaces.InferredArgs<typeof Consume.args>,
  ): Promise<ExitCode> {
    const problem = topicProblem(args.topic)
    if (problem) throw new UsageError(problem)
    const {bootstrap} = await this.cluster()
    const groupId = flags.group ?? `chronik-consume-${process.pid}-${Date.now()}`
    const consumer = kafkaClient(bootstrap).consumer({groupId, sessionTimeout: 10_000, maxWaitTimeInMs: 500})
    const {topic} = args
    /** By partition, what comes behind the last record that was printed. */
    const next = new Map<number, string>()
    let read = 0
    let interrupted = false
    let member: string | undefined
    try {
      await consumer.connect()
      await consumer.subscribe({topic, fromBeginning: flags['from-beginning']})
      await new Promise<void>((done, failed) => {
        this.onInterrupt(() => {
          interrupted = true
          done()
        })
        consumer.on('consumer.crash', event => failed(event.payload.error))
        consumer.on('consumer.group_join', event => {
          member = event.payload.memberId
        })
        consumer
          .run({
            eachMessage: async ({partition, message}) => {
              if (interrupted || (flags.max !== undefined && read >= flags.max)) return
              read++
              next.set(partition, (BigInt(message.offset) + 1n).toString())
              const value = message.value?.toString('utf8') ?? null
              const key = message.key?.toString('utf8') ?? null
              if (this.asJson) this.json({topic, partition, offset: Number(message.offset), key, value})
              else this.out(oneLine(value ?? ''))
              // Nothing behind it counts as read: the rest of its batch is left for whoever reads next.
              if (read !== flags.max) return
              consumer.pause([{topic}])
              done()
            },
          })
          .catch(failed)
      })
    } catch (error) {
      throw asOurs(error)
    } finally {
      await within(this.#leave(consumer, {bootstrap, topic, groupId, member, next}), LEAVE_WITHIN_MS)
    }
    return interrupted ? EXIT.interrupted : EXIT.ok
  }

  /** Never by stopping: kafkajs that stops a member while its fetchers are made anew spins for ever. Paused it only waits, and ends with this process. */
  async #leave(
    consumer: Consumer,
    o: {
      bootstrap: readonly string[]
      topic: string
      groupId: string
      member: string | undefined
      next: Map<number, string>
    },
  ): Promise<void> {
    const {topic, groupId, member} = o
    if (member === undefined) return
    try {
      consumer.pause([{topic}])
      if (o.next.size > 0)
        await consumer.commitOffsets([...o.next].map(([partition, offset]) => ({topic, partition, offset})))
    } catch {
      // Its coordinator is gone just now: what it committed before stands.
    }
    const client = this.clientOf(o.bootstrap)
    try {
      await new GroupOffsets(client, groupId, LEAVE_WITHIN_MS).leave(member)
    } catch {
      // Its group waits until its session is over; what was read was read.
    } finally {
      client.close()
    }
  }
}
