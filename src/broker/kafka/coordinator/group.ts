import {KafkaError} from '../../../formats/kafka/errors.ts'
import type {Cancellable, Clock} from '../../../io/ports.ts'
import {
  type Joined,
  type JoinRequest,
  type Member,
  NOTHING,
  notJoined,
  notSynced,
  protocolOf,
  type Synced,
  sameProtocols,
  settleJoin,
  settleSync,
} from './member.ts'
import type {CommittedOffset} from './records.ts'

/** A new group waits this long for more members before its first generation: a lab should not wait Kafka's 3 s. */
const FIRST_JOIN_MS = 50
/** Members of one group, those included that were given an id and have not joined with it yet. */
const MEMBERS_MAX = 1_000

/** The states as Kafka's clients know them. */
const STATE_WORDS = {
  Empty: 'Empty',
  Preparing: 'PreparingRebalance',
  Completing: 'CompletingRebalance',
  Stable: 'Stable',
} as const

export interface DescribedGroup {
  state: (typeof STATE_WORDS)[keyof typeof STATE_WORDS] | 'Dead'
  protocolType: string
  protocol: string
  members: Array<{
    memberId: string
    instanceId: string | null
    clientId: string
    clientHost: string
    metadata: Uint8Array
    assignment: Uint8Array
  }>
}

/** Makes a generation durable; 0, or why it cannot: this node does not coordinate any more. */
export type Persist = (generation: number, protocolType: string) => Promise<number>

/**
 * One consumer group, classic protocol: Empty → Preparing (members join) → Completing (the leader assigns) → Stable.
 * Members and timers are memory; the generation and the offsets lie in `__consumer_offsets`.
 */
export class ConsumerGroup {
  readonly id: string
  readonly offsets = new Map<string, CommittedOffset>()
  readonly #clock: Clock
  readonly #persist: Persist
  readonly #members = new Map<string, Member>()
  /** Static members (KIP-345): `group.instance.id` → member id. */
  readonly #static = new Map<string, string>()
  /** Ids that were given out: their owners join with them next (KIP-394). */
  readonly #pending = new Map<string, Cancellable>()
  state: 'Empty' | 'Preparing' | 'Completing' | 'Stable' = 'Empty'
  generation = 0
  protocolType = ''
  #protocol = ''
  #leader = ''
  /** Ends the phase that the group is in: until then members may join, then sync. */
  #phase: Cancellable | undefined
  /** The first generation waits its whole time: whoever starts together shall join together. */
  #first = false
  #assigning = false

  constructor(id: string, clock: Clock, persist: Persist) {
    this.id = id
    this.#clock = clock
    this.#persist = persist
  }

  get members(): number {
    return this.#members.size
  }

