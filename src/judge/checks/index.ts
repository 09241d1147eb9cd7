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
import {damageRefused} from './damage.ts'
import {
  acknowledgedByLeader,
  acknowledgedOnQuorum,
  framesSound,
  hardStateFits,
  logWhole,
  oneVoteATerm,
  payloadsDecode,
} from './disk.ts'
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
import {leaderComplete, logsMatch, minorityCannotCommit, stateEqual} from './logs.ts'
import {membersEqual} from './members.ts'
import {faultLanded, nobodyDiedAlone} from './process.ts'
import {entriesRecovered, hardStateRecovered} from './recovered.ts'
import {snapshotsSound} from './snapshots.ts'
import {topicsAsOrdered} from './topics.ts'

/** Every check there is, by its id. */
export const CHECKS: ReadonlyMap<string, Check> = new Map(
  [
    framesSound,
    payloadsDecode,
    logWhole,
    hardStateFits,
    oneVoteATerm,
    snapshotsSound,
    acknowledgedOnQuorum,
    acknowledgedByLeader,
    hardStateRecovered,
    entriesRecovered,
    nothingTakenBack,
    leaderInLogs,
    oneLeaderATerm,
    termNeverFalls,
    commitNeverFalls,
    stateEqual,
    leaderComplete,
    logsMatch,
    membersEqual,
    leaderElected,
    rejoinedAsFollower,
    writesGoOn,
    metadataEqual,
    topicsAsOrdered,
    noLostWrite,
    minorityCannotCommit,
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
    damageRefused,
    nobodyDiedAlone,
  ].map(c => [c.id, c]),
)
