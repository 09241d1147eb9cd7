import {packageVersion} from '../base/package-root.ts'
import type {FaultKind} from '../contracts/faults.ts'
import type {ClusterHealth, ClusterSnapshot, NodeView} from '../contracts/supervisor-protocol.ts'
import {attachedView} from './attached.ts'
import type {Fault} from './faults/list.ts'
import type {Journal} from './journal.ts'
import type {NodeHandle} from './node-handle.ts'
import type {ClusterSpec} from './spec.ts'

const FAULT_WORDS: Record<FaultKind, string> = {
  kill: 'timed',
  stop: 'timed',
  pause: 'paused',
  partition: 'cut off',
  link: 'link',
  clock: 'clock',
  disk: 'disk',
}

/** One word for the whole cluster. */
function health(up: number, quorum: number, all: number, leader: boolean): ClusterHealth {
  if (up === 0) return 'DOWN'
  if (up < quorum) return 'NO QUORUM'
  if (!leader) return 'NO LEADER'
  return up < all ? 'DEGRADED' : 'HEALTHY'
}

/** A node as the table shows it. */
function view(n: NodeHandle, group: string, leaderLast: number | undefined, faults: readonly Fault[]): NodeView {
  const state = n.group(group)
  const shown = n.running ? state : undefined
  const lag = leaderLast !== undefined && state ? Math.max(0, leaderLast - state.synced) : undefined
  return {
    id: n.config.node,
    state: n.state,
    ...(n.detail ? {detail: n.detail} : {}),
    sinceWallMs: n.sinceWallMs,
    ...(shown ? {role: shown.role} : {}),
    ...(state ? {term: state.term, commit: state.commit, lastIndex: state.lastIndex} : {}),
    ...(state?.vote === undefined ? {} : {vote: state.vote}),
    ...(shown ? {applied: shown.applied, serving: shown.serving} : {}),
    ...(lag === undefined ? {} : {lag}),
    ...(n.id ? {pid: n.id.pid, startTime: n.id.startTime} : {}),
    ...(n.running ? {uptimeMs: performance.now() - n.startedMs} : {}),
    ...(n.incarnation ? {incarnation: n.incarnation} : {}),
    kafka: n.config.kafka,
    raft: n.config.raft,
    controlPath: n.config.controlPath,
    dataDir: n.config.dataDir,
    logFile: n.logFile,
    logFrom: n.logFrom,
    restarts: n.restarts,
    faults: faults.filter(f => f.nodes.includes(n.config.node)).map(f => FAULT_WORDS[f.kind]),
    ...(n.live ? {live: n.live} : {}),
    ...(n.asOfWallMs === undefined ? {} : {asOfWallMs: n.asOfWallMs}),
  }
}

interface Pictured {
  spec: ClusterSpec
  dir: string
  nodes: readonly NodeHandle[]
  startedWallMs: number
  journal: Journal
  heldBy: {why: string} | undefined
}

/** The whole cluster at this moment; role, term and the like are those of `group`. */
export function picture(
  c: Pictured,
  group: string,
  leader: {node: NodeHandle; term: number} | undefined,
  faults: readonly Fault[],
): ClusterSnapshot {
  const leaderLast = leader?.node.group(group)?.lastIndex
  const quorum = Math.floor(c.nodes.length / 2) + 1
  const up = c.nodes.filter(n => n.state === 'up').length
  return {
    cluster: c.spec.name,
    clusterId: c.spec.clusterId,
    engine: c.spec.engine,
    ...(c.spec.engineOptions?.attached ? {attached: attachedView(c.spec.engineOptions.attached)} : {}),
    ...(c.spec.plant ? {plant: c.spec.plant} : {}),
    ...(c.spec.disk ? {disk: c.spec.disk} : {}),
    dir: c.dir,
    version: packageVersion(),
    supervisorPid: process.pid,
    startedWallMs: c.startedWallMs,
    health: health(up, quorum, c.nodes.length, leader !== undefined),
    up,
    group,
    leader: leader?.node.config.node ?? 0,
    leaderTerm: leader?.term ?? 0,
    quorum,
    nodes: c.nodes.map(n => view(n, group, leaderLast, faults)),
    faults: faults.map(({undo: _undo, event: _event, ...shown}) => shown),
    settings: c.spec.settings,
    bootstrap: c.nodes.map(n => `${n.config.kafka.host}:${n.config.kafka.port}`),
    eventNumber: c.journal.number,
    ...(c.heldBy ? {heldBy: c.heldBy.why} : {}),
  }
}

/** `n1 candidate at term 9, n2 n3 killed` */
export function whatTheyDo(nodes: readonly NodeHandle[], group: string): string {
  const words = new Map<string, string[]>()
  for (const n of nodes) {
    const state = n.running && !n.paused ? n.group(group) : undefined
    const doing = state ? `${state.role} at term ${state.term}` : n.state
    words.set(doing, [...(words.get(doing) ?? []), `n${n.config.node}`])
  }
  return [...words].map(([doing, who]) => `${who.join(' ')} ${doing}`).join(', ')
}
