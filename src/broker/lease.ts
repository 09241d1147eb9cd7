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
}

/**
 * What a leader's right to answer alone rests on (Raft thesis 6.4.1): who takes a message of its leader neither campaigns nor votes for another within
 * the least election timeout. The leader counts that time from when it sent the message, never from when an answer came, which may have been long on
 * its way: heartbeats carry their time, which the answer of a voter in this term brings back, and an append is known again by its end.
 *
 * A voter's side of it: it votes for nobody for that time, whatever else becomes of its term meanwhile, unless the leader itself sent the candidate. The
 * next process of a voter does not know what the one before it promised, so it begins with a promise.
 *
 * A leader that sent somebody to campaign answers nobody until that one has taken a later message in the same term: it did not campaign then, and will not.
 */
export class Lease {
  readonly #promiseMs: number
  /** Until then this replica gives no vote. */
  #heldUntilMs: number
  /** What is known is of this node's leadership in this term. */
  #term: Term = 0
  #lent: {to: NodeId; sentMs: number} | undefined
  readonly #voters = new Map<NodeId, Voter>()

  /** `promiseMs`: how long a promise holds, by the clock of who made it. `promisedMs`: when an earlier process of this node may have made one last. */
  constructor(promiseMs: number, promisedMs = Number.NEGATIVE_INFINITY) {
    this.#promiseMs = promiseMs
    this.#heldUntilMs = promisedMs + promiseMs
  }

  /** Must this be ignored for what was promised? */
  refuses(message: Message, nowMs: number): boolean {
    const {type} = message
    return (type === MsgVote || type === MsgPreVote) && nowMs < this.#heldUntilMs && !handsOver(message)
  }

  /** A message was stepped, after which its sender is the leader here, in its term. */
  followed({type}: Message, nowMs: number): void {
    if (type === MsgHeartbeat || type === MsgApp || type === MsgSnap) this.#heldUntilMs = nowMs + this.#promiseMs
  }

  /** Whom this was promised to is dead. */
  released(): void {
    this.#heldUntilMs = Number.NEGATIVE_INFINITY
  }

  /** Before a message leaves. A heartbeat gets its time in front of its context. */
  leaves(message: Message, nowMs: number): void {
    const {type, to, term, index, entries, context} = message
    if (type !== MsgHeartbeat && type !== MsgApp && type !== MsgTimeoutNow) return
    if (term > this.#term) this.#begins(term)
    if (type === MsgHeartbeat) message.context = stamped(nowMs, context)
    else if (type === MsgTimeoutNow) this.#lent = {to, sentMs: nowMs}
    else {
      const {appends} = this.#voter(to)
      const end = index + entries.length
      if (appends.length < KEPT_MAX && end > (appends[appends.length - 1]?.[0] ?? 0)) appends.push([end, nowMs])
    }
  }

  /** Before an answer is stepped. That to a heartbeat gets the context back that the core gave it. */
  arrives(message: Message): void {
    const {type, from, term, index, reject, context} = message
    if (type === MsgHeartbeatResp) {
      if (context === undefined || context.length < STAMP_BYTES) return
      const sentMs = viewOf(context).getFloat64(0)
      message.context = context.length === STAMP_BYTES ? undefined : context.subarray(STAMP_BYTES)
      if (term !== this.#term) return
      this.#took(this.#voter(from), sentMs)
      if (this.#lent?.to === from && sentMs > this.#lent.sentMs) this.#lent = undefined
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

  /** Who may be campaigning because the leader of this term said so, and since when. */
  lent(term: Term): {to: NodeId; sentMs: number} | undefined {
    return term === this.#term ? this.#lent : undefined
  }

  /** Another process of that node is heard: it does not know what it was told to do. */
  restarted(node: NodeId): void {
    if (this.#lent?.to === node) this.#lent = undefined
  }

  #begins(term: Term): void {
    this.#term = term
    this.#lent = undefined
    this.#voters.clear()
  }

  #voter(node: NodeId): Voter {
    let voter = this.#voters.get(node)
    if (!voter) {
      voter = {heardMs: Number.NEGATIVE_INFINITY, appends: []}
      this.#voters.set(node, voter)
    }
    return voter
  }

  #took(voter: Voter, sentMs: number): void {
    voter.heardMs = Math.max(voter.heardMs, sentMs)
  }
}

function stamped(nowMs: number, context: Uint8Array | undefined): Uint8Array {
  const bytes = new Uint8Array(STAMP_BYTES + (context?.length ?? 0))
  viewOf(bytes).setFloat64(0, nowMs)
  if (context) bytes.set(context, STAMP_BYTES)
  return bytes
}
