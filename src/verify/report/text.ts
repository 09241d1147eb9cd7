import type {NumberedVerdict} from '../host-protocol.ts'
import type {Report} from './report.ts'

/** `RUN/` in a command stands for the run folder: filled in by whoever prints it. */
export function atRun(text: string, runPath: string): string {
  return text.replaceAll('RUN/', `${runPath}/`)
}

/** The failing ones first, then those that could not be seen, in the order of the run. */
export function notPassed(verdicts: readonly NumberedVerdict[]): NumberedVerdict[] {
  return [...verdicts.filter(v => v.result === 'fail'), ...verdicts.filter(v => v.result === 'unknown')]
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}

export function countsLine(counts: Report['counts']): string {
  const applicable = counts.notApplicable > 0 ? `, ${counts.notApplicable} n/a` : ''
  return `${counts.passed} passed, ${counts.failed} failed, ${counts.unknown} unknown${applicable}`
}
