import type {Index, NodeId, Term} from '../base/ids.ts'
import type {Random} from '../base/random.ts'
import type {ConfChange, ConfChangeV2, ConfState, Entry, HardState, Snapshot} from '../formats/eraftpb.ts'

/** etcd/raft's message types, by their names in raftpb. */
export const MessageType = {
  MsgHup: 0,
  MsgBeat: 1,
  MsgProp: 2,
  MsgApp: 3,
  MsgAppResp: 4,
  MsgVote: 5,
  MsgVoteResp: 6,
  MsgSnap: 7,
  MsgHeartbeat: 8,
  MsgHeartbeatResp: 9,
  MsgUnreachable: 10,
  MsgSnapStatus: 11,
  MsgCheckQuorum: 12,
  MsgTransferLeader: 13,
  MsgTimeoutNow: 14,
  MsgReadIndex: 15,
  MsgReadIndexResp: 16,
  MsgPreVote: 17,
  MsgPreVoteResp: 18,
  MsgStorageAppend: 19,
  MsgStorageAppendResp: 20,
  MsgStorageApply: 21,
  MsgStorageApplyResp: 22,
  MsgForgetLeader: 23,
} as const
export type MessageType = (typeof MessageType)[keyof typeof MessageType]

/** Targets of storage work in asynchronous mode, as in etcd/raft: 2^64 - 1 and - 2 there, safe numbers here. */
export const LOCAL_APPEND_THREAD: NodeId = Number.MAX_SAFE_INTEGER
export const LOCAL_APPLY_THREAD: NodeId = Number.MAX_SAFE_INTEGER - 1

/** One message of the protocol. Fields that a type does not use are 0, empty or undefined. */
export interface Message {
  type: MessageType
  from: NodeId
  to: NodeId
  term: Term
  logTerm: Term
  /** The index that the type speaks of: previous index of MsgApp, last acknowledged of MsgAppResp, … */
  index: Index
  entries: Entry[]
  commit: Index
  vote: NodeId
  snapshot?: Snapshot
  reject: boolean
  rejectHint: Index
  context?: Uint8Array
  responses?: Message[]
}

export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader'

export interface SoftState {
  leader: NodeId
  role: Role
}

export interface ReadState {
  index: Index
  context: Uint8Array
}

/** What the node must do now. Taken with `ready()`; in synchronous mode ended with `advance()`. */
export interface Ready {
  softState?: SoftState
  readStates: ReadState[]
  /** May leave at once: they depend on nothing unsynced. */
  messages: Message[]
  /**
   * One unit for the log: written and synced as one. Only after that sync are the messages in `after` delivered:
   * those whose `to` is this node are stepped into the core, the others are sent.
   */
  append?: {hardState?: HardState; entries: Entry[]; snapshot?: Snapshot; mustSync: boolean; after: Message[]}
  /** Committed entries, in order. When they are applied, `done` is stepped into the core. */
  apply?: {entries: Entry[]; done: Message}
}

/** Which entries the core wanted and got `pending` for: the node reads them and calls `entriesFetched`. */
export interface EntriesWanted {
  low: Index
  high: Index
  why: 'send' | 'apply' | 'campaign'
  /** The follower that they are for, with `send`. */
  to?: NodeId
}

/** What the core asks of its log. All answers are synchronous: from memory, or `pending`. */
export interface RaftStorage {
  initialState(): {hardState: HardState; confState: ConfState}
  /** The first index that may still be there: the snapshot's index + 1. */
  firstIndex(): Index
  /** The snapshot's index when there is no entry. */
  lastIndex(): Index
  /** Term of an entry, or of the snapshot at its index. */
  term(at: Index): Term | 'compacted' | 'unavailable'
  /** Entries low … high - 1, at least one, else no more than `bytesMax` in encoded size. */
  entries(
    low: Index,
    high: Index,
    bytesMax: number,
    why: EntriesWanted,
  ): Entry[] | 'compacted' | 'unavailable' | 'pending'
  snapshot(): Snapshot | 'pending'
}

