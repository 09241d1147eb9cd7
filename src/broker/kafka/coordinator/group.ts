import {KafkaError} from '../../../formats/kafka/errors.ts'
import type {Cancellable, Clock} from '../../../io/ports.ts'
import type {CommittedOffset} from './records.ts'

/** A new group waits this long for more members before its first generation: a lab should not wait Kafka's 3 s. */
const FIRST_JOIN_MS = 50

export interface JoinRequest {
  memberId: string
  instanceId: string | null
  clientId: string
  sessionTimeoutMs: number
  rebalanceTimeoutMs: number
  protocolType: string
  protocols: ReadonlyArray<{name: string; metadata: Uint8Array}>
}

export interface Joined {
  error: number
  generation: number
  protocolType: string
  protocol: string
  leader: string
  memberId: string
  /** For the leader alone: everybody's metadata. */
  members: Array<{memberId: string; instanceId: string | null; metadata: Uint8Array}>
}

export interface Synced {
  error: number
  assignment: Uint8Array
  protocolType: string
  protocol: string
}

interface Member extends JoinRequest {
  assignment: Uint8Array
  joining?: (joined: Joined) => void
  syncing?: (synced: Synced) => void
  expiry?: Cancellable
}

const NOTHING = new Uint8Array(0)

/**
 * One consumer group, classic protocol: Empty → Preparing (members join) → Completing (the leader assigns) → Stable.
 * Members and timers are memory; the generation and the offsets lie in `__consumer_offsets`.
 */
export class ConsumerGroup {
  readonly id: string
  readonly offsets = new Map<string, CommittedOffset>()
  readonly #clock: Clock
  readonly #members = new Map<string, Member>()
  readonly #pending = new Set<string>()
  /** Makes a generation durable; false when this node does not coordinate any more. */
  readonly #persist: (generation: number, protocolType: string) => Promise<number>
  state: 'Empty' | 'Preparing' | 'Completing' | 'Stable' = 'Empty'
  generation = 0
  protocolType = ''
  #protocol = ''
  #leader = ''
  #rebalance: Cancellable | undefined

  constructor(id: string, clock: Clock, persist: (generation: number, protocolType: string) => Promise<number>) {
    this.id = id
    this.#clock = clock
    this.#persist = persist
  }

  get members(): number {
    return this.#members.size
  }

  /** Takes note of an id that was given out: its owner joins with it next (KIP-394). */
  expect(memberId: string, withinMs: number): void {
    this.#pending.add(memberId)
    this.#clock.after(withinMs, () => this.#pending.delete(memberId))
  }

  knows(memberId: string): boolean {
    return this.#members.has(memberId) || this.#pending.has(memberId)
  }

