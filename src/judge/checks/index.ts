import type {Check} from '../check.ts'
import {
  allSeen,
  groupOffsetsKept,
  inOrder,
  noAbortedRead,
  noDuplicate,
  noLostWrite,
  noSkip,
  nothingVanished,
  offsetsConsistent,
  realTimeOrder,
} from './client.ts'
import {acknowledgedOnQuorum, framesSound, hardStateFits, logWhole, oneVoteATerm, payloadsDecode} from './disk.ts'
import {leaderInLogs, nothingTakenBack} from './elsewhere.ts'
import {
  commitNeverFalls,
  leaderElected,
  metadataEqual,
  oneLeaderATerm,
  rejoinedAsFollower,
  termNeverFalls,
  writesGoOn,
} from './live.ts'
import {faultLanded, nobodyDiedAlone} from './process.ts'
import {entriesRecovered, hardStateRecovered} from './recovered.ts'

/** Every check there is, by its id. */
export const CHECKS: ReadonlyMap<string, Check> = new Map(
  [
    framesSound,
    payloadsDecode,
    logWhole,
    hardStateFits,
    oneVoteATerm,
    acknowledgedOnQuorum,
    hardStateRecovered,
    entriesRecovered,
    nothingTakenBack,
    leaderInLogs,
    oneLeaderATerm,
    termNeverFalls,
    commitNeverFalls,
    leaderElected,
    rejoinedAsFollower,
    writesGoOn,
    metadataEqual,
    noLostWrite,
    allSeen,
    groupOffsetsKept,
    offsetsConsistent,
    noDuplicate,
    inOrder,
    noSkip,
    nothingVanished,
    noAbortedRead,
    realTimeOrder,
    groupOffsetsKept,
    faultLanded,
    nobodyDiedAlone,
  ].map(c => [c.id, c]),
)
