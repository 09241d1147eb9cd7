import {KafkaError} from '../../../formats/kafka/errors.ts'
import * as createRequests from '../../../formats/kafka/generated/create-topics-request.ts'
import * as createResponses from '../../../formats/kafka/generated/create-topics-response.ts'
import * as deleteRequests from '../../../formats/kafka/generated/delete-topics-request.ts'
import * as deleteResponses from '../../../formats/kafka/generated/delete-topics-response.ts'
import {api} from '../api.ts'
import {topicNameError} from '../names.ts'
import {topicConfigError, topicConfigs} from '../topic-configs.ts'
import {SOURCE_DEFAULT, SOURCE_TOPIC} from './cluster.ts'

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
        if (request.topics.some(other => other !== t && other.name === name))
          return refuse(KafkaError.INVALID_REQUEST, 'a topic is named twice in the request')
        const bad = topicNameError(name)
        if (bad) return refuse(KafkaError.INVALID_TOPIC, bad)
        if (name.startsWith('__')) return refuse(KafkaError.INVALID_TOPIC, 'topics that begin with __ are internal')
        for (const {name: config, value} of t.configs) {
          const wrong = topicConfigError(config, value)
          if (wrong) return refuse(KafkaError.INVALID_CONFIG, wrong)
        }
        const configs = Object.fromEntries(t.configs.map(c => [c.name, c.value ?? '']))
        const byHand = t.assignments.length > 0
        if (byHand && (t.numPartitions !== -1 || t.replicationFactor !== -1))
          return refuse(KafkaError.INVALID_REQUEST, 'assignments leave no choice of partitions and replication factor')
        const assignment = byHand ? new Map(t.assignments.map(a => [a.partitionIndex, a.brokerIds])) : undefined
        if (assignment && assignment.size < t.assignments.length)
          return refuse(KafkaError.INVALID_REPLICA_ASSIGNMENT, 'a partition is assigned twice')
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
          configs: topicConfigs(configs, backend.settings).map(({name: config, value, own}) => ({
            name: config,
            value,
            readOnly: false,
            configSource: own ? SOURCE_TOPIC : SOURCE_DEFAULT,
            isSensitive: false,
          })),
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
