import {viewOf} from '../base/bytes.ts'
import type {Index, NodeId, Term} from '../base/ids.ts'
import {handsOver} from '../raft/elections.ts'
import {type Message, MessageType} from '../raft/types.ts'

const {MsgApp, MsgAppResp, MsgHeartbeat, MsgHeartbeatResp, MsgPreVote, MsgSnap, MsgTimeoutNow, MsgVote} = MessageType

/** Appends whose answer is waited for, of one voter; more only make a proof come later. */
const KEPT_MAX = 16
const STAMP_BYTES = 8

interface Voter {
  /** When something was sent that it took from this leader, and that began its election timeout anew. */
  heardMs: number
  /** Ends of appends, and when the first one up to there was sent. */
  appends: Array<[end: Index, sentMs: number]>
  /** The greatest end that was sent to it: nothing tells one sending up to there from another. */
  endMax: Index
  /** It was told to campaign, then. */
  lentMs?: number
}

/**
 * What a leader's right to answer alone rests on (Raft thesis 6.4.1): who takes a message of its leader neither campaigns nor votes for another within
 * the least election timeout. The leader counts that time from when it sent the message, never from when an answer came, which may have been long on
 * its way: heartbeats carry their time, which the answer of a voter in this term brings back, and an append is known again by its end.
 *
 * A voter's side of it: it votes for nobody for that time, whatever else becomes of its term meanwhile, unless the leader itself sent the candidate. The
 * next process of a voter does not know what the one before it promised, so it begins with a promise.
 *
 * A leader that sent somebody to campaign answers nobody until that one has taken a later heartbeat in the same term: it did not campaign then, and will
 * not, for an order that is older than what was taken is refused.
 */
export class Lease {
  readonly #promiseMs: number
  /** Until then this replica gives no vote. */
  #heldUntilMs: number
  /** What is known is of this node's leadership in this term. */
  #term: Term = 0
  /** When a hand-over was last begun because an earlier one had come to nothing. */
  #triedMs = Number.NEGATIVE_INFINITY
  /** The newest heartbeat that was taken of a leader. */
  #taken: {from: NodeId; term: Term; sentMs: number} = {from: 0, term: 0, sentMs: 0}
  readonly #voters = new Map<NodeId, Voter>()

  /** `promiseMs`: how long a promise holds, by the clock of who made it. `promisedMs`: when an earlier process of this node may have made one last. */
  constructor(promiseMs: number, promisedMs = Number.NEGATIVE_INFINITY) {
    this.#promiseMs = promiseMs
    this.#heldUntilMs = promisedMs + promiseMs
  }

  /** Must this be ignored for what was promised? */
  refuses(message: Message, nowMs: number): boolean {
    const {type} = message
    if (type === MsgTimeoutNow) return this.#isOlder(message)
    return (type === MsgVote || type === MsgPreVote) && this.holds(nowMs) && !handsOver(message)
  }

  /** A message was stepped, after which its sender is the leader here, in its term. */
  followed(message: Message, nowMs: number): void {
    const {type, from, term} = message
    if (type !== MsgHeartbeat && type !== MsgApp && type !== MsgSnap) return
    this.keeps(nowMs)
    const sentMs = type === MsgHeartbeat ? stampOf(message) : undefined
    if (sentMs !== undefined && !this.#isOlder(message)) this.#taken = {from, term, sentMs}
  }

  /** Sent before the newest heartbeat that was taken of this sender in its term. */
  #isOlder(message: Message): boolean {
    const {from, sentMs, term} = this.#taken
    return message.from === from && message.term === term && (stampOf(message) ?? sentMs) < sentMs
  }

  /** It promises as of then. */
  keeps(sinceMs: number): void {
    this.#heldUntilMs = Math.max(this.#heldUntilMs, sinceMs + this.#promiseMs)
  }

  holds(nowMs: number): boolean {
    return nowMs < this.#heldUntilMs
  }

