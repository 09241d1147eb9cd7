import {homedir} from 'node:os'
import {oneLine} from '../base/one-line.ts'
import {formatAge, formatBytes, formatDuration} from '../base/units.ts'
import type {ClusterSnapshot, NodeView} from '../contracts/supervisor-protocol.ts'
import {refusals} from './refusals.ts'
import {columns, painted} from './terminal.ts'

/** `~/…` for what lies at home. */
export function homely(path: string): string {
  const home = homedir()
  return path === home || path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path
}

const DETAIL_MAX = 14

/** The table of `cluster up`. */
export function upTable(snapshot: ClusterSnapshot): string {
  const rows = snapshot.nodes.map(n => [
    `n${n.id}`,
    role(n),
    text(n.term),
    text(n.pid),
    `${n.kafka.host}:${n.kafka.port}`,
    raftOf(n) ?? '-',
  ])
  const table = columns([['NODE', 'ROLE', 'TERM', 'PID', 'KAFKA', 'RAFT'], ...rows], new Set([2, 3]))
  return `${table}\nbootstrap  ${snapshot.bootstrap.join(',')}\ndata       ${homely(snapshot.dir)}`
}

/** The table of `cluster status`: the line of the cluster, then a line a node. */
export function statusTable(
  snapshot: ClusterSnapshot,
  now: number,
  o: {wide?: boolean; colour?: boolean} = {},
): string {
  const head = ['NODE', 'STATE', 'ROLE', 'TERM', 'VOTE', 'COMMIT', 'APPLIED', 'LAG', 'PID', 'UP', 'RST']
  const more = o.wide
    ? ['BATCH', 'SYNC', 'KAFKA', 'RAFT', 'FAULTS']
    : snapshot.nodes.some(n => n.faults.length > 0)
      ? ['FAULTS']
      : []
  const rows = snapshot.nodes.map(n => {
    const all = [
      `n${n.id}`,
      stateWords(n, o.wide ? Number.POSITIVE_INFINITY : DETAIL_MAX),
      role(n),
      text(n.term),
      text(n.vote),
      text(n.commit),
      text(n.applied),
      text(n.lag),
      text(n.pid),
      n.uptimeMs === undefined ? `${formatAge(now - n.sinceWallMs)} ago` : formatAge(n.uptimeMs),
      String(n.restarts),
    ]
    if (o.wide) all.push(...commitWords(n), `${n.kafka.host}:${n.kafka.port}`, raftOf(n) ?? '-')
    if (more.includes('FAULTS')) all.push(n.faults.join(', ') || '-')
    return all
  })
  const table = columns([[...head, ...more], ...rows], new Set([3, 4, 5, 6, 7, 8, 10])).split('\n')
  const lines = [
    headline(snapshot, now, o.colour ?? false),
    ...table.map((line, i) => (i === 0 ? line : tinted(line, snapshot.nodes[i - 1], o.colour ?? false))),
  ]
  lines.push(
    `group ${snapshot.group}   quorum ${snapshot.quorum} of ${snapshot.nodes.length}   data ${homely(snapshot.dir)}`,
  )
  for (const n of snapshot.nodes)
    if (n.detail && n.detail.length > DETAIL_MAX && !o.wide && n.state !== 'refused')
      lines.push(`n${n.id} ${n.state} ${oneLine(n.detail)}`)
  lines.push(...refusals(snapshot))
  if (o.wide) lines.push(`bootstrap ${snapshot.bootstrap.join(',')}`)
  return lines.join('\n')
}

/** The mean batch that group commit wrote, and how long its write and sync took. */
function commitWords({live}: NodeView): [string, string] {
  const wal = live?.wal
  if (!wal || wal.batches === 0) return ['-', '-']
  return [formatBytes(Math.round(wal.bytes / wal.batches)), `${(wal.syncMs / wal.batches).toFixed(1)} ms`]
}

function headline(s: ClusterSnapshot, now: number, colour: boolean): string {
  const leader = s.leader === 0 ? 'no leader' : `n${s.leader} leads, term ${s.leaderTerm}`
  const word = s.health === 'DEGRADED' ? `DEGRADED ${s.up} of ${s.nodes.length}` : s.health
  const parts = [
    `${s.cluster} · ${s.engine} · ${s.nodes.length} ${s.nodes.length === 1 ? 'node' : 'nodes'} · up ${formatDuration(Math.max(0, now - s.startedWallMs))}`,
    painted(word, s.health === 'HEALTHY' ? 'good' : 'bad', colour),
    leader,
  ]
  if (s.plant) parts.push(`PLANTED ${s.plant}`)
  if (s.heldBy) parts.push(`held by ${s.heldBy}`)
  return parts.join('   ')
}

function tinted(line: string, node: NodeView, colour: boolean): string {
  if (!colour) return line
  if (node.state === 'up') return node.role === 'leader' ? painted(line, 'strong', true) : line
  return painted(line, node.state === 'starting' || node.state === 'paused' ? 'warn' : 'bad', true)
}

/** What stands behind a state word, as far as the column has room; the rest is told below the table. */
function stateWords(n: NodeView, room: number): string {
  return n.detail && n.detail.length <= room ? `${n.state} ${n.detail}` : n.state
}

/** Undefined: of nodes that the lab did not start it is not known. */
function raftOf({raft}: NodeView): string | undefined {
  return raft.port === 0 ? undefined : `${raft.host}:${raft.port}`
}

function role(n: NodeView): string {
  if (n.role === undefined) return '-'
  return n.role === 'leader' ? 'LEADER' : n.role
}

function text(n: number | undefined): string {
  return n === undefined ? '-' : String(n)
}

/** `cluster status --json`, as docs/commands-json.md describes it. */
export function statusJson(s: ClusterSnapshot): Record<string, unknown> {
  return {
    cluster: s.cluster,
    engine: s.engine,
    ...(s.plant ? {plant: s.plant} : {}),
    health: s.health,
    group: s.group,
    leader: s.leader,
    leaderTerm: s.leaderTerm,
    quorum: s.quorum,
    bootstrap: s.bootstrap,
    dir: s.dir,
    nodes: s.nodes.map(n => ({
      id: n.id,
      state: n.state,
      ...(n.detail ? {detail: n.detail} : {}),
      role: n.role ?? null,
      term: n.term ?? null,
      vote: n.vote ?? null,
      commit: n.commit ?? null,
      applied: n.applied ?? null,
      lag: n.lag ?? null,
      pid: n.pid ?? null,
      kafka: `${n.kafka.host}:${n.kafka.port}`,
      raft: raftOf(n) ?? null,
      uptimeMs: n.uptimeMs === undefined ? null : Math.round(n.uptimeMs),
      restarts: n.restarts,
      faults: n.faults,
      ...(n.live?.wal ? {wal: n.live.wal} : {}),
    })),
  }
}
