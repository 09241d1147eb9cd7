import type {GroupAddress, Index, NodeId, Term} from '../base/ids.ts'
import {type Beat, encodeBeat, type Led, readBeat} from './beat.ts'

/** Beats for which a group must have been at rest before its leader asks to sleep: writers that pause shortly do not send it to sleep and wake it. */
const REST_BEATS = 5
/** Beats whose sending is remembered: an echo older than these proves nothing that matters any more. */
const BEATS_KEPT = 64
export const NOBODY: ReadonlySet<NodeId> = new Set()
/** Every so many beats the whole list of groups led is told again. */
const TELL_LED_BEATS = 25

/** What one group shows of itself here. */
export interface Restful {
  readonly address: GroupAddress
  readonly voters: readonly NodeId[]
  asleep: boolean
  /** Leads, or follows a leader it knows; undefined in every other role. */
  readonly term: Term
  readonly leader: NodeId
  readonly leads: boolean
  /** The index at which nothing is left to do on this node: all of the log is synced, committed and applied. Undefined while something is. */
  readonly restIndex: Index | undefined
  /** Does this follower hold the leader's whole log, and was it heard since the last check of the quorum? Leaders only. */
  matched(node: NodeId): boolean
  /** A follower hears from its leader: its election timeout begins anew. */
  heardLeader(): void
  /** `sleepers`: as its leader, the voters that sleep with it. */
  fallAsleep(sleepers: ReadonlySet<NodeId>): void
  /** `ticks` of silence passed already. */
  wake(ticks: number): void
}

interface Peer {
  incarnation: string
  /** Newest beat heard of it, and ticks since. */
  heard: number
  silentTicks: number
  /** When the newest of our beats that it echoed was sent, monotonic ms. */
  provenMs: number
  alive: boolean
  slept: Array<[GroupAddress, Term, Index]>
  wake: GroupAddress[]
  awoke: GroupAddress[]
}

export interface QuiescenceHost<G extends Restful> {
  now(): number
  groups(): Iterable<G>
  group(address: GroupAddress): G | undefined
  send(to: NodeId, body: Uint8Array): void
  /** A beat of `from` was heard; `led` when it told what it leads. */
  heard(from: NodeId, led: Led | undefined): void
}

/**
 * Sleep of idle groups. A group at rest neither ticks nor beats: its leader asked its followers, all that are alive took the offer, and from then on
 * the nodes' own heartbeats, one a peer for all groups, stand for the group's.
 *
 * Why this is as safe as beats of its own. A beat echoes the newest beat of the other node that was heard, so the leader knows of each follower a
 * moment up to which it was heard there (`provenMs`), and a follower that sleeps has an election timeout to go from then on. A follower wakes when
 * the leader's node is silent, its connection breaks, it has a new incarnation, or a message changes something; the leader wakes when the echoes stop,
 * before the lease that they prove is over, or when it hears that the follower woke: beats come in order, and a missing number wakes everything. A message that changes nothing (a vote refused because of the lease) wakes no follower: it would start a clock that the leader
 * does not know of.
 */
export class Quiescence<G extends Restful> {
  readonly #host: QuiescenceHost<G>
  readonly #node: NodeId
  readonly #incarnation: string
  /** Ticks of silence after which a beat was missed. */
  readonly #missedTicks: number
  /** Age at which a proof is out of date: it comes with the other's next beat, so up to two beats are the rule. Under the least election timeout. */
  readonly #staleMs: number
  readonly #beatTicks: number
  readonly #peers = new Map<NodeId, Peer>()
  readonly #awake = new Set<G>()
  #beat = 0
  readonly #sentMs = new Map<number, number>()
  readonly #atRest = new Map<G, {term: Term; index: Index; beats: number; slept: Set<NodeId>}>()
  readonly #led = new Map<GroupAddress, Term>()
  /** As followers that sleep: whose beats they sleep by. By the time they wake they may know another leader, or none. */
  readonly #under = new Map<G, NodeId>()
  #ledChanged = false

  constructor(
    host: QuiescenceHost<G>,
    at: {node: NodeId; incarnation: string; peers: readonly NodeId[]; beatTicks: number; staleMs: number},
  ) {
    this.#host = host
    this.#node = at.node
    this.#incarnation = at.incarnation
    this.#beatTicks = at.beatTicks
    this.#missedTicks = 2 * at.beatTicks
    this.#staleMs = at.staleMs
    this.peers(at.peers)
  }

