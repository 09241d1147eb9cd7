import type {Index, NodeId, Term} from '../base/ids.ts'
import {membersInWords} from '../base/members-in-words.ts'
import {ConfChangeTransition, ConfChangeType, type ConfChangeV2, type ConfState} from '../formats/eraftpb.ts'

/** Who were the members of one group, by the changes that were committed in it: folded here, from bytes, and not asked of the broker. */
export class Configurations {
  /** Changes that were ever written, by `index term`. */
  readonly #written = new Map<string, ConfChangeV2>()
  /** Oldest first; the first is that of the birth, at index 0. */
  readonly #history: Array<{index: Index; state: ConfState}> = []

  /** What the first replica began with; later ones change nothing. */
  born(state: ConfState): void {
    if (this.#history.length === 0) this.#history.push({index: 0, state})
  }

  wrote(index: Index, term: Term, change: ConfChangeV2): void {
    this.#written.set(`${index} ${term}`, change)
  }

  isChange(index: Index, term: Term | undefined): boolean {
    return this.#written.has(`${index} ${term}`)
  }

  /** An entry is committed: if it is a change, the members are others from here on. */
  committed(index: Index, term: Term): void {
    const change = this.#written.get(`${index} ${term}`)
    const before = this.newest
    if (change && before) this.#history.push({index, state: changed(before, change)})
  }

  get newest(): ConfState | undefined {
    return this.#history[this.#history.length - 1]?.state
  }

  /** In force behind the entry at this index. */
  at(index: Index): ConfState | undefined {
    return this.#history.findLast(h => h.index <= index)?.state
  }

  /** Is this in force behind the entry at this index, or behind a later one? */
  isFrom(index: Index, state: ConfState): boolean {
    const first = this.#history.findLastIndex(h => h.index <= index)
    return this.#history.slice(Math.max(0, first)).some(h => sameMembers(h.state, state))
  }

  /** In force when the entry at this index was committed: behind the one before it, or before the last change that lies ahead of it. */
  deciding(index: Index): ConfState[] {
    const at = this.#history.findLastIndex(h => h.index < index)
    return this.#history.slice(Math.max(0, at - 1), at + 1).map(h => h.state)
  }
}

/** Does a majority of the voters have it; of both halves when they are two? */
export function decides({voters, votersOutgoing}: ConfState, has: (node: NodeId) => boolean): boolean {
  return [voters, votersOutgoing].every(half => half.length === 0 || half.filter(has).length >= majority(half))
}

export function sameMembers(a: ConfState, b: ConfState): boolean {
  const same = (x: readonly NodeId[], y: readonly NodeId[]): boolean =>
    x.length === y.length && x.every((n, i) => n === y[i])
  if (same(a.voters, b.voters) && same(a.votersOutgoing, b.votersOutgoing) && same(a.learners, b.learners)) return true
  return membersInWords(a) === membersInWords(b)
}

function changed(from: ConfState, {transition, changes}: ConfChangeV2): ConfState {
  const {Auto} = ConfChangeTransition
  if (transition === Auto && changes.length === 0) return {...from, votersOutgoing: [], learnersNext: []}
  const joint = transition !== Auto || changes.length > 1
  let {voters, learners} = from
  for (const {type, nodeId} of changes) {
    voters = voters.filter(n => n !== nodeId)
    learners = learners.filter(n => n !== nodeId)
    if (type === ConfChangeType.AddNode) voters = [...voters, nodeId]
    else if (type === ConfChangeType.AddLearnerNode) learners = [...learners, nodeId]
  }
  return {...from, voters, learners, votersOutgoing: joint ? from.voters : []}
}

export const majority = (of: readonly NodeId[]): number => Math.floor(of.length / 2) + 1
