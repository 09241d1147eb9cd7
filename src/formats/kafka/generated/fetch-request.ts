// Made by scripts/kafka-codecs.mjs from ../schemas/FetchRequest.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const fetchRequestFlexible = 12
export const fetchRequestVersions = {first: 4, last: 18} as const

export interface FetchRequest {
  clusterId: string | null
  replicaId: number
  replicaState: ReplicaState
  maxWaitMs: number
  minBytes: number
  maxBytes: number
  isolationLevel: number
  sessionId: number
  sessionEpoch: number
  topics: FetchTopic[]
  forgottenTopicsData: ForgottenTopic[]
  rackId: string
}

export interface FetchRequestInit {
  clusterId?: string | null
  replicaId?: number
  replicaState?: ReplicaStateInit
  maxWaitMs?: number
  minBytes?: number
  maxBytes?: number
  isolationLevel?: number
  sessionId?: number
  sessionEpoch?: number
  topics?: readonly FetchTopicInit[]
  forgottenTopicsData?: readonly ForgottenTopicInit[]
  rackId?: string
}

function defaultFetchRequest(): FetchRequest {
  return {clusterId: null, replicaId: -1, replicaState: defaultReplicaState(), maxWaitMs: 0, minBytes: 0, maxBytes: 2147483647, isolationLevel: 0, sessionId: 0, sessionEpoch: -1, topics: [], forgottenTopicsData: [], rackId: ""}
}

export function readFetchRequest(r: WireReader, v: number): FetchRequest {
  const m = defaultFetchRequest()
  const f = v >= 12
  if (v <= 14) m.replicaId = r.int32()
  m.maxWaitMs = r.int32()
  m.minBytes = r.int32()
  m.maxBytes = r.int32()
  m.isolationLevel = r.int8()
  if (v >= 7) m.sessionId = r.int32()
  if (v >= 7) m.sessionEpoch = r.int32()
  m.topics = r.array(f, () => readFetchTopic(r, v))
  if (v >= 7) m.forgottenTopicsData = r.array(f, () => readForgottenTopic(r, v))
  if (v >= 11) m.rackId = r.string(f)
  if (f)
    r.tagged((tag, t) => {
      if (tag === 0 && v >= 12) m.clusterId = t.nullableString(f)
      if (tag === 1 && v >= 15) m.replicaState = readReplicaState(t, v)
    })
  return m
}

export function writeFetchRequest(w: WireWriter, init: FetchRequestInit, v: number): void {
  const f = v >= 12
  if (v <= 14) {
    const replicaId = init.replicaId === undefined ? -1 : init.replicaId
    w.int32(replicaId)
  }
  {
    const maxWaitMs = init.maxWaitMs === undefined ? 0 : init.maxWaitMs
    w.int32(maxWaitMs)
  }
  {
    const minBytes = init.minBytes === undefined ? 0 : init.minBytes
    w.int32(minBytes)
  }
  {
    const maxBytes = init.maxBytes === undefined ? 2147483647 : init.maxBytes
    w.int32(maxBytes)
  }
  {
    const isolationLevel = init.isolationLevel === undefined ? 0 : init.isolationLevel
    w.int8(isolationLevel)
  }
  if (v >= 7) {
    const sessionId = init.sessionId === undefined ? 0 : init.sessionId
    w.int32(sessionId)
  }
  if (v >= 7) {
    const sessionEpoch = init.sessionEpoch === undefined ? -1 : init.sessionEpoch
    w.int32(sessionEpoch)
  }
  {
    const topics = init.topics === undefined ? [] : init.topics
    w.array(topics, f, item => writeFetchTopic(w, item, v))
  }
  if (v >= 7) {
    const forgottenTopicsData = init.forgottenTopicsData === undefined ? [] : init.forgottenTopicsData
    w.array(forgottenTopicsData, f, item => writeForgottenTopic(w, item, v))
  }
  if (v >= 11) {
    const rackId = init.rackId === undefined ? "" : init.rackId
    w.string(rackId, f)
  }
  if (f) {
    const tags: Array<[number, (t: WireWriter) => void]> = []
    const clusterId = init.clusterId
    if (clusterId !== undefined && v >= 12) tags.push([0, t => {
      t.string(clusterId, f)
    }])
    const replicaState = init.replicaState
    if (replicaState !== undefined && v >= 15) tags.push([1, t => {
      writeReplicaState(t, replicaState, v)
    }])
    w.tagged(tags)
  }
}

export interface ReplicaState {
  replicaId: number
  replicaEpoch: number
}

export interface ReplicaStateInit {
  replicaId?: number
  replicaEpoch?: number
}

function defaultReplicaState(): ReplicaState {
  return {replicaId: -1, replicaEpoch: -1}
}

function readReplicaState(r: WireReader, v: number): ReplicaState {
  const m = defaultReplicaState()
  const f = v >= 12
  if (v >= 15) m.replicaId = r.int32()
  if (v >= 15) m.replicaEpoch = r.int64()
  if (f) r.tagged()
  return m
}

function writeReplicaState(w: WireWriter, init: ReplicaStateInit, v: number): void {
  const f = v >= 12
  if (v >= 15) {
    const replicaId = init.replicaId === undefined ? -1 : init.replicaId
    w.int32(replicaId)
  }
  if (v >= 15) {
    const replicaEpoch = init.replicaEpoch === undefined ? -1 : init.replicaEpoch
    w.int64(replicaEpoch)
  }
  if (f) w.tagged()
}

export interface FetchTopic {
  topic: string
  topicId: string
  partitions: FetchPartition[]
}

export interface FetchTopicInit {
  topic?: string
  topicId?: string
  partitions?: readonly FetchPartitionInit[]
}

