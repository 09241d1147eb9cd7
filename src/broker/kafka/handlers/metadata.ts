import {KafkaError} from '../../../formats/kafka/errors.ts'
import * as requests from '../../../formats/kafka/generated/metadata-request.ts'
import * as responses from '../../../formats/kafka/generated/metadata-response.ts'
import type {Backend, TopicView} from '../../backend.ts'
import {api} from '../api.ts'
import {topicNameError} from '../names.ts'

const NO_OPERATIONS = -2_147_483_648
const NO_ID = '0'.repeat(32)

export const metadata = api<requests.MetadataRequest, responses.MetadataResponseInit>({
  key: 3,
  name: 'Metadata',
  versions: requests.metadataRequestVersions,
  flexible: requests.metadataRequestFlexible,
  read: requests.readMetadataRequest,
  write: responses.writeMetadataResponse,
  async answer(request, {backend, version}) {
    // A topic that was made on another node is here by now; a node that can reach nobody tells what it knows.
    await backend.metadata.caughtUp()
    const asked = version === 0 && request.topics?.length === 0 ? null : request.topics
    const topics =
      asked === null
        ? [...backend.metadata.topics()].map(t => shown(backend, t))
        : await Promise.all(asked.map(t => find(backend, t, request.allowAutoTopicCreation)))
    const alive = backend.metadata.alive()
    return {
      brokers: backend.metadata
        .brokers()
        .filter(b => alive.has(b.node))
        .map(b => ({nodeId: b.node, host: b.host, port: b.port, rack: null})),
      clusterId: backend.clusterId,
      controllerId: controllerOf(backend),
      topics,
      clusterAuthorizedOperations: NO_OPERATIONS,
    }
  },
})

async function find(
  backend: Backend,
  asked: requests.MetadataRequestTopic,
  mayCreate: boolean,
): Promise<responses.MetadataResponseTopicInit> {
  const {name, topicId} = asked
  if (name === null) {
    const topic = backend.metadata.topicById(topicId)
    return topic ? shown(backend, topic) : {errorCode: KafkaError.UNKNOWN_TOPIC_ID, name: null, topicId, partitions: []}
  }
  const known = backend.metadata.topic(name)
  if (known) return shown(backend, known)
  const refuse = (errorCode: number): responses.MetadataResponseTopicInit => ({
    errorCode,
    name,
    topicId: NO_ID,
    partitions: [],
  })
  const bad = topicNameError(name)
  if (bad) return refuse(KafkaError.INVALID_TOPIC)
  if (!mayCreate || !backend.settings['auto.create.topics.enable'] || name.startsWith('__'))
    return refuse(KafkaError.UNKNOWN_TOPIC_OR_PARTITION)
  const made = await backend.createTopic({name, partitions: -1, replicationFactor: -1, configs: {}})
  const now = backend.metadata.topic(name)
  if (now) return shown(backend, now)
  return refuse(made.error || KafkaError.LEADER_NOT_AVAILABLE)
}

function shown(backend: Backend, topic: TopicView): responses.MetadataResponseTopicInit {
  const alive = backend.metadata.alive()
  return {
    errorCode: 0,
    name: topic.name,
    topicId: topic.id,
    isInternal: topic.name.startsWith('__'),
    // A leader that is not among the brokers shown cannot be asked: its successor is being elected.
    partitions: topic.partitions.map(p => ({
      errorCode: alive.has(p.leader) ? 0 : KafkaError.LEADER_NOT_AVAILABLE,
      partitionIndex: p.partition,
      leaderId: alive.has(p.leader) ? p.leader : -1,
      leaderEpoch: p.epoch,
      replicaNodes: p.replicas,
      isrNodes: p.isr,
      offlineReplicas: p.replicas.filter(r => !alive.has(r)),
    })),
    topicAuthorizedOperations: NO_OPERATIONS,
  }
}

/**
 * Whom clients ask to create topics. Every node can: while the leader of the metadata group is not known here, this node names itself, for
 * some clients take "none" for a failure.
 */
export function controllerOf(backend: Backend): number {
  const leader = backend.metadata.controller()
  return backend.metadata.alive().has(leader) ? leader : backend.node
}
