import {Args, type Interfaces} from '@oclif/core'
import {EXIT, type ExitCode} from '../../base/errors.ts'
import {installKafka, makeArchive} from '../../engines/kafka/install.ts'
import {freePorts} from '../../supervisor/plan.ts'
import {BaseCommand} from '../base.ts'
import {engineFlags} from '../engine-choice.ts'
import {homely} from '../status-table.ts'

export default class EngineInstall extends BaseCommand {
  static override summary =
    'Fetch Apache Kafka with Maven (44 MB, into the cache), and make the class archive that halves its starts.'
  static override usage = 'kafka [--kafka-home DIR]'
  static override examples = ['chronik engine install kafka']
  static override args = {engine: Args.string({required: true, options: ['kafka'], description: 'kafka'})}
  static override flags = {'kafka-home': engineFlags['kafka-home']}

  protected async execute(flags: Interfaces.InferredFlags<typeof EngineInstall.flags>): Promise<ExitCode> {
    const own = flags['kafka-home'] ?? process.env.KAFKA_HOME
    const home = own ?? (await installKafka(line => this.note(line)))
    const [kafka, raft] = await freePorts(2)
    this.note('making the class archive: one node is started and stopped …')
    const made = await makeArchive(home, [kafka, raft])
    if (this.asJson) this.json({engine: 'kafka', home, archiveMade: made})
    else this.out(`Kafka is in ${homely(home)}${made ? '' : '; its class archive was there already'}`)
    this.next('chronik cluster up --engine kafka')
    return EXIT.ok
  }
}