  join(request: JoinRequest): Promise<Joined> {
    if (this.#members.size > 0 && (request.protocolType !== this.protocolType || !this.#shares(request)))
      return Promise.resolve(notJoined(request.memberId, KafkaError.INCONSISTENT_GROUP_PROTOCOL))
    if (!this.knows(request.memberId)) return Promise.resolve(notJoined(request.memberId, KafkaError.UNKNOWN_MEMBER_ID))
    this.#pending.delete(request.memberId)
    const known = this.#members.get(request.memberId)
    const member: Member = {
      ...request,
      assignment: known?.assignment ?? NOTHING,
      syncing: known?.syncing,
      expiry: known?.expiry,
    }
    known?.joining?.(notJoined(request.memberId, KafkaError.REBALANCE_IN_PROGRESS))
    this.#members.set(request.memberId, member)
    this.protocolType = request.protocolType
    const unchanged = known !== undefined && this.state === 'Stable' && sameProtocols(known, request)
    if (unchanged && request.memberId !== this.#leader) {
      this.#alive(member)
      return Promise.resolve(this.#joinedOf(member))
    }
    return new Promise(resolve => {
      member.joining = resolve
      member.expiry?.cancel()
      this.#prepare()
      this.#maybeComplete()
    })
  }

  #shares(request: JoinRequest): boolean {
    return request.protocols.some(p =>
      [...this.#members.values()].every(
        m => m.memberId === request.memberId || m.protocols.some(q => q.name === p.name),
      ),
    )
  }

  #prepare(): void {
    if (this.state === 'Preparing') return
    const first = this.state === 'Empty'
    this.state = 'Preparing'
    for (const member of this.#members.values()) {
      member.syncing?.(notSynced(KafkaError.REBALANCE_IN_PROGRESS))
      member.syncing = undefined
    }
    let waitMs = first ? FIRST_JOIN_MS : 0
    if (!first) for (const m of this.#members.values()) waitMs = Math.max(waitMs, m.rebalanceTimeoutMs)
    this.#rebalance?.cancel()
    this.#rebalance = this.#clock.after(waitMs, () => {
      this.#rebalance = undefined
      this.#complete()
    })
    this.#first = first
  }

  #first = false

  #maybeComplete(): void {
    if (this.state !== 'Preparing' || this.#first) return
    for (const member of this.#members.values()) if (!member.joining) return
    this.#complete()
  }

  /** Everybody has joined, or the time for it is over: who did not is out. */
  #complete(): void {
    if (this.state !== 'Preparing') return
    this.#rebalance?.cancel()
    this.#rebalance = undefined
    for (const [id, member] of this.#members)
      if (!member.joining) {
        member.expiry?.cancel()
        this.#members.delete(id)
      }
    this.generation++
    const [first] = this.#members.values()
    if (!first) {
      this.state = 'Empty'
      void this.#persist(this.generation, this.protocolType)
      return
    }
    if (!this.#members.has(this.#leader)) this.#leader = first.memberId
    this.#protocol = this.#choose()
    this.state = 'Completing'
    for (const member of this.#members.values()) {
      const {joining} = member
      member.joining = undefined
      this.#alive(member)
      joining?.(this.#joinedOf(member))
    }
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
      members: all
        ? [...this.#members.values()].map(m => ({
            memberId: m.memberId,
            instanceId: m.instanceId,
            metadata: m.protocols.find(p => p.name === this.#protocol)?.metadata ?? NOTHING,
          }))
        : [],
    }
  }

  /** The member was heard: its session begins anew. */
  #alive(member: Member): void {
    member.expiry?.cancel()
    member.expiry = this.#clock.after(member.sessionTimeoutMs, () => this.#remove(member.memberId))
  }

  #remove(memberId: string): void {
    const member = this.#members.get(memberId)
    if (!member) return
    member.expiry?.cancel()
    this.#members.delete(memberId)
    member.syncing?.(notSynced(KafkaError.UNKNOWN_MEMBER_ID))
    if (this.#leader === memberId) this.#leader = ''
    if (this.state === 'Preparing') this.#maybeComplete()
    else {
      this.#prepare()
      this.#maybeComplete()
    }
  }

  #check(memberId: string, generation: number): number {
    if (!this.#members.has(memberId)) return KafkaError.UNKNOWN_MEMBER_ID
    return generation === this.generation ? 0 : KafkaError.ILLEGAL_GENERATION
  }

  async sync(
    memberId: string,
    generation: number,
    assignments: ReadonlyArray<{memberId: string; assignment: Uint8Array}>,
  ): Promise<Synced> {
    const wrong = this.#check(memberId, generation)
    if (wrong) return notSynced(wrong)
    if (this.state === 'Preparing' || this.state === 'Empty') return notSynced(KafkaError.REBALANCE_IN_PROGRESS)
    const member = this.#members.get(memberId) as Member
    this.#alive(member)
    if (this.state === 'Stable') return this.#syncedOf(member)
    const answer = new Promise<Synced>(resolve => {
      member.syncing = resolve
    })
    if (memberId === this.#leader) {
      const error = await this.#persist(generation, this.protocolType)
      if (this.generation !== generation || this.state !== 'Completing') return answer
      if (!error) {
        for (const a of assignments) {
          const m = this.#members.get(a.memberId)
          if (m) m.assignment = a.assignment
        }
        this.state = 'Stable'
      }
      for (const m of this.#members.values()) {
        m.syncing?.(error ? notSynced(error) : this.#syncedOf(m))
        m.syncing = undefined
      }
    }
    return answer
  }

  #syncedOf(member: Member): Synced {
    return {error: 0, assignment: member.assignment, protocolType: this.protocolType, protocol: this.#protocol}
  }

  heartbeat(memberId: string, generation: number): number {
    const wrong = this.#check(memberId, generation)
    if (wrong) return wrong
    this.#alive(this.#members.get(memberId) as Member)
    return this.state === 'Preparing' ? KafkaError.REBALANCE_IN_PROGRESS : 0
  }

  leave(memberId: string): number {
    if (this.#pending.delete(memberId)) return 0
    if (!this.#members.has(memberId)) return KafkaError.UNKNOWN_MEMBER_ID
    this.#remove(memberId)
    return 0
  }

  /** May this member commit offsets? A generation below 0: a client that assigns partitions itself. */
  mayCommit(memberId: string, generation: number): number {
    if (generation < 0 && this.#members.size === 0) return 0
    if (generation < 0) return KafkaError.UNKNOWN_MEMBER_ID
    const wrong = this.#check(memberId, generation)
    if (wrong) return wrong
    this.#alive(this.#members.get(memberId) as Member)
    return 0
  }

  /** This node does not coordinate the group any more. */
  drop(): void {
    this.#rebalance?.cancel()
    for (const member of this.#members.values()) {
      member.expiry?.cancel()
      const error = KafkaError.NOT_COORDINATOR
      member.joining?.(notJoined(member.memberId, error))
      member.syncing?.(notSynced(error))
    }
    this.#members.clear()
    this.#pending.clear()
    this.state = 'Empty'
  }
}

function notJoined(memberId: string, error: number): Joined {
  return {error, generation: -1, protocolType: '', protocol: '', leader: '', memberId, members: []}
}

function notSynced(error: number): Synced {
  return {error, assignment: NOTHING, protocolType: '', protocol: ''}
}

function sameProtocols(a: JoinRequest, b: JoinRequest): boolean {
  return (
    a.protocols.length === b.protocols.length &&
    a.protocols.every(
      (p, i) => p.name === b.protocols[i].name && Buffer.compare(p.metadata, b.protocols[i].metadata) === 0,
    )
  )
}
