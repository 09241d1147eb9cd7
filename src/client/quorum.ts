import type {NodeId, Term} from '../base/ids.ts'
import * as requests from '../formats/kafka/generated/describe-quorum-request.ts'
import * as responses from '../formats/kafka/generated/describe-quorum-response.ts'
import type {Call, KafkaConnection} from './connection.ts'

/** The key of the API: whoever lists it knows of a metadata quorum. */
export const DESCRIBE_QUORUM = 55

const CALL: Call<requests.DescribeQuorumRequestInit, responses.DescribeQuorumResponse> = {
  key: DESCRIBE_QUORUM,
  version: 2,
  flexible: requests.describeQuorumRequestFlexible,
  write: requests.writeDescribeQuorumRequest,
  read: responses.readDescribeQuorumResponse,
}

const METADATA_LOG = '__cluster_metadata'

/** One replica of the metadata log, by its leader's account. Times are wall clock ms; -1: not known. */
export interface QuorumReplica {
  node: NodeId
  /** 16 bytes, hex. */
  directoryId: string
  /** Offset behind the last one that it holds. */
  logEndOffset: number
  lastFetchMs: number
  lastCaughtUpMs: number
}

export interface Quorum {
  leader: NodeId
  epoch: Term
  highWatermark: number
  voters: QuorumReplica[]
  observers: QuorumReplica[]
  nodes: Array<{node: NodeId; listeners: Array<{name: string; host: string; port: number}>}>
}

/**
 * What a node says of the metadata quorum (KIP-595); a Kafka error code when it cannot: only the leader can. Refused with `Unanswered`. `version`: 2 is told by
 * Kafka since 3.9, older ones tell 0 and 1, without directories and listeners.
 */
export async function describeQuorum(
  from: KafkaConnection,
  withinMs: number,
  version = CALL.version,
): Promise<Quorum | number> {
  const asked = [{topicName: METADATA_LOG, partitions: [{partitionIndex: 0}]}]
  const answer = await from.ask({...CALL, version}, {topics: asked}, withinMs)
  const seen = answer.topics[0]?.partitions[0]
  const wrong = answer.errorCode || seen?.errorCode
  if (!seen || wrong) return wrong || -1
  const replica = (r: responses.ReplicaState): QuorumReplica => ({
    node: r.replicaId,
    directoryId: r.replicaDirectoryId,
    logEndOffset: r.logEndOffset,
    lastFetchMs: r.lastFetchTimestamp,
    lastCaughtUpMs: r.lastCaughtUpTimestamp,
  })
  return {
    leader: seen.leaderId,
    epoch: seen.leaderEpoch,
    highWatermark: seen.highWatermark,
    voters: seen.currentVoters.map(replica),
    observers: seen.observers.map(replica),
    nodes: answer.nodes.map(n => ({
      node: n.nodeId,
      listeners: n.listeners.map(({name, host, port}) => ({name, host, port})),
    })),
  }
}
