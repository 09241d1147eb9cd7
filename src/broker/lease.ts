import type {Index, NodeId, Term} from '../base/ids.ts'
import {handsOver} from '../raft/elections.ts'
import {type Message, MessageType} from '../raft/types.ts'

/** Sendings whose answer is waited for, of one kind to one voter; more only make a proof come later. */
const KEPT_MAX = 16

interface Voter {
  /** When something was sent that it is known to have heard of this leader, and that began its election timeout anew. */
  heardMs: number
  /** Ends of appends, and when the first one up to there was sent. */
  appends: Array<[end: Index, sentMs: number]>
  /** When heartbeats were sent. */
  beats: number[]
}

/**
 * What a leader's right to answer alone rests on (Raft thesis 6.4.1): who hears its leader neither campaigns nor votes for another within the least
 * election timeout. The leader counts that timeout from when it sent what was heard, never from when an answer came, which may have been long on its
 * way: from the request that was granted, the append whose end was acknowledged, the heartbeat that was sent before something that its node echoed.
 *
 * Two things make such a promise void, and are part of this too: the voter is another process, which knows of no promise, so it gives no vote for
 * one election timeout; and the leader itself sent somebody to campaign, whose requests are granted in spite of it.
 */
export class Lease {
  readonly #electionMs: number
  /** Until then this process gives no vote. */
  readonly #heldUntilMs: number
  /** What is known is of this node's leadership in this term. */
  #term: Term = 0
  #lentMs = Number.NEGATIVE_INFINITY
  readonly #voters = new Map<NodeId, Voter>()

  /** `recovered`: what an earlier process of this node promised in the group may still be counted on. */
  constructor(electionMs: number, nowMs: number, recovered: boolean) {
    this.#electionMs = electionMs
    this.#heldUntilMs = recovered ? nowMs + electionMs : Number.NEGATIVE_INFINITY
  }

  /** Must this be ignored for what an earlier process of this node may have promised? */
  refuses(message: Message, nowMs: number): boolean {
    const {type} = message
    if (nowMs >= this.#heldUntilMs) return false
    return (type === MessageType.MsgVote || type === MessageType.MsgPreVote) && !handsOver(message)
  }

  sent(message: Message, nowMs: number): void {
    const {type, to, term, index, entries} = message
    if (type === MessageType.MsgHeartbeat) {
      this.#began(term)
      const {beats} = this.#voter(to)
      if (beats[beats.length - 1] !== nowMs && beats.push(nowMs) > KEPT_MAX) beats.shift()
    } else if (type === MessageType.MsgApp) {
      this.#began(term)
      const {appends} = this.#voter(to)
      const end = index + entries.length
      if (appends.length < KEPT_MAX && end > (appends[appends.length - 1]?.[0] ?? 0)) appends.push([end, nowMs])
    } else if (type === MessageType.MsgTimeoutNow) {
      this.#began(term)
      this.#lentMs = nowMs
    }
  }

  heard({type, from, term, index, reject}: Message): void {
    if (type !== MessageType.MsgAppResp || reject || term !== this.#term) return
    const voter = this.#voter(from)
    while (voter.appends.length > 0 && voter.appends[0][0] <= index)
      this.#proven(voter, (voter.appends.shift() as [Index, number])[1])
  }

  /** From when this voter has an election timeout to go; `echoedMs`: its node has heard all that was sent to it up to then. -Infinity: never. */
  fromMs(node: NodeId, echoedMs: number): number {
    const voter = this.#voters.get(node)
    if (!voter) return Number.NEGATIVE_INFINITY
    while (voter.beats.length > 0 && voter.beats[0] <= echoedMs) this.#proven(voter, voter.beats.shift() as number)
    return voter.heardMs
  }

  /** Somebody may be campaigning because this leader said so: it answers nobody until that has come to something, or to nothing. */
  lent(term: Term, nowMs: number): boolean {
    return term === this.#term && nowMs - this.#lentMs <= 2 * this.#electionMs
  }

  #began(term: Term): void {
    if (term <= this.#term) return
    this.#term = term
    this.#lentMs = Number.NEGATIVE_INFINITY
    this.#voters.clear()
  }

  #voter(node: NodeId): Voter {
    let voter = this.#voters.get(node)
    if (!voter) {
      voter = {heardMs: Number.NEGATIVE_INFINITY, appends: [], beats: []}
      this.#voters.set(node, voter)
    }
    return voter
  }

  #proven(voter: Voter, sentMs: number): void {
    voter.heardMs = Math.max(voter.heardMs, sentMs)
  }
}
