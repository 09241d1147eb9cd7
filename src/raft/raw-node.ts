import {EMPTY} from '../base/bytes.ts'
import type {Index, NodeId, Term} from '../base/ids.ts'
import {InvariantError, invariant} from '../base/invariant.ts'
import {
  type ConfChange,
  type ConfChangeV2,
  type ConfState,
  type Entry,
  EntryType,
  type HardState,
  type Snapshot,
} from '../formats/eraftpb.ts'
import {Elections} from './elections.ts'
import {RaftLog} from './log.ts'
import {emptyMessage, isLocal, isResponse} from './messages.ts'
import {defaultRaftParts} from './parts.ts'
import {Replication} from './replication.ts'
import type {CoreState} from './state.ts'
import {
  type Dropped,
  type EntriesWanted,
  type Message,
  MessageType,
  type ProgressStatus,
  type RaftOptions,
  type RaftParts,
  type RaftStatus,
  type RawNode,
  type Ready,
  type Role,
} from './types.ts'

const {MsgApp, MsgVote, MsgPreVote, MsgPreVoteResp, MsgSnap, MsgHeartbeat, MsgAppResp, MsgVoteResp} = MessageType

/** One member of one group, with etcd/raft's semantics. It does no I/O: what must happen stands in `ready()`. */
export function createRawNode(options: RaftOptions): RawNode {
  return new Raft(options)
}

/**
 * The state that elections and replication share, and the rules that hold for every role:
 * what a message's term does, what leaves at once and what only after a sync.
 */
class Raft implements RawNode, CoreState {
  readonly id: NodeId
  readonly options: RaftOptions
  readonly parts: RaftParts
  readonly log: RaftLog
  readonly elections: Elections
  readonly replication: Replication

  term: Term
  vote: NodeId
  role: Role = 'follower'
  leader: NodeId = 0
  conf: ConfState
  voters: ReadonlySet<NodeId>

  /** Messages that may leave now, and those that wait for the next unit of the log. */
  #messages: Message[] = []
  #afterAppend: Message[] = []
  #handedHardState: HardState
  #handedLeader: NodeId = 0
  #handedRole: Role = 'follower'
  /** Bytes of proposals in the log that are not committed yet; leaders only. */
  uncommittedBytes = 0
  #applyPending = false
  /** Entries were appended as leader since the last Ready. */
  #ownAppends = false
  #toSelf: Message[] = []

  constructor(options: RaftOptions) {
    this.options = options
    this.id = options.id
    this.parts = options.parts ?? defaultRaftParts
    const {hardState, confState} = options.storage.initialState()
    const start = this.parts.startFrom(hardState)
    this.term = start.term
    this.vote = start.vote
    this.conf = confState
    this.voters = new Set(confState.voters)
    this.log = new RaftLog(options.storage, options.maxCommittedSizePerReady)
    invariant(start.commit <= this.log.lastIndex, 'the recovered commit index is in the log', {
      commit: start.commit,
      lastIndex: this.log.lastIndex,
    })
    this.log.committed = Math.max(this.log.committed, start.commit)
    if (options.applied) {
      this.log.applied = options.applied
      this.log.applying = options.applied
    }
    this.#handedHardState = {term: this.term, vote: this.vote, commit: this.log.committed}
    this.elections = new Elections(this)
    this.replication = new Replication(this)
    this.elections.becomeFollower(this.term, 0)
  }

  get commit(): Index {
    return this.log.committed
  }

  get progress(): ReadonlyMap<NodeId, ProgressStatus> {
    return this.replication.progress
  }

  get lastIndex(): Index {
    return this.log.lastIndex
  }

  /** May this node be elected and campaign? */
  get promotable(): boolean {
    return this.voters.has(this.id) && !this.log.snapshot
  }

  tick(): void {
    if (this.role === 'leader') this.replication.tick()
    else this.elections.tick()
  }

  campaign(): void {
    this.elections.hup(false)
  }

  propose(data: Uint8Array, context: Uint8Array = EMPTY): {index: Index} | {dropped: Dropped} {
    return this.replication.propose(EntryType.Normal, data, context)
  }

  proposeConfChange(_change: ConfChange | ConfChangeV2): {index: Index} | {dropped: Dropped} {
    throw new InvariantError('membership changes are not part of this core yet', {})
  }

  applyConfChange(_change: ConfChange | ConfChangeV2): ConfState {
    throw new InvariantError('membership changes are not part of this core yet', {})
  }

  readIndex(_context: Uint8Array): void {
    throw new InvariantError('read index is not part of this core yet', {})
  }

