import {EMPTY} from '../base/bytes.ts'
import type {Index, NodeId, Term} from '../base/ids.ts'
import {invariant} from '../base/invariant.ts'
import {
  type ConfChange,
  type ConfChangeV2,
  type ConfState,
  type Entry,
  EntryType,
  encodeConfChange,
  encodeConfChangeV2,
  type HardState,
  type Snapshot,
} from '../formats/eraftpb.ts'
import {Core, hex} from './core.ts'
import {hup} from './elections.ts'
import {applyConfChange, changeMayFollow, membershipOf, switchTo} from './membership.ts'
import {isLocal, isResponse, isStorage, isTermless, newMessage} from './messages.ts'
import {proposeAsLeader, sendUnsent} from './proposals.ts'
import {entriesFetched, memberRestarted} from './replication.ts'
import {becomeWhatItWas} from './roles.ts'
import {campaign, step, tick} from './step.ts'
import {allVoters, confStateOf, isJoint} from './tracker.ts'
import {
  type Dropped,
  type EntriesWanted,
  LOCAL_APPEND_THREAD,
  LOCAL_APPLY_THREAD,
  type Message,
  MessageType,
  type ProgressStatus,
  type RaftOptions,
  type RaftStatus,
  type RawNode,
  type Ready,
  type Refused,
  type Role,
} from './types.ts'

const NO_PROGRESS: ReadonlyMap<NodeId, ProgressStatus> = new Map()

/** One member of one group, with etcd/raft's semantics. It does no I/O: what must happen stands in `ready()`. */
export function createRawNode(options: RaftOptions): RawNode {
  return new Member(options)
}

/** The core with its way in (calls) and out (Readies): what was handed out already, and what waits for an answer. */
class Member implements RawNode {
  readonly #core: Core
  readonly #async: boolean
  #handed: {hardState: HardState; leader: NodeId; role: Role}
  /** Synchronous mode: what `advance` steps. */
  #onAdvance: Message[] = []
  /** The entries to apply are being read from the disk. */
  #applyPending = false

  constructor(options: RaftOptions) {
    invariant(options.id > 0 && !isStorage(options.id), 'a member has a number', {id: options.id})
    invariant(options.heartbeatTicks > 0 && options.electionTicks > options.heartbeatTicks, 'heartbeats beat timeouts')
    invariant(options.maxInflightMessages > 0, 'something may be on its way')
    invariant(options.readOnly !== 'lease-based' || options.checkQuorum, 'a lease needs check-quorum')
    const core = new Core(options)
    this.#core = core
    this.#async = options.asyncStorageWrites
    switchTo(core, membershipOf(core, options.storage.initialState().confState, core.log.lastIndex))
    becomeWhatItWas(core)
    const {log} = core
    core.info?.(
      `newRaft ${core.name} [peers: [${allVoters(core.tracker.config).map(hex).join(',')}], term: ${core.term}, commit: ${log.committed}, applied: ${log.applied}, lastindex: ${log.lastIndex}, lastterm: ${log.lastTerm}]`,
    )
    this.#handed = {hardState: this.#hardState(), leader: core.leader, role: core.role}
  }

  get role(): Role {
    return this.#core.role
  }

  get term(): Term {
    return this.#core.term
  }

  get leader(): NodeId {
    return this.#core.leader
  }

  get commit(): Index {
    return this.#core.log.committed
  }

  get lastIndex(): Index {
    return this.#core.log.lastIndex
  }

  get mayChange(): boolean {
    return this.#core.role === 'leader' && !isJoint(this.#core.tracker.config) && changeMayFollow(this.#core)
  }

  get progress(): ReadonlyMap<NodeId, ProgressStatus> {
    return this.#core.role === 'leader' ? this.#core.tracker.byId : NO_PROGRESS
  }

