import {type GroupAddress, type GroupName, groupAddress, type Index, type NodeId, type Term} from '../base/ids.ts'
import {membersInWords} from '../base/members-in-words.ts'
import type {GroupChange, GroupState, MembersInForce, RoleWord} from '../contracts/node-state.ts'
import {
  type ConfChangeV2,
  type ConfState,
  decodeChange,
  type Entry,
  EntryType,
  NO_CONF_STATE,
  type Snapshot,
} from '../formats/eraftpb.ts'
import type {SegmentState} from '../formats/sidecar.ts'
import {emptyMessage} from '../raft/messages.ts'
import {type Dropped, type Message, MessageType, type RawNode, type Ready} from '../raft/types.ts'
import type {GroupLog} from '../wal/types.ts'
import {HEARTBEAT_TICKS} from './beat.ts'
import {Compaction} from './compaction.ts'
import type {GroupRules} from './group-rules.ts'
import {Lease} from './lease.ts'
import {NOBODY, type Restful} from './quiescence.ts'
import {ReadBarrier} from './read-barrier.ts'

/** What a group replicates: a deterministic machine over its committed entries. */
export interface Machine {
  /** Committed entries, in order, each once a life. A function of the entries alone. */
  apply(entries: readonly Entry[]): void
  /** The group has had a turn: role, term, synced or acknowledged positions may have moved. */
  moved(): void
  /** Digest of the applied state; equal on every replica at the same applied index. */
  stateHash(): string
  /** The whole applied state; equal on every replica at the same applied index. */
  snapshot(): Uint8Array
  /** Becomes what `snapshot` gave, here or elsewhere. Throws when the bytes are nothing of that. */
  restore(state: Uint8Array): void
  /** Entries up to and with `index` are not in the log any more. */
  dropped(index: Index): void
  /**
   * Only where states are kept of the ends of segments (GroupLog.keepState): becomes the newest of them, which is of a start. `recovered`: the last
   * index that this life found in its log. Throws when the bytes are nothing of that; then nothing has changed.
   */
  resume?(states: readonly SegmentState[], recovered: Index): void
}

/** A voter as its leader sees it. */
export interface ReplicaSeen {
  node: NodeId
  /** Index behind the last entry that it is known to hold, synced. */
  end: Index
  /** How long ago it was heard, and how long ago it was known to hold the leader's whole log, ms; undefined: never in this leader's time. */
  heardAgoMs?: number
  caughtUpAgoMs?: number
}

/** What a group needs of its node. */
export interface GroupHost {
  /** What a leader measures time with. */
  now(): number
  /** What promises are kept by. */
  monotonicMs(): number
  send(group: GroupAddress, message: Message): void
  /** This group has work: it gets a turn before the event that made it has ended. */
  dirty(group: Group): void
  /** Role, leader, term, vote, commit or members changed. */
  changed(group: Group, news: GroupNews): void
  /** A group that sleeps has something to do again. */
  wake(group: Group): void
  /** Up to when `node` is known to have heard this node's heartbeats, monotonic ms. */
  provenMs(node: NodeId): number
  log(line: string): void
  electionMs: number
  /** How long a voter keeps to a leader that it heard: it is over before the least election timeout. */
  promiseMs: number
  /** How long a leader counts on that: less, for clocks that are not its own. */
  leaseMs: number
  tickMs: number
  /** When this process began, monotonic ms. */
  startedMs: number
  /** True for the group whose log phrases people grep for (docs/formats.md). */
  talkative(group: GroupName): boolean
}

export interface GroupParts {
  /** Hex; empty for the metadata group. */
  topicId: string
  raft: RawNode
  log: GroupLog
  machine: Machine
  /** Entries applied after which the log is compacted by a snapshot; undefined: not by their number. */
  snapshotEvery: number | undefined
  /** Number of members that make a majority of so many voters. */
  quorum(voters: number): number
  rules: GroupRules
  /** Present: its log was lost, and it stands back until `until` is committed and synced here; `done` makes that durable. */
  rebuild?: {until: Index; done(): Promise<void>}
}

/** What a replica that lost its log has no say in. */
const ELECTION: ReadonlySet<number> = new Set([MessageType.MsgVote, MessageType.MsgPreVote, MessageType.MsgTimeoutNow])

