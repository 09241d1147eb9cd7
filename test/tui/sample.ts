import type {GroupState, NodeLive, RoleWord} from '../../src/contracts/node-state.ts'
import type {ClusterSnapshot, NodeView} from '../../src/contracts/supervisor-protocol.ts'
import {frame} from '../../src/tui/frame.ts'
import {plainText, type Size} from '../../src/tui/lines.ts'
import {initialModel, type Model} from '../../src/tui/model.ts'
import {type Happening, reduce} from '../../src/tui/reduce.ts'

process.env.TZ = 'UTC'

/** 2026-03-14 12:41:07.000 UTC */
export const NOW = Date.UTC(2026, 2, 14, 12, 41, 7)

function groupState(group: string, node: number, leader: number, term: number): GroupState {
  const role: RoleWord = node === leader ? 'leader' : 'follower'
  const recovery = {
    group,
    term: 0,
    vote: 0,
    commit: 0,
    snapshotIndex: 0,
    snapshotTerm: 0,
    firstIndex: 1,
    lastIndex: 0,
    entries: 0,
    records: 0,
    cuts: [],
    files: [],
    born: true,
  }
  return {
    group,
    role,
    leader,
    term,
    vote: leader,
    commit: 59,
    applied: 59,
    firstIndex: 1,
    lastIndex: 59,
    synced: 59,
    voters: [1, 2, 3],
    serving: role === 'leader',
    recovery,
  }
}

function live(node: number): NodeLive {
  const partitions = [
    {leader: 1, epoch: 2, highWatermark: 2_071},
    {leader: 2, epoch: 3, highWatermark: 2_066},
    {leader: 2, epoch: 1, highWatermark: 2_067},
  ].map((p, partition) => ({topic: 'load', partition, replicas: [1, 2, 3], isr: [1, 2], ...p}))
  return {
    node,
    clusterId: 'c',
    directoryId: 'd',
    incarnation: `i${node}`,
    pid: 48_210 + node,
    sequence: 1,
    uptimeMs: 124_000,
    monotonicMs: 0,
    kafka: {host: '127.0.0.1', port: 9_091 + node},
    raft: {host: '127.0.0.1', port: 9_191 + node},
    groups: [
      groupState('__raft_metadata/0', node, 2, 4),
      ...partitions.map(p => groupState(`load/${p.partition}`, node, p.leader, p.epoch)),
    ],
    refused: [],
    partitions,
    topics: [],
    connections: 0,
    residentBytes: 0,
  }
}

export function upNode(id: number, more: Partial<NodeView> = {}): NodeView {
  return {
    id,
    state: 'up',
    sinceWallMs: NOW - 124_000,
    role: id === 2 ? 'leader' : 'follower',
    term: 4,
    vote: 2,
    commit: 59,
    applied: 59,
    lastIndex: 59,
    lag: 0,
    serving: id === 2,
    pid: 48_210 + id,
    startTime: '1',
    incarnation: `i${id}`,
    kafka: {host: '127.0.0.1', port: 9_091 + id},
    raft: {host: '127.0.0.1', port: 9_191 + id},
    controlPath: '',
    dataDir: '',
    logFile: '',
    logFrom: 0,
    uptimeMs: 124_000,
    restarts: 0,
    faults: [],
    live: live(id),
    ...more,
  }
}

export function killedNode(id: number): NodeView {
  const {role: _role, applied: _applied, pid: _pid, startTime: _start, uptimeMs: _up, ...rest} = upNode(id)
  return {
    ...rest,
    state: 'killed',
    detail: 'by you',
    sinceWallMs: NOW - 9_000,
    term: 3,
    vote: 3,
    commit: 58,
    lag: 1,
    serving: false,
  }
}

