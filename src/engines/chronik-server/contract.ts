import {METADATA_GROUP} from '../../base/ids.ts'
import type {EngineContract} from '../../contracts/engine.ts'

const OWN = 'chronik-server is a program of its own: this is done inside of the embedded broker only'

/** What chronik-server claims. Its log phrases, its metadata group and its framing on disk are those that the embedded broker took over from it. */
export const contract: EngineContract = {
  metadataGroup: METADATA_GROUP,
  acknowledged: 'synced on the leader for acks=1, on the in-sync replicas for acks=all',
  rules: {
    commitOnDisk: true,
    winnerForgetsItsVote: false,
    opaqueTopics: true,
    cutsAndFetchesAgain: false,
    highWatermarkMayLag: true,
    loadAcks: '1',
    leaderWithinMs: 10_000,
  },
  cannot: {
    links: 'its nodes dial each other at the addresses that they are given, on ports that follow from their own',
    disk: OWN,
    clock: OWN,
    'power-loss': OWN,
    'crash-points': OWN,
    plants: OWN,
    members: 'chronik has no way to ask a chronik-server for a change of its members',
  },
}
