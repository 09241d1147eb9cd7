import type {ErrorShape} from '../base/errors.ts'
import type {GroupName, Index, NodeId, Term} from '../base/ids.ts'
import type {Action, ActionResult, Asker} from './action.ts'
import type {ExecVerb, Runs} from './attached.ts'
import type {FaultView, LinkView} from './faults.ts'
import type {JournalEvent} from './journal.ts'
import type {NodeSettings} from './node-config.ts'
import type {GroupChange, LogTold, NodeLive, RoleWord} from './node-state.ts'

/** Requests to a supervisor: JSON lines, an object a line, 1 MiB a line. */
export type SupervisorRequest = {id: number} & (
  | {call: 'hello'; protocol: number; version: string; who?: Asker}
  | {call: 'shutdown'; mode: 'stop' | 'kill'}
  | {call: 'snapshot'}
  /** Answered with a snapshot, then `event` and `changed` lines. `from`: first event number wanted. */
  | {call: 'subscribe'; from?: number}
  /** A fresh reading of each node named (all when none), not older than the request. */
  | {call: 'ask'; nodes?: NodeId[]}
  | {call: 'act'; action: Action}
  /** Every link, measured now. */
  | {call: 'links'}
  /** A line for the journal from a child that the cluster's user runs (load, verify). */
  | {call: 'report'; kind: 'load' | 'verify' | 'mark'; text: string; data?: Record<string, unknown>}
  /** Holds or frees the cluster for a verification: while held, others' faults are refused (exit 5). */
  | {call: 'hold'; why: string}
  | {call: 'release'}
)

export type SupervisorReply =
  | {id: number; ok: unknown}
  | {id: number; error: ErrorShape}
  /** While an action runs: what has happened so far. */
  | {id: number; progress: string}
  | {event: JournalEvent}
  | {changed: ClusterSnapshot}
  | {group: GroupChange & {node: NodeId; incarnation: string}}

export interface SupervisorAnswers {
  hello: {protocol: number; version: string; pid: number; cluster: string; startedWallMs: number}
  shutdown: {stopped: NodeId[]; notes: string[]}
  snapshot: ClusterSnapshot
  subscribe: ClusterSnapshot
  ask: NodeReading[]
  act: ActionResult
  links: LinkView[]
  report: {number: number}
  hold: Record<string, never>
  release: Record<string, never>
}

export type NodeStateWord = 'starting' | 'up' | 'paused' | 'stopped' | 'killed' | 'CRASHED' | 'refused' | 'unknown'

export type ClusterHealth = 'HEALTHY' | 'DEGRADED' | 'NO LEADER' | 'NO QUORUM' | 'DOWN' | 'STARTING'

/** One answer of one node, with where and when it comes from. */
export interface NodeReading {
  node: NodeId
  source: 'control' | 'kafka' | 'log' | 'disk'
  pushed: boolean
  incarnation: string
  /** Supervisor's monotonic clock, ms, when the answer arrived. */
  monotonicMs: number
  wallMs: number
  /** Undefined when the node did not answer; `why` says so. */
  live?: NodeLive
  /** What this life's log says, of nodes that tell of their recovery nowhere else (source `log`). */
  told?: LogTold
  why?: string
}

/** A node as the table shows it. Role, term, … are those of the group shown (`group` of the snapshot). */
export interface NodeView {
  id: NodeId
  state: NodeStateWord
  /** What stands behind the state word: `by you`, exit code, FILE@BYTE, which sources disagree. */
  detail?: string
  /** Wall clock ms of the last change of `state`. */
  sinceWallMs: number
  role?: RoleWord
  term?: Term
  vote?: NodeId
  commit?: Index
  applied?: Index
  lastIndex?: Index
  /** Leader's last index less this node's last synced index. */
  lag?: number
  serving?: boolean
  pid?: number
  startTime?: string
  incarnation?: string
  kafka: {host: string; port: number}
  raft: {host: string; port: number}
  controlPath: string
  dataDir: string
  logFile: string
  /** Byte of the log file where this incarnation begins. */
  logFrom: number
  uptimeMs?: number
  restarts: number
  faults: string[]
  /** The newest answer of the node; kept after its death, with the time in `asOf`. */
  live?: NodeLive
  asOfWallMs?: number
}

/** Behind `refused`: its directory is not the one with which the others know it. */
export const ANOTHER_DISK = 'another disk'

export interface ClusterSnapshot {
  cluster: string
  clusterId: string
  engine: string
  /** Of a cluster that the lab did not start: whose rules hold, how far above its broker a node is numbered, the verbs that it was given commands for, nodes whose files and logs can be read. */
  attached?: {runs?: Runs; shift?: 1; verbs: ExecVerb[]; files: NodeId[]; logs: NodeId[]}
  /** Plant name when a planted build runs. */
  plant?: string
  /** Disks of which power can be cut. */
  disk?: 'lossy'
  dir: string
  version: string
  supervisorPid: number
  startedWallMs: number
  health: ClusterHealth
  up: number
  /** Group that role, term, … in `nodes` speak of. */
  group: GroupName
  leader: NodeId
  leaderTerm: Term
  quorum: number
  nodes: NodeView[]
  /** What was done to it and is not healed yet. */
  faults?: FaultView[]
  settings: NodeSettings
  bootstrap: string[]
  /** Number of the newest journal event contained in this picture. */
  eventNumber: number
  heldBy?: string
}
