import {
  addNode,
  atBirth,
  atRenewal,
  atRotation,
  atSnapshot,
  badSector,
  clockJump,
  clockRate,
  crashAs,
  crashAt,
  cut,
  diskError,
  diskFull,
  diskStall,
  flip,
  hitAs,
  inNetworkCall,
  isolate,
  kill,
  killedAtSync,
  lagging,
  leaderDies,
  leaderIsolated,
  leaderIsolatedLong,
  leaderPausedClockBack,
  leaderStops,
  type Make,
  misdirect,
  onBad,
  pause,
  powerLoss,
  powerLossAll,
  readError,
  removeNode,
  repair,
  replaceNode,
  reset,
  resetInFrame,
  restartAll,
  rollingRestart,
  shape,
  slowListing,
  slowRenewal,
  stop,
  wipe,
} from './fault-makers.ts'
import type {CoreSizes} from './schedule.ts'

/** A kind of run: which faults, how often. `random` draws from all of them. */
export interface Scenario {
  name: string
  about: string
  /** Mean time between two faults, ms. */
  everyMs: number
  /** Faults by weight. */
  faults: ReadonlyArray<[weight: number, make: Make]>
  nodes?: readonly number[]
  /** With fewer it means nothing. */
  nodesMin?: number
  /** Machines that can be added. */
  spares?: number
  forMs?: number
  segmentBytes?: number
  snapshotEntries?: number
  /** Engine and topic defaults that are others than a node has them. */
  settings?: Readonly<Record<string, number | string>>
  core?: Readonly<CoreSizes>
  /** So many sends, reads or creations at a time, of values so long at most. */
  burst?: number
  valueBytes?: number
  /** Some who read begin at the start of the log: what they are given is read from disks. */
  rereads?: boolean
  /** Records are deleted by clients. */
  deletes?: boolean
  /** Of a thousand operations so many create a topic, beside the few that all scenarios have. */
  creates?: number
  /** Power losses also take the synced bytes of sectors that were being written. */
  tornSectors?: boolean
  /** And written to as soon as they may be there. */
  writesToNew?: boolean
  /** Clients send, read and ask for the end, nothing else: there are three groups. */
  plain?: boolean
  /** So many topics are deleted and made again under their names, and written to all the while. */
  renews?: number
}

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
      [1, reset],
      [1, resetInFrame],
      [2, inNetworkCall],
      [2, hitAs],
      [1, clockJump],
      [1, clockRate],
      [1, diskError],
      [1, readError],
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
      [3, hitAs],
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
      [1, readError],
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
    creates: 300,
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
    about: 'syncs, writes and reads that fail',
    everyMs: 500,
    rereads: true,
    faults: [
      [4, diskError],
      [3, readError],
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
      [2, restartAll],
      [2, kill],
      [2, stop],
      [2, crashAt],
    ],
  },
  {
    name: 'rolling-restart',
    about: 'all are stopped and started, one after the other, while leaders die',
    everyMs: 4_000,
    faults: [
      [3, rollingRestart],
      [1, kill],
      [1, powerLoss],
    ],
  },
  {
    name: 'leader-churn',
    about: 'leaders that stop, die, pause or are cut off as soon as somebody follows them',
    everyMs: 350,
    faults: [
      [4, hitAs],
      [3, leaderStops],
      [2, leaderDies],
      [1, crashAs],
    ],
  },
  {
    name: 'connections',
    about: 'nodes that die in calls to the network, connections that break inside a message',
    everyMs: 350,
    faults: [
      [4, inNetworkCall],
      [4, resetInFrame],
      [2, reset],
      [2, shape],
      [1, cut],
    ],
  },
  {
    name: 'bad-minority',
    about:
      'one disk that flips bits, loses sectors, writes elsewhere, is repaired, fails, stalls and is full, beside nodes that die',
    everyMs: 800,
    rereads: true,
    faults: [
      [2, flip],
      [1, badSector],
      [2, misdirect],
      [2, repair],
      [1, onBad(readError)],
      [2, onBad(diskError)],
      [2, onBad(diskStall)],
      [1, onBad(diskFull)],
      [2, kill],
      [1, powerLoss],
    ],
  },
  {
    name: 'lost-disk',
    about: 'a node that comes back under its old id with an empty disk, beside nodes that die',
    everyMs: 1_500,
    faults: [
      [2, wipe],
      [2, kill],
      [1, powerLoss],
      [1, isolate],
      [1, cut],
    ],
  },
  {
    name: 'torn-sectors',
    about: 'power losses that take whole sectors with what was synced in them',
    everyMs: 500,
    tornSectors: true,
    faults: [
      [4, crashAt],
      [2, powerLoss],
      [1, powerLossAll],
      [1, diskFull],
    ],
  },
  {
    name: 'more-nodes',
    about: 'four and five nodes',
    everyMs: 700,
    nodes: [4, 5],
    faults: [
      [3, kill],
      [3, powerLoss],
      [3, crashAs],
      [2, hitAs],
      [2, crashAt],
      [2, cut],
      [2, isolate],
      [1, shape],
      [1, pause],
      [1, stop],
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
  creates: 60,
  faults: [
    [5, atSnapshot],
    [3, lagging],
    [2, kill],
    [1, powerLoss],
    [1, powerLossAll],
    [1, stop],
  ],
}

/** As SNAPSHOTS, chosen by a draw of its own. */
export const DELETIONS: Scenario = {
  name: 'deletions',
  about:
    'records that are deleted segment by segment, replicas that come back behind the start of the log, power lost meanwhile',
  everyMs: 500,
  segmentBytes: 1_024,
  deletes: true,
  faults: [
    [3, atSnapshot],
    [3, lagging],
    [2, kill],
    [2, leaderIsolated],
    [1, powerLoss],
    [1, powerLossAll],
    [1, stop],
  ],
}

/** As SNAPSHOTS, chosen by a draw of its own. */
export const MEMBERS: Scenario = {
  name: 'members',
  about: 'nodes that are added, removed and replaced, beside nodes that die and links that are cut',
  everyMs: 900,
  // Three replicas of everything: a disk that is replaced is never the last one.
  nodesMin: 3,
  spares: 2,
  snapshotEntries: 6,
  faults: [
    [3, addNode],
    [3, removeNode],
    [3, replaceNode],
    [3, kill],
    [2, powerLoss],
    [2, crashAs],
    [1, crashAt],
    [2, isolate],
    [2, cut],
    [1, hitAs],
    [1, pause],
  ],
}

/** As SNAPSHOTS, chosen by a draw of its own. */
export const NARROW: Scenario = {
  name: 'narrow',
  about: 'appends of one or two entries, of which few are on their way; leaders that go on writing alone; slow syncs',
  everyMs: 350,
  core: {maxSizePerMessage: 300, maxInflightMessages: 3, maxCommittedSizePerReady: 400},
  burst: 3,
  plain: true,
  faults: [
    [4, leaderIsolated],
    [3, hitAs],
    [2, shape],
    [3, diskStall],
    [1, lagging],
    [2, kill],
    [1, powerLoss],
  ],
}

/** As SNAPSHOTS, chosen by a draw of its own. */
export const TOPICS: Scenario = {
  name: 'topics',
  about:
    'topics that are deleted and made again under their names while nodes are cut off, dead or slow and clients write to them',
  everyMs: 400,
  renews: 2,
  faults: [
    [4, lagging],
    [4, atRenewal],
    [4, slowRenewal],
    [2, leaderIsolated],
    [2, hitAs],
    [2, pause],
    [1, cut],
    [2, kill],
    [2, powerLoss],
    [1, powerLossAll],
    [1, stop],
  ],
}

export const SCENARIOS: readonly Scenario[] = [...DRAWN, SNAPSHOTS, DELETIONS, MEMBERS, NARROW, TOPICS]