export function snapshot(more: Partial<ClusterSnapshot> = {}): ClusterSnapshot {
  return {
    cluster: 'default',
    clusterId: 'c',
    engine: 'embedded',
    dir: '/state/default',
    version: '0.1.0',
    supervisorPid: 48_200,
    startedWallMs: NOW - 131_000,
    health: 'DEGRADED',
    up: 2,
    group: '__raft_metadata/0',
    leader: 2,
    leaderTerm: 4,
    quorum: 2,
    nodes: [upNode(1), upNode(2), killedNode(3)],
    settings: {} as ClusterSnapshot['settings'],
    bootstrap: [],
    eventNumber: 6,
    ...more,
  }
}

const at = (text: string): number => Date.parse(`2026-03-14T${text}Z`)

export function event(
  time: string,
  kind: 'fault' | 'proven' | 'raft' | 'load' | 'cluster' | 'mark',
  text: string,
  data?: Record<string, unknown>,
): Happening {
  return {what: 'event', event: {number: 1, wallMs: at(time), monotonicNs: '0', kind, text, ...(data ? {data} : {})}}
}

export const figure = (acked: number, missing = 0): Happening =>
  event('12:41:06.500', 'load', '52/s', {pid: 512, acks: 'all', acked, missing, open: 3, perSecond: 52, p50Ms: 1.6})

export function told(model: Model, ...happenings: Happening[]): Model {
  return happenings.reduce(reduce, model)
}

export function empty(more: Partial<Parameters<typeof initialModel>[0]> = {}): Model {
  return initialModel({
    name: 'default',
    here: '',
    dir: '~/.local/state/chronik/clusters/default',
    asksOnLeave: false,
    nowMs: NOW,
    ...more,
  })
}

/** n3, the leader of term 3, was killed 9 s ago; n2 leads; load runs. */
export function killedLeader(): Model {
  const elected = {L: 'fffffffffffffffffcLL', f: 'ffffffffffffffffffff', x: 'LLLLLLLLLLLLLLLLLxxx'}
  const model = told(
    {...empty(), history: {1: elected.f, 2: elected.L, 3: elected.x} as Model['history']},
    {what: 'snapshot', snapshot: snapshot(), nowMs: NOW},
    event('12:40:58.101', 'fault', 'n3 kill SIGKILL pid 48213 (leader) by dashboard (pid 512)'),
    event('12:40:58.104', 'proven', 'n3 is gone (SIGKILL)'),
    event('12:40:58.240', 'raft', 'n2 candidate at term 4'),
    event('12:40:58.262', 'raft', 'n2 LEADER at term 4, votes n1 n2'),
    event('12:40:58.289', 'load', 'every partition written again: writes stood 188 ms', {
      stoodMs: 188,
      after: 'leader n3 killed',
    }),
    event('12:41:02.771', 'load', 'all 6,011 writes acknowledged before the kill read back'),
    figure(6_204),
    {
      what: 'rows',
      pane: 'wal',
      rows: [
        {text: ' n2  wal_0_0.log@4021    63 B  crc ok   HardState  term 4  vote 2  commit 58'},
        {
          text: " n2  wal_0_0.log@4084    61 B  crc ok   Entry      term 4  index 59  Normal  (empty: the new leader's first entry)",
        },
      ],
    },
    {what: 'rows', pane: 'log', rows: [{text: ' 12:40:58.263 INFO became follower at term 4'}]},
  )
  return {
    ...model,
    command: {
      id: 1,
      line: 'chronik kill --leader',
      result: 'n3 was leader of __raft_metadata/0; killed; n2 leads term 4 after 161 ms',
      full: [
        'n3 was leader of __raft_metadata/0 at term 3',
        'SIGKILL to pid 48213: gone after 3 ms',
        'n2 leads term 4 after 161 ms  quorum 2 of 3',
      ],
      state: 'done',
    },
  }
}

/** The rows of a frame as a file holds them: without spaces at their ends. */
export function drawn(model: Model, size: Size): string {
  return `${frame(model, size)
    .map(line => plainText(line).trimEnd())
    .join('\n')}\n`
}
