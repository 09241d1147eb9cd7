import {ChronikError, EXIT, type ExitCode, UsageError} from '../../base/errors.ts'
import {findRun, removeRun} from '../../verify/runs.ts'
import {BaseCommand} from '../base.ts'
import {homely} from '../status-table.ts'

export default class ReportRm extends BaseCommand {
  static override summary = 'Delete stored runs. Asks, or --yes.'
  static override usage = 'RUN...'
  static override examples = ['chronik report rm 2026-01-31T12 --yes']
  static override strict = false

  protected async execute(): Promise<ExitCode> {
    if (this.words.length === 0) throw new UsageError('Which run? chronik report rm RUN', 'chronik report ls')
    // `latest` is one thing now and another after a run: what is deleted is named.
    if (this.words.includes('latest'))
      throw new UsageError('report rm takes the id of a run, not "latest".', 'chronik report ls')
    const runs = [...new Map(this.words.map(word => findRun(word)).map(run => [run.dir, run])).values()]
    const named = runs.map(run => homely(run.dir)).join(', ')
    if (
      !(await this.ask(
        `This deletes ${named}. Go on?`,
        `report rm deletes ${named}. Without a terminal it needs --yes`,
      ))
    )
      throw new ChronikError('CHRONIK_NOT_CONFIRMED', EXIT.usage, 'Nothing was done.')
    for (const run of runs) {
      removeRun(run.dir)
      if (this.asJson) this.json({run: run.id, deleted: true})
      else this.out(`${run.id} is gone`)
    }
    return EXIT.ok
  }
}