/** The answer to a candidate: it depends on the stored term and vote, and on no entry. */
const isVote = ({type}: Message): boolean => type === MessageType.MsgVoteResp || type === MessageType.MsgPreVoteResp

/** What is told only when it is new. */
export type GroupNews = Pick<GroupChange, 'votes' | 'members'>

interface Seen {
  role: RoleWord
  leader: NodeId
  term: Term
  vote: NodeId
  commit: Index
  /** How far what is committed here is also synced here. */
  durable: Index
  syncedTerm: Term
  leading: boolean
  configuration: ConfState
}

/**
 * One Raft group of this node: the core, its log and its machine, wired in the one order that is safe. Messages that depend on nothing
 * unsynced leave at once; what promises something leaves after the sync of the unit that it came with.
 */
export class Group implements Restful {
  readonly name: GroupName
  readonly address: GroupAddress
  /** Hex; empty for the metadata group. */
  readonly topicId: string
  readonly raft: RawNode
  readonly log: GroupLog
  readonly machine: Machine
  readonly #host: GroupHost
  readonly #node: NodeId
  readonly #quorum: GroupParts['quorum']
  /** The configuration in force here: what was applied last, or came with a snapshot. */
  #configuration: ConfState = NO_CONF_STATE
  #voters: readonly NodeId[] = []
  readonly #rules: GroupRules
  readonly #lease: Lease
  /** Ticks in the newest term led here. */
  #led: {term: Term; ticks: number} = {term: 0, ticks: 0}
  applied: Index = 0
  appliedTerm: Term = 0
  vote: NodeId
  #seen: Seen
  /** Who granted this node's candidacy in the newest term that a vote came for. */
  #votes: {term: Term; from: NodeId[]} = {term: 0, from: []}
  readonly #reads: ReadBarrier
  readonly #compaction: Compaction | undefined
  #rebuild: GroupParts['rebuild']
  #rebuildEnds = false
  #closed = false
  /** Neither ticks nor beats: the nodes' heartbeats stand for its own (broker/quiescence). */
  asleep = false
  /** When each voter was last known to hold this leader's whole log, monotonic ms. */
  readonly #caughtUpAt = new Map<NodeId, number>()
  /** As a leader that sleeps: who sleeps with it. */
  #sleepers: ReadonlySet<NodeId> = NOBODY
  /** Voters that slept with this leader: up to when each was heard. */
  readonly #restedAt = new Map<NodeId, number>()
  /** In the dirty list of its node. */
  queued = false

