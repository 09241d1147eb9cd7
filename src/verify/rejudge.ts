import {runCheck} from '../judge/check.ts'
import {CHECKS} from '../judge/checks/index.ts'
import type {Verdict} from '../judge/verdict.ts'
import type {NumberedVerdict} from './host-protocol.ts'
import {type Report, verdictsOf} from './report/report.ts'
import {asJudged, type StoredEvidence} from './stored-evidence.ts'
import {historyVerdict} from './trial.ts'

/** One verdict of a stored run, judged again. */
export interface Rejudged {
  was: NumberedVerdict
  /** Undefined: it cannot be judged again, because the lab compared something itself, or its evidence was not kept. */
  now?: Verdict
  /** Why not. */
  why?: string
  same: boolean
}

/** Judges every verdict of a report again, on the evidence that the run left behind. Pure checks, so the same evidence gives the same verdict. */
export function rejudge(report: Report, stored: StoredEvidence): Rejudged[] {
  return verdictsOf(report).map((was): Rejudged => {
    if (was.check === 'E') return {was, why: 'the lab compared it itself', same: true}
    const judged = stored.judged.find(j => j.number === was.number)
    const check = CHECKS.get(was.check)
    if (!judged || (!check && was.check !== 'H')) return {was, why: 'what it was judged on was not kept', same: true}
    const evidence = asJudged(stored, judged)
    const now =
      was.check === 'H' || !check
        ? historyVerdict(was.title, evidence, judged.about, was.again)
        : runCheck(check, evidence, judged.about, was.again)
    return {was, now, same: now.result === was.result && now.seen === was.seen}
  })
}
