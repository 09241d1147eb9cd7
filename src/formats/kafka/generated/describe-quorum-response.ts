// Made by scripts/kafka-codecs.mjs from ../schemas/DescribeQuorumResponse.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const describeQuorumResponseFlexible = 0
export const describeQuorumResponseVersions = {first: 0, last: 2} as const

export interface DescribeQuorumResponse {
  errorCode: number
  errorMessage: string | null
  topics: TopicData[]
  nodes: Node[]
}

export interface DescribeQuorumResponseInit {
  errorCode?: number
  errorMessage?: string | null
  topics?: readonly TopicDataInit[]
  nodes?: readonly NodeInit[]
}

function defaultDescribeQuorumResponse(): DescribeQuorumResponse {
  return {errorCode: 0, errorMessage: "", topics: [], nodes: []}
}

export function readDescribeQuorumResponse(r: WireReader, v: number): DescribeQuorumResponse {
  const m = defaultDescribeQuorumResponse()
  const f = true
  m.errorCode = r.int16()
  if (v >= 2) m.errorMessage = r.nullableString(f)
  m.topics = r.array(f, () => readTopicData(r, v))
  if (v >= 2) m.nodes = r.array(f, () => readNode(r, v))
  if (f) r.tagged()
  return m
}

export function writeDescribeQuorumResponse(w: WireWriter, init: DescribeQuorumResponseInit, v: number): void {
  const f = true
  {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  if (v >= 2) {
    const errorMessage = init.errorMessage === undefined ? "" : init.errorMessage
    w.string(errorMessage, f)
  }
  {
    const topics = init.topics === undefined ? [] : init.topics
    w.array(topics, f, item => writeTopicData(w, item, v))
  }
  if (v >= 2) {
    const nodes = init.nodes === undefined ? [] : init.nodes
    w.array(nodes, f, item => writeNode(w, item, v))
  }
  if (f) w.tagged()
}

export interface TopicData {
  topicName: string
  partitions: PartitionData[]
}

export interface TopicDataInit {
  topicName?: string
  partitions?: readonly PartitionDataInit[]
}

function defaultTopicData(): TopicData {
  return {topicName: "", partitions: []}
}

function readTopicData(r: WireReader, v: number): TopicData {
  const m = defaultTopicData()
  const f = true
  m.topicName = r.string(f)
  m.partitions = r.array(f, () => readPartitionData(r, v))
  if (f) r.tagged()
  return m
}

function writeTopicData(w: WireWriter, init: TopicDataInit, v: number): void {
  const f = true
  {
    const topicName = init.topicName === undefined ? "" : init.topicName
    w.string(topicName, f)
  }
  {
    const partitions = init.partitions === undefined ? [] : init.partitions
    w.array(partitions, f, item => writePartitionData(w, item, v))
  }
  if (f) w.tagged()
}

export interface PartitionData {
  partitionIndex: number
  errorCode: number
  errorMessage: string | null
  leaderId: number
  leaderEpoch: number
  highWatermark: number
  currentVoters: ReplicaState[]
  observers: ReplicaState[]
}

export interface PartitionDataInit {
  partitionIndex?: number
  errorCode?: number
  errorMessage?: string | null
  leaderId?: number
  leaderEpoch?: number
  highWatermark?: number
  currentVoters?: readonly ReplicaStateInit[]
  observers?: readonly ReplicaStateInit[]
}

function defaultPartitionData(): PartitionData {
  return {partitionIndex: 0, errorCode: 0, errorMessage: "", leaderId: 0, leaderEpoch: 0, highWatermark: 0, currentVoters: [], observers: []}
}

function readPartitionData(r: WireReader, v: number): PartitionData {
  const m = defaultPartitionData()
  const f = true
  m.partitionIndex = r.int32()
  m.errorCode = r.int16()
  if (v >= 2) m.errorMessage = r.nullableString(f)
  m.leaderId = r.int32()
  m.leaderEpoch = r.int32()
  m.highWatermark = r.int64()
  m.currentVoters = r.array(f, () => readReplicaState(r, v))
  m.observers = r.array(f, () => readReplicaState(r, v))
  if (f) r.tagged()
  return m
}

function writePartitionData(w: WireWriter, init: PartitionDataInit, v: number): void {
  const f = true
  {
    const partitionIndex = init.partitionIndex === undefined ? 0 : init.partitionIndex
    w.int32(partitionIndex)
  }
  {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  if (v >= 2) {
    const errorMessage = init.errorMessage === undefined ? "" : init.errorMessage
    w.string(errorMessage, f)
  }
  {
    const leaderId = init.leaderId === undefined ? 0 : init.leaderId
    w.int32(leaderId)
  }
  {
    const leaderEpoch = init.leaderEpoch === undefined ? 0 : init.leaderEpoch
    w.int32(leaderEpoch)
  }
  {
    const highWatermark = init.highWatermark === undefined ? 0 : init.highWatermark
    w.int64(highWatermark)
  }
  {
    const currentVoters = init.currentVoters === undefined ? [] : init.currentVoters
    w.array(currentVoters, f, item => writeReplicaState(w, item, v))
  }
  {
    const observers = init.observers === undefined ? [] : init.observers
    w.array(observers, f, item => writeReplicaState(w, item, v))
  }
  if (f) w.tagged()
}

export interface ReplicaState {
  replicaId: number
  replicaDirectoryId: string
  logEndOffset: number
  lastFetchTimestamp: number
  lastCaughtUpTimestamp: number
}

export interface ReplicaStateInit {
  replicaId?: number
  replicaDirectoryId?: string
  logEndOffset?: number
  lastFetchTimestamp?: number
  lastCaughtUpTimestamp?: number
}

function defaultReplicaState(): ReplicaState {
  return {replicaId: 0, replicaDirectoryId: '00000000000000000000000000000000', logEndOffset: 0, lastFetchTimestamp: -1, lastCaughtUpTimestamp: -1}
}

function readReplicaState(r: WireReader, v: number): ReplicaState {
  const m = defaultReplicaState()
  const f = true
  m.replicaId = r.int32()
  if (v >= 2) m.replicaDirectoryId = r.uuid()
  m.logEndOffset = r.int64()
  if (v >= 1) m.lastFetchTimestamp = r.int64()
  if (v >= 1) m.lastCaughtUpTimestamp = r.int64()
  if (f) r.tagged()
  return m
}

function writeReplicaState(w: WireWriter, init: ReplicaStateInit, v: number): void {
  const f = true
  {
    const replicaId = init.replicaId === undefined ? 0 : init.replicaId
    w.int32(replicaId)
  }
  if (v >= 2) {
    const replicaDirectoryId = init.replicaDirectoryId === undefined ? '00000000000000000000000000000000' : init.replicaDirectoryId
    w.uuid(replicaDirectoryId)
  }
  {
    const logEndOffset = init.logEndOffset === undefined ? 0 : init.logEndOffset
    w.int64(logEndOffset)
  }
  if (v >= 1) {
    const lastFetchTimestamp = init.lastFetchTimestamp === undefined ? -1 : init.lastFetchTimestamp
    w.int64(lastFetchTimestamp)
  }
  if (v >= 1) {
    const lastCaughtUpTimestamp = init.lastCaughtUpTimestamp === undefined ? -1 : init.lastCaughtUpTimestamp
    w.int64(lastCaughtUpTimestamp)
  }
  if (f) w.tagged()
}

export interface Node {
  nodeId: number
  listeners: Listener[]
}

export interface NodeInit {
  nodeId?: number
  listeners?: readonly ListenerInit[]
}

function defaultNode(): Node {
  return {nodeId: 0, listeners: []}
}

function readNode(r: WireReader, v: number): Node {
  const m = defaultNode()
  const f = true
  if (v >= 2) m.nodeId = r.int32()
  if (v >= 2) m.listeners = r.array(f, () => readListener(r, v))
  if (f) r.tagged()
  return m
}

function writeNode(w: WireWriter, init: NodeInit, v: number): void {
  const f = true
  if (v >= 2) {
    const nodeId = init.nodeId === undefined ? 0 : init.nodeId
    w.int32(nodeId)
  }
  if (v >= 2) {
    const listeners = init.listeners === undefined ? [] : init.listeners
    w.array(listeners, f, item => writeListener(w, item, v))
  }
  if (f) w.tagged()
}

export interface Listener {
  name: string
  host: string
  port: number
}

export interface ListenerInit {
  name?: string
  host?: string
  port?: number
}

function defaultListener(): Listener {
  return {name: "", host: "", port: 0}
}

function readListener(r: WireReader, v: number): Listener {
  const m = defaultListener()
  const f = true
  if (v >= 2) m.name = r.string(f)
  if (v >= 2) m.host = r.string(f)
  if (v >= 2) m.port = r.uint16()
  if (f) r.tagged()
  return m
}

function writeListener(w: WireWriter, init: ListenerInit, v: number): void {
  const f = true
  if (v >= 2) {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  if (v >= 2) {
    const host = init.host === undefined ? "" : init.host
    w.string(host, f)
  }
  if (v >= 2) {
    const port = init.port === undefined ? 0 : init.port
    w.uint16(port)
  }
  if (f) w.tagged()
}
