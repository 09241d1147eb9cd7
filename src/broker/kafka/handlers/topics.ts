import {KafkaError} from '../../../formats/kafka/errors.ts'
import * as createRequests from '../../../formats/kafka/generated/create-topics-request.ts'
import * as createResponses from '../../../formats/kafka/generated/create-topics-response.ts'
import * as deleteRequests from '../../../formats/kafka/generated/delete-topics-request.ts'
import * as deleteResponses from '../../../formats/kafka/generated/delete-topics-response.ts'
import {api} from '../api.ts'
import {topicNameError} from '../names.ts'

const KNOWN_CONFIGS = [
  'min.insync.replicas',
  'retention.ms',
  'retention.bytes',
  'cleanup.policy',
  'segment.bytes',
  'max.message.bytes',
]

export const createTopics = api<createRequests.CreateTopicsRequest, createResponses.CreateTopicsResponseInit>({
  key: 19,
  name: 'CreateTopics',
  versions: createRequests.createTopicsRequestVersions,
  flexible: createRequests.createTopicsRequestFlexible,
  read: createRequests.readCreateTopicsRequest,
  write: createResponses.writeCreateTopicsResponse,
  async answer(request, {backend}) {
    const topics = await Promise.all(
      request.topics.map(async t => {
        const {name} = t
        const refuse = (errorCode: number, errorMessage: string) => ({name, errorCode, errorMessage})
        const bad = topicNameError(name)
        if (bad) return refuse(KafkaError.INVALID_TOPIC, bad)
        if (name.startsWith('__')) return refuse(KafkaError.INVALID_TOPIC, 'topics that begin with __ are internal')
        const unknown = t.configs.find(c => !KNOWN_CONFIGS.includes(c.name))
        if (unknown) return refuse(KafkaError.INVALID_CONFIG, `unknown topic configuration ${unknown.name}`)
        const configs = Object.fromEntries(t.configs.map(c => [c.name, c.value ?? '']))
        const assignment =
          t.assignments.length > 0 ? new Map(t.assignments.map(a => [a.partitionIndex, a.brokerIds])) : undefined
        const made = await backend.createTopic({
          name,
          partitions: t.numPartitions,
          replicationFactor: t.replicationFactor,
          assignment,
          configs,
          validateOnly: request.validateOnly,
        })
        if (made.error) return refuse(made.error, made.message ?? '')
        const partitions = made.topic?.partitions ?? []
        return {
          name,
          topicId: made.topic?.id,
          errorCode: 0,
          errorMessage: null,
          numPartitions: partitions.length,
          replicationFactor: partitions[0]?.replicas.length ?? -1,
          configs: [],
        }
      }),
    )
    return {topics}
  },
})

export const deleteTopics = api<deleteRequests.DeleteTopicsRequest, deleteResponses.DeleteTopicsResponseInit>({
  key: 20,
  name: 'DeleteTopics',
  versions: deleteRequests.deleteTopicsRequestVersions,
  flexible: deleteRequests.deleteTopicsRequestFlexible,
  read: deleteRequests.readDeleteTopicsRequest,
  write: deleteResponses.writeDeleteTopicsResponse,
  async answer(request, {backend, version}) {
    const asked =
      version >= 6
        ? request.topics.map(t => ({name: t.name ?? backend.metadata.topicById(t.topicId)?.name, topicId: t.topicId}))
        : request.topicNames.map(name => ({name, topicId: undefined}))
    const answered = await Promise.all(
      asked.map(async ({name, topicId}) => {
        if (name === undefined) return {name: null, topicId, errorCode: KafkaError.UNKNOWN_TOPIC_ID, errorMessage: null}
        if (name.startsWith('__'))
          return {name, topicId, errorCode: KafkaError.INVALID_TOPIC, errorMessage: `${name} is internal`}
        const id = backend.metadata.topic(name)?.id
        const done = await backend.deleteTopic(name)
        return {name, topicId: id, errorCode: done.error, errorMessage: done.message ?? null}
      }),
    )
    return {responses: answered}
  },
})
