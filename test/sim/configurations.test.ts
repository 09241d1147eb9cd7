import {describe, expect, it} from 'vitest'
import {membersInWords} from '../../src/base/members-in-words.ts'
import {ConfChangeTransition, ConfChangeType, type ConfChangeV2, NO_CONF_STATE} from '../../src/formats/eraftpb.ts'
import {Configurations, decides, sameMembers} from '../../src/sim/configurations.ts'

const {Auto, JointImplicit} = ConfChangeTransition
const {AddNode, AddLearnerNode, RemoveNode} = ConfChangeType
const change = (
  transition: ConfChangeV2['transition'],
  ...changes: Array<[ConfChangeV2['changes'][number]['type'], number]>
): ConfChangeV2 => ({
  transition,
  changes: changes.map(([type, nodeId]) => ({type, nodeId})),
  context: new Uint8Array(0),
})

/** Born with 1 2 3; these changes are committed from index 1 on. */
function following(...changes: ConfChangeV2[]): Configurations {
  const all = new Configurations()
  all.born({...NO_CONF_STATE, voters: [1, 2, 3]})
  for (const [i, one] of changes.entries()) {
    all.wrote(i + 1, 1, one)
    all.committed(i + 1, 1)
  }
  return all
}

describe('the members of a group, by its log', () => {
  it('a learner, a joint change and the end of it: each as its entries say', () => {
    const all = following(
      change(Auto, [AddLearnerNode, 4]),
      change(JointImplicit, [AddNode, 4], [RemoveNode, 1]),
      change(Auto),
    )
    expect([0, 1, 2, 3].map(at => membersInWords(all.at(at) ?? NO_CONF_STATE))).toEqual([
      '1 2 3',
      '1 2 3, learning 4',
      '2 3 4 and 1 2 3',
      '2 3 4',
    ])
    expect(sameMembers(all.at(3) ?? NO_CONF_STATE, {...NO_CONF_STATE, voters: [4, 3, 2]})).toBe(true)
  })

  it('what decides is a majority of both halves', () => {
    const joint = {...NO_CONF_STATE, voters: [2, 3, 4], votersOutgoing: [1, 2, 3]}
    expect(decides(joint, n => n >= 3)).toBe(false)
    expect(decides(joint, n => n === 2 || n === 3)).toBe(true)
  })
})