export interface RaftOptions {
  id: NodeId
  storage: RaftStorage
  random: Random
  electionTicks: number
  heartbeatTicks: number
  /** Index up to which entries were applied before this start. */
  applied?: Index
  preVote: boolean
  checkQuorum: boolean
  asyncStorageWrites: boolean
  /** Largest sum of entry sizes in one MsgApp, in bytes. 0: one entry at a time. */
  maxSizePerMessage: number
  /** Bytes of entries that may be handed out to be applied and not yet be applied. 0: as `maxSizePerMessage`. */
  maxCommittedSizePerReady: number
  /** Bytes of proposals that may wait for commit; beyond it proposals are dropped as `full`. 0: no bound. */
  maxUncommittedSize: number
  /** Appends that may be on their way to one follower. */
  maxInflightMessages: number
  /** Bytes of payload in them. Default 0: no bound. */
  maxInflightBytes?: number
  readOnly?: 'safe' | 'lease-based'
  disableProposalForwarding?: boolean
  disableConfChangeValidation?: boolean
  stepDownOnRemoval?: boolean
  /**
   * Takes a leader's snapshot whose configuration does not name this node yet: the change that names it comes behind it in the log. Otherwise such a
   * snapshot is ignored, as etcd/raft does, whose leaders make one when they send it.
   */
  acceptSnapshotOfOthers?: boolean
  /** Takes every line as etcd/raft words it: the node's number in hexadecimal, then what happened. */
  log?: (level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR', line: string) => void
  /** Lines of level DEBUG are made too. */
  debug?: boolean
  /**
   * Appends of proposals leave with the next `ready()`, one message a follower however many proposals there were; else each proposal is sent by itself.
   */
  coalesceProposals?: boolean
  /**
   * Takes a leader's message that names no term, as etcd/raft does: a candidate that gets one falls back to term 0. Unsafe; only for comparing with it.
   * Otherwise such messages are ignored.
   */
  acceptTermless?: boolean
  /** Bytes that an entry counts in the limits of messages and of applying. Default: those of its eraftpb encoding. */
  entrySize?: (entry: Entry) => number
  /** The functions that a planted bug may replace; see `raft/parts.ts`. */
  parts?: RaftParts
}

/** Decisions of the core that stand alone, so that a planted bug can replace one. Defaults in `raft/parts.ts`. */
export interface RaftParts {
  /** May a leader commit by counting at `index`, whose entry has `entryTerm`, in its own `term`? (Raft 5.4.2) */
  mayCommit(entryTerm: Term, term: Term): boolean
  /** Number of votes that make a majority of `voters`. */
  quorum(voters: number): number
  /** The HardState a node starts from, given what its log recovered. */
  startFrom(recovered: HardState): HardState
  /** Does a candidate's log (lastTerm, lastIndex) count as up to date against ours? (Raft 5.4.1) */
  logUpToDate(candidate: {term: Term; index: Index}, ours: {term: Term; index: Index}): boolean
  /** Does a voter with this state grant its vote to `candidate` in the same term? */
  mayVote(state: {vote: NodeId; leader: NodeId}, candidate: NodeId): boolean
  /** The vote that a node keeps when it becomes a follower again in the term in which it was `role`. */
  voteAsFollower(vote: NodeId, role: Role): NodeId
  /** Does an append begin before what is known to be committed here? It is answered with the commit index, and not looked at. */
  late(log: FollowerLog, append: {index: Index; logTerm: Term}): boolean
  /** A follower takes an append: the last index of what it now holds as the leader does, or undefined when the previous entry is another. (Raft 5.3) */
  accept(
    log: FollowerLog,
    append: {index: Index; logTerm: Term; entries: readonly Entry[]; commit: Index},
  ): Index | undefined
  /** What a node is when it starts, given what it recovered. */
  roleAtStart(id: NodeId, recovered: HardState): 'follower' | 'leader'
  /** May a leader that has applied its log up to `applied` begin a change, when the last one may lie at `pending`? (thesis 4.1) */
  changeMayFollow(pending: Index, applied: Index): boolean
  /** The configuration that is in force behind a snapshot which holds `inSnapshot`; `own` was in force before. */
  configurationBehind(inSnapshot: ConfState, own: ConfState): ConfState
}

/** The log as a follower's append meets it. */
export interface FollowerLog {
  readonly lastIndex: Index
  readonly committed: Index
  matches(index: Index, term: Term): boolean
  /** Entries low … high - 1, as far as they are in memory. */
  slice(low: Index, high: Index, bytesMax: number, why: EntriesWanted): Entry[] | 'compacted' | 'pending'
  append(entries: readonly Entry[]): void
  commitTo(to: Index): void
  maybeAppend(index: Index, logTerm: Term, entries: readonly Entry[], leaderCommit: Index): Index | undefined
}

export interface ProgressStatus {
  match: Index
  next: Index
  state: 'probe' | 'replicate' | 'snapshot'
  /** Heard from since the last check-quorum. */
  recentActive: boolean
  learner: boolean
  /** Nothing more is sent for now. */
  paused: boolean
  /** Index of the snapshot that is on its way, else 0. */
  pendingSnapshot: Index
}

export interface RaftStatus {
  id: NodeId
  role: Role
  leader: NodeId
  hardState: HardState
  applied: Index
  lastIndex: Index
  leadTransferee: NodeId
  /** Leaders only. */
  progress?: Map<NodeId, ProgressStatus>
  confState: ConfState
}

/** Why a message was not taken: only this node may send it, its sender is no member, or it proposes what cannot be appended here. */
export type Refused = 'localMessage' | 'unknownPeer' | 'proposalDropped'

export type Dropped = 'noLeader' | 'full' | 'transferring' | 'removed'

/** One member of one Raft group: pure and synchronous. Not re-entrant: calls come one after another. */
export interface RawNode {
  tick(): void
  step(message: Message): Refused | undefined
  campaign(): void
  /** Only a leader takes proposals when forwarding is off; index 0: it was sent on to the leader. `context` is the entry's tag. */
  propose(data: Uint8Array, context?: Uint8Array): {index: Index} | {dropped: Dropped}
  /**
   * A change that may not follow now (one is on its way; a joint configuration is to be left first) takes its index as an entry without content.
   * Undefined proposes to leave a joint configuration.
   */
  proposeConfChange(change: ConfChange | ConfChangeV2 | undefined): {index: Index} | {dropped: Dropped}
  /** To be called for each committed entry of a change, when it is applied. Throws ConfChangeError when it does not fit. */
  applyConfChange(change: ConfChange | ConfChangeV2): ConfState
  /** Asks for an index that no later read may fall behind; it comes in `readStates` with this context, or never when the leader changes. */
  readIndex(context: Uint8Array): void
  /** Asks the leader to hand over to `to`. Proposals are dropped as `transferring` for at most one election timeout. */
  transferLeader(to: NodeId): void
  /** Lets this follower vote for another at once. */
  forgetLeader(): void
  reportUnreachable(peer: NodeId): void
  reportSnapshot(peer: NodeId, ok: boolean): void
  /**
   * Another process of this member is heard. What the one before it acknowledged may have been cut from its log as a torn end, or lost and rebuilt: a
   * leader counts it no more, until the new process has said up to where it goes.
   */
  reportRestarted(peer: NodeId): void
  entriesFetched(want: EntriesWanted): void
  /** Ticks without a leader until this node campaigns, until it is drawn anew. */
  pinElectionTimeout(ticks: number): void
  hasReady(): boolean
  ready(): Ready
  advance(): void
  status(): RaftStatus
  /** May a change of the configuration be proposed now? Leaders only; one that is not allowed takes an index and changes nothing. */
  readonly mayChange: boolean
  /** Cheap reads for hot paths. `progress` is the leader's own table, empty elsewhere: look, never keep. */
  readonly progress: ReadonlyMap<NodeId, ProgressStatus>
  readonly role: Role
  readonly term: Term
  readonly leader: NodeId
  readonly commit: Index
  readonly lastIndex: Index
}
