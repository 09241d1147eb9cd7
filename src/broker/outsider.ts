import type {NodeId} from '../base/ids.ts'
import type {Group} from './group.ts'

/** Election timeouts for which a member cannot be left without a word by a leader that it hears of. */
const TIMEOUTS = 6

export interface OutsiderHost {
  now(): number
  electionMs: number
  /** Gives what is led here to others. */
  handOver(): void
}

/**
 * A node that was down when it was taken out of the metadata group never learns of it: nobody sends it anything there any more. In the groups of its
 * partitions it still votes, and what it came to lead would keep it for good: only a leader changes the members, by its own metadata, and that stands
 * still. So when another tells again and again that it leads the metadata group, and has nothing to say here, this node hands over what it leads.
 */
export class Outsider {
  readonly #host: OutsiderHost
  /** Which leader has said nothing, and since when, monotonic ms. */
  #silent: {leader: NodeId; sinceMs: number} | undefined

  constructor(host: OutsiderHost) {
    this.#host = host
  }

  /** `from` tells that it leads the metadata group. */
  told(from: NodeId, metadata: Pick<Group, 'leader'> | undefined): void {
    const now = this.#host.now()
    if (metadata?.leader !== 0) this.#silent = undefined
    else if (this.#silent?.leader !== from) this.#silent = {leader: from, sinceMs: now}
    else if (now - this.#silent.sinceMs >= TIMEOUTS * this.#host.electionMs) this.#host.handOver()
  }
}
