import type {CrashPoint} from './machine.ts'
import type {Fault, Who} from './schedule.ts'
import {between, chance, oneOf, type Streams} from './streams.ts'

export type Random = ReturnType<Streams['of']>

/** Draws one fault; `groups` are those that are there from the beginning, the metadata first. */
export type Make = (r: Random, groups: readonly string[]) => Fault

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

export const kill: Make = (r, g) => ({do: 'kill', who: who(r, g), downMs: down(r)})
export const powerLoss: Make = (r, g) => ({do: 'power-loss', who: who(r, g), downMs: down(r)})
export const powerLossAll: Make = r => ({do: 'power-loss-all', downMs: down(r)})
export const stop: Make = (r, g) => ({do: 'stop', who: who(r, g), downMs: down(r)})
export const pause: Make = (r, g) => ({do: 'pause', who: who(r, g), forMs: between(r, 20, 1_500)})
export const crashAt: Make = (r, g) => ({
  do: 'crash-at',
  who: who(r, g),
  point: point(r),
  downMs: down(r),
  ...(chance(r, 350) ? {again: pointInRecovery(r)} : {}),
})
export const crashAs: Make = (r, g) => ({
  do: 'crash-as',
  role: oneOf(r, ['candidate', 'leader'] as const),
  group: oneOf(r, g),
  afterMs: oneOf(r, [0, 0, 1, 3, between(r, 1, 60)]),
  power: chance(r, 500),
  downMs: down(r),
})
export const cut: Make = (r, g) => ({
  do: 'cut',
  from: who(r, g),
  to: who(r, g),
  bothWays: chance(r, 300),
  forMs: between(r, 50, 2_500),
})
export const isolate: Make = (r, g) => ({do: 'isolate', who: who(r, g), forMs: between(r, 50, 2_500)})
export const shape: Make = (r, g) => ({
  do: 'shape',
  from: who(r, g),
  to: who(r, g),
  delayMs: oneOf(r, [0, 0, 5, 40, 200]),
  drop: oneOf(r, [0, 20, 100, 400]),
  double: oneOf(r, [0, 50, 200]),
  reorder: oneOf(r, [0, 50, 300]),
  forMs: between(r, 200, 3_000),
})
export const reset: Make = (r, g) => ({do: 'reset', who: who(r, g), other: who(r, g)})
export const clockJump: Make = (r, g) => ({
  do: 'clock-jump',
  who: who(r, g),
  byMs: oneOf(r, [-3_600_000, -1_000, 1_000, 3_600_000, 86_400_000]),
})
export const clockRate: Make = (r, g) => ({
  do: 'clock-rate',
  who: who(r, g),
  permille: oneOf(r, [900, 950, 1_050, 1_150]),
  forMs: between(r, 500, 4_000),
})
export const diskError: Make = (r, g) => ({
  do: 'disk-error',
  who: who(r, g),
  call: oneOf(r, ['sync', 'append'] as const),
  path: oneOf(r, ['wal/', '__raft_metadata', 'groups.log']),
  skip: r.below(20),
  downMs: down(r),
})
export const readError: Make = (r, g) => ({
  do: 'read-error',
  who: who(r, g),
  path: oneOf(r, ['wal/', 'wal/', '__raft_metadata', '.snap', '']),
  skip: r.below(4),
  recovering: chance(r, 600),
  downMs: down(r),
})
export const diskStall: Make = (r, g) => ({
  do: 'disk-stall',
  who: who(r, g),
  call: oneOf(r, ['sync', 'append', 'syncDir'] as const),
  path: oneOf(r, ['wal/', '__raft_metadata', '']),
  skip: r.below(10),
  stallMs: oneOf(r, [30, 200, 700, 2_000]),
})
export const diskFull: Make = (r, g) => ({
  do: 'disk-full',
  who: who(r, g),
  bytes: between(r, 0, 4_000),
  forMs: between(r, 200, 2_500),
})

