import type {Index, NodeId, Term} from '../../src/base/ids.ts'
import {SeededRandom} from '../../src/base/random.ts'
import type {Entry, HardState} from '../../src/formats/eraftpb.ts'
import {createRawNode} from '../../src/raft/raw-node.ts'
import type {EntriesWanted, Message, RaftOptions, RaftStorage, RawNode, Ready} from '../../src/raft/types.ts'

type Unit = NonNullable<Ready['append']>

/** A member with a log in memory: what is in `synced` survives a crash, what waits in `units` does not. */
export class Member {
  node: RawNode
  synced: {hardState: HardState; entries: Entry[]} = {hardState: {term: 0, vote: 0, commit: 0}, entries: []}
  units: Unit[] = []
  applied: Entry[] = []
  up = true

  readonly id: NodeId
  readonly network: RaftNetwork

  constructor(id: NodeId, network: RaftNetwork) {
    this.id = id
    this.network = network
    this.node = this.#create()
  }

  #create(): RawNode {
    const {synced, network} = this
    // The core sees what it handed out as stored only once it was told so: the synced entries are its storage.
    const storage: RaftStorage = {
      initialState: () => ({
        hardState: synced.hardState,
        confState: {voters: network.ids, learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false},
      }),
      firstIndex: () => 1,
      lastIndex: () => synced.entries.length,
      term: (at: Index) => (at === 0 ? 0 : (synced.entries[at - 1]?.term ?? 'unavailable')),
      entries: (low: Index, high: Index, bytesMax: number, want: EntriesWanted) => {
        if (high > synced.entries.length + 1) return 'unavailable'
        if (network.pendingReads && network.random.below(3) === 0) {
          network.reads.push({member: this, want})
          return 'pending'
        }
        const found: Entry[] = []
        let bytes = 0
        for (const entry of synced.entries.slice(low - 1, high - 1)) {
          bytes += entry.data.length + 20
          if (found.length > 0 && bytes > bytesMax) break
          found.push(entry)
        }
        return found
      },
      snapshot: () => 'pending',
    }
    return createRawNode({
      id: this.id,
      storage,
      random: network.random,
      electionTicks: 10,
      heartbeatTicks: 2,
      preVote: true,
      checkQuorum: true,
      asyncStorageWrites: true,
      maxSizePerMessage: 200,
      maxCommittedSizePerReady: 200,
      maxUncommittedSize: 100_000,
      maxInflightMessages: 4,
      disableProposalForwarding: true,
      ...network.options,
    })
  }

  /** Takes all the work that the core has; writes wait in `units`. */
  drain(): void {
    if (!this.up) return
    while (this.node.hasReady()) {
      const ready = this.node.ready()
      this.network.post(ready.messages)
      if (ready.append) this.units.push(ready.append)
      if (ready.apply) {
        for (const entry of ready.apply.entries) {
          this.applied.push(entry)
          this.network.onApply(this, entry)
        }
        this.node.step(ready.apply.done)
      }
    }
    this.network.look(this)
  }

  /** One sync: the oldest unit becomes durable, and what was attached to it leaves. */
  sync(): void {
    const unit = this.units.shift()
    if (!unit || !this.up) return
    const {synced} = this
    if (unit.hardState) synced.hardState = unit.hardState
    for (const entry of unit.entries) {
      synced.entries.length = Math.min(synced.entries.length, entry.index - 1)
      synced.entries.push(entry)
    }
    for (const message of unit.after)
      if (message.to === this.id) this.node.step(message)
      else this.network.post([message])
    this.drain()
  }

  crash(): void {
    this.up = false
    this.units = []
  }

  restart(): void {
    this.synced = {
      hardState: {...this.synced.hardState, commit: Math.min(this.synced.hardState.commit, this.synced.entries.length)},
      entries: [...this.synced.entries],
    }
    this.applied = []
    this.units = []
    this.up = true
    this.node = this.#create()
  }
}

/** Cores joined by a network that the test drives step by step; every safety property of Raft's figure 3 is asserted all the time. */
export class RaftNetwork {
  readonly ids: NodeId[]
  readonly members: Member[]
  readonly random: SeededRandom
  readonly options: Partial<RaftOptions>
  inFlight: Message[] = []
  reads: Array<{member: Member; want: EntriesWanted}> = []
  pendingReads = false
  cut = new Set<string>()
  readonly #leaders = new Map<Term, NodeId>()
  readonly #committed = new Map<Index, Entry>()

  constructor(size: number, seed: number | string, options: Partial<RaftOptions> = {}) {
    this.random = new SeededRandom(seed)
    this.options = options
    this.ids = Array.from({length: size}, (_, i) => i + 1)
    this.members = this.ids.map(id => new Member(id, this))
  }

  member(id: NodeId): Member {
    return this.members[id - 1]
  }

  post(messages: readonly Message[]): void {
    for (const m of messages) if (!this.cut.has(`${m.from}>${m.to}`)) this.inFlight.push(m)
  }

  deliver(at = 0): Message | undefined {
    const [m] = this.inFlight.splice(at, 1)
    const member = m && this.member(m.to)
    if (!member?.up) return m
    member.node.step(m)
    member.drain()
    return m
  }

  /** Delivers until nothing is in flight; nothing is synced, and what waits for that stays. */
  deliverAll(): void {
    while (this.inFlight.length > 0) this.deliver()
  }

  /** Delivers, syncs and reads until nothing is left to do. */
  settle(): void {
    for (let turns = 0; turns < 10_000; turns++) {
      for (const member of this.members) member.drain()
      const read = this.reads.shift()
      if (read) {
        if (read.member.up) read.member.node.entriesFetched(read.want)
        continue
      }
      const writer = this.members.find(m => m.up && m.units.length > 0)
      if (writer) writer.sync()
      else if (this.inFlight.length > 0) this.deliver()
      else return
    }
    throw new Error('the network never came to rest')
  }

  elect(id: NodeId): Member {
    this.member(id).node.campaign()
    this.settle()
    return this.member(id)
  }

  leader(): Member | undefined {
    return this.members.filter(m => m.up && m.node.role === 'leader').sort((a, b) => b.node.term - a.node.term)[0]
  }

  isolate(id: NodeId): void {
    for (const other of this.ids) {
      this.cut.add(`${id}>${other}`)
      this.cut.add(`${other}>${id}`)
    }
  }

  heal(): void {
    this.cut.clear()
  }

  tick(times = 1): void {
    for (let n = 0; n < times; n++) {
      for (const member of this.members)
        if (member.up) {
          member.node.tick()
          member.drain()
        }
      this.settle()
    }
  }

  /** Election safety: at most one leader a term. */
  look(member: Member): void {
    if (member.node.role !== 'leader') return
    const known = this.#leaders.get(member.node.term)
    if (known !== undefined && known !== member.id)
      throw new Error(`term ${member.node.term} has two leaders: ${known} and ${member.id}`)
    this.#leaders.set(member.node.term, member.id)
  }

  /** State machine safety: what one applied at an index, all apply there; in order and without a gap. */
  onApply(member: Member, entry: Entry): void {
    if (entry.index !== member.applied.length)
      throw new Error(`${member.id} applied ${entry.index} after ${member.applied.length - 1}`)
    const known = this.#committed.get(entry.index)
    if (known && (known.term !== entry.term || Buffer.compare(known.data, entry.data) !== 0))
      throw new Error(`index ${entry.index} was applied with term ${known.term} and with term ${entry.term}`)
    this.#committed.set(entry.index, entry)
  }

  get committed(): Index {
    return this.#committed.size
  }
}
