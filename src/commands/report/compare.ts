import {ChronikError, EXIT, type ExitCode, UsageError} from '../../base/errors.ts'
import {oneLine} from '../../base/one-line.ts'
import {compare} from '../../verify/compare.ts'
import type {Report} from '../../verify/report/report.ts'
import {countsLine, seconds, TIME_WORDS} from '../../verify/report/text.ts'
import {findRun, type RunEntry} from '../../verify/runs.ts'
import {BaseCommand} from '../base.ts'
import {homely} from '../status-table.ts'
import {columns} from '../terminal.ts'

export default class ReportCompare extends BaseCommand {
  static override summary = 'Two runs beside each other: checks that ended differently, times, load.'
  static override usage = 'RUN RUN'
  static override examples = ['chronik report compare 2026-01-31T12 latest']
  static override strict = false

  protected async execute(): Promise<ExitCode> {
    if (this.words.length !== 2)
      throw new UsageError(`Two runs are compared; ${this.words.length} given.`, 'chronik report ls')
    const [a, b] = this.words.map(word => withReport(findRun(word)))
    const found = compare(a.report, b.report)
    if (this.asJson) {
      this.json({a: head(a), b: head(b), ...found})
      return EXIT.ok
    }
    this.out(
      columns([
        ['', 'A', 'B'],
        ['run', oneLine(a.id), oneLine(b.id)],
        ['result', resultOf(a.report), resultOf(b.report)],
        ['checks', countsLine(a.report.counts), countsLine(b.report.counts)],
        ['took', seconds(a.report.tookMs), seconds(b.report.tookMs)],
      ]),
    )
    for (const words of found.unlike) this.out(`unlike  ${oneLine(words)}`)
    if (found.checks.length === 0) this.out('Every check ended the same.')
    else
      this.out(
        columns([
          ['CHECK', 'A', 'B', 'WHAT'],
          ...found.checks.map(c => [c.check, c.a ?? '-', c.b ?? '-', oneLine(`${c.step}: ${c.title}`)]),
        ]),
      )
    const rows = [
      ...found.times.map(t => [oneLine(TIME_WORDS[t.name] ?? t.name), ms(t.a), ms(t.b), change(t.a, t.b)]),
      ...found.load.map(l => [`load: ${l.name}`, String(l.a ?? '-'), String(l.b ?? '-'), change(l.a, l.b)]),
    ]
    if (rows.length > 0) this.out(columns([['FIGURE', 'A', 'B', 'B/A'], ...rows]))
    return EXIT.ok
  }
}

function withReport(run: RunEntry): RunEntry & {report: Report} {
  if (run.report) return {...run, report: run.report}
  throw new ChronikError(
    'CHRONIK_NO_REPORT',
    EXIT.labState,
    `${homely(run.dir)} has no report.json: the run was cut off, or goes on.`,
  )
}

function head({id, report}: RunEntry & {report: Report}) {
  return {run: id, suite: report.suite, result: report.result, counts: report.counts, tookMs: report.tookMs}
}

function resultOf(report: Report): string {
  return report.interrupted ? 'interrupted' : report.result
}

function ms(value: number | undefined): string {
  return value === undefined ? '-' : `${value.toLocaleString('en')} ms`
}

function change(a: number | undefined, b: number | undefined): string {
  return a === undefined || b === undefined || a === 0 ? '' : `${(b / a).toFixed(2)} x`
}
