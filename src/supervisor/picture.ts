import type {FaultKind} from '../contracts/faults.ts'
import type {ClusterHealth, NodeView} from '../contracts/supervisor-protocol.ts'
import type {Fault} from './faults/list.ts'
import type {NodeHandle} from './node-handle.ts'

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
export function health(up: number, quorum: number, all: number, leader: boolean): ClusterHealth {
  if (up === 0) return 'DOWN'
  if (up < quorum) return 'NO QUORUM'
  if (!leader) return 'NO LEADER'
  return up < all ? 'DEGRADED' : 'HEALTHY'
}

/** A node as the table shows it. */
export function view(n: NodeHandle, group: string, leaderLast: number | undefined, faults: readonly Fault[]): NodeView {
  const state = n.group(group)
  const shown = n.running ? state : undefined
  const lag = leaderLast !== undefined && state ? Math.max(0, leaderLast - state.synced) : undefined
  return {
    id: n.config.node,
    state: n.state,
    ...(n.detail ? {detail: n.detail} : {}),
    sinceWallMs: n.sinceWallMs,
    ...(shown ? {role: shown.role} : {}),
    ...(state ? {term: state.term, vote: state.vote, commit: state.commit, lastIndex: state.lastIndex} : {}),
    ...(shown ? {applied: shown.applied, serving: shown.serving} : {}),
    ...(lag === undefined ? {} : {lag}),
    ...(n.id ? {pid: n.id.pid, startTime: n.id.startTime, uptimeMs: performance.now() - n.startedMs} : {}),
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
