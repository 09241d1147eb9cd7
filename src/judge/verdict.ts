import type {EventNumber} from './evidence.ts'

/** How a check ends. `unknown`: what it had to see did not happen or is missing. */
export type Result = 'pass' | 'fail' | 'unknown' | 'not applicable'

/** Ids as in docs/verification.md: D disk, L live state, H client history, P process; `E` are comparisons that a lab makes itself. */
export type CheckId = string

/** Where a verdict's evidence lies. */
export type Cite =
  /** A place on a disk; `file` is relative to the run folder when a copy was taken, `bytes` 0 when unknown. */
  | {kind: 'place'; node?: number; file: string; at: number; bytes: number; note?: string}
  /** A line of events.jsonl. */
  | {kind: 'event'; event: EventNumber; note?: string}
  /** An operation of history.jsonl. */
  | {kind: 'operation'; operation: number; note?: string}
  /** What a node answered when it was asked. */
  | {kind: 'reading'; node: number; incarnation: string; source: string; pushed: boolean; note?: string}

/** One side-by-side line of a verdict: `disk  term 3 vote 1 commit 31   wal_0_0.log@3496`. */
export interface VerdictLine {
  label: string
  text: string
}

export interface Verdict {
  check: CheckId
  title: string
  result: Result
  /** Nodes that the verdict names, in order. */
  nodes: number[]
  expected: string
  seen: string
  because: string
  /** Details for people, already in order: disk, node, cause, see. */
  lines: VerdictLine[]
  cites: Cite[]
  /** The command that shows it again. */
  again: string
}

/** What a check's `judge` gives; the runner adds which check it was and how to see it again. */
export type Judgement = Omit<Verdict, 'check' | 'title' | 'again'>

const RANK: Record<Result, number> = {fail: 3, unknown: 2, pass: 1, 'not applicable': 0}

/** The worst wins: fail, unknown, pass. Nothing, or nothing but "not applicable", is unknown. */
export function worst(results: readonly Result[]): Result {
  let found: Result = 'not applicable'
  for (const result of results) if (RANK[result] > RANK[found]) found = result
  return found === 'not applicable' ? 'unknown' : found
}

interface Parts {
  expected: string
  seen: string
  because?: string
  nodes?: number[]
  lines?: VerdictLine[]
  cites?: Cite[]
}

export function pass(parts: Parts): Judgement {
  return judgement('pass', parts)
}

export function fail(parts: Parts): Judgement {
  return judgement('fail', parts)
}

export function unknown(parts: Parts): Judgement {
  return judgement('unknown', parts)
}

export function notApplicable(because: string): Judgement {
  return judgement('not applicable', {expected: '', seen: '', because})
}

function judgement(result: Result, p: Parts): Judgement {
  return {
    result,
    nodes: p.nodes ?? [],
    expected: p.expected,
    seen: p.seen,
    because: p.because ?? '',
    lines: p.lines ?? [],
    cites: p.cites ?? [],
  }
}
