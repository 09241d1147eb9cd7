import {METADATA_GROUP, type NodeId} from '../base/ids.ts'
import {eventLine, isFigure, type JournalEvent} from '../contracts/journal.ts'
import type {GroupChange, RoleWord} from '../contracts/node-state.ts'
import type {ClusterSnapshot, NodeView} from '../contracts/supervisor-protocol.ts'
import type {HostLine} from '../verify/host-protocol.ts'
import {focused} from './focused.ts'
import type {Tone} from './lines.ts'
import {
  emptied,
  type Gone,
  HISTORY_LETTERS,
  type LoadFigure,
  type Model,
  type Pane,
  RATES_KEPT,
  type Row,
  SLOT_MS,
} from './model.ts'
import {verifyStarted, verifyTold} from './verify-model.ts'

/** Everything that reaches the dashboard, keys aside. */
export type Happening =
  | {what: 'tick'; nowMs: number}
  | {what: 'snapshot'; snapshot: ClusterSnapshot; nowMs: number}
  | {what: 'event'; event: JournalEvent}
  | {what: 'group'; change: GroupChange & {node: NodeId}}
  | {what: 'rows'; pane: 'wal' | 'log' | 'output'; rows: ReadonlyArray<{text: string; tone?: Tone}>; anew?: boolean}
  | {what: 'gone'; gone: Gone}
  | {what: 'back'}
  | {what: 'progress'; id: number; text: string}
  | {what: 'result'; id: number; text: string; full?: readonly string[]; ok: boolean}
  | {what: 'ownLoad'; pid: number | undefined}
  | {what: 'loadEnded'; text: string; ok: boolean}
  | {what: 'verifyStarted'; runPath: string; of?: number}
  | {what: 'verifyTold'; line: HostLine}
  | {what: 'verifyDone'; end: string; tone: Tone}

const ROWS_KEPT = 2_000
/** A load that says nothing for this long has ended without a word. */
const LOAD_SILENT_MS = 4_000

export function reduce(model: Model, h: Happening): Model {
  switch (h.what) {
    case 'tick':
      return ticked({...model, nowMs: h.nowMs})
    case 'snapshot':
      return pictured(model, h.snapshot, h.nowMs)
    case 'event':
      return journalled(model, h.event)
    case 'group':
      if (h.change.group !== (model.group === METADATA_GROUP ? (model.snapshot?.group ?? model.group) : model.group))
        return model
      return remembered(model, {[h.change.node]: letterOfRole(h.change.role)})
    case 'rows': {
      const before = h.anew ? emptied(model.panes[h.pane]) : model.panes[h.pane]
      return {...model, panes: {...model.panes, [h.pane]: appended(before, h.rows)}}
    }
    case 'gone':
      return {...model, gone: h.gone, loads: [], question: model.question === 'leave' ? 'leave' : undefined}
    case 'back':
      return {...model, gone: undefined, endedBy: undefined}
    case 'progress':
      if (h.id !== model.command.id || model.command.state !== 'running') return model
      return {...model, command: {...model.command, result: joined(model.command.result, h.text)}}
    case 'result':
      if (h.id !== model.command.id) return model
      return {
        ...model,
        command: {...model.command, result: h.text, full: h.full ?? [h.text], state: h.ok ? 'done' : 'failed'},
      }
    case 'ownLoad':
      return {...model, ownLoad: h.pid}
    case 'loadEnded':
      // A command that runs keeps its line: what load said is in the journal as well.
      if (model.command.state === 'running') return model
      return {
        ...model,
        command: {id: model.command.id + 1, line: '', result: h.text, state: h.ok ? 'said' : 'failed'},
      }
    case 'verifyStarted':
      return {...model, verify: verifyStarted(h.runPath, h.of), focus: 'verify', help: false}
    case 'verifyTold':
      return model.verify ? {...model, verify: verifyTold(model.verify, h.line)} : model
    case 'verifyDone':
      if (!model.verify) return model
      return {...model, verify: {...model.verify, state: 'done', end: h.end, tone: h.tone, progress: ''}}
  }
}

function joined(before: string, text: string): string {
  return before === '' ? text : `${before}; ${text}`
}

function appended(pane: Pane, rows: ReadonlyArray<{text: string; tone?: Tone}>): Pane {
  if (rows.length === 0) return pane
  let {last} = pane
  const added: Row[] = rows.map(row => ({...row, number: ++last}))
  return {...pane, rows: [...pane.rows, ...added].slice(-ROWS_KEPT), last}
}

