import {EMPTY, utf8} from '../../src/base/bytes.ts'
import type {Index, NodeId} from '../../src/base/ids.ts'
import {SeededRandom} from '../../src/base/random.ts'
import {
  type ConfState,
  decodeConfChange,
  decodeConfChangeV2,
  type Entry,
  EntryType,
  entrySize,
  NO_CONF_STATE,
  type Snapshot,
} from '../../src/formats/eraftpb.ts'
import {createRawNode} from '../../src/raft/raw-node.ts'
import type {Message, RaftOptions, RawNode, ReadState} from '../../src/raft/types.ts'
import {MemoryLog} from '../raft/conformance/storage.ts'

/** A core in synchronous mode over a log in memory, whose state machine keeps the texts that it applied. */
export class CoreNode {
  readonly id: NodeId
  readonly raft: RawNode
  readonly log: MemoryLog
  readonly lines: string[] = []
  readonly reads: ReadState[] = []
  applied: Entry[] = []
  #snapshot: Snapshot

  constructor(id: NodeId, confState: Partial<ConfState>, options: Partial<RaftOptions> = {}, stored: Entry[] = []) {
    this.id = id
    const metadata = {confState: {...NO_CONF_STATE, ...confState}, index: 1, term: 1}
    this.#snapshot = {data: EMPTY, metadata}
    this.log = new MemoryLog(() => this.#snapshot, entrySize)
    this.log.applySnapshot(this.#snapshot)
    this.log.setHardState({term: Math.max(1, stored.at(-1)?.term ?? 1), vote: 0, commit: 1})
    this.log.append(stored)
    this.raft = createRawNode({
      id,
      storage: this.log,
      random: new SeededRandom(id),
      electionTicks: 10,
      heartbeatTicks: 1,
      applied: 1,
      preVote: false,
      checkQuorum: false,
      asyncStorageWrites: false,
      maxSizePerMessage: 1e9,
      maxCommittedSizePerReady: 0,
      maxUncommittedSize: 0,
      maxInflightMessages: 256,
      log: (_level, line) => this.lines.push(line),
      ...options,
    })
  }

  /** Carries out all Readies; what is to be sent. */
  turn(): Message[] {
    const sent: Message[] = []
    while (this.raft.hasReady()) {
      const {messages, append, apply, readStates} = this.raft.ready()
      sent.push(...messages, ...(append?.after ?? []).filter(m => m.to !== this.id))
      this.reads.push(...readStates)
      if (append?.hardState) this.log.setHardState(append.hardState)
      if (append?.snapshot) {
        this.log.applySnapshot(append.snapshot)
        this.#snapshot = append.snapshot
      }
      if (append) this.log.append(append.entries)
      for (const entry of apply?.entries ?? []) this.#apply(entry)
      this.raft.advance()
    }
    return sent
  }

  #apply(entry: Entry): void {
    this.applied.push(entry)
    let {confState} = this.#snapshot.metadata
    if (entry.type !== EntryType.Normal) {
      const decode = entry.type === EntryType.ConfChange ? decodeConfChange : decodeConfChangeV2
      confState = this.raft.applyConfChange(decode(entry.data))
    }
    this.#snapshot = {data: EMPTY, metadata: {confState, index: entry.index, term: entry.term}}
  }

  compact(to: Index): void {
    this.log.compact(to)
  }

  /** What was applied, as text. */
  get texts(): string[] {
    return this.applied.filter(e => e.data.length > 0 && e.type === 0).map(e => Buffer.from(e.data).toString())
  }

  propose(text: string): ReturnType<RawNode['propose']> {
    return this.raft.propose(utf8(text))
  }
}

/** Cores in one process: what one sends, another gets at once, unless it is cut off. */
export class Cores {
  readonly nodes = new Map<NodeId, CoreNode>()
  readonly down = new Set<NodeId>()
  /** Everything that was delivered. */
  readonly delivered: Message[] = []

  constructor(
    voters: NodeId[],
    options: Partial<RaftOptions> = {},
    more: {learners?: NodeId[]; spare?: NodeId[]} = {},
  ) {
    for (const id of [...voters, ...(more.learners ?? []), ...(more.spare ?? [])])
      this.nodes.set(id, new CoreNode(id, {voters, learners: more.learners ?? []}, options))
  }

  node(id: NodeId): CoreNode {
    return this.nodes.get(id) as CoreNode
  }

  /** Delivers until nothing is left. */
  settle(): void {
    for (let rounds = 0; rounds < 1000; rounds++) {
      const sent: Message[] = []
      for (const [id, node] of this.nodes) if (!this.down.has(id)) sent.push(...node.turn())
      if (sent.length === 0) return
      for (const m of sent) {
        if (this.down.has(m.to) || this.down.has(m.from)) continue
        this.delivered.push(m)
        this.nodes.get(m.to)?.raft.step(m)
      }
    }
    throw new Error('the cores never came to rest')
  }

  elect(id: NodeId): CoreNode {
    this.node(id).raft.campaign()
    this.settle()
    return this.node(id)
  }

  tick(id: NodeId, times = 1): void {
    for (let n = 0; n < times; n++) this.node(id).raft.tick()
    this.settle()
  }
}
