import type {Index, Term} from '../../base/ids.ts'
import type {ConfState, Entry} from '../../formats/eraftpb.ts'
import {encodePartitionState, type PartitionState} from '../../formats/partition-state.ts'
import type {Group} from '../group.ts'
import type {AppliedState} from './applied.ts'
import type {SegmentContent} from './retention-rule.ts'

/** Beyond so many states every other one is forgotten: then more segments go at once, and later. */
const STATES_MAX = 64

/** The state at the end of a segment. */
interface AtSegmentEnd {
  index: Index
  term: Term
  confState: ConfState
  state: PartitionState
}

/**
 * Lets go of segments whose records lie below the log start. A log may begin only behind an entry at which the state is known, so the state is kept
 * of each place where a segment ends; it is what the log then begins with, as a small snapshot.
 */
export class Trimming {
  readonly #applied: AppliedState
  readonly #group: () => Group
  #ends: AtSegmentEnd[] = []
  #running = false

  constructor(applied: AppliedState, group: () => Group) {
    this.#applied = applied
    this.#group = group
  }

  /** Before an entry is applied. */
  before(entry: Entry): void {
    const {log} = this.#group()
    if (log.beginsSegment(entry.index)) this.#note(entry.index - 1, log.term(entry.index - 1))
  }

  #note(index: Index, term: Term | string): void {
    if (typeof term !== 'number' || this.#ends[this.#ends.length - 1]?.index === index) return
    const {log, raft} = this.#group()
    const {confState} = raft.status()
    const state = this.#applied.state()
    log.keepState({data: encodePartitionState(state), metadata: {index, term, confState}}, low =>
      this.#applied.batches.table(low, index),
    )
    this.#keep({index, term, confState, state})
  }

  #keep({confState, index, state, term}: AtSegmentEnd): void {
    this.#ends.push({index, term, confState, state})
    if (this.#ends.length > STATES_MAX) this.#ends = this.#ends.filter((_, i) => i % 2 === 1)
  }

  /** The ends of segments of which a start knows the state. */
  resumed(ends: readonly AtSegmentEnd[]): void {
    for (const end of ends) this.#keep(end)
  }

  /** A leader's snapshot took the place of everything. */
  restored(): void {
    this.#ends = []
  }

  /** What the segments of the log hold, of which all is applied; oldest first. */
  segments(): SegmentContent[] {
    const {applied, log} = this.#group()
    const layout = log.segments()
    const found: SegmentContent[] = []
    for (const [i, {bytes, first}] of layout.entries()) {
      const next = layout[i + 1]?.first ?? log.lastIndex() + 1
      if (next - 1 > applied) break
      found.push({bytes, ...this.#applied.batches.within(first, next, this.#applied.nextOffset)})
    }
    return found
  }

  /** To be called when the log start may have moved, and everything at hand is applied. */
  async trim(): Promise<void> {
    const group = this.#group()
    const to = this.#running || group.closed ? undefined : this.#newestBelowStart(group)
    if (!to) return
    const {confState, index, state, term} = to
    this.#running = true
    const taken = await group.log.compact({data: encodePartitionState(state), metadata: {index, term, confState}})
    this.#running = false
    if (!taken || group.closed) return
    this.#applied.dropped(index)
    this.#ends = this.#ends.filter(end => end.index > index)
  }

  #newestBelowStart({applied, appliedTerm, log, raft}: Group): AtSegmentEnd | undefined {
    const {batches, logStartOffset, nextOffset} = this.#applied
    if (logStartOffset === nextOffset && batches.length > 0)
      return {index: applied, term: appliedTerm, confState: raft.status().confState, state: this.#applied.state()}
    let found: AtSegmentEnd | undefined
    for (const end of this.#ends)
      if (end.state.nextOffset <= logStartOffset && end.index >= log.firstIndex()) found = end
    return found
  }
}
