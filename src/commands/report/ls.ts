import {EXIT, type ExitCode} from '../../base/errors.ts'
import {oneLine} from '../../base/one-line.ts'
import {countsLine, seconds} from '../../verify/report/text.ts'
import {listRuns, readSummary} from '../../verify/runs.ts'
import {BaseCommand} from '../base.ts'
import {columns} from '../terminal.ts'

export default class ReportLs extends BaseCommand {
  static override summary = 'Runs of verify, the newest first.'
  static override usage = ''
  static override examples = ['chronik report ls']

  protected async execute(): Promise<ExitCode> {
    const runs = listRuns()
    if (this.asJson)
      for (const {id, dir, report} of runs)
        this.json({
          run: id,
          dir,
          suite: report?.suite ?? null,
          result: report?.result ?? null,
          counts: report?.counts ?? null,
          seed: report?.seed ?? null,
          plant: report?.plant ?? null,
          tookMs: report?.tookMs ?? null,
        })
    else if (runs.length === 0) {
      this.note('There is no run yet.')
      this.next('chronik verify recovery')
    } else {
      const rows = runs.map(({dir, id, report}) =>
        report
          ? [
              id,
              report.suite,
              report.interrupted ? 'interrupted' : report.result,
              countsLine(report.counts),
              seconds(report.tookMs),
              report.seed,
              report.plant ?? '',
            ]
          : withoutReport(id, dir),
      )
      this.out(
        columns([['RUN', 'SUITE', 'RESULT', 'CHECKS', 'TOOK', 'SEED', 'PLANT'], ...rows.map(row => row.map(oneLine))]),
      )
    }
    return EXIT.ok
  }
}

/** The sum of several runs, or the folder of one that never ended. */
function withoutReport(id: string, dir: string): string[] {
  const sum = readSummary(dir)
  return [id, '-', ...(sum ? [sum.result, `${sum.runs.length} runs`] : ['no report', '']), '', '', '']
}
