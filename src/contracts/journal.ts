import type {NodeId} from '../base/ids.ts'

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