  transferLeader(_to: NodeId): void {
    throw new InvariantError('leadership transfer is not part of this core yet', {})
  }

  forgetLeader(): void {
    if (this.role === 'follower' && this.leader !== 0) this.leader = 0
  }

  reportUnreachable(peer: NodeId): void {
    this.replication.unreachable(peer)
  }

  reportSnapshot(peer: NodeId, ok: boolean): void {
    this.replication.snapshotReported(peer, ok)
  }

  entriesFetched(want: EntriesWanted): void {
    if (want.why === 'apply') this.#applyPending = false
    else if (want.to !== undefined) this.replication.fetched(want.to)
  }

  step(m: Message): void {
    if (m.from !== this.id && isLocal(m.type)) return
    if (m.type === MessageType.MsgStorageAppendResp || m.type === MessageType.MsgStorageApplyResp) {
      this.#storageAnswered(m)
      return
    }
    if (m.term === 0) {
      if (m.type === MessageType.MsgHup) this.elections.hup(false)
      return
    }
    if (m.term > this.term) {
      if (!this.#raiseTerm(m)) return
    } else if (m.term < this.term) {
      this.#answerOldTerm(m)
      return
    }
    if (m.type === MsgVote || m.type === MsgPreVote) this.elections.voteAsked(m)
    else if (this.role === 'leader') this.replication.step(m)
    else this.elections.step(m)
  }

  /** A message of a later term. False: it changes nothing here and is not to be handled. */
  #raiseTerm(m: Message): boolean {
    if (m.type === MsgVote || m.type === MsgPreVote) {
      // Thesis 4.2.3: a node that hears from its leader does not let itself be disturbed.
      const inLease =
        this.options.checkQuorum && this.leader !== 0 && this.elections.elapsed < this.options.electionTicks
      if (inLease) return false
    }
    // A pre-vote never changes the term of who hears it; a granted one names a term that is only reached by winning.
    if (m.type === MsgPreVote || (m.type === MsgPreVoteResp && !m.reject)) return true
    this.info(`received a ${typeName(m)} with a later term from ${m.from} [term: ${this.term} -> ${m.term}]`)
    const fromLeader = m.type === MsgApp || m.type === MsgHeartbeat || m.type === MsgSnap
    this.elections.becomeFollower(m.term, fromLeader ? m.from : 0)
    return true
  }

