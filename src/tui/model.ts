import {type GroupName, METADATA_GROUP, type NodeId} from '../base/ids.ts'
import type {ClusterHealth, ClusterSnapshot} from '../contracts/supervisor-protocol.ts'
import type {NumberedVerdict} from '../verify/host-protocol.ts'
import type {Tone} from './lines.ts'

export type PaneName = 'events' | 'wal' | 'log' | 'output' | 'verify'

export interface Row {
  /** Counts from 1 over the life of the pane. */
  number: number
  text: string
  tone?: Tone
}

/** Rows that come in at the end. Only the newest are kept. */
export interface Pane {
  rows: readonly Row[]
  /** Number of the newest row ever. */
  last: number
  /** Number of the row at the bottom of the picture, while it does not follow. */
  held?: number
  filter: string
}

/** What `chronik load` said of itself last. */
export interface LoadFigure {
  atMs: number
  pid: number
  acks: string
  acked: number
  missing: number
  open: number
  perSecond: number
  p50Ms: number
}

export type Question = 'down' | 'verify' | 'leave'

export interface Typing {
  what: 'command' | 'filter' | 'mark'
  text: string
}

/** The `$` line: what a key stood for, and what came of it. */
export interface Command {
  /** Grows with every command: a late answer to an earlier one changes nothing. */
  id: number
  line: string
  result: string
  /** All that was said, a row or more each. */
  full?: readonly string[]
  state: 'running' | 'done' | 'failed' | 'said'
}

export interface VerifyStep {
  number: number
  title: string
  state: 'running' | 'done'
  note: string
  checks: readonly NumberedVerdict[]
}

export interface VerifyView {
  state: 'running' | 'done'
  head: string
  /** Steps that the suite has, where it says so. */
  of?: number
  steps: readonly VerifyStep[]
  /** What goes on inside a step. */
  progress: string
  /** The last line: counts and where the report is, or why there is none. */
  end: string
  tone?: Tone
  /** Run folder as it is typed. */
  runPath: string
  /** Place of the chosen check in the list, and whether its evidence is open. */
  chosen: number
  open: boolean
  scroll: number
}

export interface Gone {
  word: 'DOWN' | 'LOST'
  atMs: number
  /** ` by chronik cluster down (pid 733)`, or why. */
  by: string
}

/** Everything that a picture is made of. */
export interface Model {
  name: string
  /** The words that point a command at this cluster: ` -c five`, or nothing. */
  here: string
  /** Folder of the cluster, as it is typed. */
  dir: string
  /** Leaving asks first: whoever started the cluster with the dashboard may want it gone with it. */
  asksOnLeave: boolean
  nowMs: number
  snapshot?: ClusterSnapshot
  /** Wall clock ms of the newest snapshot. */
  asOfMs: number
  healthSince: {health: ClusterHealth; atMs: number}
  gone?: Gone
  /** Who ended it, heard before the connection closed. */
  endedBy?: string
  group: GroupName
  selected: NodeId
  /** Per node a letter for each 3 s, the newest last. */
  history: Readonly<Record<NodeId, string>>
  slot: number
  panes: Readonly<Record<'events' | 'wal' | 'log' | 'output', Pane>>
  focus: PaneName
  zoomed: boolean
  help: boolean
  loads: readonly LoadFigure[]
  /** Acknowledged a second, one figure a second. */
  rates: readonly number[]
  /** How long writes stood last. */
  stood?: {ms: number; atMs: number; after: string}
  /** Load that this dashboard started: pid, once it runs. */
  ownLoad?: number | 'starting'
  question?: Question
  typing?: Typing
  command: Command
  verify?: VerifyView
}

export const HISTORY_LETTERS = 20
export const SLOT_MS = 3_000
export const RATES_KEPT = 24

const EMPTY_PANE: Pane = {rows: [], last: 0, filter: ''}

export function initialModel(o: {name: string; here: string; dir: string; asksOnLeave: boolean; nowMs: number}): Model {
  return {
    ...o,
    asOfMs: o.nowMs,
    healthSince: {health: 'STARTING', atMs: o.nowMs},
    group: METADATA_GROUP,
    selected: 1,
    history: {},
    slot: Math.floor(o.nowMs / SLOT_MS),
    panes: {events: EMPTY_PANE, wal: EMPTY_PANE, log: EMPTY_PANE, output: EMPTY_PANE},
    focus: 'events',
    zoomed: false,
    help: false,
    loads: [],
    rates: [],
    command: {id: 0, line: '', result: '', state: 'said'},
  }
}

export function emptied(pane: Pane): Pane {
  return {...EMPTY_PANE, filter: pane.filter}
}
