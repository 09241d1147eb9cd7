import {oneLine} from '../../base/one-line.ts'
import type {ClusterReport, NumberedVerdict} from '../host-protocol.ts'
import type {Report} from './report.ts'

/** `RUN/` in a command stands for the run folder: filled in by whoever prints it. */
export function atRun(text: string, runPath: string): string {
  return text.replaceAll('RUN/', `${runPath}/`)
}

/** In a page that lies in the run folder: places are those of the folder itself. */
export function seeCommandOf(text: string): string {
  return atRun(text, '.')
}

/** The failing ones first, then those that could not be seen, in the order of the run. */
export function notPassed(verdicts: readonly NumberedVerdict[]): NumberedVerdict[] {
  return [...verdicts.filter(v => v.result === 'fail'), ...verdicts.filter(v => v.result === 'unknown')]
}

/** What the times of a report are called. */
export const TIME_WORDS: Readonly<Record<string, string>> = {
  upMs: 'cluster up',
  electionMs: 'election',
  writesStoodMs: 'writes stood',
  rejoinMs: 'rejoin',
  restartMs: 'restart of all, to a leader',
  totalMs: 'the whole run',
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}

export function countsLine(counts: Report['counts']): string {
  const applicable = counts.notApplicable > 0 ? `, ${counts.notApplicable} n/a` : ''
  return `${counts.passed} passed, ${counts.failed} failed, ${counts.unknown} unknown${applicable}`
}

const TEXT_MAX = 300

/** Foreign text: on one line, and no longer than a line should be. */
export function cut(text: string, most = TEXT_MAX): string {
  const line = oneLine(text.length > most ? text.slice(0, most) : text)
  return text.length > most ? `${line}… (${text.length.toLocaleString('en')} characters)` : line
}

/** What was looked at: a scratch cluster, one that was named, or directories. */
export function whereWords(cluster: ClusterReport): string {
  if (cluster.directories) return 'directories of a run made elsewhere'
  return cluster.scratch ? 'a scratch cluster' : `cluster ${cluster.name}`
}

interface StateSaid {
  term: number
  vote?: number
  commit?: number
}

/** Whether both say the same of all that both say anything of; undefined when one says nothing. */
export function sameState(before: StateSaid | undefined, after: StateSaid | undefined): boolean | undefined {
  if (!before || !after) return undefined
  return (['term', 'vote', 'commit'] as const).every(
    field => before[field] === undefined || after[field] === undefined || before[field] === after[field],
  )
}
