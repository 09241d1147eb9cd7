import {EXIT, type ExitCode} from '../../base/errors.ts'
import {type Result, worst} from '../../judge/verdict.ts'
import type {BeforeAfter, ClusterReport, LoadReport, NumberedVerdict, StepReport} from '../host-protocol.ts'

/** `report.json`: all that a run has to say. docs/report.md describes it; every other report is made from it and the run folder. */
export interface Report {
  schema: 1
  chronik: string
  /** Name of the run folder. */
  run: string
  suite: string
  phase?: number
  proves: string
  startedAt: string
  tookMs: number
  result: Result
  exitCode: ExitCode
  counts: {passed: number; failed: number; unknown: number; notApplicable: number}
  interrupted: boolean
  /** Number of the step in which it was interrupted; absent before the first. */
  interruptedIn?: number
  cluster?: ClusterReport
  seed: string
  /** The planted bug, where one was asked for: known to the report only, never to the checks. */
  plant?: string
  /** Every kill was a power loss: a part of what was not synced went too. */
  powerLoss?: true
  machine: {platform: string; arch: string; node: string; cpus: number}
  steps: StepReport[]
  table: BeforeAfter[]
  /** Milliseconds by name: electionMs, writesStoodMs, rejoinMs, restartMs, upMs. */
  times: Record<string, number>
  load?: LoadReport
  /** Why the run ended before the lab did. */
  error?: {code: string; message: string; exitCode: number; next?: string}
  /** The command that repeats it. */
  again: string
  /** Processes of the scratch cluster that were ended at the end; absent when nobody was left to count them. */
  stopped?: number
}

/** The same suites on several engines: a name and a word for each of the columns. */
export interface SideBySide {
  columns: string[]
  rows: string[][]
}

/** Of several runs of one command: `report.json` of the folder above them. */
export interface SummaryReport {
  schema: 1
  chronik: string
  result: Result
  exitCode: ExitCode
  runs: Array<{
    dir: string
    suite: string
    seed: string
    result: Result
    exitCode: ExitCode
    counts: Report['counts']
    tookMs: number
    engine?: string
  }>
  /** Where several engines were asked for: one for each suite. */
  engines?: SideBySide[]
}

export function verdictsOf(report: Pick<Report, 'steps'>): NumberedVerdict[] {
  return report.steps.flatMap(s => s.checks)
}

export function countsOf(verdicts: readonly NumberedVerdict[]): Report['counts'] {
  const of = (result: Result): number => verdicts.filter(v => v.result === result).length
  return {passed: of('pass'), failed: of('fail'), unknown: of('unknown'), notApplicable: of('not applicable')}
}

/** A failed check is 1 and nothing else ever is; then what kept the run from its end; then the worst verdict. */
export function exitCodeOf(o: {
  verdicts: readonly NumberedVerdict[]
  interrupted: boolean
  error?: {exitCode: number}
}): ExitCode {
  if (o.interrupted) return EXIT.interrupted
  const result = worst(o.verdicts.map(v => v.result))
  if (result === 'fail') return EXIT.failed
  if (o.error) return o.error.exitCode === EXIT.failed ? EXIT.unknown : (o.error.exitCode as ExitCode)
  return result === 'pass' ? EXIT.ok : EXIT.unknown
}

/** The worst of several: a failed check, then an interruption or an error, then unknown. */
export function worstExit(codes: readonly ExitCode[]): ExitCode {
  if (codes.length === 0) return EXIT.unknown
  for (const code of [EXIT.interrupted, EXIT.failed]) if (codes.includes(code)) return code
  return codes.find(c => c !== EXIT.ok && c !== EXIT.unknown) ?? (codes.includes(EXIT.unknown) ? EXIT.unknown : EXIT.ok)
}
