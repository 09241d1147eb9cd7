import {KafkaError} from '../../../formats/kafka/errors.ts'
import * as requests from '../../../formats/kafka/generated/produce-request.ts'
import * as responses from '../../../formats/kafka/generated/produce-response.ts'
import {checkBatch} from '../../../formats/record-batch.ts'
import type {Backend} from '../../backend.ts'
import {api} from '../api.ts'

const OFFSETS_TOPIC = '__consumer_offsets'
/** Log starts with the records (KIP-98); older message formats are not taken. */
export const produce = api<requests.ProduceRequest, responses.ProduceResponseInit>({
  key: 0,
  name: 'Produce',
  versions: requests.produceRequestVersions,
  flexible: requests.produceRequestFlexible,
  read: requests.readProduceRequest,
  write: responses.writeProduceResponse,
  async answer(request, {backend}) {
    const {acks} = request
    const topics = request.topicData.map(topic => {
      const view = topic.name === '' ? backend.metadata.topicById(topic.topicId) : backend.metadata.topic(topic.name)
      const partitions = topic.partitionData.map(p => append(backend, view?.name, topic.name === '', p, acks))
      return {name: topic.name, topicId: topic.topicId, partitions}
    })
    const answered = await Promise.all(
      topics.map(async t => ({
        name: t.name,
        topicId: t.topicId,
        partitionResponses: await Promise.all(t.partitions),
      })),
    )
    return acks === 0 ? undefined : {responses: answered}
  },
})

async function append(
  backend: Backend,
  topic: string | undefined,
  byId: boolean,
  data: requests.PartitionProduceData,
  acks: number,
): Promise<responses.PartitionProduceResponseInit> {
  const {index} = data
  const refuse = (errorCode: number, errorMessage: string | null = null): responses.PartitionProduceResponseInit => ({
    index,
    errorCode,
    errorMessage,
    baseOffset: -1,
  })
  if (acks !== -1 && acks !== 0 && acks !== 1) return refuse(KafkaError.INVALID_REQUIRED_ACKS)
  if (topic === undefined) return refuse(byId ? KafkaError.UNKNOWN_TOPIC_ID : KafkaError.UNKNOWN_TOPIC_OR_PARTITION)
  if (topic.startsWith('__') || topic === OFFSETS_TOPIC)
    return refuse(KafkaError.INVALID_TOPIC, 'topics that begin with __ are not written by clients')
  const partition = backend.partition(topic, index)
  if (!partition) {
    const known = backend.metadata.topic(topic)?.partitions.some(p => p.partition === index)
    return refuse(known ? KafkaError.NOT_LEADER_OR_FOLLOWER : KafkaError.UNKNOWN_TOPIC_OR_PARTITION)
  }
  const {records} = data
  if (!records || records.length === 0) return refuse(KafkaError.CORRUPT_MESSAGE, 'no record batch')
  if (records.length > backend.settings['message.max.bytes'])
    return refuse(
      KafkaError.MESSAGE_TOO_LARGE,
      `${records.length} bytes, message.max.bytes is ${backend.settings['message.max.bytes']}`,
    )
  const bad = checkBatch(records)
  if (bad) return refuse(bad.error, bad.message)
  const done = await partition.append(records, acks)
  if ('error' in done) return refuse(done.error, done.message ?? null)
  return {
    index,
    errorCode: 0,
    baseOffset: done.baseOffset,
    logAppendTimeMs: done.logAppendTime,
    logStartOffset: done.logStartOffset,
  }
}
