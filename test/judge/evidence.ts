import type {GroupState, NodeLive, RecoveryReport} from '../../src/contracts/node-state.ts'
import type {NodeReading} from '../../src/contracts/supervisor-protocol.ts'
import {
  type About,
  type DiskReading,
  type EvidenceSet,
  type ExitRecord,
  emptyEvidence,
  type FaultRecord,
  type GroupReading,
  type MetadataReading,
  type Operation,
  type PushedChange,
  type StartRecord,
  type WindowRecord,
} from '../../src/judge/evidence.ts'

export const METADATA = '__raft_metadata/0'

export const about: About = {nodes: [1, 2, 3], quorum: 2, replicas: 3, leaderWithinMs: 5_000, losesUnsynced: false}

export function evidence(parts: Partial<EvidenceSet>): EvidenceSet {
  return {...emptyEvidence(), ...parts}
}

/** A log of 31 entries, the first 20 of term 1, the rest of term 3, as a reader of the copy finds it. */
export function onDisk(change: Partial<GroupReading> = {}): GroupReading {
  const file = 'wal/__meta/__raft_metadata/0/wal_0_0.log'
  const hardState = {term: 3, vote: 1, commit: 31, file, at: 3_496, bytes: 63}
  return {
    group: METADATA,
    dir: 'wal/__meta/__raft_metadata/0',
    records: 80,
    hardState,
    votes: [{term: 1, vote: 2, commit: 0, file, at: 600, bytes: 61}, hardState],
    snapshot: {index: 0, term: 0},
    firstIndex: 1,
    lastIndex: 31,
    entries: 31,
    terms: [
      {from: 1, term: 1},
      {from: 21, term: 3},
    ],
    holes: [],
    torn: [],
    damage: [],
    undecodable: [],
    files: [{file, bytes: 3_559}],
    alsoReadsAs: 'Entry type 3 term 1 index 31',
    ...change,
  }
}

export function disk(node: number, change: Partial<DiskReading> = {}): DiskReading {
  return {
    node,
    dir: `nodes/n${node}`,
    after: `old${node}`,
    copiedAtMs: 1_000,
    groups: [onDisk()],
    records: [],
    ...change,
  }
}

export function report(change: Partial<RecoveryReport> = {}): RecoveryReport {
  return {
    group: METADATA,
    term: 3,
    vote: 1,
    commit: 31,
    snapshotIndex: 0,
    snapshotTerm: 0,
    firstIndex: 1,
    lastIndex: 31,
    entries: 31,
    records: 80,
    cuts: [],
    files: [{file: 'wal/__meta/__raft_metadata/0/wal_0_0.log', bytes: 3_559}],
    born: false,
    ...change,
  }
}

export function group(change: Partial<GroupState> = {}): GroupState {
  return {
    group: METADATA,
    role: 'follower',
    leader: 1,
    term: 4,
    vote: 1,
    commit: 33,
    applied: 33,
    firstIndex: 1,
    lastIndex: 33,
    synced: 33,
    voters: [1, 2, 3],
    serving: false,
    recovery: report(),
    ...change,
  }
}

export function live(node: number, change: Partial<NodeLive> = {}): NodeLive {
  return {
    node,
    clusterId: 'c'.repeat(32),
    directoryId: 'd'.repeat(32),
    incarnation: `new${node}`,
    pid: 100 + node,
    sequence: 1,
    uptimeMs: 10,
    monotonicMs: 10,
    kafka: {host: '127.0.0.1', port: 9091 + node},
    raft: {host: '127.0.0.1', port: 9191 + node},
    groups: [group()],
    refused: [],
    partitions: [],
    topics: [],
    connections: 0,
    residentBytes: 0,
    ...change,
  }
}

export function reading(node: number, change: Partial<NodeLive> = {}, atMs = 1_200): NodeReading {
  const answer = live(node, change)
  return {
    node,
    source: 'control',
    pushed: false,
    incarnation: answer.incarnation,
    monotonicMs: atMs,
    wallMs: 0,
    live: answer,
  }
}

export function start(node: number, change: Partial<StartRecord> = {}): StartRecord {
  return {
    node,
    incarnation: `new${node}`,
    previous: `old${node}`,
    orderedAtMs: 1_100,
    readyAtMs: 1_150,
    caughtUpAtMs: 1_300,
    ...change,
  }
}

let number = 0
export function change(node: number, parts: Partial<PushedChange> = {}): PushedChange {
  return {
    node,
    incarnation: `new${node}`,
    number: ++number,
    atMs: 1_200,
    sequence: number,
    monotonicMs: 0,
    wallMs: 0,
    group: METADATA,
    role: 'follower',
    leader: 1,
    term: 4,
    vote: 1,
    commit: 33,
    applied: 33,
    lastIndex: 33,
    synced: 33,
    serving: false,
    ...parts,
  }
}

export function fault(parts: Partial<FaultRecord> = {}): FaultRecord {
  return {what: 'kill', nodes: [1], atMs: 900, landed: true, landedAtMs: 905, ended: ['old1'], event: 7, ...parts}
}

export function exit(node: number, parts: Partial<ExitRecord> = {}): ExitRecord {
  return {node, incarnation: `old${node}`, how: 'killed', asked: true, event: 8, ...parts}
}

export function topics(node: number, names: Record<string, string>): MetadataReading {
  const found = Object.entries(names).map(([name, id]) => [name, {id, partitions: 3}])
  return {node, atMs: 1_300, topics: Object.fromEntries(found)}
}

export function window(parts: Partial<WindowRecord> = {}): WindowRecord {
  return {what: 'after the kill', fromMs: 1_000, toMs: 1_100, acknowledged: 60, wanted: 60, ...parts}
}

/** A client history written down operation by operation: numbers and times come by themselves. */
export class Book {
  readonly operations: Operation[] = []
  #ms = 0

  sent(value: string, offset: number | undefined, parts: Partial<Operation> = {}): this {
    const number = this.operations.length + 1
    this.operations.push({
      number,
      process: 'p1',
      do: 'send',
      topic: 't',
      partition: 0,
      value,
      acks: -1,
      idempotent: true,
      invokedAtMs: ++this.#ms,
      endedAtMs: ++this.#ms,
      result: 'ok',
      ...(offset === undefined ? {} : {offset}),
      ...parts,
    })
    return this
  }

  read(from: number, values: Record<number, string>, parts: Partial<Operation> = {}): this {
    const records = Object.entries(values).map(([offset, value]) => ({offset: Number(offset), value}))
    this.operations.push({
      number: this.operations.length + 1,
      process: 'r1',
      do: 'read',
      topic: 't',
      partition: 0,
      invokedAtMs: ++this.#ms,
      endedAtMs: ++this.#ms,
      result: 'ok',
      from,
      records,
      ...parts,
    })
    return this
  }

  /** The reads of the end: from the log's start to the high watermark. */
  drained(values: Record<number, string>, highWatermark: number): this {
    return this.read(0, values, {process: 'final', final: true, highWatermark})
  }

  /** Anything else: a question for the end of the log, a group's commit, a question for it. */
  did(what: Operation['do'], parts: Partial<Operation> = {}): this {
    this.operations.push({
      number: this.operations.length + 1,
      process: 'g1',
      do: what,
      topic: 't',
      partition: 0,
      invokedAtMs: ++this.#ms,
      endedAtMs: ++this.#ms,
      result: 'ok',
      ...parts,
    })
    return this
  }
}
