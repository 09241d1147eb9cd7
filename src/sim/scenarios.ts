import type {CrashPoint} from './machine.ts'
import type {Fault, Who} from './schedule.ts'
import {between, chance, oneOf, type Streams} from './streams.ts'

type Random = ReturnType<Streams['of']>

/** A kind of run: which faults, how often. `random` draws from all of them. */
export interface Scenario {
  name: string
  about: string
  /** Mean time between two faults, ms. */
  everyMs: number
  /** Faults by weight. */
  faults: ReadonlyArray<[weight: number, make: (r: Random, groups: readonly string[]) => Fault]>
  nodes?: readonly number[]
  forMs?: number
  segmentBytes?: number
  snapshotEntries?: number
  /** Many topics are created. */
  creates?: boolean
}

function who(r: Random, groups: readonly string[], nodes = 3): Who {
  const drawn = r.below(10)
  if (drawn < 4) return {leaderOf: oneOf(r, groups)}
  if (drawn < 7) return {followerOf: oneOf(r, groups), nth: r.below(2)}
  return between(r, 1, nodes)
}

const down = (r: Random): number => (chance(r, 300) ? between(r, 5, 60) : between(r, 100, 2_500))

/** Calls to the disk that are worth dying at, and where: between append and sync, at births, at rotations, in recovery. */
function point(r: Random): CrashPoint {
  const power = chance(r, 600)
  const when = oneOf(r, ['before', 'inside', 'after'] as const)
  switch (r.below(9)) {
    case 0:
    case 1:
      return {call: 'sync', path: 'wal/', skip: r.below(30), when, power}
    case 2:
      return {call: 'append', path: 'wal/', skip: r.below(30), when, power}
    case 3:
      // A new segment: its creation, its head, the directory, the seal.
      return {call: 'create', path: '.log', skip: r.below(3), when, power}
    case 4:
      return {call: 'syncDir', path: oneOf(r, ['', 'wal', '__raft_metadata']), skip: r.below(4), when, power}
    case 5:
      return {call: 'append', path: oneOf(r, ['groups.log', 'topic.json']), skip: r.below(2), when, power}
    case 6:
      return {
        call: 'sync',
        path: oneOf(r, ['groups.log', '__raft_metadata', 'topic.json']),
        skip: r.below(4),
        when,
        power,
      }
    case 7:
      return {call: 'append', path: '__raft_metadata', skip: r.below(6), when, power}
    default:
      return {call: oneOf(r, ['read', 'open', 'list'] as const), path: '', skip: r.below(12), when, power}
  }
}

/** A point that recovery comes by early: the next life dies at it. */
function pointInRecovery(r: Random): CrashPoint {
  return {
    call: oneOf(r, ['open', 'read', 'sync', 'syncDir', 'truncate', 'create', 'append', 'list', 'makeDir'] as const),
    path: '',
    skip: r.below(8),
    when: oneOf(r, ['before', 'inside', 'after'] as const),
    power: chance(r, 500),
  }
}

const kill: Make = (r, g) => ({do: 'kill', who: who(r, g), downMs: down(r)})
const powerLoss: Make = (r, g) => ({do: 'power-loss', who: who(r, g), downMs: down(r)})
const powerLossAll: Make = r => ({do: 'power-loss-all', downMs: down(r)})
const stop: Make = (r, g) => ({do: 'stop', who: who(r, g), downMs: down(r)})
const pause: Make = (r, g) => ({do: 'pause', who: who(r, g), forMs: between(r, 20, 1_500)})
const crashAt: Make = (r, g) => ({
  do: 'crash-at',
  who: who(r, g),
  point: point(r),
  downMs: down(r),
  ...(chance(r, 350) ? {again: pointInRecovery(r)} : {}),
})
const crashAs: Make = (r, g) => ({
  do: 'crash-as',
  role: oneOf(r, ['candidate', 'leader'] as const),
  group: oneOf(r, g),
  afterMs: oneOf(r, [0, 0, 1, 3, between(r, 1, 60)]),
  power: chance(r, 500),
  downMs: down(r),
})
const cut: Make = (r, g) => ({
  do: 'cut',
  from: who(r, g),
  to: who(r, g),
  bothWays: chance(r, 300),
  forMs: between(r, 50, 2_500),
})
const isolate: Make = (r, g) => ({do: 'isolate', who: who(r, g), forMs: between(r, 50, 2_500)})
const shape: Make = (r, g) => ({
  do: 'shape',
  from: who(r, g),
  to: who(r, g),
  delayMs: oneOf(r, [0, 0, 5, 40, 200]),
  drop: oneOf(r, [0, 20, 100, 400]),
  double: oneOf(r, [0, 50, 200]),
  reorder: oneOf(r, [0, 50, 300]),
  forMs: between(r, 200, 3_000),
})
const reset: Make = (r, g) => ({do: 'reset', who: who(r, g), other: who(r, g)})
const clockJump: Make = (r, g) => ({
  do: 'clock-jump',
  who: who(r, g),
  byMs: oneOf(r, [-3_600_000, -1_000, 1_000, 3_600_000, 86_400_000]),
})
const clockRate: Make = (r, g) => ({
  do: 'clock-rate',
  who: who(r, g),
  permille: oneOf(r, [900, 950, 1_050, 1_150]),
  forMs: between(r, 500, 4_000),
})
const diskError: Make = (r, g) => ({
  do: 'disk-error',
  who: who(r, g),
  call: oneOf(r, ['sync', 'append'] as const),
  path: oneOf(r, ['wal/', '__raft_metadata', 'groups.log']),
  skip: r.below(20),
  downMs: down(r),
})
const diskStall: Make = (r, g) => ({
  do: 'disk-stall',
  who: who(r, g),
  call: oneOf(r, ['sync', 'append', 'syncDir'] as const),
  path: oneOf(r, ['wal/', '__raft_metadata', '']),
  skip: r.below(10),
  stallMs: oneOf(r, [30, 200, 700, 2_000]),
})
const diskFull: Make = (r, g) => ({
  do: 'disk-full',
  who: who(r, g),
  bytes: between(r, 0, 4_000),
  forMs: between(r, 200, 2_500),
})