export const leaderDies: Make = (r, g) => ({
  do: 'crash-as',
  role: 'leader',
  group: oneOf(r, g),
  afterMs: between(r, 0, 40),
  power: chance(r, 300),
  downMs: between(r, 5, 400),
})
export const leaderIsolated: Make = (r, g) => ({
  do: 'isolate',
  who: {leaderOf: oneOf(r, g)},
  forMs: between(r, 150, 1_200),
})
export const leaderIsolatedLong: Make = (r, g) => ({
  do: 'isolate',
  who: {leaderOf: oneOf(r, g.slice(1))},
  forMs: between(r, 2_500, 5_000),
})
export const leaderPausedClockBack: Make = (r, g) => ({
  do: 'pause',
  who: {leaderOf: oneOf(r, g.slice(1))},
  forMs: between(r, 500, 2_000),
  clockMs: -between(r, 3_000, 3_600_000),
  cutMs: 400,
})
export const slowListing: Make = (r, g) => ({
  do: 'disk-stall',
  who: who(r, g),
  call: 'sync',
  path: 'groups.log',
  skip: 0,
  stallMs: between(r, 50, 400),
})
export const atRotation: Make = (r, g) => {
  const [call, path] = oneOf(r, [
    ['create', 'wal/'],
    ['syncDir', 'wal/'],
    ['append', '.log'],
    ['sync', '.log'],
  ] as const)
  const dying = {call, path, skip: r.below(4), when: oneOf(r, ['before', 'after'] as const), power: chance(r, 900)}
  return {do: 'crash-at', who: who(r, g), point: dying, downMs: between(r, 20, 200)}
}
export const atBirth: Make = (r, g) => ({
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
/** What happens to the directory of a topic that is deleted or made: its lines in groups.log, its name, its first segment. */
const RENEWAL = [
  ['rename', 'wal/again'],
  ['rename', 'wal/again'],
  ['syncDir', 'wal'],
  ['makeDir', 'wal/again'],
  ['create', 'topic.json'],
  ['append', 'topic.json'],
  ['sync', 'topic.json'],
  ['append', 'groups.log'],
  ['sync', 'groups.log'],
  ['create', 'wal/again'],
  ['sync', 'wal/again'],
] as const
export const atRenewal: Make = (r, g) => {
  const [call, path] = oneOf(r, RENEWAL)
  const when = oneOf(r, ['before', 'inside', 'after'] as const)
  const dying = {call, path, skip: r.below(2), when, power: chance(r, 700)}
  return {
    do: 'crash-at',
    who: who(r, g),
    point: dying,
    downMs: down(r),
    ...(chance(r, 350) ? {again: pointInRecovery(r)} : {}),
  }
}
export const slowRenewal: Make = (r, g) => {
  const [call, path] = oneOf(r, RENEWAL)
  return {do: 'disk-stall', who: who(r, g), call, path, skip: r.below(2), stallMs: oneOf(r, [30, 200, 700, 2_000])}
}
/** Gone for so long that the others have compacted what it lacks, unless they were gone too. */
export const lagging: Make = (r, g) => ({
  do: 'isolate',
  who: {followerOf: oneOf(r, g), nth: r.below(2)},
  forMs: between(r, 800, 3_500),
})
export const atSnapshot: Make = (r, g) => {
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
export const inNetworkCall: Make = (r, g) => ({
  do: 'crash-at',
  who: who(r, g),
  point: {
    call: oneOf(r, ['connect', 'accept', 'write', 'write', 'write', 'data'] as const),
    path: oneOf(r, ['peer', 'peer', 'client']),
    skip: r.below(60),
    when: oneOf(r, ['before', 'inside', 'after'] as const),
    power: chance(r, 400),
  },
  downMs: down(r),
})
export const resetInFrame: Make = (r, g) => ({do: 'reset', who: who(r, g), other: who(r, g), midFrame: true})
export const hitAs: Make = (r, g) => ({
  do: 'hit-as',
  role: oneOf(r, ['candidate', 'leader'] as const),
  group: oneOf(r, g),
  afterMs: oneOf(r, [0, 1, between(r, 1, 60)]),
  how: oneOf(r, ['isolate', 'pause'] as const),
  forMs: between(r, 50, 1_200),
})
export const leaderStops: Make = (r, g) => ({do: 'stop', who: {leaderOf: oneOf(r, g)}, downMs: between(r, 5, 300)})
export const restartAll: Make = r => ({do: 'restart-all', rolling: false, downMs: between(r, 5, 400)})
export const rollingRestart: Make = r => ({do: 'restart-all', rolling: true, downMs: between(r, 5, 400)})
/** Whose disk is a bad one, where only one is. */
export const BAD = 2
export const flip: Make = () => ({do: 'flip', who: BAD})
export const badSector: Make = () => ({do: 'bad-sector', who: BAD})
export const misdirect: Make = () => ({do: 'misdirect', who: BAD})
export const repair: Make = () => ({do: 'repair'})
export const wipe: Make = (r, g) => ({do: 'wipe', who: who(r, g), downMs: between(r, 50, 800)})
export const addNode: Make = (r, g) => ({do: 'members', what: 'add', who: who(r, g)})
export const removeNode: Make = (r, g) => ({do: 'members', what: 'remove', who: who(r, g, 5)})
export const replaceNode: Make = (r, g) => ({do: 'members', what: 'replace', who: who(r, g, 5)})
export const onBad =
  (make: Make): Make =>
  (r, g) =>
    ({...make(r, g), who: BAD}) as Fault
export const killedAtSync: Make = (r, g) => ({
  do: 'crash-at',
  who: who(r, g),
  point: {call: 'sync', path: '.log', skip: r.below(6), when: 'before', power: false},
  downMs: between(r, 5, 60),
})

/** A seed draws one of these, mostly the first. */
