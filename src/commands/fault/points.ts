import {EXIT, type ExitCode} from '../../base/errors.ts'
import {CRASH_POINTS} from '../../io/crash-points.ts'
import {BaseCommand} from '../base.ts'
import {columns} from '../terminal.ts'

export default class FaultPoints extends BaseCommand {
  static override summary = 'Points at which a node can be made to die (kill --at), and what each means.'
  static override usage = ''
  static override examples = ['chronik fault points', 'chronik kill 2 --at metadata-wal.sync.before']

  protected async execute(): Promise<ExitCode> {
    if (this.asJson) for (const point of CRASH_POINTS) this.json(point)
    else this.out(columns([['POINT', 'MEANS'], ...CRASH_POINTS.map(p => [p.name, p.means])]))
    return EXIT.ok
  }
}
