import type {EngineContract} from '../../contracts/engine.ts'

export const CLUSTER_METADATA = '__cluster_metadata/0'

const JVM = 'Apache Kafka is a program of its own: this is done inside of the embedded broker only'

/** What Kafka in KRaft mode promises, and how its state moves (KIP-595, KIP-966). */
export const contract: EngineContract = {
  metadataGroup: CLUSTER_METADATA,
  acknowledged:
    'in the page caches of the in-sync replicas; with flush.messages=1 synced there first. The metadata log and quorum-state are always synced',
  rules: {
    commitOnDisk: false,
    winnerForgetsItsVote: true,
    opaqueTopics: true,
    cutsAndFetchesAgain: true,
    highWatermarkMayLag: true,
    loadAcks: 'all',
    leaderWithinMs: 20_000,
  },
  cannot: {
    links:
      'its brokers find each other by the addresses that each of them registers in the metadata, the same for all: no relay can stand in one direction',
    disk: JVM,
    clock: JVM,
    'power-loss':
      'which bytes of a Kafka node are synced cannot be seen from outside; a power loss that only guesses would prove nothing',
    'crash-points': JVM,
    plants: JVM,
    members: "Kafka's own kafka-metadata-quorum.sh adds and removes controllers; chronik does not drive it",
  },
}