function defaultFetchTopic(): FetchTopic {
  return {topic: "", topicId: '00000000000000000000000000000000', partitions: []}
}

function readFetchTopic(r: WireReader, v: number): FetchTopic {
  const m = defaultFetchTopic()
  const f = v >= 12
  if (v <= 12) m.topic = r.string(f)
  if (v >= 13) m.topicId = r.uuid()
  m.partitions = r.array(f, () => readFetchPartition(r, v))
  if (f) r.tagged()
  return m
}

function writeFetchTopic(w: WireWriter, init: FetchTopicInit, v: number): void {
  const f = v >= 12
  if (v <= 12) {
    const topic = init.topic === undefined ? "" : init.topic
    w.string(topic, f)
  }
  if (v >= 13) {
    const topicId = init.topicId === undefined ? '00000000000000000000000000000000' : init.topicId
    w.uuid(topicId)
  }
  {
    const partitions = init.partitions === undefined ? [] : init.partitions
    w.array(partitions, f, item => writeFetchPartition(w, item, v))
  }
  if (f) w.tagged()
}

export interface FetchPartition {
  partition: number
  currentLeaderEpoch: number
  fetchOffset: number
  lastFetchedEpoch: number
  logStartOffset: number
  partitionMaxBytes: number
  replicaDirectoryId: string
  highWatermark: number
}

export interface FetchPartitionInit {
  partition?: number
  currentLeaderEpoch?: number
  fetchOffset?: number
  lastFetchedEpoch?: number
  logStartOffset?: number
  partitionMaxBytes?: number
  replicaDirectoryId?: string
  highWatermark?: number
}

function defaultFetchPartition(): FetchPartition {
  return {partition: 0, currentLeaderEpoch: -1, fetchOffset: 0, lastFetchedEpoch: -1, logStartOffset: -1, partitionMaxBytes: 0, replicaDirectoryId: '00000000000000000000000000000000', highWatermark: Number.MAX_SAFE_INTEGER}
}

function readFetchPartition(r: WireReader, v: number): FetchPartition {
  const m = defaultFetchPartition()
  const f = v >= 12
  m.partition = r.int32()
  if (v >= 9) m.currentLeaderEpoch = r.int32()
  m.fetchOffset = r.int64()
  if (v >= 12) m.lastFetchedEpoch = r.int32()
  if (v >= 5) m.logStartOffset = r.int64()
  m.partitionMaxBytes = r.int32()
  if (f)
    r.tagged((tag, t) => {
      if (tag === 0 && v >= 17) m.replicaDirectoryId = t.uuid()
      if (tag === 1 && v >= 18) m.highWatermark = t.int64()
    })
  return m
}

function writeFetchPartition(w: WireWriter, init: FetchPartitionInit, v: number): void {
  const f = v >= 12
  {
    const partition = init.partition === undefined ? 0 : init.partition
    w.int32(partition)
  }
  if (v >= 9) {
    const currentLeaderEpoch = init.currentLeaderEpoch === undefined ? -1 : init.currentLeaderEpoch
    w.int32(currentLeaderEpoch)
  }
  {
    const fetchOffset = init.fetchOffset === undefined ? 0 : init.fetchOffset
    w.int64(fetchOffset)
  }
  if (v >= 12) {
    const lastFetchedEpoch = init.lastFetchedEpoch === undefined ? -1 : init.lastFetchedEpoch
    w.int32(lastFetchedEpoch)
  }
  if (v >= 5) {
    const logStartOffset = init.logStartOffset === undefined ? -1 : init.logStartOffset
    w.int64(logStartOffset)
  }
  {
    const partitionMaxBytes = init.partitionMaxBytes === undefined ? 0 : init.partitionMaxBytes
    w.int32(partitionMaxBytes)
  }
  if (f) {
    const tags: Array<[number, (t: WireWriter) => void]> = []
    const replicaDirectoryId = init.replicaDirectoryId
    if (replicaDirectoryId !== undefined && v >= 17) tags.push([0, t => {
      t.uuid(replicaDirectoryId)
    }])
    const highWatermark = init.highWatermark
    if (highWatermark !== undefined && v >= 18) tags.push([1, t => {
      t.int64(highWatermark)
    }])
    w.tagged(tags)
  }
}

export interface ForgottenTopic {
  topic: string
  topicId: string
  partitions: number[]
}

export interface ForgottenTopicInit {
  topic?: string
  topicId?: string
  partitions?: readonly number[]
}

function defaultForgottenTopic(): ForgottenTopic {
  return {topic: "", topicId: '00000000000000000000000000000000', partitions: []}
}

function readForgottenTopic(r: WireReader, v: number): ForgottenTopic {
  const m = defaultForgottenTopic()
  const f = v >= 12
  if (v >= 7 && v <= 12) m.topic = r.string(f)
  if (v >= 13) m.topicId = r.uuid()
  if (v >= 7) m.partitions = r.array(f, () => r.int32())
  if (f) r.tagged()
  return m
}

function writeForgottenTopic(w: WireWriter, init: ForgottenTopicInit, v: number): void {
  const f = v >= 12
  if (v >= 7 && v <= 12) {
    const topic = init.topic === undefined ? "" : init.topic
    w.string(topic, f)
  }
  if (v >= 13) {
    const topicId = init.topicId === undefined ? '00000000000000000000000000000000' : init.topicId
    w.uuid(topicId)
  }
  if (v >= 7) {
    const partitions = init.partitions === undefined ? [] : init.partitions
    w.array(partitions, f, item => w.int32(item))
  }
  if (f) w.tagged()
}
