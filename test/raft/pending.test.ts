import {describe, expect, it} from 'vitest'
import {EMPTY, utf8} from '../../src/base/bytes.ts'
import {SeededRandom} from '../../src/base/random.ts'
import {type Entry, EntryType, entrySize, NO_CONF_STATE} from '../../src/formats/eraftpb.ts'
import {emptyMessage} from '../../src/raft/messages.ts'
import {createRawNode} from '../../src/raft/raw-node.ts'
import {type EntriesWanted, type Message, MessageType, type RawNode} from '../../src/raft/types.ts'
import {MemoryLog} from './conformance/storage.ts'

const {MsgApp, MsgAppResp, MsgVote, MsgVoteResp, MsgHeartbeat, MsgHeartbeatResp} = MessageType
const message = (type: MessageType, fields: Partial<Message>): Message => ({...emptyMessage(type), ...fields})
const entry = (index: number): Entry => ({type: EntryType.Normal, term: 1, index, data: utf8('x'), context: EMPTY})

/** A storage that has nothing in memory: each read is `pending` once, and then answered. */
class ColdLog extends MemoryLog {
  readonly wanted: EntriesWanted[] = []
  readonly #read = new Set<string>()

  override entries(low: number, high: number, bytesMax: number, why?: EntriesWanted): ReturnType<MemoryLog['entries']> {
    const key = `${why?.why} ${why?.to} ${low}`
    if (why && !this.#read.delete(key)) {
      this.wanted.push(why)
      this.#read.add(key)
      return 'pending' as never
    }
    return super.entries(low, high, bytesMax)
  }
}

function follower(count: number): {raft: RawNode; log: ColdLog} {
  const log = new ColdLog(() => ({data: EMPTY, metadata: {confState: NO_CONF_STATE, index: 0, term: 0}}), entrySize)
  const metadata = {confState: {...NO_CONF_STATE, voters: [1, 2, 3]}, index: 1, term: 1}
  log.applySnapshot({data: EMPTY, metadata})
  log.append(Array.from({length: count}, (_, i) => entry(i + 2)))
  log.setHardState({term: 1, vote: 0, commit: 1})
  const raft = createRawNode({
    id: 1,
    storage: log,
    random: new SeededRandom(1),
    electionTicks: 10,
    heartbeatTicks: 1,
    preVote: false,
    checkQuorum: false,
    asyncStorageWrites: true,
    maxSizePerMessage: 1000,
    maxCommittedSizePerReady: 20,
    maxUncommittedSize: 0,
    maxInflightMessages: 8,
  })
  return {raft, log}
}

function units(raft: RawNode, log: MemoryLog): Message[] {
  const sent: Message[] = []
  while (raft.hasReady()) {
    const {messages, append} = raft.ready()
    sent.push(...messages)
    if (append) log.append(append.entries)
    for (const m of append?.after ?? []) if (m.to === 1) raft.step(m)
  }
  return sent
}

