import {createInterface} from 'node:readline'
import {Args, Flags, type Interfaces} from '@oclif/core'
import {UsageError} from '../base/errors.ts'
import {asOurs, kafkaClient} from '../verify/load/kafka-tools.ts'
import {whole} from './base.ts'
import {KafkaCommand, topicProblem} from './kafka.ts'

const ACKS = {0: 0, 1: 1, all: -1} as const
const LINES_A_BATCH = 500

export default class Produce extends KafkaCommand {
  static override summary = 'Write lines from standard input, a record a line.'
  static override usage = 'TOPIC [--partition P] [--key K] [--acks 0|1|all]'
  static override examples = ['echo hello | chronik produce orders']
  static override args = {topic: Args.string({required: true})}
  static override flags = {
    partition: whole({helpValue: 'P', max: 2_147_483_647, summary: 'to this partition'}),
    key: Flags.string({helpValue: 'K', summary: 'the key of every record'}),
    acks: Flags.option({options: ['0', '1', 'all'] as const, default: 'all', summary: 'who has to have it (all)'})(),
  }

  protected async execute(
    flags: Interfaces.InferredFlags<typeof Produce.flags>,
    args: Interfaces.InferredArgs<typeof Produce.args>,
  ): Promise<void> {
    const problem = topicProblem(args.topic)
    if (problem) throw new UsageError(problem)
    const {bootstrap} = await this.cluster()
    const acks = ACKS[flags.acks]
    const producer = kafkaClient(bootstrap).producer({idempotent: acks === -1, maxInFlightRequests: 1})
    let sent = 0
    try {
      await producer.connect()
      const lines: string[] = []
      const flush = async (): Promise<void> => {
        const batch = lines.splice(0)
        if (batch.length === 0) return
        const messages = batch.map(value => ({value, key: flags.key ?? null, partition: flags.partition}))
        await producer.send({topic: args.topic, acks, messages, timeout: this.timeoutMs})
        sent += batch.length
      }
      for await (const line of createInterface({input: process.stdin})) {
        lines.push(line)
        // A person who types sees each line go; a file goes in batches.
        if (process.stdin.isTTY || lines.length >= LINES_A_BATCH) await flush()
      }
      await flush()
    } catch (error) {
      throw asOurs(error)
    } finally {
      await producer.disconnect().catch(() => undefined)
    }
    const how =
      acks === -1 ? 'acknowledged by a majority' : acks === 1 ? 'acknowledged by the leader' : 'sent, not acknowledged'
    if (this.asJson) this.json({topic: args.topic, records: sent, acks: flags.acks})
    else this.note(`${sent} record${sent === 1 ? '' : 's'} ${how}`)
  }
}
