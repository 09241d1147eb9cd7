import type {NodeId} from '../base/ids.ts'
import {oneLine} from '../base/one-line.ts'
import {clockTime} from '../base/units.ts'

/** A line of `events.jsonl`: everything done and seen, numbered from 1 without a gap. */
export interface JournalEvent {
  number: number
  wallMs: number
  /** Monotonic nanoseconds of the supervisor's clock, as a decimal string. */
  monotonicNs: string
  /** Short class for a column: cluster, fault, proven, healed, raft, node, load, mark, verify, slept. */
  kind: JournalKind
  node?: NodeId
  /** One line for people. */
  text: string
  /** The facts behind the text. */
  data?: Record<string, unknown>
}

export type JournalKind =
  | 'cluster'
  | 'fault'
  | 'proven'
  | 'healed'
  | 'raft'
  | 'node'
  | 'load'
  | 'mark'
  | 'verify'
  | 'slept'

/** Figures that load reports every second: for the dashboard, too many for a list. */
export function isFigure(event: JournalEvent): boolean {
  return event.kind === 'load' && event.data?.perSecond !== undefined
}

/** ` 12:40:58.101  fault    n3 kill SIGKILL pid 48213 (leader) by dashboard` */
export function eventLine(event: JournalEvent): string {
  return `${clockTime(event.wallMs)}  ${event.kind.padEnd(7)}  ${oneLine(event.text)}`
}
