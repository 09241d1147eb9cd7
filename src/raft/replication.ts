import {EMPTY} from '../base/bytes.ts'
import type {Index, NodeId} from '../base/ids.ts'
import {type Entry, EntryType, entrySize} from '../formats/eraftpb.ts'
import {emptyMessage} from './messages.ts'
import {Progress} from './progress.ts'
import type {CoreState} from './state.ts'
import {type Dropped, type Message, MessageType} from './types.ts'

/** A leader's work: proposals, appends to each follower, commit. Raft paper 5.3 and 5.4.2. */
export class Replication {
  readonly #raft: CoreState
  readonly progress = new Map<NodeId, Progress>()
  #heartbeatElapsed = 0
  #electionElapsed = 0
  readonly #fetching = new Set<NodeId>()

  constructor(raft: CoreState) {
    this.#raft = raft
  }

  clear(): void {
    this.progress.clear()
    this.#fetching.clear()
  }

  /** This node has just won: an empty entry of its term goes in at once, for only that commits what came before. */
  begin(): void {
    const raft = this.#raft
    this.clear()
    this.#heartbeatElapsed = 0
    this.#electionElapsed = 0
    const {maxInflightMessages, maxInflightBytes} = raft.options
    for (const node of raft.voters)
      this.progress.set(node, new Progress(raft.log.lastIndex + 1, false, maxInflightMessages, maxInflightBytes ?? 0))
    const own = this.progress.get(raft.id)
    if (own) {
      own.becomeReplicate()
      own.recentActive = true
    }
    raft.uncommittedBytes = 0
    raft.appendOwn([
      {type: EntryType.Normal, term: raft.term, index: raft.log.lastIndex + 1, data: EMPTY, context: EMPTY},
    ])
    this.broadcast()
  }

  tick(): void {
    const raft = this.#raft
    this.#heartbeatElapsed++
    this.#electionElapsed++
    if (this.#electionElapsed >= raft.options.electionTicks) {
      this.#electionElapsed = 0
      if (raft.options.checkQuorum && !this.#quorumActive()) {
        raft.info(`stepped down at term ${raft.term}: a quorum was not heard for an election timeout`)
        raft.elections.becomeFollower(raft.term, 0)
        return
      }
    }
    if (this.#heartbeatElapsed >= raft.options.heartbeatTicks) {
      this.#heartbeatElapsed = 0
      for (const [node, progress] of this.progress) if (node !== raft.id) this.#heartbeat(node, progress)
    }
  }

