import type {Index, NodeId} from '../base/ids.ts'
import {
  type ConfChange,
  ConfChangeTransition,
  ConfChangeType,
  type ConfChangeV2,
  type ConfState,
} from '../formats/eraftpb.ts'
import type {Inflights} from './inflights.ts'
import {Progress} from './progress.ts'
import {byNumber, type Configuration, isJoint} from './tracker.ts'

export interface SingleChange {
  type: ConfChangeType
  nodeId: NodeId
}

/** A change that the configuration does not allow. */
export class ConfChangeError extends Error {}

/** A configuration and the progress of exactly its members. */
export interface Membership {
  config: Configuration
  members: Map<NodeId, Progress>
}

/** What a change starts from. New members are probed from `lastIndex` on, with a window of their own. */
export interface ChangeBase extends Membership {
  lastIndex: Index
  newInflights(): Inflights
}

export function asV2(change: ConfChange | ConfChangeV2): ConfChangeV2 {
  if ('changes' in change) return change
  return {
    transition: ConfChangeTransition.Auto,
    changes: [{type: change.type, nodeId: change.nodeId}],
    context: change.context,
  }
}

/** Does the change leave a joint configuration? */
export function leavesJoint(change: ConfChangeV2): boolean {
  return change.transition === ConfChangeTransition.Auto && change.changes.length === 0
}

/** One change at a time needs no joint configuration, unless it is asked for (thesis 4.1 and 4.3). */
export function applyChange(base: ChangeBase, change: ConfChangeV2): Membership {
  if (leavesJoint(change)) return leaveJoint(base)
  if (change.transition !== ConfChangeTransition.Auto || change.changes.length > 1)
    return enterJoint(base, change.transition !== ConfChangeTransition.JointExplicit, change.changes)
  return simple(base, change.changes)
}

/** A change of at most one voter: every quorum of the new configuration meets every one of the old (thesis 4.1). */
export function simple(base: ChangeBase, changes: readonly SingleChange[]): Membership {
  const draft = new Draft(base)
  if (isJoint(base.config)) throw new ConfChangeError("can't apply simple config change in joint config")
  draft.apply(changes)
  const before = new Set(base.config.voters)
  let differing = 0
  for (const voter of draft.voters) if (!before.delete(voter)) differing++
  if (differing + before.size > 1)
    throw new ConfChangeError('more than one voter changed without entering joint config')
  return draft.finish(false)
}

/** The present voters become the old half; the changes make the new one. Decisions need a majority of both (thesis 4.3). */
export function enterJoint(base: ChangeBase, autoLeave: boolean, changes: readonly SingleChange[]): Membership {
  const draft = new Draft(base)
  if (isJoint(base.config)) throw new ConfChangeError('config is already joint')
  if (draft.voters.size === 0) throw new ConfChangeError("can't make a zero-voter config joint")
  draft.outgoing = new Set(draft.voters)
  draft.apply(changes)
  return draft.finish(autoLeave)
}

/** The old half goes; its voters that were to become learners do so now. */
export function leaveJoint(base: ChangeBase): Membership {
  const draft = new Draft(base)
  if (!isJoint(base.config)) throw new ConfChangeError("can't leave a non-joint config")
  draft.leave()
  return draft.finish(false)
}

/** The membership that a ConfState tells of, built by the changes that lead to it. */
export function restore(base: Omit<ChangeBase, keyof Membership>, state: ConfState): Membership {
  const change = (type: ConfChangeType) => (nodeId: NodeId) => ({type, nodeId})
  const incoming = [
    ...state.votersOutgoing.map(change(ConfChangeType.RemoveNode)),
    ...state.voters.map(change(ConfChangeType.AddNode)),
    ...state.learners.map(change(ConfChangeType.AddLearnerNode)),
    ...state.learnersNext.map(change(ConfChangeType.AddLearnerNode)),
  ]
  let now: Membership = {
    config: {voters: [], outgoing: [], learners: [], learnersNext: [], autoLeave: false},
    members: new Map(),
  }
  const then = (made: Membership) => {
    now = made
  }
  const from = () => ({lastIndex: base.lastIndex, newInflights: base.newInflights, ...now})
  if (state.votersOutgoing.length === 0) for (const one of incoming) then(simple(from(), [one]))
  else {
    for (const voter of state.votersOutgoing) then(simple(from(), [{type: ConfChangeType.AddNode, nodeId: voter}]))
    then(enterJoint(from(), state.autoLeave, incoming))
  }
  return now
}

