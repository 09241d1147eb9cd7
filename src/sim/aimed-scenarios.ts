import {METADATA_GROUP} from '../base/ids.ts'
import type {Make} from './fault-makers.ts'
import {SCENARIOS, type Scenario} from './scenarios.ts'
import {between, oneOf, Streams} from './streams.ts'

/** A leader that nobody hears while its clients go on writing: its log ends in entries that are never committed. */
const writerIsolated: Make = (r, g) => ({
  do: 'isolate',
  who: {leaderOf: oneOf(r, g.slice(1))},
  forMs: between(r, 350, 700),
})
const late: Make = (r, g) => ({
  do: 'shape',
  from: {leaderOf: oneOf(r, g)},
  to: {followerOf: oneOf(r, g), nth: r.below(2)},
  delayMs: 0,
  drop: 0,
  double: 60,
  reorder: 300,
  forMs: between(r, 800, 2_000),
})
const followerCut: Make = (r, g) => ({
  do: 'isolate',
  who: {followerOf: oneOf(r, g), nth: r.below(2)},
  forMs: between(r, 100, 800),
})
const halves: Make = r => ({
  do: 'split',
  one: oneOf(r, [
    [1, 2],
    [1, 3],
    [1, 4],
  ]),
  forMs: between(r, 400, 1_500),
})
const leaderBack: Make = (r, g) => ({
  do: 'crash-as',
  role: 'leader',
  group: oneOf(r, g),
  afterMs: between(r, 20, 300),
  power: r.below(2) === 0,
  downMs: between(r, 1, 40),
})

/** Scenarios that lead where one kind of bug shows. They are run when a planted bug, or somebody, names them. */
const AIMED: readonly Scenario[] = [
  {
    name: 'isolated-writers',
    about: 'leaders that nobody hears while their clients go on writing',
    everyMs: 700,
    faults: [[1, writerIsolated]],
  },
  {
    name: 'late-appends',
    about: 'appends that come late or twice, behind those that were sent after them, and leaders that die then',
    everyMs: 250,
    faults: [
      [5, late],
      [2, leaderBack],
      [1, followerCut],
    ],
  },
  {
    name: 'halves',
    about: 'four nodes, two of which do not hear the other two',
    everyMs: 800,
    nodes: [4],
    faults: [[1, halves]],
  },
  {
    name: 'leaders-back',
    about: 'leaders that die and are back before anybody else leads',
    everyMs: 300,
    faults: [[1, leaderBack]],
  },
]

export const ALL_SCENARIOS: readonly Scenario[] = [...SCENARIOS, ...AIMED]

export function scenarioNamed(name: string): Scenario | undefined {
  return ALL_SCENARIOS.find(s => s.name === name)
}

/** Every kind of fault that a scenario can draw. */
export function faultKinds(): string[] {
  const r = new Streams(0).of('kinds')
  const groups = [METADATA_GROUP, METADATA_GROUP]
  return [...new Set(ALL_SCENARIOS.flatMap(s => s.faults.map(([, make]) => make(r, groups).do)))].sort()
}
