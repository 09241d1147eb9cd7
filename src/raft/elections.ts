import type {NodeId, Term} from '../base/ids.ts'
import {invariant} from '../base/invariant.ts'
import {emptyMessage} from './messages.ts'
import type {CoreState} from './state.ts'
import {type Message, MessageType} from './types.ts'

/**
 * Followers, pre-candidates and candidates: timeouts, votes, and what a follower does with its leader's messages.
 * Raft paper 5.2 and 5.4.1; pre-vote: thesis 9.6; check-quorum: thesis 6.2.
 */
export class Elections {
  readonly #raft: CoreState
  /** Ticks since the leader was heard, or since the campaign began. */
  elapsed = 0
  /** Drawn between electionTicks and 2 × electionTicks - 1 at each change of role. */
  timeout = 0
  readonly #votes = new Map<NodeId, boolean>()
  /** Voters that granted the last election that was won. */
  won: NodeId[] = []

  constructor(raft: CoreState) {
    this.#raft = raft
  }

  tick(): void {
    this.elapsed++
    if (this.#raft.promotable && this.elapsed >= this.timeout) {
      this.elapsed = 0
      this.hup(false)
    }
  }

  /** Starts an election unless this node leads, or may not be elected. */
  hup(force: boolean): void {
    const raft = this.#raft
    if (raft.role === 'leader' || !raft.promotable) return
    if (raft.options.preVote && !force) this.#becomePreCandidate()
    else this.#becomeCandidate()
    this.#askForVotes()
  }

  reset(term: Term): void {
    const raft = this.#raft
    if (raft.term !== term) {
      invariant(term > raft.term, 'the term never goes back', {from: raft.term, to: term})
      raft.term = term
      raft.vote = 0
    }
    raft.leader = 0
    this.elapsed = 0
    this.timeout = raft.options.electionTicks + raft.options.random.below(raft.options.electionTicks)
    this.#votes.clear()
  }

  becomeFollower(term: Term, leader: NodeId): void {
    const raft = this.#raft
    this.reset(term)
    raft.role = 'follower'
    raft.leader = leader
    raft.replication.clear()
    raft.info(`became follower at term ${raft.term}`)
  }

