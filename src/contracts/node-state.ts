import type {GroupName, Index, NodeId, Offset, Term} from '../base/ids.ts'

/** What a group's recovery found when this incarnation of the node started. Never changes while the incarnation lives. */
export interface RecoveryReport {
  group: GroupName
  /** HardState as recovered; all 0 for a group born in this incarnation. */
  term: Term
  vote: NodeId
  commit: Index
  /** The snapshot marker that the log starts from; index 0 when none. */
  snapshotIndex: Index
  snapshotTerm: Term
  firstIndex: Index
  lastIndex: Index
  /** Entries in the log after the fold. */
  entries: number
  /** Sound records read, over all segments. */
  records: number
  /** What was cut, each with its reason in words; `kept`: the file that holds a copy, absent when the disk had no room for it. */
  cuts: Array<{file: string; at: number; bytes: number; why: string; kept?: string}>
  /** Segment files in order, with their length after recovery. */
  files: Array<{file: string; bytes: number}>
  /** True when the group was created by this incarnation. */
  born: boolean
}

/** A line of a node's log. */
export interface LogLine {
  at: number
  bytes: number
  /** Wall clock that stands in front of the line; absent when none does. */
  wallMs?: number
}

/** What a log says of one life of a node that has no other way to tell. What no line says is absent. */
export interface LogTold {
  file: string
  /** Length of the log when it was read. */
  bytes: number
  /** The line with which the recovery of this life begins, and how many recoveries the log holds. */
  began: LogLine
  recoveries: number
  /** The last line with a time. */
  ended?: LogLine
  group: GroupName
  hardState?: LogLine & {term: Term; vote?: NodeId; commit?: Index}
  entries?: LogLine & {entries?: number; firstIndex?: Index; lastIndex: Index}
  /** Damage that the node found and cut: FILE@BYTE. */
  cuts?: Array<LogLine & {place: string}>
  /** Leaderships that the node said it took, after its recovery. */
  leaderships: Array<LogLine & {term: Term}>
}

/** A group that the node refused to open. */
export interface RefusedGroup {
  group: GroupName
  file: string
  at: number
  why: string
}

export type RoleWord = 'follower' | 'pre-candidate' | 'candidate' | 'leader'

/** Voters of the configuration in force here, and learners, who get the log and have no vote. */
export interface MembersInForce {
  voters: NodeId[]
  /** While it is joint: the voters before, of whom a majority decides too. */
  votersOutgoing?: NodeId[]
  learners?: NodeId[]
}

/** Live state of one Raft group on one node. */
export interface GroupState extends MembersInForce {
  group: GroupName
  /** Of a partition: its topic's id, 32 hex digits. Absent: nobody tells it. */
  topicId?: string
  role: RoleWord
  /** 0: none known. */
  leader: NodeId
  term: Term
  /** 0: none. Absent: nobody tells it. */
  vote?: NodeId
  commit: Index
  applied: Index
  firstIndex: Index
  lastIndex: Index
  /** Last index whose bytes are synced here. */
  synced: Index
  /** Term of the HardState that is synced here: a death may take a higher one along, of which nobody was told anything yet. Absent: nobody tells it. */
  syncedTerm?: Term
  /** Leaders only: last index that each follower acknowledged. */
  match?: Record<number, Index>
  /** True when a leader has applied an entry of its own term, and a quorum took something that it sent so lately that nobody else can lead by now. */
  serving: boolean
  /** It lost its log and is being rebuilt from the others: it neither votes nor campaigns until it holds what they held when this began. */
  rebuilding?: true
  /** SHA-256 (hex) of the applied state, where the machine has one. */
  stateHash?: string
  /** Absent for engines of which only the log tells it (`LogTold`). */
  recovery?: RecoveryReport
}

/** Topic partitions as one node sees them. */
export interface PartitionState {
  topic: string
  partition: number
  /** 0: none known. */
  leader: NodeId
  epoch: Term
  replicas: NodeId[]
  isr: NodeId[]
  /** Of a local replica; absent when this node has none. */
  highWatermark?: Offset
  logEndOffset?: Offset
  logStartOffset?: Offset
}

/** Group commit of one node since its start, over the logs that it has now. */
export interface WalFigures {
  profile: string
  /** Batches written, each with one sync; entries and bytes in them; milliseconds that their writes and syncs took. */
  batches: number
  writes: number
  bytes: number
  syncMs: number
  /** Entries that wait for a batch now, and batches that are on their way to the disk. */
  waiting: number
  running: number
}

/** The answer to `state` on a node's control socket. */
export interface NodeLive {
  node: NodeId
  clusterId: string
  directoryId: string
  /** A random id of this life of the process: 16 hex digits. */
  incarnation: string
  pid: number
  /** Grows by one with every change told to watchers. */
  sequence: number
  uptimeMs: number
  /** Monotonic clock of the node at the reading, ms. */
  monotonicMs: number
  kafka: {host: string; port: number}
  raft: {host: string; port: number}
  groups: GroupState[]
  refused: RefusedGroup[]
  partitions: PartitionState[]
  /** Topics in the metadata image: name → {id, partitions}. */
  topics: Array<{name: string; id: string; partitions: number}>
  connections: number
  /** Absent for engines that do not tell. */
  wal?: WalFigures
  /** Milliseconds since something was last heard of each other node; a node that was never heard of is not in it. */
  heardMs?: Record<number, number>
  residentBytes: number
}

/** Pushed to watchers: a group of this node changed role, leader, term, vote, commit or members, or synced more of what is committed. */
export interface GroupChange {
  sequence: number
  monotonicMs: number
  wallMs: number
  group: GroupName
  topicId?: string
  role: RoleWord
  leader: NodeId
  term: Term
  vote?: NodeId
  commit: Index
  applied: Index
  lastIndex: Index
  synced: Index
  syncedTerm?: Term
  serving: boolean
  /** Voters that granted, when it has just become leader. */
  votes?: NodeId[]
  /** When they have become others. */
  members?: MembersInForce
}
