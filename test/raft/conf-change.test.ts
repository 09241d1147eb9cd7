import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {EMPTY} from '../../src/base/bytes.ts'
import {ConfChangeTransition, ConfChangeType} from '../../src/formats/eraftpb.ts'
import {
  applyChange,
  asV2,
  type ChangeBase,
  enterJoint,
  leaveJoint,
  type Membership,
  restore,
  type SingleChange,
  simple,
} from '../../src/raft/conf-change.ts'
import {Inflights} from '../../src/raft/inflights.ts'
import {allVoters, type Configuration, confStateOf, NO_CONFIGURATION} from '../../src/raft/tracker.ts'

const newInflights = () => new Inflights(4, 0)
const NOBODY: Membership = {config: NO_CONFIGURATION, members: new Map()}
const {AddNode, AddLearnerNode, RemoveNode, UpdateNode} = ConfChangeType

function from(now: Membership, lastIndex = 10): ChangeBase {
  return {...now, lastIndex, newInflights}
}

function withVoters(...voters: number[]): Membership {
  let now = NOBODY
  for (const nodeId of voters) now = simple(from(now), [{type: AddNode, nodeId}])
  return now
}

/** The twin: each node has a place in the new half and in the old one. */
type Place = 'voter' | 'learner' | undefined
interface Twin {
  incoming: Map<number, Place>
  outgoing: Set<number>
}

function twinApply(twin: Twin, changes: readonly SingleChange[]): void {
  for (const {type, nodeId} of changes)
    if (nodeId === 0 || type === UpdateNode) continue
    else if (type === RemoveNode) twin.incoming.delete(nodeId)
    else twin.incoming.set(nodeId, type === AddNode ? 'voter' : 'learner')
}

function twinConfiguration({incoming, outgoing}: Twin, autoLeave: boolean): Configuration {
  const all = (place: Place) => [...incoming].filter(([, p]) => p === place).map(([node]) => node)
  const sorted = (list: number[]) => list.sort((a, b) => a - b)
  return {
    voters: sorted(all('voter')),
    outgoing: sorted([...outgoing]),
    // A voter of the old half becomes a learner only when the old half goes.
    learners: sorted(all('learner').filter(node => !outgoing.has(node))),
    learnersNext: sorted(all('learner').filter(node => outgoing.has(node))),
    autoLeave,
  }
}

const change = fc.record({
  type: fc.constantFrom(AddNode, AddLearnerNode, RemoveNode, UpdateNode),
  nodeId: fc.integer({min: 0, max: 6}),
})
const step = fc.oneof(
  {weight: 4, arbitrary: fc.record({kind: fc.constant('simple' as const), changes: fc.array(change, {maxLength: 2})})},
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('enter' as const),
      changes: fc.array(change, {maxLength: 5}),
      autoLeave: fc.boolean(),
    }),
  },
  {weight: 2, arbitrary: fc.record({kind: fc.constant('leave' as const)})},
)

describe('conf-change', () => {
  it('any sequence of changes leads where a table of places leads, or is refused in both', () => {
    fc.assert(
      fc.property(fc.array(step, {minLength: 1, maxLength: 25}), steps => {
        let now = withVoters(1)
        let twin: Twin = {incoming: new Map([[1, 'voter']]), outgoing: new Set()}
        for (const s of steps) {
          const next: Twin = {incoming: new Map(twin.incoming), outgoing: new Set(twin.outgoing)}
          const joint = twin.outgoing.size > 0
          let allowed: boolean
          if (s.kind === 'leave') {
            allowed = joint
            next.outgoing.clear()
          } else {
            const before = [...twin.incoming].filter(([, p]) => p === 'voter').map(([n]) => n)
            if (s.kind === 'enter') for (const n of before) next.outgoing.add(n)
            twinApply(next, s.changes)
            const after = [...next.incoming].filter(([, p]) => p === 'voter').map(([n]) => n)
            const moved = before.filter(n => !after.includes(n)).length + after.filter(n => !before.includes(n)).length
            allowed = !joint && after.length > 0 && (s.kind === 'enter' || moved <= 1)
          }
          const run = () =>
            s.kind === 'simple'
              ? simple(from(now), s.changes)
              : s.kind === 'enter'
                ? enterJoint(from(now), s.autoLeave, s.changes)
                : leaveJoint(from(now))
          if (!allowed) {
            expect(run).toThrow()
            continue
          }
          now = run()
          twin = next
          expect(now.config).toEqual(twinConfiguration(twin, s.kind === 'enter' && s.autoLeave))
          const members = [...new Set([...allVoters(now.config), ...now.config.learners])].sort((a, b) => a - b)
          expect([...now.members.keys()].sort((a, b) => a - b)).toEqual(members)
          for (const [node, p] of now.members) expect(p.learner).toBe(now.config.learners.includes(node))
          // What a snapshot tells of it leads to it again.
          expect(restore({lastIndex: 10, newInflights}, confStateOf(now.config)).config).toEqual(now.config)
        }
      }),
    )
  })

  it('a simple change keeps every old and new quorum in touch (thesis 4.1)', () => {
    expect(() =>
      simple(
        from(withVoters(1, 2, 3)),
        [4, 5].map(nodeId => ({type: AddNode, nodeId})),
      ),
    ).toThrow('more than one voter changed without entering joint config')
  })

  it('the last voter is not removed', () => {
    expect(() => simple(from(withVoters(1)), [{type: RemoveNode, nodeId: 1}])).toThrow('removed all voters')
  })

  it('a refused change leaves everything as it was', () => {
    const now = withVoters(1, 2)
    const before = JSON.stringify([now.config, [...now.members]])
    expect(() =>
      simple(from(now), [
        {type: AddLearnerNode, nodeId: 2},
        {type: AddNode, nodeId: 3},
      ]),
    ).toThrow()
    expect(JSON.stringify([now.config, [...now.members]])).toBe(before)
  })

  it('a new member is probed from the last index, counts as heard, and keeps what is known of the others', () => {
    const now = withVoters(1)
    const one = now.members.get(1)
    one?.maybeUpdate(7)
    const {members} = simple(from(now, 42), [{type: AddLearnerNode, nodeId: 2}])
    expect(members.get(2)).toMatchObject({match: 0, next: 42, learner: true, recentActive: true, state: 'probe'})
    expect(members.get(1)).toMatchObject({match: 7})
  })

  it.each([
    [ConfChangeTransition.Auto, 1, 0, false],
    [ConfChangeTransition.Auto, 2, 3, true],
    [ConfChangeTransition.JointImplicit, 1, 3, true],
    [ConfChangeTransition.JointExplicit, 1, 3, false],
  ])('transition %i with %i changes: an old half of %i voters, left by itself: %s (thesis 4.3)', (transition, n, outgoing, auto) => {
    const changes = [4, 5].slice(0, n).map(nodeId => ({type: AddLearnerNode, nodeId}))
    const {config} = applyChange(from(withVoters(1, 2, 3)), {transition, changes, context: EMPTY})
    expect(config.outgoing).toHaveLength(outgoing)
    expect(config.autoLeave).toBe(auto)
  })

  it('a change of the first version is a simple one of the second', () => {
    expect(asV2({type: RemoveNode, nodeId: 3, context: EMPTY})).toEqual({
      transition: ConfChangeTransition.Auto,
      changes: [{type: RemoveNode, nodeId: 3}],
      context: EMPTY,
    })
  })
})