const leaderDies: Make = (r, g) => ({
  do: 'crash-as',
  role: 'leader',
  group: oneOf(r, g),
  afterMs: between(r, 0, 40),
  power: chance(r, 300),
  downMs: between(r, 5, 400),
})
const leaderIsolated: Make = (r, g) => ({do: 'isolate', who: {leaderOf: oneOf(r, g)}, forMs: between(r, 150, 1_200)})
const leaderIsolatedLong: Make = (r, g) => ({
  do: 'isolate',
  who: {leaderOf: oneOf(r, g.slice(1))},
  forMs: between(r, 2_500, 5_000),
})
const leaderPausedClockBack: Make = (r, g) => ({
  do: 'pause',
  who: {leaderOf: oneOf(r, g.slice(1))},
  forMs: between(r, 500, 2_000),
  clockMs: -between(r, 3_000, 3_600_000),
  cutMs: 400,
})
const slowListing: Make = (r, g) => ({
  do: 'disk-stall',
  who: who(r, g),
  call: 'sync',
  path: 'groups.log',
  skip: 0,
  stallMs: between(r, 50, 400),
})
const atRotation: Make = (r, g) => {
  const [call, path] = oneOf(r, [
    ['create', 'wal/'],
    ['syncDir', 'wal/'],
    ['append', '.log'],
    ['sync', '.log'],
  ] as const)
  const dying = {call, path, skip: r.below(4), when: oneOf(r, ['before', 'after'] as const), power: chance(r, 900)}
  return {do: 'crash-at', who: who(r, g), point: dying, downMs: between(r, 20, 200)}
}
const atBirth: Make = (r, g) => ({
  do: 'crash-at',
  who: who(r, g),
  point: {
    call: oneOf(r, ['sync', 'append', 'syncDir', 'create'] as const),
    path: oneOf(r, ['', 'groups.log', 'wal/']),
    skip: r.below(8),
    when: oneOf(r, ['before', 'after'] as const),
    power: chance(r, 850),
  },
  downMs: between(r, 20, 200),
})
/** Gone for so long that the others have compacted what it lacks, unless they were gone too. */
const lagging: Make = (r, g) => ({
  do: 'isolate',
  who: {followerOf: oneOf(r, g), nth: r.below(2)},
  forMs: between(r, 800, 3_500),
})
const atSnapshot: Make = (r, g) => {
  const [call, path] = oneOf(r, [
    ['create', '.snap'],
    ['append', '.snap'],
    ['sync', '.snap'],
    ['rename', '.snap'],
    ['syncDir', 'snapshots'],
    ['create', '.log'],
    ['remove', '.log'],
    ['remove', '.snap'],
    ['syncDir', '__raft_metadata/0'],
  ] as const)
  const when = oneOf(r, ['before', 'inside', 'after'] as const)
  const dying = {call, path, skip: r.below(2), when, power: chance(r, 800)}
  return {do: 'crash-at', who: who(r, g), point: dying, downMs: down(r)}
}
const killedAtSync: Make = (r, g) => ({
  do: 'crash-at',
  who: who(r, g),
  point: {call: 'sync', path: '.log', skip: r.below(6), when: 'before', power: false},
  downMs: between(r, 5, 60),
})

