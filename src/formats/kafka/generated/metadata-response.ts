// Made by scripts/kafka-codecs.mjs from ../schemas/MetadataResponse.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const metadataResponseFlexible = 9
export const metadataResponseVersions = {first: 0, last: 13} as const

export interface MetadataResponse {
  throttleTimeMs: number
  brokers: MetadataResponseBroker[]
  clusterId: string | null
  controllerId: number
  topics: MetadataResponseTopic[]
  clusterAuthorizedOperations: number
  errorCode: number
}

export interface MetadataResponseInit {
  throttleTimeMs?: number
  brokers?: readonly MetadataResponseBrokerInit[]
  clusterId?: string | null
  controllerId?: number
  topics?: readonly MetadataResponseTopicInit[]
  clusterAuthorizedOperations?: number
  errorCode?: number
}

function defaultMetadataResponse(): MetadataResponse {
  return {throttleTimeMs: 0, brokers: [], clusterId: null, controllerId: -1, topics: [], clusterAuthorizedOperations: -2147483648, errorCode: 0}
}

export function readMetadataResponse(r: WireReader, v: number): MetadataResponse {
  const m = defaultMetadataResponse()
  const f = v >= 9
  if (v >= 3) m.throttleTimeMs = r.int32()
  m.brokers = r.array(f, () => readMetadataResponseBroker(r, v))
  if (v >= 2) m.clusterId = r.nullableString(f)
  if (v >= 1) m.controllerId = r.int32()
  m.topics = r.array(f, () => readMetadataResponseTopic(r, v))
  if (v >= 8 && v <= 10) m.clusterAuthorizedOperations = r.int32()
  if (v >= 13) m.errorCode = r.int16()
  if (f) r.tagged()
  return m
}

