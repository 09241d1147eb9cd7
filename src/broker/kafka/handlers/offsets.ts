import {KafkaError} from '../../../formats/kafka/errors.ts'
import * as listRequests from '../../../formats/kafka/generated/list-offsets-request.ts'
import * as listResponses from '../../../formats/kafka/generated/list-offsets-response.ts'
import * as epochRequests from '../../../formats/kafka/generated/offset-for-leader-epoch-request.ts'
import * as epochResponses from '../../../formats/kafka/generated/offset-for-leader-epoch-response.ts'
import type {Backend, Partition} from '../../backend.ts'
import {api} from '../api.ts'
import {checkEpoch} from './fetch.ts'

const LATEST = -1
const EARLIEST = -2
const MAX_TIMESTAMP = -3
const EARLIEST_LOCAL = -4

export const listOffsets = api<listRequests.ListOffsetsRequest, listResponses.ListOffsetsResponseInit>({
  key: 2,
  name: 'ListOffsets',
  versions: listRequests.listOffsetsRequestVersions,
  flexible: listRequests.listOffsetsRequestFlexible,
  read: listRequests.readListOffsetsRequest,
  write: listResponses.writeListOffsetsResponse,
  async answer(request, {backend}) {
    const topics = await Promise.all(
      request.topics.map(async t => ({
        name: t.name,
        partitions: await Promise.all(t.partitions.map(p => list(backend, t.name, p))),
      })),
    )
    return {topics}
  },
})

async function list(
  backend: Backend,
  topic: string,
  asked: listRequests.ListOffsetsPartition,
): Promise<listResponses.ListOffsetsPartitionResponseInit> {
  const {partitionIndex, timestamp} = asked
  const found = servingPartition(backend, topic, partitionIndex, asked.currentLeaderEpoch)
  if (typeof found === 'number') return {partitionIndex, errorCode: found}
  // Another may lead by now, and have committed more.
  if (!(await found.readable())) return {partitionIndex, errorCode: KafkaError.NOT_LEADER_OR_FOLLOWER}
  const {epoch: leaderEpoch} = found
  switch (timestamp) {
    case LATEST:
      return {partitionIndex, timestamp: -1, offset: found.highWatermark, leaderEpoch}
    case EARLIEST:
    case EARLIEST_LOCAL:
      return {partitionIndex, timestamp: -1, offset: found.logStartOffset, leaderEpoch}
    default: {
      // Other special values speak of tiered storage: nothing is there.
      const at =
        timestamp === MAX_TIMESTAMP
          ? await found.newestTimestamp()
          : timestamp < 0
            ? {offset: -1, timestampMs: -1}
            : await found.offsetForTimestamp(timestamp)
      return {
        partitionIndex,
        timestamp: at.timestampMs,
        offset: at.offset,
        leaderEpoch: at.offset < 0 ? -1 : leaderEpoch,
      }
    }
  }
}

/** The partition, when it may answer with the newest offsets; else the error that makes a client look for the leader. */
function servingPartition(backend: Backend, topic: string, index: number, epoch: number): Partition | number {
  const partition = backend.partition(topic, index)
  if (!partition)
    return backend.metadata.topic(topic)?.partitions.some(p => p.partition === index)
      ? KafkaError.NOT_LEADER_OR_FOLLOWER
      : KafkaError.UNKNOWN_TOPIC_OR_PARTITION
  return checkEpoch(partition, epoch) || partition.refusal() || partition
}

export const offsetForLeaderEpoch = api<
  epochRequests.OffsetForLeaderEpochRequest,
  epochResponses.OffsetForLeaderEpochResponseInit
>({
  key: 23,
  name: 'OffsetForLeaderEpoch',
  versions: epochRequests.offsetForLeaderEpochRequestVersions,
  flexible: epochRequests.offsetForLeaderEpochRequestFlexible,
  read: epochRequests.readOffsetForLeaderEpochRequest,
  write: epochResponses.writeOffsetForLeaderEpochResponse,
  async answer(request, {backend}) {
    return {
      topics: request.topics.map(t => ({
        topic: t.topic,
        partitions: t.partitions.map(p => {
          const found = servingPartition(backend, t.topic, p.partition, p.currentLeaderEpoch)
          if (typeof found === 'number') return {partition: p.partition, errorCode: found}
          const {epoch: leaderEpoch, endOffset} = found.endOffsetForEpoch(p.leaderEpoch)
          return {partition: p.partition, errorCode: 0, leaderEpoch, endOffset}
        }),
      })),
    }
  },
})