  #quorumActive(): boolean {
    const raft = this.#raft
    let active = 0
    for (const [node, progress] of this.progress) {
      if (node === raft.id || progress.recentActive) active++
      if (node !== raft.id) progress.recentActive = false
    }
    return active >= raft.parts.quorum(raft.voters.size)
  }

  #heartbeat(to: NodeId, progress: Progress): void {
    // Never above what the follower is known to hold: it would commit entries that it lacks.
    const commit = Math.min(progress.match, this.#raft.log.committed)
    this.#raft.send({...emptyMessage(MessageType.MsgHeartbeat), to, commit})
  }

  propose(type: EntryType, data: Uint8Array, context: Uint8Array): {index: Index} | {dropped: Dropped} {
    const raft = this.#raft
    if (raft.role !== 'leader') return {dropped: 'noLeader'}
    if (!this.progress.has(raft.id)) return {dropped: 'removed'}
    const {maxUncommittedSize} = raft.options
    // One proposal is always taken, however large; the bound is for what piles up.
    if (
      maxUncommittedSize > 0 &&
      raft.uncommittedBytes > 0 &&
      data.length > 0 &&
      raft.uncommittedBytes + data.length > maxUncommittedSize
    )
      return {dropped: 'full'}
    raft.uncommittedBytes += data.length
    const index = raft.log.lastIndex + 1
    raft.appendOwn([{type, term: raft.term, index, data, context}])
    this.#proposed = true
    return {index}
  }

  #proposed = false

  /** Sends what was proposed in this turn: one append a follower, however many proposals there were. */
  flush(): void {
    if (!this.#proposed) return
    this.#proposed = false
    if (this.#raft.role === 'leader') this.broadcast()
  }

  broadcast(): void {
    for (const node of this.progress.keys()) if (node !== this.#raft.id) this.#sendAppend(node, true)
  }

  fetched(node: NodeId): void {
    this.#fetching.delete(node)
    if (this.#raft.role === 'leader') this.#sendAppend(node, false)
  }

  /** Sends the next entries, or (when `evenEmpty`) the commit index alone. False when there was nothing to send or the follower is paused. */
  #sendAppend(to: NodeId, evenEmpty: boolean): boolean {
    const raft = this.#raft
    const progress = this.progress.get(to)
    if (!progress || progress.paused || this.#fetching.has(to)) return false
    const previous = progress.next - 1
    const previousTerm = raft.log.term(previous)
    if (previousTerm === undefined) return false
    let entries: Entry[] = []
    // With the window full only the commit index may be told.
    if (progress.state !== 'replicate' || !progress.inflights.full) {
      const low = progress.next
      const high = raft.log.lastIndex + 1
      const slice = raft.log.slice(low, high, raft.options.maxSizePerMessage, {low, high, why: 'send', to})
      if (slice === 'pending') {
        this.#fetching.add(to)
        return false
      }
      if (slice === 'compacted') return false
      entries = slice
    }
    if (entries.length === 0 && !evenEmpty) return false
    raft.send({
      ...emptyMessage(MessageType.MsgApp),
      to,
      index: previous,
      logTerm: previousTerm,
      entries,
      commit: raft.log.committed,
    })
    let bytes = 0
    for (const entry of entries) bytes += entrySize(entry)
    progress.sent(entries.length, bytes)
    progress.sentCommit = raft.log.committed
    return true
  }

  step(m: Message): void {
    const progress = this.progress.get(m.from)
    if (!progress) return
    if (m.type === MessageType.MsgAppResp) this.#appendAnswered(m, progress)
    else if (m.type === MessageType.MsgHeartbeatResp) {
      progress.recentActive = true
      progress.appendPaused = false
      if (progress.match < this.#raft.log.lastIndex || progress.state === 'probe') this.#sendAppend(m.from, true)
    }
  }

  #appendAnswered(m: Message, progress: Progress): void {
    const raft = this.#raft
    progress.recentActive = true
    if (m.reject) {
      let hint = m.rejectHint
      // The follower's term there may be so old that many indexes can be stepped over at once.
      if (m.logTerm > 0) hint = raft.log.findConflictByTerm(m.rejectHint, m.logTerm).index
      if (progress.maybeDecrease(m.index, hint)) {
        if (progress.state === 'replicate') progress.becomeProbe()
        this.#sendAppend(m.from, true)
      }
      return
    }
    // Nobody can hold what was never sent.
    if (m.index > raft.log.lastIndex) return
    const wasPaused = progress.paused
    const nothingNew = !progress.maybeUpdate(m.index)
    if (nothingNew && !(progress.state === 'probe' && progress.match === m.index)) return
    if (progress.state === 'probe') progress.becomeReplicate()
    else if (progress.state === 'replicate') progress.inflights.freeTo(m.index)
    if (this.#maybeCommit()) this.broadcast()
    else if (m.from !== raft.id && (wasPaused || progress.sentCommit < raft.log.committed))
      this.#sendAppend(m.from, true)
    if (m.from !== raft.id)
      while (this.#sendAppend(m.from, false)) {
        // More than one message: the window opened for several.
      }
  }

  #maybeCommit(): boolean {
    const raft = this.#raft
    const matches: Index[] = []
    for (const node of raft.voters) matches.push(this.progress.get(node)?.match ?? 0)
    matches.sort((a, b) => b - a)
    const index = matches[raft.parts.quorum(raft.voters.size) - 1]
    if (index === undefined || index <= raft.log.committed) return false
    const term = raft.log.term(index)
    if (term === undefined || !raft.parts.mayCommit(term, raft.term)) return false
    raft.log.commitTo(index)
    return true
  }

  unreachable(peer: NodeId): void {
    const progress = this.progress.get(peer)
    // What was sent optimistically may be lost: ask again where the follower stands.
    if (this.#raft.role === 'leader' && progress?.state === 'replicate') progress.becomeProbe()
  }

  snapshotReported(peer: NodeId, ok: boolean): void {
    const progress = this.progress.get(peer)
    if (this.#raft.role !== 'leader' || progress?.state !== 'snapshot') return
    if (!ok) progress.pendingSnapshot = 0
    progress.becomeProbe()
    progress.appendPaused = true
  }
}
