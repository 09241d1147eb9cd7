import {ChronikError, EXIT, type ExitCode, messageOf, UsageError} from '../../base/errors.ts'
import {oneLine} from '../../base/one-line.ts'
import type {Result} from '../../judge/verdict.ts'
import {worst} from '../../judge/verdict.ts'
import {type Rejudged, rejudge} from '../../verify/rejudge.ts'
import {exitCodeOf} from '../../verify/report/report.ts'
import {atRun} from '../../verify/report/text.ts'
import {findRun, type RunEntry} from '../../verify/runs.ts'
import {readEvidence, type StoredEvidence} from '../../verify/stored-evidence.ts'
import {BaseCommand} from '../base.ts'
import {spelled} from '../spelling.ts'
import {homely} from '../status-table.ts'
import {painted} from '../terminal.ts'

const WORD: Record<Result, string> = {pass: 'PASS', fail: 'FAIL', unknown: '????', 'not applicable': 'n/a'}

export interface JudgedAgain {
  id: string
  dir: string
  checks: Rejudged[]
  result: Result
  exitCode: ExitCode
}

export default class ReportCheck extends BaseCommand {
  static override summary = 'Judge a stored run again, from its history and the evidence in its folder.'
  static override usage = '[RUN]'
  static override examples = ['chronik report check', 'chronik report check 2026-01-31T12']
  static override strict = false

  protected async execute(): Promise<ExitCode> {
    if (this.words.length > 1)
      throw new UsageError(`"${this.words[1]}" is one word too many.`, 'chronik report check -h')
    const judged = judgeAgain(findRun(this.words[0]))
    if (this.asJson) this.json(rejudgedJson(judged))
    else for (const line of rejudgedLines(judged, this.colour)) this.out(line)
    return judged.exitCode
  }
}

/** Judges a run again; a run that left no evidence is an error, as it has no verdict. */
export function judgeAgain(run: RunEntry): JudgedAgain {
  const stored = evidenceOf(run.dir)
  if (!run.report || !stored)
    throw new ChronikError(
      'CHRONIK_NO_EVIDENCE',
      EXIT.unknown,
      `${homely(run.dir)} holds no ${run.report ? 'evidence' : 'report'}: the run was cut off, and cannot be judged again.`,
    )
  const checks = rejudge(run.report, stored)
  return {
    id: run.id,
    dir: run.dir,
    checks,
    result: worst(checks.map(r => r.now?.result ?? r.was.result)),
    exitCode: exitCodeOf({verdicts: checks.map(r => ({...r.was, ...r.now})), interrupted: false}),
  }
}

export function rejudgedJson(judged: JudgedAgain) {
  return {
    run: judged.id,
    result: judged.result,
    exitCode: judged.exitCode,
    checks: judged.checks.map(r => ({
      number: r.was.number,
      check: r.was.check,
      was: r.was.result,
      now: r.now?.result ?? null,
      seen: r.now?.seen ?? r.was.seen,
      same: r.same,
      why: r.why ?? null,
    })),
  }
}

/** What did not pass, or not as before; and the sum. */
export function rejudgedLines({id, dir, checks}: JudgedAgain, colour: boolean): string[] {
  const results = checks.map(r => r.now?.result ?? r.was.result)
  const differ = checks.filter(r => !r.same).length
  const kept = checks.filter(r => !r.now)
  const of = (result: Result): number => results.filter(r => r === result).length
  const taken = kept.length > 0 ? `, ${kept.length} taken as they were (${oneLine(reasons(kept))})` : ''
  return [
    ...checks
      .filter(r => !r.same || (r.now?.result ?? r.was.result) !== 'pass')
      .flatMap(r => linesOf(r, homely(dir), colour)),
    `${id}: ${checks.length - kept.length} checks judged again${taken}; ${differ} differ${differ === 1 ? 's' : ''}`,
    `${of('pass')} passed, ${of('fail')} failed, ${of('unknown')} unknown`,
  ]
}

function linesOf(r: Rejudged, runPath: string, colour: boolean): string[] {
  const verdict = r.now ?? r.was
  const was = r.same ? '' : `   (it was ${WORD[r.was.result]}: ${oneLine(r.was.seen)})`
  const tone = verdict.result === 'fail' ? 'bad' : verdict.result === 'pass' ? 'good' : 'warn'
  return [
    `${painted(WORD[verdict.result], tone, colour)}  ${r.was.number}  ${oneLine(verdict.title)}   ${oneLine(verdict.seen || verdict.because)}${was}`,
    ...(verdict.result === 'fail'
      ? verdict.lines.map(l => spelled(`      ${oneLine(l.label).padEnd(5)} ${oneLine(atRun(l.text, runPath))}`))
      : []),
  ]
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
