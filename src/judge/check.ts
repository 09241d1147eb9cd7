import {messageOf} from '../base/errors.ts'
import {byTopic} from './by-topic.ts'
import type {About, EvidenceSet} from './evidence.ts'
import {type CheckId, type Judgement, unknown, type Verdict} from './verdict.ts'

/**
 * One check. `needs` names the evidence without which it cannot say anything: what is missing or empty makes it unknown, by the runner.
 * `judge` is pure.
 */
export interface Check {
  id: CheckId
  title: string
  needs: ReadonlyArray<keyof EvidenceSet>
  judge(evidence: EvidenceSet, about: About): Judgement
}

/** Runs one check. Evidence that is missing, and a check that threw, are unknown: never a pass. */
export function runCheck(c: Check, evidence: EvidenceSet, about: About, again: string): Verdict {
  return {check: c.id, title: c.title, again, ...judgeSafely(c, evidence, about)}
}

function judgeSafely(c: Check, evidence: EvidenceSet, about: About): Judgement {
  const never = about.lacking?.[c.id]
  if (never !== undefined)
    return unknown({expected: c.title, seen: 'nothing of that', because: `it would need ${never}`})
  const missing = c.needs.filter(need => evidence[need].length === 0)
  if (missing.length > 0)
    return unknown({
      expected: `evidence: ${c.needs.join(', ')}`,
      seen: `none of: ${missing.join(', ')}`,
      because: `nothing was collected of ${missing.join(' and ')}${wouldNeed(about, ...missing)}`,
    })
  try {
    return c.judge(byTopic(evidence), about)
  } catch (error) {
    return unknown({expected: c.title, seen: 'the check itself failed', because: messageOf(error)})
  }
}

/** `; it would need …`, or nothing. */
export function wouldNeed({lacking}: About, ...kinds: string[]): string {
  const needs = [...new Set(kinds.flatMap(kind => lacking?.[kind] ?? []))]
  return needs.length > 0 ? `; it would need ${needs.join(', and ')}` : ''
}
