import type {Index, NodeId} from '../base/ids.ts'
import {invariant} from '../base/invariant.ts'
import type {Inflights} from './inflights.ts'

export type ProgressState = 'probe' | 'replicate' | 'snapshot'

const STATE_WORDS = {probe: 'StateProbe', replicate: 'StateReplicate', snapshot: 'StateSnapshot'} as const

/**
 * What a leader knows of one member, as in etcd/raft's tracker.
 *
 * probe: one append at a time, until where the logs agree is known · replicate: optimistic, within the inflight window · snapshot: nothing is sent until
 * the snapshot was installed or failed. Always match < next.
 */
export class Progress {
  readonly id: NodeId
  /** Highest index known to be in the member's log. */
  match: Index = 0
  /** First index of the next append. */
  next: Index
  state: ProgressState = 'probe'
  /** Index of the snapshot that is on its way, in state snapshot. */
  pendingSnapshot: Index = 0
  /** Heard from since the last check-quorum. */
  recentActive = false
  /** An append with entries was sent in state probe, or the window is full: wait for an answer or a heartbeat's. */
  appendPaused = false
  /** Highest commit index told, as far as it lay within the log that was sent. */
  sentCommit: Index = 0
  learner: boolean
  readonly inflights: Inflights

  constructor(id: NodeId, next: Index, learner: boolean, inflights: Inflights) {
    this.id = id
    this.next = next
    this.learner = learner
    this.inflights = inflights
  }

  /** Shares the window: a copy is made to try a configuration, and one of the two is dropped. */
  copy(): Progress {
    const copy = new Progress(this.id, this.next, this.learner, this.inflights)
    copy.match = this.match
    copy.state = this.state
    copy.pendingSnapshot = this.pendingSnapshot
    copy.recentActive = this.recentActive
    copy.appendPaused = this.appendPaused
    copy.sentCommit = this.sentCommit
    return copy
  }

  /** At a new term, or of another process, nothing is known. */
  forget(match: Index, next: Index): void {
    this.#enter('probe')
    this.match = match
    this.next = next
    this.recentActive = false
    this.sentCommit = 0
  }

  get paused(): boolean {
    return this.state === 'snapshot' || this.appendPaused
  }

  becomeProbe(): void {
    // A snapshot that was sent tells that the member will hold at least its index.
    const next = Math.max(this.match, this.state === 'snapshot' ? this.pendingSnapshot : 0) + 1
    this.#enter('probe')
    this.next = next
    this.#forgetCommitBeyond()
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

  #forgetCommitBeyond(): void {
    this.sentCommit = Math.min(this.sentCommit, this.next - 1)
  }

  /** After an append with this many entries, `bytes` of payload together, was sent. */
  sent(entries: number, bytes: number): void {
    invariant(this.state !== 'snapshot', 'no append is sent while a snapshot is', {to: this.id})
    if (this.state === 'replicate') {
      if (entries > 0) {
        this.next += entries
        this.inflights.add(this.next - 1, bytes)
      }
      this.appendPaused = this.inflights.full
    } else if (entries > 0) this.appendPaused = true
  }

  /** Would a commit index of `committed` tell the member something that the entries sent so far did not? */
  mayLearnCommit(committed: Index): boolean {
    return committed > this.sentCommit && this.sentCommit < this.next - 1
  }

  /** The member acknowledged `index`; false when that is nothing new. */
  maybeUpdate(index: Index): boolean {
    if (index <= this.match) return false
    this.match = index
    if (this.next <= index) this.next = index + 1
    this.appendPaused = false
    return true
  }

  /** The member refused the append behind `rejected` and may match at `hint`; false when the refusal is of an earlier append. */
  maybeDecrease(rejected: Index, hint: Index): boolean {
    if (this.state === 'replicate') {
      if (rejected <= this.match) return false
      this.next = this.match + 1
    } else {
      if (this.next - 1 !== rejected) return false
      this.next = Math.max(Math.min(rejected, hint + 1), this.match + 1)
      this.appendPaused = false
    }
    this.#forgetCommitBeyond()
    return true
  }

  toString(): string {
    let text = `${STATE_WORDS[this.state]} match=${this.match} next=${this.next}`
    if (this.learner) text += ' learner'
    if (this.paused) text += ' paused'
    if (this.pendingSnapshot > 0) text += ` pendingSnap=${this.pendingSnapshot}`
    if (!this.recentActive) text += ' inactive'
    if (this.inflights.count > 0) text += ` inflight=${this.inflights.count}${this.inflights.full ? '[full]' : ''}`
    return text
  }
}
