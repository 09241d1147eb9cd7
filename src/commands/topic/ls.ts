import {withAdmin} from '../../verify/load/kafka-tools.ts'
import {KafkaCommand} from '../kafka.ts'
import {columns} from '../terminal.ts'

export default class TopicLs extends KafkaCommand {
  static override summary = 'Every topic of the cluster.'
  static override usage = ''
  static override examples = ['chronik topic ls']

  protected async execute(): Promise<void> {
    const {bootstrap} = await this.cluster()
    const {topics} = await withAdmin(bootstrap, admin => admin.fetchTopicMetadata())
    const rows = topics
      .map(t => ({name: t.name, partitions: t.partitions.length, replicas: t.partitions[0]?.replicas.length ?? 0}))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
    if (this.asJson) for (const row of rows) this.json(row)
    else if (rows.length === 0) this.note('There is no topic yet.')
    else
      this.out(
        columns(
          [['NAME', 'PARTITIONS', 'REPLICAS'], ...rows.map(r => [r.name, String(r.partitions), String(r.replicas)])],
          new Set([1, 2]),
        ),
      )
  }
}