  /** Whom this was promised to is dead. */
  released(): void {
    this.#heldUntilMs = Number.NEGATIVE_INFINITY
  }

  /** Before a message leaves. A heartbeat, and an order to campaign, get their time in front of their context. */
  leaves(message: Message, nowMs: number): void {
    const {type, to, term, index, entries, snapshot, context} = message
    if (type !== MsgHeartbeat && type !== MsgApp && type !== MsgSnap && type !== MsgTimeoutNow) return
    if (term > this.#term) this.#begins(term)
    if (type === MsgHeartbeat || type === MsgTimeoutNow) message.context = stamped(nowMs, context)
    if (type === MsgHeartbeat) return
    const voter = this.#voter(to)
    if (type === MsgTimeoutNow) {
      voter.lentMs = nowMs
      return
    }
    const end = snapshot ? snapshot.metadata.index : index + entries.length
    if (end <= voter.endMax) return
    voter.endMax = end
    if (type === MsgApp && voter.appends.length < KEPT_MAX) voter.appends.push([end, nowMs])
  }

  /** Before an answer is stepped. That to a heartbeat gets the context back that the core gave it. */
  arrives(message: Message): void {
    const {type, from, term, index, reject, context} = message
    if (type === MsgHeartbeatResp) {
      const sentMs = stampOf(message)
      if (sentMs === undefined) return
      message.context = context?.length === STAMP_BYTES ? undefined : context?.subarray(STAMP_BYTES)
      if (term !== this.#term) return
      const voter = this.#voter(from)
      this.#took(voter, sentMs)
      if (voter.lentMs !== undefined && sentMs > voter.lentMs) voter.lentMs = undefined
    } else if (type === MsgAppResp && !reject && term === this.#term) {
      const voter = this.#voter(from)
      while (voter.appends.length > 0 && voter.appends[0][0] <= index)
        this.#took(voter, (voter.appends.shift() as [Index, number])[1])
    }
  }

  /** From when this voter's promise is counted; -Infinity: none. */
  fromMs(node: NodeId): number {
    return this.#voters.get(node)?.heardMs ?? Number.NEGATIVE_INFINITY
  }

  /** May somebody be campaigning because the leader of this term said so? */
  lent(term: Term): boolean {
    if (term !== this.#term) return false
    for (const {lentMs} of this.#voters.values()) if (lentMs !== undefined) return true
    return false
  }

  /** Who was told so for longer than this, and says nothing: somebody else is to be told, once in such a time. */
  overdue(term: Term, nowMs: number, afterMs: number): NodeId | undefined {
    if (term !== this.#term || nowMs - this.#triedMs <= afterMs) return undefined
    for (const [node, {lentMs}] of this.#voters)
      if (lentMs !== undefined && nowMs - lentMs > afterMs) {
        this.#triedMs = nowMs
        return node
      }
    return undefined
  }

  #begins(term: Term): void {
    this.#term = term
    this.#triedMs = Number.NEGATIVE_INFINITY
    this.#voters.clear()
  }

  #voter(node: NodeId): Voter {
    let voter = this.#voters.get(node)
    if (!voter) {
      voter = {heardMs: Number.NEGATIVE_INFINITY, appends: [], endMax: 0}
      this.#voters.set(node, voter)
    }
    return voter
  }

  #took(voter: Voter, sentMs: number): void {
    voter.heardMs = Math.max(voter.heardMs, sentMs)
  }
}

/** The time in front of a context; undefined: none stands there. */
function stampOf({context}: Message): number | undefined {
  return context === undefined || context.length < STAMP_BYTES ? undefined : viewOf(context).getFloat64(0)
}

function stamped(nowMs: number, context: Uint8Array | undefined): Uint8Array {
  const bytes = new Uint8Array(STAMP_BYTES + (context?.length ?? 0))
  viewOf(bytes).setFloat64(0, nowMs)
  if (context) bytes.set(context, STAMP_BYTES)
  return bytes
}
