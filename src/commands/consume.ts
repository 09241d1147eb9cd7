import {Args, Flags, type Interfaces} from '@oclif/core'
import {EXIT, type ExitCode, UsageError} from '../base/errors.ts'
import {oneLine} from '../base/one-line.ts'
import {asOurs, kafkaClient} from '../verify/load/kafka-tools.ts'
import {whole} from './base.ts'
import {KafkaCommand, topicProblem} from './kafka.ts'

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
    let read = 0
    let interrupted = false
    try {
      await consumer.connect()
      await consumer.subscribe({topic: args.topic, fromBeginning: flags['from-beginning']})
      await new Promise<void>((done, failed) => {
        this.onInterrupt(() => {
          interrupted = true
          done()
        })
        consumer.on('consumer.crash', event => failed(event.payload.error))
        consumer
          .run({
            eachMessage: async ({partition, message}) => {
              if (flags.max !== undefined && read >= flags.max) return
              read++
              const value = message.value?.toString('utf8') ?? null
              const key = message.key?.toString('utf8') ?? null
              if (this.asJson) this.json({topic: args.topic, partition, offset: Number(message.offset), key, value})
              else this.out(oneLine(value ?? ''))
              if (read === flags.max) done()
            },
          })
          .catch(failed)
      })
    } catch (error) {
      throw asOurs(error)
    } finally {
      await Promise.race([consumer.disconnect().catch(() => undefined), new Promise(r => setTimeout(r, 2_000))])
    }
    return interrupted ? EXIT.interrupted : EXIT.ok
  }
}