function pictured(model: Model, snapshot: ClusterSnapshot, nowMs: number): Model {
  const other = model.snapshot !== undefined && model.snapshot.clusterId !== snapshot.clusterId
  const base: Model = other
    ? {
        ...model,
        history: {},
        loads: [],
        rates: [],
        stood: undefined,
        panes: {...model.panes, events: emptied(model.panes.events)},
      }
    : model
  const ids = snapshot.nodes.map(n => n.id)
  const next: Model = {
    ...base,
    snapshot,
    nowMs,
    asOfMs: nowMs,
    healthSince:
      model.healthSince.health === snapshot.health ? model.healthSince : {health: snapshot.health, atMs: nowMs},
    selected: ids.includes(base.selected) ? base.selected : (ids[0] ?? 1),
  }
  return remembered(next, lettersOf(next))
}

function ticked(model: Model): Model {
  const loads = model.loads.filter(l => model.nowMs - l.atMs < LOAD_SILENT_MS)
  const next = loads.length === model.loads.length ? model : {...model, loads}
  return remembered(next, lettersOf(next))
}

/** The letters of now: what each node is in the group shown. */
function lettersOf(model: Model): Record<NodeId, string> {
  const shown = focused(model)
  if (!shown) return {}
  return Object.fromEntries(shown.nodes.map(n => [n.id, model.gone ? 'x' : letterOf(n)]))
}

function letterOf(node: NodeView): string {
  switch (node.state) {
    case 'up':
      return letterOfRole(node.role)
    case 'paused':
      return 'z'
    case 'stopped':
    case 'killed':
    case 'CRASHED':
      return 'x'
    default:
      return '?'
  }
}

function letterOfRole(role: RoleWord | undefined): string {
  if (role === undefined) return '?'
  return role === 'leader' ? 'L' : role === 'follower' ? 'f' : 'c'
}

/** Within one slot the rarer thing stays: an election of 30 ms is to be seen for 60 s. */
const RARER = ['?', 'f', 'L', 'c', 'z', 'x']

function remembered(model: Model, letters: Readonly<Record<NodeId, string>>): Model {
  const slot = Math.floor(model.nowMs / SLOT_MS)
  const passed = Math.max(0, slot - model.slot)
  const history = {...model.history}
  if (passed > 0)
    for (const id of Object.keys(history)) history[Number(id)] += '?'.repeat(Math.min(passed, HISTORY_LETTERS))
  for (const [id, letter] of Object.entries(letters)) {
    const node = Number(id)
    const before = history[node] ?? '?'
    const old = before.slice(-1)
    const swap = 'Lf'.includes(old) && 'Lf'.includes(letter)
    const kept = swap || RARER.indexOf(letter) > RARER.indexOf(old) ? letter : old
    history[node] = before.slice(0, -1) + kept
  }
  for (const id of Object.keys(history)) history[Number(id)] = history[Number(id)].slice(-HISTORY_LETTERS)
  return {...model, history, slot: Math.max(slot, model.slot)}
}

function journalled(model: Model, event: JournalEvent): Model {
  if (isFigure(event)) return figured(model, event)
  let next = model
  if (event.kind === 'cluster' && /^(down by|supervisor ended)/.test(event.text)) next = {...next, endedBy: event.text}
  if (event.kind === 'load' && event.data?.ended === true)
    next = {...next, loads: next.loads.filter(l => l.pid !== event.data?.pid)}
  const {stoodMs, after} = event.data ?? {}
  if (event.kind === 'load' && typeof stoodMs === 'number')
    next = {...next, stood: {ms: stoodMs, atMs: event.wallMs, after: typeof after === 'string' ? after : ''}}
  const tone = toneOf(event)
  const events = appended(next.panes.events, [{text: ` ${eventLine(event)}`, ...(tone ? {tone} : {})}])
  return {...next, panes: {...next.panes, events}}
}

function toneOf(event: JournalEvent): Tone | undefined {
  if (event.kind === 'fault' || event.text.includes('CRASHED')) return 'bad'
  if (event.kind === 'load') return Number(event.data?.missing ?? 0) > 0 ? 'bad' : undefined
  if (event.kind === 'healed') return 'good'
  if (event.kind === 'raft' && event.text.includes('LEADER')) return 'strong'
  if (event.kind === 'mark') return 'warn'
  return undefined
}

function figured(model: Model, event: JournalEvent): Model {
  const d = event.data ?? {}
  const number = (value: unknown): number => (typeof value === 'number' ? value : 0)
  // From the backlog: it says nothing about now.
  if (model.nowMs - event.wallMs > LOAD_SILENT_MS) return model
  const figure: LoadFigure = {
    atMs: event.wallMs,
    pid: number(d.pid),
    acks: typeof d.acks === 'string' ? d.acks : 'all',
    acked: number(d.acked),
    missing: number(d.missing),
    open: number(d.open),
    perSecond: number(d.perSecond),
    p50Ms: number(d.p50Ms),
  }
  const loads = [...model.loads.filter(l => l.pid !== figure.pid), figure].sort((a, b) => a.pid - b.pid)
  return {...model, loads, rates: [...model.rates, figure.perSecond].slice(-RATES_KEPT)}
}