  #becomePreCandidate(): void {
    // The term stays: a pre-vote must not disturb the group (thesis 9.6).
    this.#votes.clear()
    this.#raft.role = 'pre-candidate'
    this.#raft.leader = 0
    this.elapsed = 0
    this.#raft.info(`became pre-candidate at term ${this.#raft.term}`)
  }

  #becomeCandidate(): void {
    const raft = this.#raft
    this.reset(raft.term + 1)
    raft.vote = raft.id
    raft.role = 'candidate'
    raft.info(`became candidate at term ${raft.term}`)
  }

  #becomeLeader(): void {
    const raft = this.#raft
    invariant(raft.role === 'candidate', 'only a candidate becomes leader', {role: raft.role})
    this.won = [...this.#votes]
      .filter(([, granted]) => granted)
      .map(([node]) => node)
      .sort((a, b) => a - b)
    this.reset(raft.term)
    raft.role = 'leader'
    raft.leader = raft.id
    raft.info(`became leader at term ${raft.term}`)
    raft.replication.begin()
  }

  #askForVotes(): void {
    const raft = this.#raft
    const pre = raft.role === 'pre-candidate'
    const type = pre ? MessageType.MsgPreVote : MessageType.MsgVote
    const term = pre ? raft.term + 1 : raft.term
    for (const voter of [...raft.voters].sort((a, b) => a - b)) {
      if (voter === raft.id) {
        // Our own vote counts like any other: once what it promises is synced.
        raft.send({...emptyMessage(pre ? MessageType.MsgPreVoteResp : MessageType.MsgVoteResp), to: raft.id, term})
        continue
      }
      raft.send({...emptyMessage(type), to: voter, term, index: raft.log.lastIndex, logTerm: raft.log.lastTerm})
    }
  }

  /** MsgVote or MsgPreVote, of our term or (pre-vote) a later one. */
  voteAsked(m: Message): void {
    const raft = this.#raft
    const pre = m.type === MessageType.MsgPreVote
    const may = raft.parts.mayVote({vote: raft.vote, leader: raft.leader}, m.from) || (pre && m.term > raft.term)
    const upToDate = raft.parts.logUpToDate(
      {term: m.logTerm, index: m.index},
      {term: raft.log.lastTerm, index: raft.log.lastIndex},
    )
    const answer = {...emptyMessage(pre ? MessageType.MsgPreVoteResp : MessageType.MsgVoteResp), to: m.from}
    if (may && upToDate) {
      // A granted pre-vote answers with the term asked for: ours may be lower, and the candidate would ignore it.
      raft.send({...answer, term: m.term})
      if (!pre) {
        this.elapsed = 0
        raft.vote = m.from
      }
    } else raft.send({...answer, term: raft.term, reject: true})
  }

  /** A message of our term, or an answer to a pre-vote, to one who does not lead. */
  step(m: Message): void {
    const raft = this.#raft
    switch (m.type) {
      case MessageType.MsgApp:
      case MessageType.MsgHeartbeat:
      case MessageType.MsgSnap:
        if (raft.role !== 'follower') this.becomeFollower(m.term, m.from)
        this.elapsed = 0
        raft.leader = m.from
        if (m.type === MessageType.MsgApp) this.#appended(m)
        else if (m.type === MessageType.MsgHeartbeat) this.#heartbeat(m)
        else this.#snapshot(m)
        return
      case MessageType.MsgPreVoteResp:
        if (raft.role === 'pre-candidate') this.#counted(m)
        return
      case MessageType.MsgVoteResp:
        if (raft.role === 'candidate') this.#counted(m)
        return
      case MessageType.MsgTimeoutNow:
        if (raft.role === 'follower') this.hup(true)
        return
    }
  }

  #counted(m: Message): void {
    const raft = this.#raft
    if (!raft.voters.has(m.from)) return
    if (!this.#votes.has(m.from)) this.#votes.set(m.from, !m.reject)
    let granted = 0
    let refused = 0
    for (const yes of this.#votes.values()) yes ? granted++ : refused++
    const quorum = raft.parts.quorum(raft.voters.size)
    if (granted >= quorum) {
      if (raft.role === 'pre-candidate') {
        this.#becomeCandidate()
        this.#askForVotes()
      } else this.#becomeLeader()
    } else if (refused > raft.voters.size - quorum) this.becomeFollower(raft.term, 0)
  }

  #appended(m: Message): void {
    const raft = this.#raft
    if (!isSequel(m)) return
    const answer = {...emptyMessage(MessageType.MsgAppResp), to: m.from}
    if (m.index < raft.log.committed) {
      raft.send({...answer, index: raft.log.committed})
      return
    }
    const last = raft.log.maybeAppend(m.index, m.logTerm, m.entries)
    if (last !== undefined) {
      raft.log.commitTo(Math.min(m.commit, last))
      raft.send({...answer, index: last})
      return
    }
    const hint = raft.log.findConflictByTerm(Math.min(m.index, raft.log.lastIndex), m.logTerm)
    raft.send({...answer, index: m.index, reject: true, rejectHint: hint.index, logTerm: hint.term})
  }

  #heartbeat(m: Message): void {
    // A leader names no index here that this log was not known to hold. Should it lie behind the end all the same, what is there may be another
    // leader's: nothing of it is committed.
    if (m.commit <= this.#raft.log.lastIndex) this.#raft.log.commitTo(m.commit)
    this.#raft.send({...emptyMessage(MessageType.MsgHeartbeatResp), to: m.from, context: m.context})
  }

  #snapshot(m: Message): void {
    // Snapshots are not installed yet: the leader keeps what it cannot send.
    this.#raft.send({...emptyMessage(MessageType.MsgAppResp), to: m.from, index: this.#raft.log.committed})
  }
}

/** Entries that follow the previous one without a gap, in terms that never fall and are not above the leader's. No leader sends anything else. */
function isSequel(m: Message): boolean {
  let term = m.logTerm
  for (let i = 0; i < m.entries.length; i++) {
    const entry = m.entries[i]
    if (entry.index !== m.index + 1 + i || entry.term < term) return false
    term = entry.term
  }
  return term <= m.term
}