/** Draws one fault; `groups` are those that are there from the beginning, the metadata first. */
export type Make = (r: Random, groups: readonly string[]) => Fault

/** A seed draws one of these, mostly the first. */
export const DRAWN: readonly Scenario[] = [
  {
    name: 'random',
    about: 'every kind of fault',
    everyMs: 1_000,
    faults: [
      [4, kill],
      [4, powerLoss],
      [1, powerLossAll],
      [1, stop],
      [2, pause],
      [6, crashAt],
      [4, crashAs],
      [3, cut],
      [2, isolate],
      [3, shape],
      [2, reset],
      [1, clockJump],
      [1, clockRate],
      [1, diskError],
      [2, diskStall],
      [1, diskFull],
    ],
  },
  {
    name: 'elections',
    about: 'leaders that die at the worst moment, links that lose and repeat what they carry',
    everyMs: 450,
    faults: [
      [5, crashAs],
      [2, kill],
      [3, powerLoss],
      [3, isolate],
      [3, cut],
      [3, shape],
      [1, pause],
      [1, reset],
      [1, crashAt],
    ],
  },
  {
    name: 'storage',
    about: 'power lost at calls to the disk, also during recovery; slow, failing and full disks',
    everyMs: 500,
    faults: [
      [8, crashAt],
      [3, powerLoss],
      [1, powerLossAll],
      [2, kill],
      [1, diskError],
      [2, diskStall],
      [1, diskFull],
    ],
  },
  {
    name: 'network',
    about: 'cut, one-way, slow and lossy links',
    everyMs: 500,
    faults: [
      [4, cut],
      [3, isolate],
      [4, shape],
      [2, reset],
      [1, pause],
      [1, kill],
    ],
  },
  {
    name: 'figure-8',
    about: 'leaders that die or are cut off as soon as they lead',
    everyMs: 250,
    faults: [
      [6, leaderDies],
      [3, leaderIsolated],
      [1, cut],
    ],
  },
  {
    name: 'clocks',
    about: 'leaders that are paused while their wall clocks go back',
    everyMs: 1_200,
    faults: [
      [5, leaderPausedClockBack],
      [1, clockJump],
      [1, clockRate],
    ],
  },
  {
    name: 'isolated-leaders',
    about: 'leaders that are cut off from the others for seconds, and not from clients',
    everyMs: 2_500,
    faults: [[1, leaderIsolatedLong]],
  },
  {
    name: 'rotation',
    about: 'power lost at each step of a rotation',
    everyMs: 350,
    segmentBytes: 4_096,
    faults: [
      [4, atRotation],
      [2, isolate],
      [1, kill],
    ],
  },
  {
    name: 'births',
    about: 'power lost while groups are born and their listing is slow',
    everyMs: 120,
    forMs: 6_000,
    creates: true,
    faults: [
      [4, slowListing],
      [2, atBirth],
      [3, powerLoss],
    ],
  },
  {
    name: 'kill-then-power',
    about: 'killed, started, and then out of power, before what the killed one wrote is known to be synced',
    everyMs: 400,
    faults: [
      [4, killedAtSync],
      [2, powerLossAll],
      [1, powerLoss],
    ],
  },
  {
    name: 'disk-errors',
    about: 'syncs and writes that fail',
    everyMs: 500,
    faults: [
      [4, diskError],
      [1, kill],
    ],
  },
  {
    name: 'many-segments',
    about: 'restarts with very small segments',
    everyMs: 1_500,
    segmentBytes: 1_024,
    faults: [
      [3, kill],
      [1, powerLoss],
    ],
  },
  {
    name: 'restarts',
    about: 'everything dies at once, and comes back',
    everyMs: 1_200,
    faults: [
      [4, powerLossAll],
      [2, kill],
      [2, stop],
      [2, crashAt],
    ],
  },
]

/** Chosen by a draw of its own. */
export const SNAPSHOTS: Scenario = {
  name: 'snapshots',
  about:
    'logs compacted every few entries, followers that come back behind them, power lost at each step of a snapshot',
  everyMs: 500,
  segmentBytes: 4_096,
  snapshotEntries: 6,
  creates: true,
  faults: [
    [5, atSnapshot],
    [3, lagging],
    [2, kill],
    [1, powerLoss],
    [1, powerLossAll],
    [1, stop],
  ],
}

export const SCENARIOS: readonly Scenario[] = [...DRAWN, SNAPSHOTS]
