// Three Raft cores over logs in memory, in one process: proposals are made until the time is over, each batch committed and applied everywhere before
// the next. Prints one JSON line: proposals/s and bytes allocated per proposal. Usage: raft-workload.ts BYTES BATCH SECONDS
import {EMPTY} from '../../src/base/bytes.ts'
import type {Index, Term} from '../../src/base/ids.ts'
import {SeededRandom} from '../../src/base/random.ts'
import {type ConfState, type Entry, entrySize, type HardState, type Snapshot} from '../../src/formats/eraftpb.ts'
import {createRawNode} from '../../src/raft/raw-node.ts'
import type {Message, RaftStorage, RawNode} from '../../src/raft/types.ts'

const CONF: ConfState = {voters: [1, 2, 3], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false}
/** Entries kept behind the newest: a log that only grew would measure the memory. */
const KEPT = 4096

class MemoryStorage implements RaftStorage {
  #entries: Entry[] = []
  #before: Index = 0
  #beforeTerm: Term = 0

  initialState(): {hardState: HardState; confState: ConfState} {
    return {hardState: {term: 0, vote: 0, commit: 0}, confState: CONF}
  }
  firstIndex(): Index {
    return this.#before + 1
  }
  lastIndex(): Index {
    return this.#before + this.#entries.length
  }
  term(at: Index): Term | 'compacted' | 'unavailable' {
    if (at === this.#before) return this.#beforeTerm
    return at < this.#before ? 'compacted' : (this.#entries[at - this.#before - 1]?.term ?? 'unavailable')
  }
  entries(low: Index, high: Index, bytesMax: number): Entry[] | 'compacted' | 'unavailable' {
    if (low <= this.#before) return 'compacted'
    const from = low - this.#before - 1
    let to = from
    for (let size = 0; to < high - this.#before - 1; to++) {
      size += entrySize(this.#entries[to])
      if (size > bytesMax && to > from) break
    }
    return this.#entries.slice(from, to)
  }
  snapshot(): Snapshot {
    return {data: EMPTY, metadata: {confState: CONF, index: this.#before, term: this.#beforeTerm}}
  }
  append(entries: readonly Entry[]): void {
    if (entries.length === 0) return
    this.#entries.length = entries[0].index - this.#before - 1
    for (const entry of entries) this.#entries.push(entry)
    if (this.#entries.length < 2 * KEPT) return
    const gone = this.#entries.length - KEPT
    this.#before += gone
    this.#beforeTerm = this.#entries[gone - 1].term
    this.#entries = this.#entries.slice(gone)
  }
}

class Node {
  readonly id: number
  readonly storage = new MemoryStorage()
  readonly raft: RawNode
  applied = 0

  constructor(id: number) {
    this.id = id
    this.raft = createRawNode({
      id,
      storage: this.storage,
      random: new SeededRandom(id),
      electionTicks: 10,
      heartbeatTicks: 1,
      preVote: true,
      checkQuorum: true,
      asyncStorageWrites: true,
      maxSizePerMessage: 1024 * 1024,
      maxCommittedSizePerReady: 1024 * 1024,
      maxUncommittedSize: 0,
      maxInflightMessages: 256,
      coalesceProposals: true,
    })
  }
}

function run(bytes: number, batch: number, seconds: number): {perSecond: number; bytesPerProposal: number} {
  const nodes = [1, 2, 3].map(id => new Node(id))
  const [leader] = nodes
  const inFlight: Message[] = []
  const work = () => {
    for (let busy = true; busy; ) {
      busy = false
      for (const node of nodes)
        while (node.raft.hasReady()) {
          busy = true
          const {messages, append, apply} = node.raft.ready()
          for (const m of messages) inFlight.push(m)
          if (append) {
            node.storage.append(append.entries)
            for (const m of append.after)
              if (m.to === node.id) node.raft.step(m)
              else inFlight.push(m)
          }
          if (apply) {
            node.applied += apply.entries.length
            node.raft.step(apply.done)
          }
        }
      for (const m of inFlight) nodes[m.to - 1].raft.step(m)
      inFlight.length = 0
    }
  }
  leader.raft.campaign()
  work()
  const payload = new Uint8Array(bytes)
  const round = () => {
    for (let n = 0; n < batch; n++) leader.raft.propose(payload)
    work()
  }
  const until = (ms: number) => {
    const begun = performance.now()
    let done = 0
    while (performance.now() - begun < ms)
      for (let n = 0; n < 32; n++) {
        round()
        done += batch
      }
    return done / ((performance.now() - begun) / 1000)
  }
  until(500)
  const perSecond = until(seconds * 1000)
  // Little enough that nothing is collected meanwhile.
  gc?.()
  const before = process.memoryUsage()
  const rounds = Math.ceil(2000 / batch)
  for (let n = 0; n < rounds; n++) round()
  const after = process.memoryUsage()
  const allocated = after.heapUsed - before.heapUsed
  if (nodes.some(node => node.applied !== leader.raft.commit)) throw new Error('not everything was applied')
  return {perSecond, bytesPerProposal: allocated / (rounds * batch)}
}

const [bytes, batch, seconds] = process.argv.slice(2).map(Number)
process.stdout.write(`${JSON.stringify(run(bytes, batch, seconds))}\n`)