  tick(): void {
    tick(this.#core)
  }

  step(m: Message): Refused | undefined {
    const own = isStorage(m.from)
    if (!own && isLocal(m.type)) return 'localMessage'
    if (!own && isResponse(m.type) && !this.#core.tracker.get(m.from)) return 'unknownPeer'
    if (m.term === 0 && !own && !isTermless(m.type) && !this.#core.options.acceptTermless) return undefined
    return step(this.#core, m)
  }

  campaign(): void {
    campaign(this.#core)
  }

  propose(data: Uint8Array, context: Uint8Array = EMPTY): {index: Index} | {dropped: Dropped} {
    return this.#propose({type: EntryType.Normal, term: 0, index: 0, data, context})
  }

  proposeConfChange(change: ConfChange | ConfChangeV2 | undefined): {index: Index} | {dropped: Dropped} {
    const v1 = change !== undefined && !('changes' in change)
    const type = v1 ? EntryType.ConfChange : EntryType.ConfChangeV2
    const data = v1 ? encodeConfChange(change) : change ? encodeConfChangeV2(change) : EMPTY
    return this.#propose({type, term: 0, index: 0, data, context: EMPTY})
  }

  #propose(entry: Entry): {index: Index} | {dropped: Dropped} {
    const core = this.#core
    if (core.role === 'leader') return proposeAsLeader(core, [entry])
    const m = newMessage(MessageType.MsgProp, 0)
    m.from = core.id
    m.entries = [entry]
    return step(core, m) ? {dropped: 'noLeader'} : {index: 0}
  }

  applyConfChange(change: ConfChange | ConfChangeV2): ConfState {
    return applyConfChange(this.#core, change)
  }

  readIndex(context: Uint8Array): void {
    const m = newMessage(MessageType.MsgReadIndex, 0)
    m.entries = [{type: EntryType.Normal, term: 0, index: 0, data: context, context: EMPTY}]
    step(this.#core, m)
  }

  transferLeader(to: NodeId): void {
    this.#tell(MessageType.MsgTransferLeader, to)
  }

  forgetLeader(): void {
    this.#tell(MessageType.MsgForgetLeader, 0)
  }

  reportUnreachable(peer: NodeId): void {
    this.#tell(MessageType.MsgUnreachable, peer)
  }

  reportSnapshot(peer: NodeId, ok: boolean): void {
    this.#tell(MessageType.MsgSnapStatus, peer, !ok)
  }

  reportRestarted(peer: NodeId): void {
    memberRestarted(this.#core, peer)
  }

  /** Something that this node says to its own core, about `from`. */
  #tell(type: MessageType, from: NodeId, reject = false): void {
    const m = newMessage(type, 0)
    m.from = from
    m.reject = reject
    step(this.#core, m)
  }

  entriesFetched(want: EntriesWanted): void {
    const core = this.#core
    if (want.why === 'apply') this.#applyPending = false
    else if (want.why === 'campaign') {
      if (core.waitingCampaign) hup(core, core.waitingCampaign)
    } else if (want.to !== undefined) entriesFetched(core, want.to)
  }

  pinElectionTimeout(ticks: number): void {
    this.#core.electionTimeout = ticks
  }

  hasReady(): boolean {
    const core = this.#core
    const {log} = core
    return (
      core.messages.length > 0 ||
      core.afterAppend.length > 0 ||
      log.unstable.hasNext ||
      log.unstable.hasNextSnapshot ||
      core.readStates.length > 0 ||
      this.#hardStateChanged() ||
      core.leader !== this.#handed.leader ||
      core.role !== this.#handed.role ||
      (!this.#applyPending && log.hasNextCommitted(!this.#async))
    )
  }

  #hardState(): HardState {
    const {term, vote, log} = this.#core
    return {term, vote, commit: log.committed}
  }

  #hardStateChanged(): boolean {
    const {term, vote, commit} = this.#handed.hardState
    const core = this.#core
    return term !== core.term || vote !== core.vote || commit !== core.log.committed
  }

  ready(): Ready {
    const core = this.#core
    invariant(this.#onAdvance.length === 0, 'a Ready is advanced before the next is taken')
    sendUnsent(core)
    const ready: Ready = {readStates: core.readStates, messages: core.messages}
    core.readStates = []
    core.messages = []
    core.ownAnswer = undefined
    const handed = this.#handed
    if (core.leader !== handed.leader || core.role !== handed.role) {
      handed.leader = core.leader
      handed.role = core.role
      ready.softState = {leader: core.leader, role: core.role}
    }
    // What may be applied is decided before the entries of this Ready count as handed out.
    const apply = this.#nextApply()
    this.#readyAppend(ready)
    if (apply) ready.apply = apply
    if (!this.#async && apply) this.#onAdvance.push(apply.done)
    return ready
  }

  #readyAppend(ready: Ready): void {
    const core = this.#core
    const {unstable} = core.log
    const entries = unstable.next()
    const snapshot = unstable.hasNextSnapshot ? unstable.snapshot : undefined
    const before = this.#handed.hardState
    let hardState: HardState | undefined
    if (this.#hardStateChanged()) {
      hardState = this.#hardState()
      this.#handed.hardState = hardState
    }
    const after = core.afterAppend
    const answer = unstable.length > 0 || snapshot ? this.#appendAnswer(snapshot) : undefined
    const needed = entries.length > 0 || snapshot || hardState || after.length > 0
    unstable.acceptInProgress()
    if (!this.#async) {
      for (const m of after) if (m.to === core.id) this.#onAdvance.push(m)
      if (answer) this.#onAdvance.push(answer)
    }
    if (!needed) return
    core.afterAppend = []
    const voted = hardState !== undefined && (hardState.term !== before.term || hardState.vote !== before.vote)
    const mustSync = entries.length > 0 || snapshot !== undefined || voted
    if (answer) after.push(answer)
    ready.append = {hardState, entries, snapshot, mustSync, after}
  }

  /**
   * Says, once synced, up to where the log is stable. It names the newest unstable entry even when this unit holds none: after a change of
   * term the answers of earlier units no longer count, and this one attests the same entries again.
   */
  #appendAnswer(snapshot: Snapshot | undefined): Message {
    const core = this.#core
    const m = newMessage(MessageType.MsgStorageAppendResp, core.id, core.term)
    m.from = LOCAL_APPEND_THREAD
    m.snapshot = snapshot
    if (core.log.unstable.length > 0) {
      m.index = core.log.lastIndex
      m.logTerm = core.log.lastTerm
    }
    return m
  }

  #nextApply(): Ready['apply'] {
    if (this.#applyPending) return undefined
    const {log, id} = this.#core
    const entries = log.nextCommitted(!this.#async)
    if (entries === 'pending') {
      this.#applyPending = true
      return undefined
    }
    if (entries.length === 0) return undefined
    log.acceptApplying(entries, !this.#async)
    const done = newMessage(MessageType.MsgStorageApplyResp, id)
    done.from = LOCAL_APPLY_THREAD
    done.entries = entries
    return {entries, done}
  }

  advance(): void {
    invariant(!this.#async, 'advance belongs to the synchronous mode')
    const messages = this.#onAdvance
    this.#onAdvance = []
    for (const m of messages) step(this.#core, m)
  }

  status(): RaftStatus {
    const {id, role, leader, log, transferee, tracker} = this.#core
    return {
      id,
      role,
      leader,
      hardState: this.#hardState(),
      applied: log.applied,
      lastIndex: log.lastIndex,
      leadTransferee: transferee,
      progress: role === 'leader' ? new Map([...tracker.byId].map(([node, p]) => [node, statusOf(p)])) : undefined,
      confState: confStateOf(tracker.config),
    }
  }
}

function statusOf(p: ProgressStatus): ProgressStatus {
  const {match, next, state, recentActive, learner, paused, pendingSnapshot} = p
  return {match, next, state, recentActive, learner, paused, pendingSnapshot}
}
