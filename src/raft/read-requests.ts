import {readInt64, viewOf, writeInt64} from '../base/bytes.ts'
import type {Index, NodeId} from '../base/ids.ts'
import type {Tracker} from './tracker.ts'
import type {Message} from './types.ts'

interface Request {
  message: Message
  index: Index
}

/**
 * Reads that wait until a quorum has shown that this node still leads (paper 8, thesis 6.4). They are numbered from 1; a heartbeat carries the number of
 * the newest, and its answer confirms all up to that one.
 */
export class ReadRequests {
  #waiting: Request[] = []
  #confirmed = 0
  readonly #acked = new Map<NodeId, number>()
  readonly #ackedOf = (voter: NodeId): number | undefined => this.#acked.get(voter)

  /** A request that is answered with `index`, the commit index at its arrival. */
  add(message: Message, index: Index): void {
    this.#waiting.push({message, index})
  }

  /** What the next heartbeat carries: undefined when nobody waits. */
  heartbeatContext(): Uint8Array | undefined {
    if (this.#waiting.length === 0) return undefined
    const context = new Uint8Array(8)
    writeInt64(viewOf(context), 0, this.#confirmed + this.#waiting.length, true)
    return context
  }

  acknowledge(from: NodeId, context: Uint8Array | undefined): void {
    if (context?.length !== 8) return
    const number = readInt64(viewOf(context), 0, true)
    if (number === undefined || number <= (this.#acked.get(from) ?? 0)) return
    // Nobody can have seen a number that was not given out.
    this.#acked.set(from, Math.min(number, this.#confirmed + this.#waiting.length))
  }

  /** Takes the requests that a quorum has confirmed by now. */
  takeConfirmed(tracker: Tracker): readonly Request[] {
    const confirmed = tracker.quorumIndex(this.#ackedOf)
    if (confirmed <= this.#confirmed) return []
    const count = Math.min(confirmed - this.#confirmed, this.#waiting.length)
    this.#confirmed += count
    return this.#waiting.splice(0, count)
  }
}
