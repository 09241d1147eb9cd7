import {fromUtf8} from '../base/bytes.ts'
import * as requests from '../formats/kafka/generated/fetch-request.ts'
import * as responses from '../formats/kafka/generated/fetch-response.ts'
import * as listRequests from '../formats/kafka/generated/list-offsets-request.ts'
import * as listResponses from '../formats/kafka/generated/list-offsets-response.ts'
import {BATCH_HEADER_BYTES, iterateRecords, readBatchHeader} from '../formats/record-batch.ts'
import {type Call, type KafkaConnection, Unanswered} from './connection.ts'
import type {KafkaCluster} from './metadata.ts'
import {nameOf} from './producer.ts'

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
  const leader = await cluster.leader(topic, partition, withinMs)
  if (!leader) return {error: 'no leader known'}
  const fetched = await fetchOver(leader, topic, partition, offset, {withinMs, waitMs})
  if ('error' in fetched) cluster.forget(topic, partition)
  return fetched
}

/** Asks the broker at the other end of this connection, whoever leads the partition. */
export async function fetchOver(
  connection: KafkaConnection,
  topic: string,
  partition: number,
  offset: number,
  {withinMs, waitMs}: FetchOptions,
): Promise<Fetched | {error: string}> {
  try {
    const answer = await connection.ask(
      FETCH,
      {
        maxWaitMs: waitMs,
        minBytes: waitMs > 0 ? 1 : 0,
        maxBytes: BYTES_MAX,
        sessionEpoch: -1,
        topics: [{topic, partitions: [{partition, fetchOffset: offset, partitionMaxBytes: BYTES_MAX}]}],
      },
      withinMs,
    )
    const one = answer.responses[0]?.partitions[0]
    if (!one) return {error: 'an answer without the partition'}
    if (one.errorCode !== 0) return {error: nameOf(one.errorCode)}
    return {records: recordsFrom(one.records, offset), highWatermark: one.highWatermark}
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error
    return {error: error.message}
  }
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

/** The offset behind the last record that consumers may read. */
export async function latestOffset(
  cluster: KafkaCluster,
  topic: string,
  partition: number,
  withinMs: number,
): Promise<{offset: number} | {error: string}> {
  const leader = await cluster.leader(topic, partition, withinMs)
  if (!leader) return {error: 'no leader known'}
  try {
    const topics = [{name: topic, partitions: [{partitionIndex: partition, timestamp: -1}]}]
    const answer = await leader.ask(LIST_OFFSETS, {replicaId: -1, topics}, withinMs)
    const one = answer.topics[0]?.partitions[0]
    if (!one) return {error: 'an answer without the partition'}
    if (one.errorCode === 0) return {offset: one.offset}
    cluster.forget(topic, partition)
    return {error: nameOf(one.errorCode)}
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error
    cluster.forget(topic, partition)
    return {error: error.message}
  }
}
