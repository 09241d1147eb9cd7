import {Args, type Interfaces} from '@oclif/core'
import {ChronikError, EXIT, UsageError} from '../../base/errors.ts'
import type {NodeId} from '../../base/ids.ts'
import {nodeOfBroker} from '../../contracts/attached.ts'
import {withAdmin} from '../../verify/load/kafka-tools.ts'
import {KafkaCommand, topicProblem} from '../kafka.ts'
import {columns} from '../terminal.ts'

export default class TopicDescribe extends KafkaCommand {
  static override summary = 'Leaders, replicas and high watermarks of a topic.'
  static override usage = 'NAME'
  static override examples = ['chronik topic describe orders']
  static override args = {name: Args.string({required: true})}

  protected async execute(_flags: unknown, args: Interfaces.InferredArgs<typeof TopicDescribe.args>): Promise<void> {
    const problem = topicProblem(args.name)
    if (problem) throw new UsageError(problem)
    const {attached, bootstrap} = await this.cluster()
    const nodes = (brokers: readonly number[]): NodeId[] => brokers.map(b => nodeOfBroker(b, attached?.shift))
    const {partitions, offsets} = await withAdmin(bootstrap, async admin => {
      if (!(await admin.listTopics()).includes(args.name))
        throw new ChronikError('CHRONIK_NO_TOPIC', EXIT.labState, `No topic ${args.name}.`, {next: 'chronik topic ls'})
      const [topic] = (await admin.fetchTopicMetadata({topics: [args.name]})).topics
      return {partitions: topic.partitions, offsets: await admin.fetchTopicOffsets(args.name)}
    })
    const high = new Map(offsets.map(o => [o.partition, o.high]))
    const sorted = [...partitions].sort((a, b) => a.partitionId - b.partitionId)
    if (this.asJson)
      for (const p of sorted)
        this.json({
          topic: args.name,
          partition: p.partitionId,
          leader: nodes([p.leader])[0],
          replicas: nodes(p.replicas),
          isr: nodes(p.isr),
          highWatermark: Number(high.get(p.partitionId) ?? -1),
        })
    else {
      const names = (brokers: readonly number[]): string =>
        nodes(brokers)
          .map(n => `n${n}`)
          .join(' ')
      const rows = sorted.map(p => [
        `${args.name}/${p.partitionId}`,
        p.leader >= 0 ? names([p.leader]) : '-',
        high.get(p.partitionId) ?? '-',
        names(p.replicas),
        names(p.isr),
      ])
      this.out(columns([['PARTITION', 'LEADER', 'HIGH WATERMARK', 'REPLICAS', 'IN SYNC'], ...rows], new Set([2])))
    }
  }
}