  /** The other nodes are these now. */
  peers(nodes: readonly NodeId[]): void {
    for (const node of nodes)
      if (!this.#peers.has(node))
        this.#peers.set(node, {
          incarnation: '',
          heard: 0,
          silentTicks: 0,
          provenMs: Number.NEGATIVE_INFINITY,
          alive: false,
          slept: [],
          wake: [],
          awoke: [],
        })
    for (const [node, peer] of this.#peers)
      if (!nodes.includes(node)) {
        this.#lost(node, peer)
        this.#peers.delete(node)
      }
  }

  /** Groups that tick. */
  get awake(): Iterable<G> {
    return this.#awake
  }

  opened(group: G): void {
    this.#awake.add(group)
  }

  closed(group: G): void {
    this.#awake.delete(group)
    this.#atRest.delete(group)
    this.#under.delete(group)
    if (this.#led.delete(group.address)) this.#ledChanged = true
  }

  /** When the newest beat was sent that `node` is known to have heard, monotonic ms. */
  provenMs(node: NodeId): number {
    return this.#peers.get(node)?.provenMs ?? Number.NEGATIVE_INFINITY
  }

  /** A group's leadership here is (still) this. */
  leads(group: G): void {
    const term = group.leads ? group.term : undefined
    if (this.#led.get(group.address) === term) return
    this.#ledChanged = true
    if (term !== undefined) {
      this.#led.set(group.address, term)
      return
    }
    this.#led.delete(group.address)
    this.#atRest.delete(group)
    for (const voter of group.voters) this.#peers.get(voter)?.wake.push(group.address)
  }

  wake(group: G, ticks = 0): void {
    this.#atRest.delete(group)
    if (!group.asleep) return
    this.#awake.add(group)
    const leader = this.#under.get(group)
    if (leader !== undefined) this.#peers.get(leader)?.awoke.push(group.address)
    this.#under.delete(group)
    group.wake(ticks)
  }

  /** One tick of the node. */
  tick(): void {
    const {now} = this.#host
    for (const [node, peer] of this.#peers) {
      peer.silentTicks++
      if (peer.alive && (peer.silentTicks >= this.#missedTicks || now() - peer.provenMs > this.#staleMs))
        this.#lost(node, peer)
    }
  }

  /** The connection to `node` broke, or its beats did. */
  lost(node: NodeId): void {
    const peer = this.#peers.get(node)
    if (peer) this.#lost(node, peer)
  }

  #lost(node: NodeId, peer: Peer): void {
    peer.alive = false
    // It may have said meanwhile that it woke.
    for (const {slept} of this.#atRest.values()) slept.delete(node)
    // Up to one beat of the silence lay before the last one was heard.
    const ticks = Math.max(0, Math.min(peer.silentTicks - this.#beatTicks, this.#beatTicks))
    for (const group of this.#host.groups())
      if (group.asleep && (group.leader === node || (group.leads && group.voters.includes(node))))
        this.wake(group, group.leads ? 0 : ticks)
  }

  /** Every `beatTicks`: one beat to each peer. */
  beat(): void {
    const n = ++this.#beat
    this.#sentMs.set(n, this.#host.now())
    this.#sentMs.delete(n - BEATS_KEPT)
    const offers = this.#offers()
    const led = this.#ledChanged || n % TELL_LED_BEATS === 1 ? [...this.#led] : undefined
    this.#ledChanged = false
    for (const [node, peer] of this.#peers) {
      const body: Beat = {i: this.#incarnation, n, e: peer.heard}
      if (led) body.led = led
      const rest = offers.filter(o => o.voters.includes(node)).map(o => o.offer)
      if (rest.length > 0) body.rest = rest
      if (peer.slept.length > 0) body.slept = peer.slept
      if (peer.wake.length > 0) body.wake = peer.wake
      if (peer.awoke.length > 0) body.awoke = peer.awoke
      peer.slept = []
      peer.wake = []
      peer.awoke = []
      this.#host.send(node, encodeBeat(body))
    }
  }

  #offers(): Array<{voters: readonly NodeId[]; offer: [GroupAddress, Term, Index]}> {
    const offers: Array<{voters: readonly NodeId[]; offer: [GroupAddress, Term, Index]}> = []
    for (const group of this.#awake) {
      const index = group.leads && this.#mayRest(group) ? group.restIndex : undefined
      if (index === undefined) {
        this.#atRest.delete(group)
        continue
      }
      const known = this.#atRest.get(group)
      const same = known && known.index === index && known.term === group.term
      const rest = same ? known : {term: group.term, index, beats: 0, slept: new Set<NodeId>()}
      rest.beats++
      this.#atRest.set(group, rest)
      if (rest.beats <= REST_BEATS) continue
      if (group.voters.length > 1) offers.push({voters: group.voters, offer: [group.address, rest.term, index]})
      else this.#sleep(group, rest.slept)
    }
    return offers
  }

  /** A quorum is alive, and everybody who is alive has it all. Who comes back later wakes the group. */
  #mayRest(group: G): boolean {
    let alive = 0
    for (const voter of group.voters) {
      if (voter !== this.#node) {
        if (!this.#peers.get(voter)?.alive) continue
        if (!group.matched(voter)) return false
      }
      alive++
    }
    return 2 * alive > group.voters.length
  }

  /** Takes a beat. Gives why its bytes are none, or undefined. */
  heard(from: NodeId, body: Uint8Array): string | undefined {
    const beat = readBeat(body)
    if (!beat) return 'a heartbeat that does not parse'
    const peer = this.#peers.get(from)
    if (peer) this.#heard(from, peer, beat)
    return undefined
  }

  #heard(from: NodeId, peer: Peer, beat: Beat): void {
    const again = beat.i !== peer.incarnation
    // An older one comes late: what it says is over.
    if (!again && beat.n <= peer.heard) return
    // What a lost beat said is not known: everything wakes.
    if (!again && beat.n !== peer.heard + 1) this.#lost(from, peer)
    if (again) {
      // It has forgotten what slept there, and whom it heard.
      this.#lost(from, peer)
      peer.incarnation = beat.i
      peer.provenMs = Number.NEGATIVE_INFINITY
      this.#ledChanged = true
    }
    peer.heard = beat.n
    peer.silentTicks = 0
    // Before its echo: whoever woke does not sleep any more on what it hears now.
    for (const name of beat.awoke ?? []) {
      const group = this.#host.group(name)
      if (group?.leads) this.wake(group)
    }
    const sentMs = this.#sentMs.get(beat.e)
    if (sentMs !== undefined) peer.provenMs = Math.max(peer.provenMs, sentMs)
    const alive = this.#host.now() - peer.provenMs <= this.#staleMs
    if (alive && !peer.alive) {
      peer.alive = true
      // It may have missed something while its groups here slept without it.
      for (const group of this.#host.groups())
        if (group.asleep && group.leads && group.voters.includes(from)) this.wake(group)
    }
    this.#host.heard(from, beat.led)
    for (const name of beat.wake ?? []) {
      const group = this.#host.group(name)
      if (group?.asleep && group.leader === from) this.wake(group)
    }
    for (const offer of beat.rest ?? []) if (this.#takes(from, offer)) peer.slept.push(offer)
    for (const [name, term, index] of beat.slept ?? []) this.#taken(from, name, term, index)
  }

  /** A leader's offer, as its follower. */
  #takes(from: NodeId, [name, term, index]: [GroupAddress, Term, Index]): boolean {
    const group = this.#host.group(name)
    const peer = this.#peers.get(from)
    if (!group || !peer?.alive || group.leads || group.leader !== from || group.term !== term) return false
    if (group.restIndex !== index) return false
    group.heardLeader()
    if (group.asleep) return true
    this.#under.set(group, from)
    this.#sleep(group, NOBODY)
    return true
  }

  #taken(from: NodeId, name: GroupAddress, term: Term, index: Index): void {
    const group = this.#host.group(name)
    const rest = group && this.#atRest.get(group)
    if (!group || !rest || rest.term !== term || rest.index !== index || group.asleep) return
    // What it was offered so long ago it may have left again.
    if (rest.beats <= REST_BEATS) return
    rest.slept.add(from)
    const all = group.voters.every(v => v === this.#node || rest.slept.has(v) || !this.#peers.get(v)?.alive)
    if (!all || !group.leads || group.restIndex !== index || group.term !== term || !this.#mayRest(group)) return
    this.#sleep(group, rest.slept)
  }

  #sleep(group: G, sleepers: ReadonlySet<NodeId>): void {
    this.#atRest.delete(group)
    this.#awake.delete(group)
    group.fallAsleep(sleepers)
  }
}