  #answerOldTerm(m: Message): void {
    if ((this.options.checkQuorum || this.options.preVote) && (m.type === MsgHeartbeat || m.type === MsgApp))
      // A leader of an old term that cannot hear our votes learns of the new one by this.
      this.send({...emptyMessage(MsgAppResp), to: m.from})
    else if (m.type === MsgPreVote)
      this.send({...emptyMessage(MsgPreVoteResp), to: m.from, term: this.term, reject: true})
  }

  /** A unit of the log is synced, or entries were applied. */
  #storageAnswered(m: Message): void {
    if (m.type === MessageType.MsgStorageApplyResp) {
      const last = m.entries[m.entries.length - 1]
      let bytes = 0
      for (const entry of m.entries) bytes += entry.data.length
      if (last) {
        this.log.appliedTo(last.index, bytes)
        this.uncommittedBytes = Math.max(0, this.uncommittedBytes - bytes)
      }
      return
    }
    // Answers of an earlier term prove nothing: the same index may have been written, overwritten and written again.
    if (m.index !== 0 && m.term === this.term) this.log.stableTo(m.index, m.logTerm)
    if (m.snapshot) {
      this.log.stableSnapshotTo(m.snapshot.metadata.index)
      this.log.appliedTo(Math.max(this.log.applied, m.snapshot.metadata.index), 0)
    }
  }

  hasReady(): boolean {
    return (
      this.#messages.length > 0 ||
      this.#afterAppend.length > 0 ||
      this.log.hasNextUnstable ||
      (this.log.snapshot !== undefined && !this.log.snapshotInProgress) ||
      this.#hardStateChanged() ||
      this.leader !== this.#handedLeader ||
      this.role !== this.#handedRole ||
      (!this.#applyPending && this.log.hasNextCommitted(!this.options.asyncStorageWrites))
    )
  }

  #hardStateChanged(): boolean {
    const {term, vote, commit} = this.#handedHardState
    return term !== this.term || vote !== this.vote || commit !== this.log.committed
  }

  ready(): Ready {
    this.replication.flush()
    const ready: Ready = {readStates: [], messages: this.#messages}
    this.#messages = []
    if (this.leader !== this.#handedLeader || this.role !== this.#handedRole) {
      ready.softState = {leader: this.leader, role: this.role}
      this.#handedLeader = this.leader
      this.#handedRole = this.role
    }
    this.#readyAppend(ready)
    this.#readyApply(ready)
    return ready
  }

  #readyAppend(ready: Ready): void {
    const entries = this.log.nextUnstable()
    const snapshot = this.log.snapshot && !this.log.snapshotInProgress ? this.log.snapshot : undefined
    const changed = this.#hardStateChanged()
    if (entries.length === 0 && !snapshot && !changed && this.#afterAppend.length === 0) return
    const before = this.#handedHardState
    const hardState = changed ? {term: this.term, vote: this.vote, commit: this.log.committed} : undefined
    const mustSync =
      entries.length > 0 || snapshot !== undefined || before.term !== this.term || before.vote !== this.vote
    if (hardState) this.#handedHardState = hardState
    const after = this.#afterAppend
    this.#afterAppend = []
    // The leader acknowledges its own entries like any follower: after its sync, once for all of the unit.
    if (this.#ownAppends && this.role === 'leader')
      after.push({...emptyMessage(MsgAppResp), from: this.id, to: this.id, term: this.term, index: this.log.lastIndex})
    this.#ownAppends = false
    if (entries.length > 0 || snapshot || this.log.unstable.length > 0) after.push(this.#appendAnswer(snapshot))
    this.log.acceptUnstable()
    ready.append = {hardState, entries, snapshot, mustSync, after}
    if (!this.options.asyncStorageWrites) this.#toSelf.push(...after.filter(m => m.to === this.id))
  }

  /**
   * Says, once synced, up to where the log is stable. It names the newest unstable entry even when this unit holds none: after a change of
   * term the answers of earlier units no longer count, and this one attests the same entries again.
   */
  #appendAnswer(snapshot: Snapshot | undefined): Message {
    const answer = {
      ...emptyMessage(MessageType.MsgStorageAppendResp),
      from: this.id,
      to: this.id,
      term: this.term,
      snapshot,
    }
    if (this.log.unstable.length > 0) {
      answer.index = this.log.lastIndex
      answer.logTerm = this.log.lastTerm
    }
    return answer
  }

  #readyApply(ready: Ready): void {
    if (this.#applyPending) return
    const entries = this.log.nextCommitted(this.options.maxCommittedSizePerReady, !this.options.asyncStorageWrites)
    if (entries === 'pending') {
      this.#applyPending = true
      return
    }
    if (entries.length === 0) return
    this.log.acceptApplying(entries)
    ready.apply = {
      entries,
      done: {...emptyMessage(MessageType.MsgStorageApplyResp), from: this.id, to: this.id, entries},
    }
    if (!this.options.asyncStorageWrites) this.#toSelf.push(ready.apply.done)
  }

  /** Synchronous mode: the last Ready has been carried out. */
  advance(): void {
    invariant(!this.options.asyncStorageWrites, 'advance belongs to the synchronous mode')
    const messages = this.#toSelf
    this.#toSelf = []
    for (const m of messages) this.step(m)
  }

  status(): RaftStatus {
    const progress = new Map<NodeId, ProgressStatus>()
    if (this.role === 'leader')
      for (const [node, p] of this.replication.progress)
        progress.set(node, {
          match: p.match,
          next: p.next,
          state: p.state,
          recentActive: p.recentActive,
          learner: p.learner,
        })
    return {
      id: this.id,
      role: this.role,
      leader: this.leader,
      hardState: {term: this.term, vote: this.vote, commit: this.log.committed},
      applied: this.log.applied,
      lastIndex: this.log.lastIndex,
      leadTransferee: 0,
      progress: this.role === 'leader' ? progress : undefined,
      confState: this.conf,
    }
  }

  /** Queues a message: answers that promise something wait for the log, the rest leaves at once. */
  send(m: Message): void {
    m.from = this.id
    if (m.term === 0) m.term = this.term
    if (m.type === MsgAppResp || m.type === MsgVoteResp || m.type === MsgPreVoteResp || m.to === this.id)
      this.#afterAppend.push(m)
    else this.#messages.push(m)
  }

  /** Appends as leader, with this term and the next indexes. The acknowledgement of its own disk follows with the next unit. */
  appendOwn(entries: Entry[]): void {
    this.log.append(entries)
    this.#ownAppends = true
  }

  info(line: string): void {
    this.options.log?.('INFO', line)
  }
}

function typeName(m: Message): string {
  return Object.keys(MessageType)[m.type] + (isResponse(m.type) && m.reject ? ' (rejected)' : '')
}