describe('entries that storage must read first (pending)', () => {
  it('applying waits for them, and nothing is applied twice or out of order', () => {
    const {raft, log} = follower(5)
    raft.step(message(MsgApp, {from: 2, to: 1, term: 1, index: 6, logTerm: 1, commit: 6}))
    const applied: number[] = []
    for (let n = 0; n < 40 && applied.length < 5; n++) {
      while (raft.hasReady()) {
        const {apply} = raft.ready()
        if (!apply) continue
        applied.push(...apply.entries.map(e => e.index))
        raft.step(apply.done)
      }
      for (const want of log.wanted.splice(0)) raft.entriesFetched(want)
    }
    expect(applied).toEqual([2, 3, 4, 5, 6])
  })

  it('a campaign waits for them, page by page, and goes on by itself', () => {
    const {raft, log} = follower(5)
    raft.step(message(MsgApp, {from: 2, to: 1, term: 1, index: 6, logTerm: 1, commit: 6}))
    raft.campaign()
    let pages = 0
    while (raft.role !== 'candidate') {
      const want = log.wanted.pop()
      expect(want).toMatchObject({why: 'campaign'})
      pages++
      raft.entriesFetched(want as EntriesWanted)
    }
    expect(pages).toBeGreaterThan(1)
  })

  it('a campaign that waits for them is over when a leader is heard meanwhile', () => {
    const {raft, log} = follower(5)
    raft.step(message(MsgApp, {from: 2, to: 1, term: 1, index: 6, logTerm: 1, commit: 6}))
    raft.campaign()
    const [want] = log.wanted.splice(0)
    expect(want).toMatchObject({why: 'campaign'})
    raft.step(message(MsgHeartbeat, {from: 2, to: 1, term: 1}))
    raft.entriesFetched(want)
    expect([raft.role, raft.leader, log.wanted.filter(w => w.why === 'campaign')]).toEqual(['follower', 2, []])
  })

  it('and when another’s later term begins: it was asked for in an earlier one', () => {
    const {raft, log} = follower(5)
    raft.step(message(MsgApp, {from: 2, to: 1, term: 1, index: 6, logTerm: 1, commit: 6}))
    raft.campaign()
    const [want] = log.wanted.splice(0)
    expect(want).toMatchObject({why: 'campaign'})
    raft.step(message(MsgVote, {from: 3, to: 1, term: 2, index: 7, logTerm: 1}))
    raft.entriesFetched(want)
    expect([raft.role, raft.term, log.wanted.filter(w => w.why === 'campaign')]).toEqual(['follower', 2, []])
  })

  it('a follower’s entries are asked for once, and sent when they are there', () => {
    const {raft, log} = follower(5)
    raft.campaign()
    units(raft, log)
    raft.step(message(MsgVoteResp, {from: 2, to: 1, term: 2}))
    units(raft, log)
    const refused = {from: 2, to: 1, term: 2, reject: true, index: 6, rejectHint: 2, logTerm: 1}
    raft.step(message(MsgAppResp, refused))
    for (let n = 0; n < 3; n++) raft.step(message(MsgHeartbeatResp, {from: 2, to: 1, term: 2}))
    expect(units(raft, log).filter(m => m.type === MsgApp && m.to === 2)).toEqual([])
    expect(log.wanted).toEqual([{why: 'send', to: 2, low: 3, high: 8}])
    raft.entriesFetched(log.wanted[0])
    const [m] = units(raft, log).filter(one => one.type === MsgApp && one.to === 2)
    expect(m.entries.map(e => e.index)).toEqual([3, 4, 5, 6, 7])
  })
})

describe('proposals of one turn', () => {
  it('leave as one append a follower, acknowledged once by this node itself, when they are coalesced', () => {
    const log = new MemoryLog(() => ({data: EMPTY, metadata: {confState: NO_CONF_STATE, index: 0, term: 0}}), entrySize)
    log.applySnapshot({data: EMPTY, metadata: {confState: {...NO_CONF_STATE, voters: [1, 2]}, index: 1, term: 1}})
    log.setHardState({term: 1, vote: 0, commit: 1})
    const raft = createRawNode({
      id: 1,
      storage: log,
      random: new SeededRandom(1),
      electionTicks: 10,
      heartbeatTicks: 1,
      preVote: false,
      checkQuorum: false,
      asyncStorageWrites: true,
      maxSizePerMessage: 1000,
      maxCommittedSizePerReady: 0,
      maxUncommittedSize: 0,
      maxInflightMessages: 8,
      coalesceProposals: true,
    })
    raft.campaign()
    units(raft, log)
    raft.step(message(MsgVoteResp, {from: 2, to: 1, term: 2}))
    units(raft, log)
    raft.step(message(MsgAppResp, {from: 2, to: 1, term: 2, index: 2}))
    units(raft, log)
    for (let n = 0; n < 5; n++) expect(raft.propose(utf8('p'))).toEqual({index: 3 + n})
    const ready = raft.ready()
    expect(ready.messages.map(m => [m.type, m.entries.length])).toEqual([[MsgApp, 5]])
    expect(ready.append?.after.filter(m => m.type === MsgAppResp).map(m => [m.to, m.index])).toEqual([[1, 7]])
  })
})