export function sameMembers(a: ConfState, b: ConfState): boolean {
  const same = (x: readonly NodeId[], y: readonly NodeId[]) =>
    x.length === y.length && [...x].sort(byNumber).every((node, i) => node === [...y].sort(byNumber)[i])
  return (
    same(a.voters, b.voters) &&
    same(a.votersOutgoing, b.votersOutgoing) &&
    same(a.learners, b.learners) &&
    same(a.learnersNext, b.learnersNext) &&
    a.autoLeave === b.autoLeave
  )
}

/** A membership while it is changed; the one that it began from stays as it was. */
class Draft {
  readonly voters: Set<NodeId>
  outgoing: Set<NodeId>
  readonly learners: Set<NodeId>
  readonly learnersNext: Set<NodeId>
  readonly members = new Map<NodeId, Progress>()
  readonly #base: ChangeBase

  constructor(base: ChangeBase) {
    this.#base = base
    this.voters = new Set(base.config.voters)
    this.outgoing = new Set(base.config.outgoing)
    this.learners = new Set(base.config.learners)
    this.learnersNext = new Set(base.config.learnersNext)
    for (const [node, progress] of base.members) this.members.set(node, progress.copy())
  }

  apply(changes: readonly SingleChange[]): void {
    for (const {type, nodeId} of changes) {
      // Node 0 marks a change that was taken back.
      if (nodeId === 0) continue
      if (type === ConfChangeType.AddNode) this.#makeVoter(nodeId)
      else if (type === ConfChangeType.AddLearnerNode) this.#makeLearner(nodeId)
      else if (type === ConfChangeType.RemoveNode) this.#remove(nodeId)
    }
    if (this.voters.size === 0) throw new ConfChangeError('removed all voters')
  }

  #makeVoter(node: NodeId): void {
    const progress = this.members.get(node) ?? this.#add(node)
    progress.learner = false
    this.learners.delete(node)
    this.learnersNext.delete(node)
    this.voters.add(node)
  }

  #makeLearner(node: NodeId): void {
    const known = this.members.get(node)
    if (known?.learner) return
    this.#remove(node)
    const progress = known ?? this.#add(node)
    this.members.set(node, progress)
    // It still votes in the old half: it may not be a learner and a voter at once.
    if (this.outgoing.has(node)) this.learnersNext.add(node)
    else {
      progress.learner = true
      this.learners.add(node)
    }
  }

  #remove(node: NodeId): void {
    this.voters.delete(node)
    this.learners.delete(node)
    this.learnersNext.delete(node)
    if (!this.outgoing.has(node)) this.members.delete(node)
  }

  #add(node: NodeId): Progress {
    const progress = new Progress(node, Math.max(this.#base.lastIndex, 1), false, this.#base.newInflights())
    // It counts as heard, else check-quorum could depose the leader before the new member had a chance to answer.
    progress.recentActive = true
    this.members.set(node, progress)
    return progress
  }

  leave(): void {
    for (const node of this.learnersNext) {
      this.learners.add(node)
      const progress = this.members.get(node)
      if (progress) progress.learner = true
    }
    this.learnersNext.clear()
    for (const node of this.outgoing) if (!this.voters.has(node) && !this.learners.has(node)) this.members.delete(node)
    this.outgoing = new Set()
  }

  finish(autoLeave: boolean): Membership {
    const sorted = (nodes: ReadonlySet<NodeId>) => [...nodes].sort(byNumber)
    return {
      config: {
        voters: sorted(this.voters),
        outgoing: sorted(this.outgoing),
        learners: sorted(this.learners),
        learnersNext: sorted(this.learnersNext),
        autoLeave,
      },
      members: this.members,
    }
  }
}