  /** What DescribeGroups shows of it. Metadata and assignments belong to a generation: until one stands they are empty. */
  described(): DescribedGroup {
    const stable = this.state === 'Stable'
    return {
      state: STATE_WORDS[this.state],
      protocolType: this.protocolType,
      protocol: stable ? this.#protocol : '',
      members: [...this.#members.values()].map(m => ({
        memberId: m.memberId,
        instanceId: m.instanceId,
        clientId: m.clientId,
        clientHost: m.clientHost,
        metadata: stable ? protocolOf(m, this.#protocol) : NOTHING,
        assignment: stable ? m.assignment : NOTHING,
      })),
    }
  }

  /** Nobody is in it, and nothing would be forgotten with it. */
  get idle(): boolean {
    return this.#members.size === 0 && this.#pending.size === 0 && this.offsets.size === 0 && this.generation === 0
  }

  // Joining

  join(request: JoinRequest): Promise<Joined> {
    const {memberId, instanceId} = request
    const refuse = (error: number, id = memberId): Promise<Joined> => Promise.resolve(notJoined(id, error))
    if (this.#members.size > 0 && (request.protocolType !== this.protocolType || !this.#shares(request)))
      return refuse(KafkaError.INCONSISTENT_GROUP_PROTOCOL)
    if (memberId === '') {
      const former = instanceId === null ? undefined : this.#static.get(instanceId)
      if (former !== undefined) return this.#replace(former, request)
      if (this.#members.size + this.#pending.size >= MEMBERS_MAX) return refuse(KafkaError.GROUP_MAX_SIZE_REACHED)
      if (!request.idRequired || instanceId !== null) return this.#enter({...request, memberId: request.newMemberId})
      this.#expect(request.newMemberId, request.sessionTimeoutMs)
      return refuse(KafkaError.MEMBER_ID_REQUIRED, request.newMemberId)
    }
    if (instanceId === null && this.#pending.has(memberId)) return this.#enter(request)
    const wrong = this.#unknown(memberId, instanceId)
    return wrong ? refuse(wrong) : this.#rejoin(this.#members.get(memberId) as Member, request)
  }

  #expect(memberId: string, withinMs: number): void {
    this.#pending.set(
      memberId,
      this.#clock.after(withinMs, () => this.#pending.delete(memberId)),
    )
  }

  /** A member that was not there before. */
  #enter(request: JoinRequest): Promise<Joined> {
    const {memberId, instanceId} = request
    this.#pending.get(memberId)?.cancel()
    this.#pending.delete(memberId)
    const member: Member = {...request, assignment: NOTHING}
    this.#members.set(memberId, member)
    if (instanceId !== null) this.#static.set(instanceId, memberId)
    this.protocolType = request.protocolType
    return this.#awaitGeneration(member)
  }

  #rejoin(member: Member, request: JoinRequest): Promise<Joined> {
    const same = sameProtocols(member, request)
    Object.assign(member, request)
    settleJoin(member, notJoined(member.memberId, KafkaError.REBALANCE_IN_PROGRESS))
    // It has not seen the answer to its last join, or rejoins without a reason: the generation stands. A leader that rejoins in a stable
    // group wants to assign anew.
    const stands = this.state === 'Completing' || (this.state === 'Stable' && member.memberId !== this.#leader)
    if (!same || !stands) return this.#awaitGeneration(member)
    this.#alive(member)
    return Promise.resolve(this.#joinedOf(member))
  }

  /** A static member came back as another process: it takes its own former place, without a rebalance when it wants the same as before. */
  #replace(formerId: string, request: JoinRequest): Promise<Joined> {
    const former = this.#members.get(formerId) as Member
    const same = sameProtocols(former, request)
    const led = this.#leader === formerId
    former.expiry?.cancel()
    settleJoin(former, notJoined(formerId, KafkaError.FENCED_INSTANCE_ID))
    settleSync(former, notSynced(KafkaError.FENCED_INSTANCE_ID))
    const member: Member = {
      ...former,
      ...request,
      memberId: request.newMemberId,
      joining: undefined,
      syncing: undefined,
    }
    this.#members.delete(formerId)
    this.#members.set(member.memberId, member)
    this.#static.set(request.instanceId as string, member.memberId)
    if (led) this.#leader = member.memberId
    if (!same || this.state !== 'Stable') return this.#awaitGeneration(member)
    this.#alive(member)
    const joined = this.#joinedOf(member)
    // KIP-814: a leader that came back must not assign anew. One that does not know the flag is not told that it leads.
    if (!led) return Promise.resolve(joined)
    return Promise.resolve(
      request.maySkipAssignment ? {...joined, skipAssignment: true} : {...joined, leader: formerId, members: []},
    )
  }

  #awaitGeneration(member: Member): Promise<Joined> {
    return new Promise(resolve => {
      member.joining = resolve
      // It waits for the others: that is no silence.
      member.expiry?.cancel()
      this.#prepare()
      this.#maybeComplete()
    })
  }

  #shares(request: JoinRequest): boolean {
    const former = request.instanceId === null ? undefined : this.#static.get(request.instanceId)
    return request.protocols.some(p =>
      [...this.#members.values()].every(
        m => m.memberId === request.memberId || m.memberId === former || m.protocols.some(q => q.name === p.name),
      ),
    )
  }

  #prepare(): void {
    if (this.state === 'Preparing') {
      // It waits for static members alone, without a time, until the first of them joins.
      if (!this.#phase) this.#endPhaseAfter(this.#rebalanceMs(), () => this.#complete())
      return
    }
    this.#first = this.state === 'Empty'
    this.state = 'Preparing'
    for (const member of this.#members.values())
      if (settleSync(member, notSynced(KafkaError.REBALANCE_IN_PROGRESS))) this.#alive(member)
    this.#endPhaseAfter(this.#first ? FIRST_JOIN_MS : this.#rebalanceMs(), () => this.#complete())
  }

  #rebalanceMs(): number {
    let longest = 0
    for (const m of this.#members.values()) longest = Math.max(longest, m.rebalanceTimeoutMs)
    return longest
  }

  #endPhaseAfter(ms: number, run: () => void): void {
    this.#phase?.cancel()
    this.#phase = this.#clock.after(ms, () => {
      this.#phase = undefined
      run()
    })
  }

  #maybeComplete(): void {
    if (this.state !== 'Preparing' || this.#first) return
    for (const member of this.#members.values()) if (!member.joining) return
    this.#complete()
  }

  /** Everybody has joined, or the time for it is over: who did not is out, static members aside, whose sessions decide. */
  #complete(): void {
    if (this.state !== 'Preparing') return
    this.#phase?.cancel()
    this.#phase = undefined
    for (const member of [...this.#members.values()])
      if (!member.joining && member.instanceId === null) this.#forget(member)
    const joined = [...this.#members.values()].filter(m => m.joining)
    if (joined.length === 0 && this.#members.size > 0) return
    this.generation++
    if (joined.length === 0) {
      this.state = 'Empty'
      this.#leader = ''
      void this.#persist(this.generation, this.protocolType)
      return
    }
    if (!joined.some(m => m.memberId === this.#leader)) this.#leader = joined[0].memberId
    this.#protocol = this.#choose()
    this.state = 'Completing'
    for (const member of joined) {
      this.#alive(member)
      settleJoin(member, this.#joinedOf(member))
    }
    this.#endPhaseAfter(this.#rebalanceMs(), () => this.#notSyncedInTime())
  }

  /** A leader that never assigns, or members that never ask, are out. */
  #notSyncedInTime(): void {
    for (const member of [...this.#members.values()]) if (!member.syncing) this.#forget(member)
    this.#prepare()
    this.#maybeComplete()
  }

  /** The protocol that most members put first, of those that all know. */
  #choose(): string {
    const members = [...this.#members.values()]
    const common = members[0].protocols
      .map(p => p.name)
      .filter(name => members.every(m => m.protocols.some(p => p.name === name)))
    const votes = new Map<string, number>()
    for (const m of members) {
      const vote = m.protocols.find(p => common.includes(p.name))?.name
      if (vote) votes.set(vote, (votes.get(vote) ?? 0) + 1)
    }
    return [...votes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? ''
  }

  #joinedOf(member: Member): Joined {
    const all = member.memberId === this.#leader
    return {
      error: 0,
      generation: this.generation,
      protocolType: this.protocolType,
      protocol: this.#protocol,
      leader: this.#leader,
      memberId: member.memberId,
      skipAssignment: false,
      members: all
        ? [...this.#members.values()].map(m => ({
            memberId: m.memberId,
            instanceId: m.instanceId,
            metadata: protocolOf(m, this.#protocol),
          }))
        : [],
    }
  }

  // Living

  /** The member was heard: its session begins anew. */
  #alive(member: Member): void {
    member.expiry?.cancel()
    member.expiry = this.#clock.after(member.sessionTimeoutMs, () => this.#remove(member))
  }

  #forget(member: Member): void {
    member.expiry?.cancel()
    this.#members.delete(member.memberId)
    if (member.instanceId !== null) this.#static.delete(member.instanceId)
    if (this.#leader === member.memberId) this.#leader = ''
    settleJoin(member, notJoined(member.memberId, KafkaError.UNKNOWN_MEMBER_ID))
    settleSync(member, notSynced(KafkaError.UNKNOWN_MEMBER_ID))
  }

  #remove(member: Member): void {
    if (this.#members.get(member.memberId) !== member) return
    this.#forget(member)
    this.#prepare()
    this.#maybeComplete()
  }

  #unknown(memberId: string, instanceId: string | null): number {
    if (instanceId !== null) {
      const current = this.#static.get(instanceId)
      if (current === undefined) return KafkaError.UNKNOWN_MEMBER_ID
      if (current !== memberId) return KafkaError.FENCED_INSTANCE_ID
    }
    return this.#members.has(memberId) ? 0 : KafkaError.UNKNOWN_MEMBER_ID
  }

  #check(memberId: string, instanceId: string | null, generation: number): number {
    const wrong = this.#unknown(memberId, instanceId)
    if (wrong) return wrong
    return generation === this.generation ? 0 : KafkaError.ILLEGAL_GENERATION
  }

  async sync(request: {
    memberId: string
    instanceId: string | null
    generation: number
    protocolType: string | null
    protocol: string | null
    assignments: ReadonlyArray<{memberId: string; assignment: Uint8Array}>
  }): Promise<Synced> {
    const {memberId, generation} = request
    const wrong = this.#check(memberId, request.instanceId, generation)
    if (wrong) return notSynced(wrong)
    const other =
      (request.protocolType !== null && request.protocolType !== this.protocolType) ||
      (request.protocol !== null && request.protocol !== this.#protocol)
    if (other) return notSynced(KafkaError.INCONSISTENT_GROUP_PROTOCOL)
    if (this.state === 'Preparing') return notSynced(KafkaError.REBALANCE_IN_PROGRESS)
    const member = this.#members.get(memberId) as Member
    this.#alive(member)
    if (this.state === 'Stable') return this.#syncedOf(member)
    settleSync(member, notSynced(KafkaError.REBALANCE_IN_PROGRESS))
    member.expiry?.cancel()
    const answer = new Promise<Synced>(resolve => {
      member.syncing = resolve
    })
    if (memberId === this.#leader && !this.#assigning) void this.#assign(generation, request.assignments)
    return answer
  }

  /** The leader's assignment holds once its generation lies in the log. */
  async #assign(
    generation: number,
    assignments: ReadonlyArray<{memberId: string; assignment: Uint8Array}>,
  ): Promise<void> {
    this.#assigning = true
    const error = await this.#persist(generation, this.protocolType)
    this.#assigning = false
    if (this.generation !== generation || this.state !== 'Completing') return
    if (!error) {
      this.#phase?.cancel()
      this.#phase = undefined
      for (const m of this.#members.values()) m.assignment = NOTHING
      for (const a of assignments) {
        const m = this.#members.get(a.memberId)
        if (m) m.assignment = a.assignment
      }
      this.state = 'Stable'
    }
    for (const m of this.#members.values())
      if (settleSync(m, error ? notSynced(error) : this.#syncedOf(m))) this.#alive(m)
  }

  #syncedOf(member: Member): Synced {
    return {error: 0, assignment: member.assignment, protocolType: this.protocolType, protocol: this.#protocol}
  }

  heartbeat(memberId: string, instanceId: string | null, generation: number): number {
    const wrong = this.#check(memberId, instanceId, generation)
    if (wrong) return wrong
    const member = this.#members.get(memberId) as Member
    if (!member.joining && !member.syncing) this.#alive(member)
    return this.state === 'Preparing' ? KafkaError.REBALANCE_IN_PROGRESS : 0
  }

  /** A static member may be named by its instance alone. */
  leave(memberId: string, instanceId: string | null): number {
    const pending = this.#pending.get(memberId)
    if (pending) {
      pending.cancel()
      this.#pending.delete(memberId)
      return 0
    }
    const id = memberId === '' && instanceId !== null ? (this.#static.get(instanceId) ?? '') : memberId
    const wrong = this.#unknown(id, instanceId)
    if (wrong) return wrong
    this.#remove(this.#members.get(id) as Member)
    return 0
  }

  /** May this member commit offsets? A generation below 0: a client that assigns partitions itself. */
  mayCommit(memberId: string, instanceId: string | null, generation: number): number {
    if (generation < 0 && this.#members.size === 0) return 0
    const wrong = this.#check(memberId, instanceId, generation)
    if (wrong) return wrong
    if (this.state === 'Completing') return KafkaError.REBALANCE_IN_PROGRESS
    const member = this.#members.get(memberId) as Member
    if (!member.joining) this.#alive(member)
    return 0
  }

  /** This node does not coordinate the group any more. */
  drop(): void {
    this.#phase?.cancel()
    for (const member of this.#members.values()) {
      member.expiry?.cancel()
      settleJoin(member, notJoined(member.memberId, KafkaError.NOT_COORDINATOR))
      settleSync(member, notSynced(KafkaError.NOT_COORDINATOR))
    }
    for (const timer of this.#pending.values()) timer.cancel()
    this.#members.clear()
    this.#static.clear()
    this.#pending.clear()
    this.state = 'Empty'
  }
}
