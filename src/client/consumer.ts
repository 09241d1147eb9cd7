import {fromUtf8} from '../base/bytes.ts'
import * as requests from '../formats/kafka/generated/fetch-request.ts'
import * as responses from '../formats/kafka/generated/fetch-response.ts'
import * as listRequests from '../formats/kafka/generated/list-offsets-request.ts'
import * as listResponses from '../formats/kafka/generated/list-offsets-response.ts'
import {BATCH_HEADER_BYTES, iterateRecords, readBatchHeader} from '../formats/record-batch.ts'
import type {Call, KafkaConnection} from './connection.ts'
import {answered, askLeader} from './leader.ts'
import type {KafkaCluster} from './metadata.ts'

const FETCH: Call<requests.FetchRequestInit, responses.FetchResponse> = {
  key: 1,
  version: 12,
  flexible: requests.fetchRequestFlexible,
  write: requests.writeFetchRequest,
  read: responses.readFetchResponse,
}

const LIST_OFFSETS: Call<listRequests.ListOffsetsRequestInit, listResponses.ListOffsetsResponse> = {
  key: 2,
  version: 7,
  flexible: listRequests.listOffsetsRequestFlexible,
  write: listRequests.writeListOffsetsRequest,
  read: listResponses.readListOffsetsResponse,
}

const BYTES_MAX = 1024 * 1024

export interface Fetched {
  records: Array<{offset: number; value: string}>
  highWatermark: number
}

export interface FetchOptions {
  withinMs: number
  /** How long the broker may wait for more than nothing. */
  waitMs: number
}

/** Reads a partition from an offset on; what cannot be read says why. */
export async function fetchFrom(
  cluster: KafkaCluster,
  topic: string,
  partition: number,
  offset: number,
  {withinMs, waitMs}: FetchOptions,
): Promise<Fetched | {error: string}> {
  const at = {topic, partition, withinMs}
  return shown(await askLeader(cluster, at, leader => fetch(leader, at, offset, waitMs)), offset)
}

/** Asks the broker at the other end of this connection, whoever leads the partition. */
export async function fetchOver(
  connection: KafkaConnection,
  topic: string,
  partition: number,
  offset: number,
  {withinMs, waitMs}: FetchOptions,
): Promise<Fetched | {error: string}> {
  const at = {topic, partition, withinMs}
  return shown(await answered(() => fetch(connection, at, offset, waitMs)), offset)
}

async function fetch(
  connection: KafkaConnection,
  {topic, partition, withinMs}: {topic: string; partition: number; withinMs: number},
  offset: number,
  waitMs: number,
): Promise<responses.PartitionData | undefined> {
  const topics = [{topic, partitions: [{partition, fetchOffset: offset, partitionMaxBytes: BYTES_MAX}]}]
  const wanted = {maxWaitMs: waitMs, minBytes: waitMs > 0 ? 1 : 0, maxBytes: BYTES_MAX, sessionEpoch: -1, topics}
  return (await connection.ask(FETCH, wanted, withinMs)).responses[0]?.partitions[0]
}

function shown(one: responses.PartitionData | {error: string}, offset: number): Fetched | {error: string} {
  return 'error' in one ? one : {records: recordsFrom(one.records, offset), highWatermark: one.highWatermark}
}

/** The records at `offset` and behind it; the first batch may begin before. */
function recordsFrom(bytes: Uint8Array | readonly Uint8Array[] | null, offset: number): Fetched['records'] {
  const records: Fetched['records'] = []
  for (const stretch of bytes === null ? [] : bytes instanceof Uint8Array ? [bytes] : bytes)
    for (let at = 0; at + BATCH_HEADER_BYTES <= stretch.length; ) {
      for (const {offset: own, value} of iterateRecords(stretch, at))
        if (own >= offset) records.push({offset: own, value: fromUtf8(value ?? new Uint8Array(0))})
      at += readBatchHeader(stretch, at).bytes
    }
  return records
}

/** Kafka's words for both ends of a log (ListOffsets). */
const TIMESTAMPS = {latest: -1, earliest: -2}

/** `latest`: behind the last record that consumers may read. `earliest`: the first that is there. */
export async function endOf(
  cluster: KafkaCluster,
  end: keyof typeof TIMESTAMPS,
  at: {topic: string; partition: number; withinMs: number},
): Promise<{offset: number} | {error: string}> {
  const one = await askLeader(cluster, at, async leader => {
    const partitions = [{partitionIndex: at.partition, timestamp: TIMESTAMPS[end]}]
    const answer = await leader.ask(LIST_OFFSETS, {replicaId: -1, topics: [{name: at.topic, partitions}]}, at.withinMs)
    return answer.topics[0]?.partitions[0]
  })
  return 'error' in one ? one : {offset: one.offset}
}