  constructor(name: GroupName, node: NodeId, host: GroupHost, parts: GroupParts) {
    this.name = name
    this.topicId = parts.topicId
    this.address = groupAddress(name, parts.topicId)
    this.raft = parts.raft
    this.log = parts.log
    this.machine = parts.machine
    this.#quorum = parts.quorum
    this.#rules = parts.rules
    this.#host = host
    this.#node = node
    this.vote = parts.raft.status().hardState.vote
    this.#configured()
    const begun = parts.log.resumed ?? parts.log.recovered?.metadata
    if (begun) {
      this.applied = begun.index
      this.appliedTerm = begun.term
    }
    if (parts.snapshotEvery !== undefined)
      this.#compaction = new Compaction(this, parts.snapshotEvery, parts.rules.snapshotOf)
    this.#rebuild = parts.rebuild
    const earlier = parts.raft.term > 0 || !parts.log.report.born
    this.#lease = new Lease(host.promiseMs, earlier ? host.startedMs : undefined)
    this.#reads = new ReadBarrier(parts.raft, 2 * host.electionMs)
    this.#seen = {
      role: 'follower',
      leader: 0,
      term: this.raft.term,
      vote: this.vote,
      commit: 0,
      durable: 0,
      syncedTerm: 0,
      leading: false,
      configuration: this.#configuration,
    }
  }

  /** Leader that has applied an entry of its own term: everything committed before is applied here. */
  get leading(): boolean {
    return this.raft.role === 'leader' && this.#rules.mayLead(this.appliedTerm, this.raft.term) && !this.#closed
  }

  /** Leading, and a quorum is bound by what it took from this leader: nobody else can lead by now. */
  get serving(): boolean {
    return this.leading && !this.#lease.lent(this.raft.term) && this.#quorumHeard()
  }

  /** Voters of the configuration in force, of both halves while it is joint; sorted. Another array when they are others. */
  get voters(): readonly NodeId[] {
    return this.#voters
  }

  get configuration(): ConfState {
    return this.#configuration
  }

  #configured(configuration = this.raft.status().confState): void {
    this.#configuration = configuration
    const {voters, votersOutgoing} = configuration
    this.#voters = [...new Set([...voters, ...votersOutgoing])].sort((a, b) => a - b)
  }

  #quorumHeard(): boolean {
    const {voters, votersOutgoing} = this.#configuration
    return this.#majorityHeard(voters) && (votersOutgoing.length === 0 || this.#majorityHeard(votersOutgoing))
  }

  #majorityHeard(voters: readonly NodeId[]): boolean {
    const since = this.#host.now() - this.#host.leaseMs
    let heard = 0
    for (const voter of voters) if (voter === this.#node || this.#heardMs(voter) >= since) heard++
    return heard >= this.#quorum(voters.length)
  }

  #heardMs(voter: NodeId): number {
    return Math.max(this.#lease.fromMs(voter), this.restedMs(voter))
  }

  /** Up to when this voter is known to have slept as a follower of this leader that holds the whole log; -1 never. */
  restedMs(voter: NodeId): number {
    if (this.#sleepers.has(voter) && this.leading && this.#matched(voter)) return this.#host.provenMs(voter)
    return this.#restedAt.get(voter) ?? -1
  }

  #matched(voter: NodeId): boolean {
    return this.raft.progress.get(voter)?.match === this.raft.lastIndex
  }

  // Quiescence

  get term(): Term {
    return this.raft.term
  }

  get leader(): NodeId {
    return this.raft.leader
  }

  get leads(): boolean {
    return this.leading
  }

  get restIndex(): Index | undefined {
    const {raft, log} = this
    const {commit} = raft
    if (this.#lease.lent(raft.term)) return undefined
    if (this.#closed || this.queued || !this.#reads.idle || commit !== raft.lastIndex || this.applied !== commit)
      return undefined
    // A change of the members is under way: who is to become one still learns.
    const {learners, votersOutgoing} = this.#configuration
    if (learners.length > 0 || votersOutgoing.length > 0) return undefined
    return log.syncedIndex === commit && !raft.hasReady() ? commit : undefined
  }

  matched(node: NodeId): boolean {
    const progress = this.raft.progress.get(node)
    return progress?.state === 'replicate' && progress.recentActive && this.#matched(node)
  }

  heardLeader(): void {
    const {leader, term} = this.raft
    const heartbeat = {...emptyMessage(MessageType.MsgHeartbeat), from: leader, to: this.#node, term}
    this.raft.step(heartbeat)
    this.#lease.followed(heartbeat, this.#host.monotonicMs())
    this.#host.dirty(this)
  }

  fallAsleep(sleepers: ReadonlySet<NodeId>): void {
    this.asleep = true
    this.#sleepers = sleepers
  }

  wake(ticks: number): void {
    if (this.leading)
      for (const voter of this.voters) {
        const restedMs = voter === this.#node ? -1 : this.restedMs(voter)
        if (restedMs >= 0) this.#restedAt.set(voter, restedMs)
      }
    // What it was told by beats while it slept is a promise as well.
    else this.#lease.keeps(this.#host.monotonicMs() - ticks * this.#host.tickMs)
    this.asleep = false
    this.#sleepers = NOBODY
    if (!this.#rebuild) for (let i = 0; i < ticks; i++) this.raft.tick()
    this.#host.dirty(this)
  }

  /** Does this message give a group that sleeps something to do? What a leader's lease makes void does not. */
  #wakes(message: Message, before: {term: Term; leader: NodeId; commit: Index}): boolean {
    const {raft} = this
    if (raft.term !== before.term || raft.leader !== before.leader || raft.commit !== before.commit) return true
    const {type} = message
    if (this.leading) return type !== MessageType.MsgHeartbeatResp
    return type !== MessageType.MsgHeartbeat && type !== MessageType.MsgVote && type !== MessageType.MsgPreVote
  }

  /** `beats`: in this tick all leaders of the node send their heartbeats, so that they share frames; a new one gets some ticks more, once. */
  tick(beats: boolean): void {
    const {raft} = this
    // A follower's ticks are for elections alone.
    if (!this.#rebuild) raft.tick()
    if (raft.role === 'leader') {
      if (this.#led.term !== raft.term) this.#led = {term: raft.term, ticks: 0}
      this.#led.ticks++
      for (; beats && this.#led.ticks % HEARTBEAT_TICKS !== 0 && raft.role === 'leader'; this.#led.ticks++) raft.tick()
      // Whoever was told to campaign says nothing: another may lead, and this one may not answer.
      const silent = this.#lease.overdue(raft.term, this.#host.now(), 2 * this.#host.electionMs)
      if (silent !== undefined) this.handOver(silent)
    }
    if (this.raft.hasReady() || !this.#reads.idle) this.#host.dirty(this)
  }

  /** Settles to true when everything committed before this call is applied here, and this node's leader was still the leader then. */
  readable(): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false)
    // Its question may get lost: only a group that ticks asks again, and gives up.
    if (this.asleep) this.#host.wake(this)
    const wait = this.#reads.wait()
    this.#host.dirty(this)
    return wait
  }

  /** Hands the leadership to the voter, another than `not`, that holds most of the log. False when there is nobody to hand it to. */
  handOver(not: NodeId = 0): boolean {
    if (this.#closed || this.raft.role !== 'leader') return false
    let best: NodeId = 0
    let most = -1
    for (const [node, p] of this.raft.progress)
      if (node !== this.#node && node !== not && !p.learner && p.recentActive && p.match > most) {
        best = node
        most = p.match
      }
    if (best === 0) return false
    if (this.asleep) this.#host.wake(this)
    this.raft.transferLeader(best)
    this.#host.dirty(this)
    return true
  }

  /** It follows a leader that counts on it. */
  get promised(): boolean {
    return this.#lease.holds(this.#host.monotonicMs())
  }

  /** Its leader is dead: who waits for it waits no longer. */
  forgetLeader(): void {
    this.#lease.released()
    this.raft.forgetLeader()
  }

  /** Another process of this node is heard: what it holds is asked of it anew. */
  restarted(node: NodeId): void {
    if (this.#closed || !this.raft.progress.has(node)) return
    if (this.asleep) this.#host.wake(this)
    this.raft.reportRestarted(node)
    this.#host.dirty(this)
  }

  receive(message: Message): void {
    if (this.#closed) return
    if (this.#rebuild && ELECTION.has(message.type)) return
    if (this.#lease.refuses(message, this.#host.monotonicMs())) return
    this.#lease.arrives(message)
    this.#countVote(message)
    if (this.asleep) {
      const {term, leader, commit} = this.raft
      this.raft.step(message)
      if (this.#wakes(message, {term, leader, commit})) this.#host.wake(this)
    } else this.raft.step(message)
    if (this.raft.leader === message.from && this.raft.term === message.term)
      this.#lease.followed(message, this.#host.monotonicMs())
    if (this.raft.role === 'leader' && this.#matched(message.from)) this.#caughtUpAt.set(message.from, this.#host.now())
    this.#host.dirty(this)
  }

  /** Every voter as this leader sees it; undefined on whoever does not lead. */
  replicasSeen(): ReplicaSeen[] | undefined {
    if (!this.leading) return undefined
    const now = this.#host.now()
    const ago = (ms: number): number | undefined => (ms < 0 ? undefined : Math.max(0, now - ms))
    return this.voters.map(node => {
      if (node === this.#node) return {node, end: this.raft.lastIndex + 1, heardAgoMs: 0, caughtUpAgoMs: 0}
      const caughtUpMs = Math.max(this.#caughtUpAt.get(node) ?? -1, this.restedMs(node))
      const end = (this.raft.progress.get(node)?.match ?? 0) + 1
      return {node, end, heardAgoMs: ago(this.#heardMs(node)), caughtUpAgoMs: ago(caughtUpMs)}
    })
  }

  #countVote(message: Message): void {
    if (message.type !== MessageType.MsgVoteResp || message.reject) return
    if (message.term !== this.#votes.term) this.#votes = {term: message.term, from: []}
    if (!this.#votes.from.includes(message.from)) this.#votes.from.push(message.from)
  }

  campaign(): void {
    if (this.#closed || this.#rebuild) return
    this.#host.wake(this)
    this.raft.campaign()
    this.#host.dirty(this)
  }

  propose(data: Uint8Array, context: Uint8Array): {index: Index} | {dropped: Dropped} {
    if (this.#closed) return {dropped: 'removed'}
    if (this.asleep) this.#host.wake(this)
    const result = this.raft.propose(data, context)
    if ('index' in result) this.#host.dirty(this)
    return result
  }

  /** As its leader: begins a change of the members. What may not follow now is dropped. */
  change(change: ConfChangeV2): void {
    if (this.#closed || !this.raft.mayChange) return
    if (this.asleep) this.#host.wake(this)
    if ('index' in this.raft.proposeConfChange(change)) this.#host.dirty(this)
  }

  /** Hands out all the work that the core has. */
  process(): void {
    if (this.#closed) return
    this.#reads.ask(this.#host.now())
    while (this.raft.hasReady()) {
      const ready = this.raft.ready()
      for (const {context, index} of ready.readStates) this.#reads.confirmed(context, index)
      // Who asks for votes in a term must know of that term for good: forgotten, it could win the term once more, with another log.
      const asking = ready.append ? ready.messages.filter(m => this.#asks(m)) : []
      for (const message of ready.messages) if (!asking.includes(message)) this.#send(message)
      if (ready.append) this.#append(ready.append, asking)
      if (ready.apply) {
        const {entries, done} = ready.apply
        this.#apply(entries)
        this.raft.step(done)
        this.#compaction?.applied()
      }
    }
    this.machine.moved()
    this.#rebuilt()
    this.#tell()
    this.#reads.settle(this.applied, this.#host.now())
  }

  /** In the order of the log: what is applied behind a change of the members is applied with it in force. */
  #apply(entries: readonly Entry[]): void {
    let from = 0
    for (let at = 0; at < entries.length; at++) {
      if (entries[at].type === EntryType.Normal) continue
      this.#applied(entries.slice(from, at + 1))
      from = at + 1
      this.raft.applyConfChange(decodeChange(entries[at]))
      this.#configured()
      this.#host.log(`${this.name} members: ${membersInWords(this.#configuration)}`)
    }
    if (from < entries.length) this.#applied(from === 0 ? entries : entries.slice(from))
  }

  #applied(entries: readonly Entry[]): void {
    const last = entries[entries.length - 1]
    this.machine.apply(entries)
    this.applied = last.index
    this.appliedTerm = last.term
  }

  /** Once it holds all that was committed anywhere when its rebuilding began, its vote is as good as any. */
  #rebuilt(): void {
    const {until = -1, done} = this.#rebuild ?? {}
    if (!done || this.#rebuildEnds || Math.min(this.raft.commit, this.log.syncedIndex) < until) return
    this.#rebuildEnds = true
    void done().then(() => {
      this.#rebuild = undefined
      this.#host.log(`${this.name} is rebuilt up to index ${until}: it votes again`)
      this.#host.dirty(this)
    })
  }

  #asks(message: Message): boolean {
    return message.type === MessageType.MsgVote && !this.#rules.beforeSync(message, this.#node)
  }

  /**
   * `asking` leaves with what promises something, after the sync. A full disk keeps entries waiting, and this node's own candidacy, but not the answers to
   * candidates: whoever could commit anything is a majority without this node, and elects a leader that can write.
   */
  #append(unit: NonNullable<Ready['append']>, asking: readonly Message[]): void {
    if (unit.hardState) this.vote = unit.hardState.vote
    const talk = unit.mustSync && this.#host.talkative(this.name)
    if (talk) this.#sayPersisting(unit)
    const rules = this.#rules
    const early = unit.after.filter(m => rules.beforeSync(m, this.#node))
    this.#deliver(early)
    const hardState = unit.hardState && rules.stored(unit.hardState, this.#node)
    const votes = unit.after.some(isVote) ? unit.after.filter(m => isVote(m) && m.to !== this.#node) : []
    let sent: readonly Message[] = early
    const voted = (): void => {
      if (this.#closed) return
      this.#deliver(votes.filter(m => !sent.includes(m)))
      sent = [...sent, ...votes]
      this.#host.dirty(this)
    }
    const appended = this.log.append({...unit, ...(hardState ? {hardState} : {})}, votes.length > 0 ? voted : undefined)
    void appended.then(() => {
      if (this.#closed) return
      if (unit.snapshot) this.#install(unit.snapshot)
      if (talk && hardState)
        this.#host.log(
          `✓ Persisted HardState: term=${hardState.term}, vote=${hardState.vote}, commit=${hardState.commit}`,
        )
      this.#deliver(asking)
      this.#deliver(sent.length === 0 ? unit.after : unit.after.filter(m => !sent.includes(m)))
      this.#host.dirty(this)
    })
  }

  /** A leader's snapshot is durable here: the log begins behind it, and what it holds is what was applied. */
  #install({data, metadata}: Snapshot): void {
    this.machine.restore(data)
    // Not the core's: that one may have taken a newer snapshot meanwhile, which is not in place yet.
    this.#configured(metadata.confState)
    this.applied = metadata.index
    this.appliedTerm = metadata.term
    this.#compaction?.installed()
    this.#host.log(
      `${this.name} installed a snapshot of index ${metadata.index} term ${metadata.term}, ${data.length} bytes`,
    )
  }

  #deliver(messages: readonly Message[]): void {
    for (const message of messages)
      if (message.to === this.#node) {
        this.#countVote(message)
        this.raft.step(message)
      } else this.#send(message)
  }

  /** A log that is damaged while it is being rebuilt is begun anew by the same order: nothing is promised behind what that says. */
  #send(message: Message): void {
    const until = this.#rebuild?.until
    if (until !== undefined && message.type === MessageType.MsgAppResp && !message.reject)
      message.index = Math.min(message.index, until)
    this.#lease.leaves(message, this.#host.now())
    this.#host.send(this.address, message)
  }

  #sayPersisting({hardState, entries}: NonNullable<Ready['append']>): void {
    if (entries.length > 0) this.#host.log(`Persisting ${entries.length} Raft entries to WAL`)
    if (hardState)
      this.#host.log(`Persisting HardState: term=${hardState.term}, vote=${hardState.vote}, commit=${hardState.commit}`)
  }

  #tell(): void {
    const {role, leader, term, commit} = this.raft
    const {leading, vote} = this
    const configuration = this.#configuration
    const durable = Math.min(commit, this.log.syncedIndex)
    const syncedTerm = this.log.syncedHardState.term
    const seen = this.#seen
    if (
      role === seen.role &&
      leader === seen.leader &&
      term === seen.term &&
      vote === seen.vote &&
      commit === seen.commit &&
      durable === seen.durable &&
      syncedTerm === seen.syncedTerm &&
      leading === seen.leading &&
      configuration === seen.configuration
    )
      return
    const elected = role === 'leader' && seen.role !== 'leader'
    if (elected) this.#caughtUpAt.clear()
    this.#seen = {role, leader, term, vote, commit, durable, syncedTerm, leading, configuration}
    this.#host.changed(this, {
      ...(elected ? {votes: [...this.#votes.from].sort((a, b) => a - b)} : {}),
      ...(configuration === seen.configuration ? {} : {members: this.#members()}),
    })
  }

  #members(): MembersInForce {
    const {voters, votersOutgoing, learners} = this.#configuration
    return {
      voters: [...voters],
      ...(votersOutgoing.length > 0 ? {votersOutgoing} : {}),
      ...(learners.length > 0 ? {learners} : {}),
    }
  }

  state(): GroupState {
    const {raft, log} = this
    const status = raft.status()
    const match: Record<number, Index> = {}
    if (status.progress) for (const [node, p] of status.progress) match[node] = p.match
    return {
      group: this.name,
      ...(this.topicId === '' ? {} : {topicId: this.topicId}),
      role: raft.role,
      leader: raft.leader,
      term: raft.term,
      vote: status.hardState.vote,
      commit: raft.commit,
      applied: this.applied,
      firstIndex: log.firstIndex(),
      lastIndex: raft.lastIndex,
      synced: log.syncedIndex,
      syncedTerm: log.syncedHardState.term,
      ...this.#members(),
      ...(status.progress ? {match} : {}),
      serving: this.serving,
      ...(this.#rebuild ? {rebuilding: true as const} : {}),
      stateHash: this.machine.stateHash(),
      recovery: log.report,
    }
  }

  /** Ends it: nothing is applied, sent or written any more but what was queued. */
  async close(): Promise<void> {
    this.#closed = true
    this.#reads.close()
    this.machine.moved()
    await this.log.close()
  }

  get closed(): boolean {
    return this.#closed
  }
}
