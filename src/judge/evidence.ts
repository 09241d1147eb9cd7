import {type GroupName, METADATA_GROUP, type NodeId, type Offset} from '../base/ids.ts'
import type {EngineContract} from '../contracts/engine.ts'
import type {JournalEvent} from '../contracts/journal.ts'
import type {GroupChange} from '../contracts/node-state.ts'
import type {NodeReading} from '../contracts/supervisor-protocol.ts'
import type {GroupReading, HardStateFound, Place, RecordFound} from '../inspect/reading.ts'

export type {GroupReading, HardStateFound, Place, RecordFound}

/** Number of a line in events.jsonl, from 1. */
export type EventNumber = number

/** One data directory, read from a copy that was taken while its node was dead. */
export interface DiskReading {
  node: NodeId
  /** Folder of the copy, relative to the run folder. */
  dir: string
  /** The incarnation whose death came before the copy; empty when the node was alive. */
  after: string
  /** When the copy was begun: what was acknowledged before has to be in it. */
  copiedAtMs: number
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
  /** When it was ordered. */
  atMs: number
  landed: boolean
  /** When it was proven to be in force. */
  landedAtMs?: number
  /** Incarnations that it ended. */
  ended?: string[]
  /** Nodes that it cut off from the others: whoever leads after it is none of them. */
  cutOff?: NodeId[]
  /** When it was seen to be over. */
  healedAtMs?: number
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
  /** Nothing more was seen than that it does not answer. */
  silent?: true
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
  /** When it was first seen to follow, holding every entry that was committed when it came back. */
  caughtUpAtMs?: number
}

/** What a client sees of the cluster's metadata through one node. */
export interface MetadataReading {
  node: NodeId
  atMs: number
  /** name → id and partitions, as the node answers. */
  topics: Record<string, {id: string; partitions: number}>
}

/** A topic that a client asked one node to create or to delete. */
export interface TopicOrder {
  do: 'create' | 'delete'
  name: string
  partitions: number
  through: NodeId
  atMs: number
  endedAtMs: number
  /** `info`: it may have happened. */
  result: 'ok' | 'fail' | 'info'
  error?: string
}

export type OperationResult = 'ok' | 'fail' | 'info' | 'open'

/**
 * One operation of a client: a send of one record, a read of a stretch of one partition, a question where its log ends (`list`), a commit of a group's
 * offset, a question for it (`committed`), or an order to delete the records below an offset (`delete`, Kafka's DeleteRecords).
 */
export interface Operation {
  /** Number in history.jsonl, from 1. */
  number: number
  /** Producer or consumer; a new one after an `info`. */
  process: string
  do: 'send' | 'read' | 'list' | 'commit' | 'committed' | 'delete'
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
  /** Of an acknowledged send; of a commit: the offset that it writes; of an answered `committed`: the offset, absent when there is none; of a delete: the first that may stay. */
  offset?: Offset
  /** Of an answered delete: where the log begins now. */
  logStart?: Offset
  error?: string
  /** Of a read: what came, in the order it came. */
  records?: Array<{offset: Offset; value: string}>
  /** Of a read: the offset it began at, and the high watermark that came with the answer. */
  from?: Offset
  highWatermark?: Offset
  /** The consumer group: of `commit` and `committed`, and of a read by a member, which gets partitions assigned and may jump. */
  group?: string
  /** Of a read: the process was given the partition anew, or went to another place by itself, just before it. */
  reassigned?: boolean
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
  topicOrders: TopicOrder[]
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
    topicOrders: [],
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
  /** The first copy of each disk is from one and the same moment, at which every node was dead. */
  oneMoment?: true
  /** What the engine holds its topics and brokers in, and how its state may move; undefined: as the embedded broker. */
  engine?: Pick<EngineContract, 'metadataGroup' | 'rules'>
  /**
   * What this cluster cannot show, with what it would need: by kind of evidence, by `told` (what a recovery found), or by the id of a check that can say
   * nothing there.
   */
  lacking?: Partial<Record<string, string>>
}

/** A group of a topic whose deletion was ordered: another one may have its name since. */
export function wasDeleted(group: GroupName, topicOrders: readonly TopicOrder[]): boolean {
  return topicOrders.some(o => o.do === 'delete' && group.startsWith(`${o.name}/`))
}

export function metadataGroupOf(about: About): GroupName {
  return about.engine?.metadataGroup ?? METADATA_GROUP
}
