import {KafkaError} from '../formats/kafka/errors.ts'
import * as createRequests from '../formats/kafka/generated/create-topics-request.ts'
import * as createResponses from '../formats/kafka/generated/create-topics-response.ts'
import * as recordRequests from '../formats/kafka/generated/delete-records-request.ts'
import * as recordResponses from '../formats/kafka/generated/delete-records-response.ts'
import * as deleteRequests from '../formats/kafka/generated/delete-topics-request.ts'
import * as deleteResponses from '../formats/kafka/generated/delete-topics-response.ts'
import type {Call} from './connection.ts'
import {askLeader} from './leader.ts'
import type {KafkaCluster} from './metadata.ts'

const CREATE_TOPICS: Call<createRequests.CreateTopicsRequestInit, createResponses.CreateTopicsResponse> = {
  key: 19,
  version: 7,
  flexible: createRequests.createTopicsRequestFlexible,
  write: createRequests.writeCreateTopicsRequest,
  read: createResponses.readCreateTopicsResponse,
}

const DELETE_TOPICS: Call<deleteRequests.DeleteTopicsRequestInit, deleteResponses.DeleteTopicsResponse> = {
  key: 20,
  version: 5,
  flexible: deleteRequests.deleteTopicsRequestFlexible,
  write: deleteRequests.writeDeleteTopicsRequest,
  read: deleteResponses.readDeleteTopicsResponse,
}

const DELETE_RECORDS: Call<recordRequests.DeleteRecordsRequestInit, recordResponses.DeleteRecordsResponse> = {
  key: 21,
  version: 2,
  flexible: recordRequests.deleteRecordsRequestFlexible,
  write: recordRequests.writeDeleteRecordsRequest,
  read: recordResponses.readDeleteRecordsResponse,
}

export interface NewTopic {
  topic: string
  partitions: number
  replicationFactor: number
}

/** Gives the error code of the broker that was asked, 0 when it was created. Refused with `Unanswered` when no answer came. */
export async function createTopic(cluster: KafkaCluster, wanted: NewTopic, withinMs: number): Promise<number> {
  const {topic: name, partitions: numPartitions, replicationFactor} = wanted
  const answer = await cluster
    .any()
    .ask(CREATE_TOPICS, {topics: [{name, numPartitions, replicationFactor}], timeoutMs: withinMs}, withinMs)
  return answer.topics[0]?.errorCode ?? -1
}

export async function deleteTopic(cluster: KafkaCluster, topic: string, withinMs: number): Promise<number> {
  const answer = await cluster.any().ask(DELETE_TOPICS, {topicNames: [topic], timeoutMs: withinMs}, withinMs)
  return answer.responses[0]?.errorCode ?? -1
}

/** Deletes the records below `offset`, -1: all that are committed (KIP-107). Gives where the log begins then; an error leaves it open whether that happens. */
export async function deleteRecords(
  cluster: KafkaCluster,
  at: {topic: string; partition: number; withinMs: number},
  offset: number,
): Promise<{logStart: number} | {error: string}> {
  const one = await askLeader(cluster, at, async leader => {
    const partitions = [{partitionIndex: at.partition, offset}]
    const wanted = {topics: [{name: at.topic, partitions}], timeoutMs: at.withinMs}
    return (await leader.ask(DELETE_RECORDS, wanted, at.withinMs)).topics[0]?.partitions[0]
  })
  return 'error' in one ? one : {logStart: one.lowWatermark}
}

const SURELY_NOT: ReadonlySet<number> = new Set([
  KafkaError.INVALID_TOPIC,
  KafkaError.TOPIC_ALREADY_EXISTS,
  KafkaError.UNKNOWN_TOPIC_OR_PARTITION,
  KafkaError.INVALID_PARTITIONS,
  KafkaError.INVALID_REPLICATION_FACTOR,
])

/** Does this answer to an order about a topic say that nothing was done? Others leave it open. */
export function surelyNotDone(code: number): boolean {
  return SURELY_NOT.has(code)
}
