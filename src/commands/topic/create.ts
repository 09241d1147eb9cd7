import {Args, Flags, type Interfaces} from '@oclif/core'
import {UsageError} from '../../base/errors.ts'
import {createTopic} from '../../verify/load/create-topic.ts'
import {withAdmin} from '../../verify/load/kafka-tools.ts'
import {whole} from '../base.ts'
import {KafkaCommand, topicProblem} from '../kafka.ts'

export default class TopicCreate extends KafkaCommand {
  static override summary = 'Create a topic; returns when its partitions have leaders.'
  static override usage = 'NAME [--partitions N] [--replication-factor N] [--config K=V]...'
  static override examples = ['chronik topic create orders --partitions 6']
  static override args = {name: Args.string({required: true})}
  static override flags = {
    partitions: whole({min: 1, max: 1_000, summary: 'how many (3)'}),
    'replication-factor': whole({min: 1, max: 9, summary: 'replicas of each (3, or as many as there are nodes)'}),
    config: Flags.string({
      helpValue: 'K=V',
      multiple: true,
      multipleNonGreedy: true,
      summary: 'of the topic: min.insync.replicas=1',
    }),
  }

  protected async execute(
    flags: Interfaces.InferredFlags<typeof TopicCreate.flags>,
    args: Interfaces.InferredArgs<typeof TopicCreate.args>,
  ): Promise<void> {
    const problem = topicProblem(args.name)
    if (problem) throw new UsageError(problem)
    const configEntries = (flags.config ?? []).map(text => {
      const at = text.indexOf('=')
      if (at < 1) throw new UsageError(`--config ${text}: it is K=V`)
      return {name: text.slice(0, at), value: text.slice(at + 1)}
    })
    const {bootstrap} = await this.cluster()
    await withAdmin(bootstrap, async admin => {
      const topic = {
        topic: args.name,
        numPartitions: flags.partitions ?? -1,
        replicationFactor: flags['replication-factor'] ?? -1,
        configEntries,
      }
      const partitions = await createTopic(admin, topic, this.timeoutMs)
      if (partitions === undefined)
        throw new UsageError(`Topic ${args.name} exists already.`, `chronik topic describe ${args.name}`)
      if (this.asJson) this.json({topic: args.name, partitions})
      else this.out(`created ${args.name}, ${partitions} partition${partitions === 1 ? '' : 's'}`)
    })
  }
}
