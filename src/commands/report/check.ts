import {ChronikError, EXIT, type ExitCode, messageOf, UsageError} from '../../base/errors.ts'
import {oneLine} from '../../base/one-line.ts'
import type {Result} from '../../judge/verdict.ts'
import {worst} from '../../judge/verdict.ts'
import {type Rejudged, rejudge} from '../../verify/rejudge.ts'
import {exitCodeOf} from '../../verify/report/report.ts'
import {atRun} from '../../verify/report/text.ts'
import {findRun} from '../../verify/runs.ts'
import {readEvidence, type StoredEvidence} from '../../verify/stored-evidence.ts'
import {BaseCommand} from '../base.ts'
import {spelled} from '../spelling.ts'
import {homely} from '../status-table.ts'
import {painted} from '../terminal.ts'

const WORD: Record<Result, string> = {pass: 'PASS', fail: 'FAIL', unknown: '????', 'not applicable': 'n/a'}

export default class ReportCheck extends BaseCommand {
  static override summary = 'Judge a stored run again, from its history and the evidence in its folder.'
  static override usage = '[RUN]'
  static override examples = ['chronik report check', 'chronik report check 2026-01-31T12']
  static override strict = false

  protected async execute(): Promise<ExitCode> {
    if (this.words.length > 1)
      throw new UsageError(`"${this.words[1]}" is one word too many.`, 'chronik report check -h')
    const run = findRun(this.words[0])
    const stored = evidenceOf(run.dir)
    if (!run.report || !stored)
      throw new ChronikError(
        'CHRONIK_NO_EVIDENCE',
        EXIT.unknown,
        `${homely(run.dir)} holds no ${run.report ? 'evidence' : 'report'}: the run was cut off, and cannot be judged again.`,
      )
    const again = rejudge(run.report, stored)
    const results = again.map(r => r.now?.result ?? r.was.result)
    const differ = again.filter(r => !r.same)
    const exitCode = exitCodeOf({
      verdicts: again.map(r => ({...r.was, ...r.now})),
      interrupted: false,
    })
    if (this.asJson)
      this.json({
        run: run.id,
        result: worst(results),
        exitCode,
        checks: again.map(r => ({
          number: r.was.number,
          check: r.was.check,
          was: r.was.result,
          now: r.now?.result ?? null,
          seen: r.now?.seen ?? r.was.seen,
          same: r.same,
          why: r.why ?? null,
        })),
      })
    else {
      const show = again.filter(r => !r.same || (r.now?.result ?? r.was.result) !== 'pass')
      for (const r of show) this.#line(r, homely(run.dir))
      const kept = again.filter(r => !r.now)
      const of = (result: Result): number => results.filter(r => r === result).length
      const taken = kept.length > 0 ? `, ${kept.length} taken as they were (${oneLine(reasons(kept))})` : ''
      this.out(
        `${run.id}: ${again.length - kept.length} checks judged again${taken}; ${differ.length} differ${differ.length === 1 ? 's' : ''}`,
      )
      this.out(`${of('pass')} passed, ${of('fail')} failed, ${of('unknown')} unknown`)
    }
    return exitCode
  }

  #line(r: Rejudged, runPath: string): void {
    const verdict = r.now ?? r.was
    const was = r.same ? '' : `   (it was ${WORD[r.was.result]}: ${oneLine(r.was.seen)})`
    const tone = verdict.result === 'fail' ? 'bad' : verdict.result === 'pass' ? 'good' : 'warn'
    this.out(
      `${painted(WORD[verdict.result], tone, this.colour)}  ${r.was.number}  ${oneLine(verdict.title)}   ${oneLine(verdict.seen || verdict.because)}${was}`,
    )
    if (verdict.result === 'fail')
      for (const l of verdict.lines)
        this.out(spelled(`      ${oneLine(l.label).padEnd(5)} ${oneLine(atRun(l.text, runPath))}`))
  }
}

function reasons(kept: readonly Rejudged[]): string {
  return [...new Set(kept.map(r => r.why ?? ''))].join('; ')
}

function evidenceOf(dir: string): StoredEvidence | undefined {
  try {
    return readEvidence(dir)
  } catch (error) {
    throw new ChronikError(
      'CHRONIK_BAD_EVIDENCE',
      EXIT.unknown,
      `The evidence of this run cannot be read: ${oneLine(messageOf(error))}`,
    )
  }
}
