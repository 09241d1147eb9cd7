import {KafkaError} from '../../../formats/kafka/errors.ts'
import * as requests from '../../../formats/kafka/generated/produce-request.ts'
import * as responses from '../../../formats/kafka/generated/produce-response.ts'
import {readBatchHeader} from '../../../formats/record-batch.ts'
import type {Backend, TopicView} from '../../backend.ts'
import {api, CLOSE} from '../api.ts'
import {maxMessageBytes} from '../topic-configs.ts'
import {within} from '../within.ts'

/** Topics are named by id from this version on (KIP-516). */
const BY_ID = 13
/** zstd batches may be sent from this version on (KIP-110). */
const ZSTD = 7

type Answered = responses.PartitionProduceResponseInit

/** Log starts with the records (KIP-98); older message formats are not taken. */
export const produce = api<requests.ProduceRequest, responses.ProduceResponseInit>({
  key: 0,
  name: 'Produce',
  versions: requests.produceRequestVersions,
  // librdkafka switches gzip, snappy and lz4 off when it does not see versions that it never uses (KAFKA-18659). As with Kafka, a request in
  // one of them gets UNSUPPORTED_VERSION.
  advertisedFirst: 0,
  flexible: requests.produceRequestFlexible,
  read: requests.readProduceRequest,
  write: responses.writeProduceResponse,
  async answer(request, {backend, version}) {
    const {acks} = request
    const byId = version >= BY_ID
    const appends: Array<{index: number; done: Answered | Promise<Answered>}> = []
    // Everything is proposed before anything is awaited: batches keep the order of their requests.
    for (const topic of request.topicData) {
      const view = byId ? backend.metadata.topicById(topic.topicId) : backend.metadata.topic(topic.name)
      for (const data of topic.partitionData)
        appends.push({index: data.index, done: append(backend, view, byId, data, request, version)})
    }
    const answered = await within(
      backend,
      acks === 0 ? undefined : request.timeoutMs,
      appends.map(a => a.done),
      n => ({...refusal(appends[n].index, KafkaError.REQUEST_TIMED_OUT), errorMessage: 'not replicated in time'}),
    )
    // Nothing is answered; a client that has to look for another leader learns it from the end of its connection.
    if (acks === 0) return answered.some(a => a.errorCode !== 0) ? CLOSE : undefined
    let next = 0
    return {
      responses: request.topicData.map(({name, topicId, partitionData}) => ({
        name,
        topicId,
        partitionResponses: partitionData.map(() => answered[next++]),
      })),
    }
  },
})

function refusal(index: number, errorCode: number, errorMessage: string | null = null): Answered {
  return {index, errorCode, errorMessage, baseOffset: -1}
}

function append(
  backend: Backend,
  topic: TopicView | undefined,
  byId: boolean,
  data: requests.PartitionProduceData,
  request: requests.ProduceRequest,
  version: number,
): Answered | Promise<Answered> {
  const {index, records} = data
  const {acks} = request
  const refuse = (code: number, message?: string): Answered => refusal(index, code, message)
  if (acks !== -1 && acks !== 0 && acks !== 1) return refuse(KafkaError.INVALID_REQUIRED_ACKS)
  if (request.transactionalId !== null)
    return refuse(KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 'there are no transactions')
  if (!topic) return refuse(byId ? KafkaError.UNKNOWN_TOPIC_ID : KafkaError.UNKNOWN_TOPIC_OR_PARTITION)
  if (topic.name.startsWith('__'))
    return refuse(KafkaError.INVALID_TOPIC, 'topics that begin with __ are not written by clients')
  const partition = backend.partition(topic.name, index)
  if (!partition) {
    const known = topic.partitions.some(p => p.partition === index)
    return refuse(known ? KafkaError.NOT_LEADER_OR_FOLLOWER : KafkaError.UNKNOWN_TOPIC_OR_PARTITION)
  }
  if (!records || records.length === 0) return refuse(KafkaError.INVALID_RECORD, 'no record batch')
  const bytesMax = maxMessageBytes(topic.configs, backend.settings)
  if (records.length > bytesMax)
    return refuse(KafkaError.MESSAGE_TOO_LARGE, `${records.length} bytes, ${bytesMax} may be in a batch`)
  const bad = partition.refusalOf(records)
  if (bad) return refuse(bad.error, bad.message)
  if (version < ZSTD && readBatchHeader(records).compression === 'zstd')
    return refuse(KafkaError.UNSUPPORTED_COMPRESSION_TYPE, 'zstd needs a newer version of Produce')
  return partition.append(records, acks).then(done =>
    'error' in done
      ? refuse(done.error, done.message)
      : {
          index,
          errorCode: 0,
          baseOffset: done.baseOffset,
          logAppendTimeMs: done.logAppendTime,
          logStartOffset: done.logStartOffset,
        },
  )
}
