import {EXIT, type ExitCode} from '../../base/errors.ts'
import {reportLines} from '../../verify/report/tty.ts'
import {BaseCommand} from '../base.ts'
import {reportedRun} from '../reported-run.ts'
import {spelled} from '../spelling.ts'
import {homely} from '../status-table.ts'
import {painted} from '../terminal.ts'

export default class ReportShow extends BaseCommand {
  static override summary = 'A run as it looked: RUN is latest, an id or its beginning, or a folder.'
  static override usage = '[RUN]'
  static override examples = ['chronik report show', 'chronik report show 2026-01-31T12']
  static override strict = false

  protected async execute(): Promise<ExitCode> {
    const run = reportedRun(this.words, 'chronik report show -h')
    if (this.asJson) this.json(run.report)
    else
      for (const line of reportLines(run.report, {
        paint: (text, tone) => painted(text, tone, this.colour),
        runPath: homely(run.dir),
      }))
        this.out(spelled(line))
    return EXIT.ok
  }
}
