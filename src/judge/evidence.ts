import type {GroupName, Index, NodeId, Offset, Term} from '../base/ids.ts'
import type {JournalEvent} from '../contracts/journal.ts'
import type {GroupChange} from '../contracts/node-state.ts'
import type {NodeReading} from '../contracts/supervisor-protocol.ts'

/** Number of a line in events.jsonl, from 1. */
export type EventNumber = number

/** A place on a disk. */
export interface Place {
  file: string
  at: number
  bytes: number
}

/** A HardState record, with where it lies. */
export interface HardStateFound extends Place {
  term: Term
  vote: NodeId
  commit: Index
}

/** What the independent reader found of one group in one data directory. Plain data: it can be recorded and judged again. */
export interface GroupReading {
  group: GroupName
  /** The group's folder, relative to the copy. */
  dir: string
  /** Records whose frame, CRC and batch are sound. */
  records: number
  /** The last HardState that counts; undefined when none was found. */
  hardState?: HardStateFound
  /** Every vote in the order of the file: one a change of (term, vote), torn batches left out. */
  votes: HardStateFound[]
  snapshot: {index: Index; term: Term}
  firstIndex: Index
  lastIndex: Index
  entries: number
  /** Terms of the entries as runs: from this index on, this term. */
  terms: Array<{from: Index; term: Term}>
  /** Index ranges that the log should hold and does not. */
  holes: Array<{from: Index; to: Index}>
  /** Bytes that recovery may cut: the end of a torn batch. */
  torn: Array<Place & {why: string}>
  /** Bytes that nobody may cut. */
  damage: Array<Place & {why: string}>
  /** Records whose payload does not decode under their kind, or not back to the same bytes. */
  undecodable: Array<Place & {why: string}>
  files: Array<{file: string; bytes: number}>
  /** What the last HardState's bytes would be read as by a reader that guesses; undefined when by nothing else. */
  alsoReadsAs?: string
}

/** One record of a client, found on a disk. */
export interface RecordFound extends Place {
  value: string
  group: GroupName
  offset: Offset
  index: Index
}

/** One data directory, read from a copy that was taken while its node was dead. */
export interface DiskReading {
  node: NodeId
  /** Folder of the copy, relative to the run folder. */
  dir: string
  /** The incarnation whose death came before the copy. */
  after: string
  groups: GroupReading[]
  /** Client records by group, in log order; only where they were asked for. */
  records: RecordFound[]
}

/** A change of role, term, vote or commit that a node told by itself. */
export interface PushedChange extends GroupChange {
  node: NodeId
  incarnation: string
  /** Place in the order of arrival, from 1. */
  number: number
  /** Monotonic clock of the observer, ms. */
  atMs: number
}

/** A fault that was asked for, and whether it was seen to be in force. */
export interface FaultRecord {
  what: string
  nodes: NodeId[]
  atMs: number
  landed: boolean
  event?: EventNumber
  why?: string
}

/** The end of a process. */
export interface ExitRecord {
  node: NodeId
  incarnation: string
  how: string
  /** Somebody asked for it. */
  asked: boolean
  event?: EventNumber
}

/** The beginning of a new life of a node, after a restart that was ordered. */
export interface StartRecord {
  node: NodeId
  incarnation: string
  /** The one before. */
  previous: string
  orderedAtMs: number
  readyAtMs?: number
}

/** What a client sees of the cluster's metadata through one node. */
export interface MetadataReading {
  node: NodeId
  atMs: number
  /** name → id and partitions, as the node answers. */
  topics: Record<string, {id: string; partitions: number}>
}

export type OperationResult = 'ok' | 'fail' | 'info' | 'open'

/** One operation of a client: a send of one record, or a read of a stretch of one partition. */
export interface Operation {
  /** Number in history.jsonl, from 1. */
  number: number
  /** Producer or consumer; a new one after an `info`. */
  process: string
  do: 'send' | 'read'
  topic: string
  partition: number
  /** Of a send: unique in the run. */
  value?: string
  acks?: -1 | 0 | 1
  idempotent?: boolean
  invokedAtMs: number
  endedAtMs?: number
  /** `open`: neither answered nor given up when the history ended; judged as `info`. */
  result: OperationResult
  /** Of an acknowledged send. */
  offset?: Offset
  error?: string
  /** Of a read: what came, in the order it came. */
  records?: Array<{offset: Offset; value: string}>
  /** True for the reads of the final drain: everything from the log start to the high watermark. */
  final?: boolean
}

/** A stretch of time in which writes had to be acknowledged. */
export interface WindowRecord {
  what: string
  fromMs: number
  toMs: number
  acknowledged: number
  wanted: number
}

/** Everything that checks may look at. A lab collects it; checks only read. */
export interface EvidenceSet {
  disks: DiskReading[]
  readings: NodeReading[]
  changes: PushedChange[]
  events: JournalEvent[]
  history: Operation[]
  faults: FaultRecord[]
  exits: ExitRecord[]
  starts: StartRecord[]
  metadata: MetadataReading[]
  windows: WindowRecord[]
}

export function emptyEvidence(): EvidenceSet {
  return {
    disks: [],
    readings: [],
    changes: [],
    events: [],
    history: [],
    faults: [],
    exits: [],
    starts: [],
    metadata: [],
    windows: [],
  }
}

/** What acknowledged means for this engine, and how its state may move: handed to checks as data. */
export interface About {
  /** Members of the cluster. */
  nodes: NodeId[]
  quorum: number
  /** Replicas of each topic that the load writes to. */
  replicas: number
  /** Monotonic time bounds, ms. */
  leaderWithinMs: number
  /** True when unsynced bytes really disappear at a crash (power loss): only then can "synced" be judged. */
  losesUnsynced: boolean
}
