import {METADATA_GROUP} from '../base/ids.ts'
import {
  BAD,
  badSector,
  flip,
  leaderIsolated,
  leaderPausedClockBack,
  type Make,
  misdirect,
  readError,
  repair,
} from './fault-makers.ts'
import {DRAWN, SCENARIOS, type Scenario} from './scenarios.ts'
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
const followerCutLong: Make = (r, g) => ({
  do: 'isolate',
  who: {followerOf: oneOf(r, g.slice(1)), nth: r.below(2)},
  forMs: between(r, 400, 1_500),
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

const everybodyBriefly: Make = r => ({do: 'power-loss-all', downMs: between(r, 5, 120)})
const leaderKilled: Make = (r, g) => ({do: 'kill', who: {leaderOf: oneOf(r, g.slice(1))}, downMs: between(r, 1, 60)})
const anyoneKilled: Make = (r, g) => ({
  do: 'kill',
  who: r.below(2) === 0 ? {leaderOf: oneOf(r, g)} : {followerOf: oneOf(r, g), nth: r.below(2)},
  downMs: between(r, 5, 100),
})
const diesAtSync: Make = (r, g) => ({
  do: 'crash-at',
  who: {followerOf: oneOf(r, g), nth: r.below(2)},
  point: {call: 'sync', path: '.log', skip: r.below(12), when: oneOf(r, ['before', 'after'] as const), power: true},
  downMs: between(r, 300, 900),
})
const noRoom: Make = (r, g) => ({
  do: 'disk-full',
  who: r.below(2) === 0 ? {leaderOf: oneOf(r, g)} : {followerOf: oneOf(r, g), nth: r.below(2)},
  bytes: between(r, 0, 2_000),
  forMs: between(r, 100, 800),
})
const badPowerLoss: Make = r => ({do: 'power-loss', who: BAD, downMs: between(r, 20, 300)})
const badKilled: Make = r => ({do: 'kill', who: BAD, downMs: between(r, 20, 300)})
/** The metadata is seldom written to: the next sync of its log is mostly that of a vote. */
const voterLosesPower: Make = r => ({
  do: 'crash-at',
  who: {followerOf: METADATA_GROUP, nth: r.below(2)},
  point: {call: 'sync', path: `${METADATA_GROUP}/`, skip: 0, when: 'before', power: true},
  downMs: between(r, 1, 15),
})
const metadataLeaderKilled: Make = r => ({do: 'kill', who: {leaderOf: METADATA_GROUP}, downMs: between(r, 100, 600)})
const winnerKilled: Make = r => ({
  do: 'crash-as',
  role: 'leader',
  group: METADATA_GROUP,
  afterMs: between(r, 0, 5),
  power: false,
  downMs: between(r, 200, 700),
})
const slowAnswers: Make = (r, g) => ({
  do: 'shape',
  from: {followerOf: oneOf(r, g.slice(1)), nth: r.below(2)},
  to: {leaderOf: oneOf(r, g.slice(1))},
  delayMs: between(r, 30, 90),
  drop: 0,
  double: 0,
  reorder: 0,
  forMs: between(r, 1_000, 2_500),
})
const flipSent: Make = (r, g) => ({do: 'flip-sent', who: {leaderOf: oneOf(r, g.slice(1))}})
/** Batches gather behind a slow sync, and are torn by what comes then. */
const slowSync: Make = (r, g) => ({
  do: 'disk-stall',
  who: r.below(2) === 0 ? {leaderOf: oneOf(r, g.slice(1))} : {followerOf: oneOf(r, g.slice(1)), nth: r.below(2)},
  call: 'sync',
  path: '.log',
  skip: r.below(4),
  stallMs: between(r, 20, 200),
})
const tornAtSync: Make = (r, g) => ({
  do: 'crash-at',
  who: r.below(2) === 0 ? {leaderOf: oneOf(r, g)} : {followerOf: oneOf(r, g), nth: r.below(2)},
  point: {call: 'sync', path: '.log', skip: r.below(6), when: 'before', power: true},
  downMs: between(r, 5, 200),
})
const followerSlow: Make = (r, g) => ({
  do: 'disk-stall',
  who: {followerOf: oneOf(r, g), nth: r.below(2)},
  call: 'sync',
  path: '.log',
  skip: 0,
  stallMs: between(r, 5, 60),
})
/** Of the group whose offsets the simulated clients commit. */
const COORDINATED = '__consumer_offsets/1'
const coordinatorIsolated: Make = r => ({do: 'isolate', who: {leaderOf: COORDINATED}, forMs: between(r, 350, 700)})
const coordinatorKilled: Make = r => ({do: 'kill', who: {leaderOf: COORDINATED}, downMs: between(r, 5, 300)})

/** Scenarios that lead where one kind of bug shows: planted bugs name them, and some seeds draw them. */
export const AIMED: readonly Scenario[] = [
  {
    name: 'isolated-writers',
    about: 'leaders that nobody hears while their clients go on writing',
    everyMs: 700,
    faults: [[1, writerIsolated]],
  },
  {
    name: 'late-appends',
    about: 'appends that come late or twice, behind those that were sent after them, and leaders that die then',
    everyMs: 200,
    burst: 4,
    faults: [
      [5, late],
      [1, leaderBack],
      [2, followerCut],
      [2, followerSlow],
    ],
  },
  {
    name: 'failovers',
    about: 'one leader dies after the other, is back at once, and a follower hears nobody meanwhile',
    everyMs: 220,
    burst: 4,
    faults: [
      [2, followerCutLong],
      [3, leaderKilled],
    ],
  },
  {
    name: 'voters',
    about: 'voters that lose power before their vote is synced, and are back before the term is over',
    everyMs: 120,
    faults: [
      [3, voterLosesPower],
      [3, metadataLeaderKilled],
      [2, winnerKilled],
    ],
  },
  {
    name: 'slow-answers',
    about: 'leaders that are paused with answers under way to them, while their wall clocks go back',
    everyMs: 500,
    faults: [
      [2, leaderPausedClockBack],
      [2, slowAnswers],
    ],
  },
  {
    name: 'late-after-compaction',
    about: 'appends that come late to logs that are compacted every few entries',
    everyMs: 200,
    snapshotEntries: 3,
    creates: 300,
    burst: 3,
    faults: [
      [5, late],
      [2, followerCut],
      [2, followerSlow],
    ],
  },
  {
    name: 'torn-batches',
    about: 'batches of many sectors that power is lost in',
    everyMs: 150,
    burst: 6,
    valueBytes: 700,
    faults: [
      [2, slowSync],
      [3, tornAtSync],
      [1, writerIsolated],
    ],
  },
  {
    name: 'damaged-logs',
    about: 'bits that flip in the logs of one node, which is killed and started then',
    everyMs: 350,
    segmentBytes: 4_096,
    faults: [
      [2, flip],
      [2, badKilled],
      [1, anyoneKilled],
    ],
  },
  {
    name: 'misdirected',
    about:
      'writes of one node that land elsewhere in its logs, with readers who begin at the start, before it is killed and after',
    everyMs: 400,
    rereads: true,
    faults: [
      [3, misdirect],
      [3, repair],
      [2, badKilled],
      [2, leaderKilled],
      [1, followerCutLong],
    ],
  },
  {
    name: 'repaired',
    about: 'damaged logs and listings of one node that are rebuilt from the others, while leaders die and are cut off',
    everyMs: 300,
    faults: [
      [3, flip],
      [3, repair],
      [1, badKilled],
      [2, leaderKilled],
      [1, leaderIsolated],
      [1, badPowerLoss],
    ],
  },
  {
    name: 'unreadable',
    about: 'reads that fail at recovery, for readers who begin at the start, and for followers who are behind',
    everyMs: 400,
    rereads: true,
    faults: [
      [3, readError],
      [1, badSector],
      [1, anyoneKilled],
      [1, followerCutLong],
    ],
  },
  {
    name: 'damaged-on-the-way',
    about: 'record batches of which a bit flips between a client and its broker',
    everyMs: 250,
    faults: [
      [4, flipSent],
      [1, leaderKilled],
    ],
  },
  {
    name: 'retention',
    about: 'nodes that die and come back while old segments are looked for, none of which is old',
    everyMs: 700,
    segmentBytes: 1_024,
    settings: {'log.retention.check.interval.ms': 250},
    faults: [
      [2, anyoneKilled],
      [1, everybodyBriefly],
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
  {
    name: 'overwritten',
    about: 'leaders that nobody hears, and restarts behind it: logs whose ends were overwritten',
    everyMs: 400,
    faults: [
      [3, writerIsolated],
      [2, anyoneKilled],
    ],
  },
  {
    name: 'catch-up',
    about: 'followers that come back behind the others and lose power at a sync',
    everyMs: 300,
    faults: [
      [2, followerCut],
      [3, diesAtSync],
    ],
  },
  {
    name: 'full-disks',
    about: 'disks that are full and have room again, and restarts',
    everyMs: 500,
    faults: [
      [3, noRoom],
      [1, anyoneKilled],
    ],
  },
  {
    name: 'retries',
    about: 'leaders and clusters that die and are back while clients try again',
    everyMs: 400,
    faults: [
      [2, everybodyBriefly],
      [2, leaderKilled],
      [1, writerIsolated],
    ],
  },
  {
    name: 'newborn',
    about: 'clusters that die while topics that were just created are written to',
    everyMs: 200,
    creates: 300,
    writesToNew: true,
    faults: [
      [3, everybodyBriefly],
      [1, anyoneKilled],
    ],
  },
  {
    name: 'coordinators',
    about: 'coordinators of a group that die or that nobody hears',
    everyMs: 600,
    faults: [
      [3, coordinatorIsolated],
      [1, coordinatorKilled],
    ],
  },
  {
    name: 'standard',
    about: 'three groups and a fault of any kind every two seconds: what the speed of the simulator is told by',
    everyMs: 2_000,
    faults: DRAWN[0].faults,
    plain: true,
  },
]

export const ALL_SCENARIOS: readonly Scenario[] = [...SCENARIOS, ...AIMED]

export function scenarioNamed(name: string): Scenario | undefined {
  return ALL_SCENARIOS.find(s => s.name === name)
}

/** Every kind of fault that one of these scenarios can draw. */
export function faultKinds(of: readonly Scenario[] = ALL_SCENARIOS): string[] {
  const r = new Streams(0).of('kinds')
  const groups = [METADATA_GROUP, METADATA_GROUP]
  return [...new Set(of.flatMap(s => s.faults.map(([, make]) => make(r, groups).do)))].sort()
}
