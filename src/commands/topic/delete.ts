import {Args, type Interfaces} from '@oclif/core'
import {UsageError} from '../../base/errors.ts'
import {withAdmin} from '../../verify/load/kafka-tools.ts'
import {KafkaCommand, topicProblem} from '../kafka.ts'

export default class TopicDelete extends KafkaCommand {
  static override summary = 'Delete a topic; its folders are put aside on every node.'
  static override usage = 'NAME'
  static override examples = ['chronik topic delete orders']
  static override args = {name: Args.string({required: true})}

  protected async execute(_flags: unknown, args: Interfaces.InferredArgs<typeof TopicDelete.args>): Promise<void> {
    const problem = topicProblem(args.name)
    if (problem) throw new UsageError(problem)
    const {bootstrap} = await this.cluster()
    await withAdmin(bootstrap, admin => admin.deleteTopics({topics: [args.name], timeout: this.timeoutMs}))
    if (this.asJson) this.json({topic: args.name, deleted: true})
    else this.out(`deleted ${args.name}`)
  }
}
