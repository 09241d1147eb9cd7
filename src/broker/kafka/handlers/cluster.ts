import {KafkaError} from '../../../formats/kafka/errors.ts'
import * as clusterRequests from '../../../formats/kafka/generated/describe-cluster-request.ts'
import * as clusterResponses from '../../../formats/kafka/generated/describe-cluster-response.ts'
import * as configRequests from '../../../formats/kafka/generated/describe-configs-request.ts'
import * as configResponses from '../../../formats/kafka/generated/describe-configs-response.ts'
import * as producerRequests from '../../../formats/kafka/generated/init-producer-id-request.ts'
import * as producerResponses from '../../../formats/kafka/generated/init-producer-id-response.ts'
import {api} from '../api.ts'
import {topicConfigs} from '../topic-configs.ts'
import {controllerOf} from './metadata.ts'

/** KIP-919: what a client takes this port for. */
const BROKERS = 1
const TOPIC = 2
const BROKER = 4
export const SOURCE_TOPIC = 1
const SOURCE_STATIC = 4
export const SOURCE_DEFAULT = 5

export const describeCluster = api<
  clusterRequests.DescribeClusterRequest,
  clusterResponses.DescribeClusterResponseInit
>({
  key: 60,
  name: 'DescribeCluster',
  versions: clusterRequests.describeClusterRequestVersions,
  flexible: clusterRequests.describeClusterRequestFlexible,
  read: clusterRequests.readDescribeClusterRequest,
  write: clusterResponses.writeDescribeClusterResponse,
  async answer(request, {backend}) {
    if (request.endpointType !== BROKERS)
      return {errorCode: KafkaError.MISMATCHED_ENDPOINT_TYPE, errorMessage: 'brokers only', endpointType: BROKERS}
    const alive = backend.metadata.alive()
    return {
      endpointType: request.endpointType,
      clusterId: backend.clusterId,
      controllerId: controllerOf(backend),
      brokers: backend.metadata
        .brokers()
        .filter(b => alive.has(b.node))
        .map(b => ({brokerId: b.node, host: b.host, port: b.port})),
    }
  },
})

export const describeConfigs = api<configRequests.DescribeConfigsRequest, configResponses.DescribeConfigsResponseInit>({
  key: 32,
  name: 'DescribeConfigs',
  versions: configRequests.describeConfigsRequestVersions,
  flexible: configRequests.describeConfigsRequestFlexible,
  read: configRequests.readDescribeConfigsRequest,
  write: configResponses.writeDescribeConfigsResponse,
  async answer(request, {backend}) {
    return {
      results: request.resources.map(({resourceType, resourceName, configurationKeys}) => {
        const wanted = (name: string): boolean => !configurationKeys || configurationKeys.includes(name)
        const answer = (configs: configResponses.DescribeConfigsResourceResultInit[]) => ({
          resourceType,
          resourceName,
          configs: configs.filter(c => wanted(c.name ?? '')),
        })
        if (resourceType === BROKER && resourceName !== '' && resourceName !== String(backend.node))
          return {
            resourceType,
            resourceName,
            errorCode: KafkaError.INVALID_REQUEST,
            errorMessage: `this is node ${backend.node}: ask the node itself`,
          }
        if (resourceType === BROKER)
          return answer(
            Object.entries(backend.settings).map(([name, value]) => ({
              name,
              value: String(value),
              readOnly: true,
              configSource: SOURCE_STATIC,
            })),
          )
        const topic = resourceType === TOPIC ? backend.metadata.topic(resourceName) : undefined
        if (!topic)
          return {
            resourceType,
            resourceName,
            errorCode: resourceType === TOPIC ? KafkaError.UNKNOWN_TOPIC_OR_PARTITION : KafkaError.INVALID_REQUEST,
          }
        return answer(
          topicConfigs(topic.configs, backend.settings).map(({name, value, own}) => ({
            name,
            value,
            configSource: own ? SOURCE_TOPIC : SOURCE_DEFAULT,
          })),
        )
      }),
    }
  },
})

export const initProducerId = api<producerRequests.InitProducerIdRequest, producerResponses.InitProducerIdResponseInit>(
  {
    key: 22,
    name: 'InitProducerId',
    versions: producerRequests.initProducerIdRequestVersions,
    flexible: producerRequests.initProducerIdRequestFlexible,
    read: producerRequests.readInitProducerIdRequest,
    write: producerResponses.writeInitProducerIdResponse,
    async answer(request, {backend}) {
      // Idempotent producers only: there are no transactions.
      if (request.transactionalId === '') return {errorCode: KafkaError.INVALID_REQUEST}
      if (request.transactionalId !== null) return {errorCode: KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED}
      const {error, producerId} = await backend.allocateProducerId()
      return {errorCode: error, producerId, producerEpoch: error ? -1 : 0}
    },
  },
)
