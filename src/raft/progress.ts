import type {Index} from '../base/ids.ts'

export type ProgressState = 'probe' | 'replicate' | 'snapshot'

/**
 * What a leader knows of one follower (etcd/raft's tracker.Progress).
 *
 * probe: one message at a time until the follower's match is known · replicate: optimistic, up to the inflight limits ·
 * snapshot: nothing is sent until the snapshot was installed or failed. Always match < next.
 */
export class Progress {
  match: Index = 0
  next: Index
  state: ProgressState = 'probe'
  /** Index of the snapshot that is on its way, in state snapshot. */
  pendingSnapshot: Index = 0
  /** Heard from since the last check-quorum. */
  recentActive = false
  /** An append was sent in probe state, or the inflight window is full: wait for an answer or a heartbeat's. */
  appendPaused = false
  /** Highest commit index told so far. */
  sentCommit: Index = 0
  learner: boolean
  readonly inflights: Inflights

  constructor(next: Index, learner: boolean, maxMessages: number, maxBytes: number) {
    this.next = next
    this.learner = learner
    this.inflights = new Inflights(maxMessages, maxBytes)
  }

  get paused(): boolean {
    if (this.state === 'snapshot') return true
    return this.appendPaused
  }

  becomeProbe(): void {
    // A finished snapshot tells that the follower holds at least its index.
    this.next = this.state === 'snapshot' ? Math.max(this.match + 1, this.pendingSnapshot + 1) : this.match + 1
    this.#enter('probe')
    this.sentCommit = Math.min(this.sentCommit, this.next - 1)
  }

  becomeReplicate(): void {
    this.#enter('replicate')
    this.next = this.match + 1
  }

  becomeSnapshot(index: Index): void {
    this.#enter('snapshot')
    this.pendingSnapshot = index
    this.next = index + 1
    this.sentCommit = index
  }

  #enter(state: ProgressState): void {
    this.state = state
    this.appendPaused = false
    this.pendingSnapshot = 0
    this.inflights.reset()
  }

  /** After an append with these entries was sent. */
  sent(entries: number, bytes: number): void {
    if (this.state === 'replicate') {
      if (entries > 0) {
        this.next += entries
        this.inflights.add(this.next - 1, bytes)
      }
      this.appendPaused = this.inflights.full
    } else if (entries > 0) this.appendPaused = true
  }

  /** The follower acknowledged `index`; false when that is nothing new. */
  maybeUpdate(index: Index): boolean {
    if (index <= this.match) return false
    this.match = index
    this.next = Math.max(this.next, index + 1)
    this.appendPaused = false
    return true
  }

  /** The follower refused the append at `rejected` and hints at `hint`; false when the refusal is stale. */
  maybeDecrease(rejected: Index, hint: Index): boolean {
    if (this.state === 'replicate') {
      if (rejected <= this.match) return false
      this.next = this.match + 1
      this.sentCommit = Math.min(this.sentCommit, this.next - 1)
      return true
    }
    if (this.next - 1 !== rejected) return false
    this.next = Math.max(Math.min(rejected, hint + 1), this.match + 1)
    this.sentCommit = Math.min(this.sentCommit, this.next - 1)
    this.appendPaused = false
    return true
  }
}

/** The appends that are sent and not acknowledged, bounded by count and bytes. */
class Inflights {
  readonly #max: number
  readonly #maxBytes: number
  #indexes: Index[] = []
  #sizes: number[] = []
  #bytes = 0

  constructor(max: number, maxBytes: number) {
    this.#max = max
    this.#maxBytes = maxBytes
  }

  get count(): number {
    return this.#indexes.length
  }

  get full(): boolean {
    return this.#indexes.length >= this.#max || (this.#maxBytes > 0 && this.#bytes >= this.#maxBytes)
  }

  add(last: Index, bytes: number): void {
    this.#indexes.push(last)
    this.#sizes.push(bytes)
    this.#bytes += bytes
  }

  /** Frees everything up to `index`. */
  freeTo(index: Index): void {
    let n = 0
    while (n < this.#indexes.length && this.#indexes[n] <= index) this.#bytes -= this.#sizes[n++]
    if (n === 0) return
    this.#indexes.splice(0, n)
    this.#sizes.splice(0, n)
  }

  reset(): void {
    this.#indexes = []
    this.#sizes = []
    this.#bytes = 0
  }
}
