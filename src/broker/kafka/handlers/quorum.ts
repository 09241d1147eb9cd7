import {KafkaError} from '../../../formats/kafka/errors.ts'
import * as requests from '../../../formats/kafka/generated/describe-quorum-request.ts'
import * as responses from '../../../formats/kafka/generated/describe-quorum-response.ts'
import {api} from '../api.ts'

/** What Kafka's clients call the metadata log; here it is the group `__raft_metadata/0`. */
const METADATA_LOG = '__cluster_metadata'
const CLIENTS = 'PLAINTEXT'

/** KIP-595, KIP-836, KIP-853. Only the metadata group's leader knows how far the others are: others answer NOT_LEADER_OR_FOLLOWER. */
export const describeQuorum = api<requests.DescribeQuorumRequest, responses.DescribeQuorumResponseInit>({
  key: 55,
  name: 'DescribeQuorum',
  versions: requests.describeQuorumRequestVersions,
  flexible: requests.describeQuorumRequestFlexible,
  read: requests.readDescribeQuorumRequest,
  write: responses.writeDescribeQuorumResponse,
  async answer(request, {backend}) {
    const quorum = backend.metadata.quorum()
    const now = backend.io.clock.wallMs()
    const at = (agoMs: number | undefined): number => (agoMs === undefined ? -1 : Math.round(now - agoMs))
    const partition = (topic: string, partitionIndex: number): responses.PartitionDataInit => {
      const refused = (errorCode: number) => ({partitionIndex, errorCode, leaderId: -1, leaderEpoch: -1})
      if (topic !== METADATA_LOG || partitionIndex !== 0) return refused(KafkaError.UNKNOWN_TOPIC_OR_PARTITION)
      if (!quorum) return refused(KafkaError.NOT_LEADER_OR_FOLLOWER)
      return {
        partitionIndex,
        leaderId: quorum.leader,
        leaderEpoch: quorum.epoch,
        highWatermark: quorum.highWatermark,
        currentVoters: quorum.voters.map(v => ({
          replicaId: v.node,
          replicaDirectoryId: v.directoryId,
          logEndOffset: v.end,
          lastFetchTimestamp: at(v.heardAgoMs),
          lastCaughtUpTimestamp: at(v.caughtUpAgoMs),
        })),
      }
    }
    return {
      topics: request.topics.map(({topicName, partitions}) => ({
        topicName,
        partitions: partitions.map(p => partition(topicName, p.partitionIndex)),
      })),
      nodes: backend.metadata
        .brokers()
        .map(({node, host, port}) => ({nodeId: node, listeners: [{name: CLIENTS, host, port}]})),
    }
  },
})
