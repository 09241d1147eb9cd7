import type {NodeId} from '../base/ids.ts'
import {ConfChangeTransition, ConfChangeType, type ConfChangeV2, type ConfState} from '../formats/eraftpb.ts'

/**
 * The next step from a configuration to the voters that are wanted; undefined when there is none now. New members learn first; when all of them hold
 * what is committed, one joint change makes them voters and takes the others out (Raft paper 6, thesis 4.3), and is left by itself.
 *
 * `ready`: does this learner hold what is committed?
 */
export function nextChange(
  {voters, votersOutgoing, learners, learnersNext}: ConfState,
  wanted: readonly NodeId[],
  ready: (learner: NodeId) => boolean,
): ConfChangeV2 | undefined {
  if (votersOutgoing.length > 0 || learnersNext.length > 0) return undefined
  const stray = learners.find(node => !wanted.includes(node))
  if (stray !== undefined) return alone(ConfChangeType.RemoveNode, stray)
  const missing = wanted.find(node => !voters.includes(node) && !learners.includes(node))
  if (missing !== undefined) return alone(ConfChangeType.AddLearnerNode, missing)
  if (!learners.every(ready)) return undefined
  const gone = voters.filter(node => !wanted.includes(node))
  if (learners.length + gone.length === 0 || wanted.length === 0) return undefined
  return {
    transition: ConfChangeTransition.JointImplicit,
    changes: [
      ...learners.map(nodeId => ({type: ConfChangeType.AddNode, nodeId})),
      ...gone.map(nodeId => ({type: ConfChangeType.RemoveNode, nodeId})),
    ],
    context: new Uint8Array(0),
  }
}

/** A change that touches no voter. */
function alone(type: ConfChangeType, nodeId: NodeId): ConfChangeV2 {
  return {transition: ConfChangeTransition.Auto, changes: [{type, nodeId}], context: new Uint8Array(0)}
}

/** In whatever order. */
export function sameNodes(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return a.length === b.length && a.every(node => b.includes(node))
}
