import {KafkaError} from '../../../formats/kafka/errors.ts'
import * as requests from '../../../formats/kafka/generated/delete-records-request.ts'
import * as responses from '../../../formats/kafka/generated/delete-records-response.ts'
import type {Backend} from '../../backend.ts'
import {api} from '../api.ts'
import {within} from '../within.ts'

type Answered = responses.DeleteRecordsPartitionResultInit

/** KIP-107: answered when the new log start is committed. */
export const deleteRecords = api<requests.DeleteRecordsRequest, responses.DeleteRecordsResponseInit>({
  key: 21,
  name: 'DeleteRecords',
  versions: requests.deleteRecordsRequestVersions,
  flexible: requests.deleteRecordsRequestFlexible,
  read: requests.readDeleteRecordsRequest,
  write: responses.writeDeleteRecordsResponse,
  async answer(request, {backend}) {
    const asked = request.topics.flatMap(({name, partitions}) => partitions.map(p => ({name, ...p})))
    const answered = await within(
      backend,
      request.timeoutMs,
      asked.map(({name, offset, partitionIndex}) => deleteBefore(backend, name, partitionIndex, offset)),
      n => refusal(asked[n].partitionIndex, KafkaError.REQUEST_TIMED_OUT),
    )
    let next = 0
    return {
      topics: request.topics.map(({name, partitions}) => ({name, partitions: partitions.map(() => answered[next++])})),
    }
  },
})

function refusal(partitionIndex: number, errorCode: number): Answered {
  return {partitionIndex, errorCode, lowWatermark: -1}
}

async function deleteBefore(backend: Backend, topic: string, index: number, offset: number): Promise<Answered> {
  const view = backend.metadata.topic(topic)
  if (!view?.partitions.some(p => p.partition === index)) return refusal(index, KafkaError.UNKNOWN_TOPIC_OR_PARTITION)
  // As with Kafka, records of internal topics, and of topics that are compacted alone, are not deleted by clients.
  if (topic.startsWith('__')) return refusal(index, KafkaError.INVALID_TOPIC)
  if (view.configs['cleanup.policy'] === 'compact') return refusal(index, KafkaError.POLICY_VIOLATION)
  const partition = backend.partition(topic, index)
  if (!partition) return refusal(index, KafkaError.NOT_LEADER_OR_FOLLOWER)
  const done = await partition.deleteBefore(offset)
  return 'error' in done
    ? refusal(index, done.error)
    : {partitionIndex: index, errorCode: 0, lowWatermark: done.logStartOffset}
}