export function writeMetadataResponse(w: WireWriter, init: MetadataResponseInit, v: number): void {
  const f = v >= 9
  if (v >= 3) {
    const throttleTimeMs = init.throttleTimeMs === undefined ? 0 : init.throttleTimeMs
    w.int32(throttleTimeMs)
  }
  {
    const brokers = init.brokers === undefined ? [] : init.brokers
    w.array(brokers, f, item => writeMetadataResponseBroker(w, item, v))
  }
  if (v >= 2) {
    const clusterId = init.clusterId === undefined ? null : init.clusterId
    w.string(clusterId, f)
  }
  if (v >= 1) {
    const controllerId = init.controllerId === undefined ? -1 : init.controllerId
    w.int32(controllerId)
  }
  {
    const topics = init.topics === undefined ? [] : init.topics
    w.array(topics, f, item => writeMetadataResponseTopic(w, item, v))
  }
  if (v >= 8 && v <= 10) {
    const clusterAuthorizedOperations = init.clusterAuthorizedOperations === undefined ? -2147483648 : init.clusterAuthorizedOperations
    w.int32(clusterAuthorizedOperations)
  }
  if (v >= 13) {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  if (f) w.tagged()
}

export interface MetadataResponseBroker {
  nodeId: number
  host: string
  port: number
  rack: string | null
}

export interface MetadataResponseBrokerInit {
  nodeId?: number
  host?: string
  port?: number
  rack?: string | null
}

function defaultMetadataResponseBroker(): MetadataResponseBroker {
  return {nodeId: 0, host: "", port: 0, rack: null}
}

function readMetadataResponseBroker(r: WireReader, v: number): MetadataResponseBroker {
  const m = defaultMetadataResponseBroker()
  const f = v >= 9
  m.nodeId = r.int32()
  m.host = r.string(f)
  m.port = r.int32()
  if (v >= 1) m.rack = r.nullableString(f)
  if (f) r.tagged()
  return m
}

function writeMetadataResponseBroker(w: WireWriter, init: MetadataResponseBrokerInit, v: number): void {
  const f = v >= 9
  {
    const nodeId = init.nodeId === undefined ? 0 : init.nodeId
    w.int32(nodeId)
  }
  {
    const host = init.host === undefined ? "" : init.host
    w.string(host, f)
  }
  {
    const port = init.port === undefined ? 0 : init.port
    w.int32(port)
  }
  if (v >= 1) {
    const rack = init.rack === undefined ? null : init.rack
    w.string(rack, f)
  }
  if (f) w.tagged()
}

export interface MetadataResponseTopic {
  errorCode: number
  name: string | null
  topicId: string
  isInternal: boolean
  partitions: MetadataResponsePartition[]
  topicAuthorizedOperations: number
}

export interface MetadataResponseTopicInit {
  errorCode?: number
  name?: string | null
  topicId?: string
  isInternal?: boolean
  partitions?: readonly MetadataResponsePartitionInit[]
  topicAuthorizedOperations?: number
}

function defaultMetadataResponseTopic(): MetadataResponseTopic {
  return {errorCode: 0, name: "", topicId: '00000000000000000000000000000000', isInternal: false, partitions: [], topicAuthorizedOperations: -2147483648}
}

function readMetadataResponseTopic(r: WireReader, v: number): MetadataResponseTopic {
  const m = defaultMetadataResponseTopic()
  const f = v >= 9
  m.errorCode = r.int16()
  m.name = r.nullableString(f)
  if (v >= 10) m.topicId = r.uuid()
  if (v >= 1) m.isInternal = r.bool()
  m.partitions = r.array(f, () => readMetadataResponsePartition(r, v))
  if (v >= 8) m.topicAuthorizedOperations = r.int32()
  if (f) r.tagged()
  return m
}

function writeMetadataResponseTopic(w: WireWriter, init: MetadataResponseTopicInit, v: number): void {
  const f = v >= 9
  {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  if (v >= 10) {
    const topicId = init.topicId === undefined ? '00000000000000000000000000000000' : init.topicId
    w.uuid(topicId)
  }
  if (v >= 1) {
    const isInternal = init.isInternal === undefined ? false : init.isInternal
    w.bool(isInternal)
  }
  {
    const partitions = init.partitions === undefined ? [] : init.partitions
    w.array(partitions, f, item => writeMetadataResponsePartition(w, item, v))
  }
  if (v >= 8) {
    const topicAuthorizedOperations = init.topicAuthorizedOperations === undefined ? -2147483648 : init.topicAuthorizedOperations
    w.int32(topicAuthorizedOperations)
  }
  if (f) w.tagged()
}

export interface MetadataResponsePartition {
  errorCode: number
  partitionIndex: number
  leaderId: number
  leaderEpoch: number
  replicaNodes: number[]
  isrNodes: number[]
  offlineReplicas: number[]
}

export interface MetadataResponsePartitionInit {
  errorCode?: number
  partitionIndex?: number
  leaderId?: number
  leaderEpoch?: number
  replicaNodes?: readonly number[]
  isrNodes?: readonly number[]
  offlineReplicas?: readonly number[]
}

function defaultMetadataResponsePartition(): MetadataResponsePartition {
  return {errorCode: 0, partitionIndex: 0, leaderId: 0, leaderEpoch: -1, replicaNodes: [], isrNodes: [], offlineReplicas: []}
}

function readMetadataResponsePartition(r: WireReader, v: number): MetadataResponsePartition {
  const m = defaultMetadataResponsePartition()
  const f = v >= 9
  m.errorCode = r.int16()
  m.partitionIndex = r.int32()
  m.leaderId = r.int32()
  if (v >= 7) m.leaderEpoch = r.int32()
  m.replicaNodes = r.array(f, () => r.int32())
  m.isrNodes = r.array(f, () => r.int32())
  if (v >= 5) m.offlineReplicas = r.array(f, () => r.int32())
  if (f) r.tagged()
  return m
}

function writeMetadataResponsePartition(w: WireWriter, init: MetadataResponsePartitionInit, v: number): void {
  const f = v >= 9
  {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  {
    const partitionIndex = init.partitionIndex === undefined ? 0 : init.partitionIndex
    w.int32(partitionIndex)
  }
  {
    const leaderId = init.leaderId === undefined ? 0 : init.leaderId
    w.int32(leaderId)
  }
  if (v >= 7) {
    const leaderEpoch = init.leaderEpoch === undefined ? -1 : init.leaderEpoch
    w.int32(leaderEpoch)
  }
  {
    const replicaNodes = init.replicaNodes === undefined ? [] : init.replicaNodes
    w.array(replicaNodes, f, item => w.int32(item))
  }
  {
    const isrNodes = init.isrNodes === undefined ? [] : init.isrNodes
    w.array(isrNodes, f, item => w.int32(item))
  }
  if (v >= 5) {
    const offlineReplicas = init.offlineReplicas === undefined ? [] : init.offlineReplicas
    w.array(offlineReplicas, f, item => w.int32(item))
  }
  if (f) w.tagged()
}
