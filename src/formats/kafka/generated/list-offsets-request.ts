// Made by scripts/kafka-codecs.mjs from ../schemas/ListOffsetsRequest.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const listOffsetsRequestFlexible = 6
export const listOffsetsRequestVersions = {first: 1, last: 11} as const

export interface ListOffsetsRequest {
  replicaId: number
  isolationLevel: number
  topics: ListOffsetsTopic[]
  timeoutMs: number
}

export interface ListOffsetsRequestInit {
  replicaId?: number
  isolationLevel?: number
  topics?: readonly ListOffsetsTopicInit[]
  timeoutMs?: number
}

function defaultListOffsetsRequest(): ListOffsetsRequest {
  return {replicaId: 0, isolationLevel: 0, topics: [], timeoutMs: 0}
}

export function readListOffsetsRequest(r: WireReader, v: number): ListOffsetsRequest {
  const m = defaultListOffsetsRequest()
  const f = v >= 6
  m.replicaId = r.int32()
  if (v >= 2) m.isolationLevel = r.int8()
  m.topics = r.array(f, () => readListOffsetsTopic(r, v))
  if (v >= 10) m.timeoutMs = r.int32()
  if (f) r.tagged()
  return m
}

export function writeListOffsetsRequest(w: WireWriter, init: ListOffsetsRequestInit, v: number): void {
  const f = v >= 6
  {
    const replicaId = init.replicaId === undefined ? 0 : init.replicaId
    w.int32(replicaId)
  }
  if (v >= 2) {
    const isolationLevel = init.isolationLevel === undefined ? 0 : init.isolationLevel
    w.int8(isolationLevel)
  }
  {
    const topics = init.topics === undefined ? [] : init.topics
    w.array(topics, f, item => writeListOffsetsTopic(w, item, v))
  }
  if (v >= 10) {
    const timeoutMs = init.timeoutMs === undefined ? 0 : init.timeoutMs
    w.int32(timeoutMs)
  }
  if (f) w.tagged()
}

export interface ListOffsetsTopic {
  name: string
  partitions: ListOffsetsPartition[]
}

export interface ListOffsetsTopicInit {
  name?: string
  partitions?: readonly ListOffsetsPartitionInit[]
}

function defaultListOffsetsTopic(): ListOffsetsTopic {
  return {name: "", partitions: []}
}

function readListOffsetsTopic(r: WireReader, v: number): ListOffsetsTopic {
  const m = defaultListOffsetsTopic()
  const f = v >= 6
  m.name = r.string(f)
  m.partitions = r.array(f, () => readListOffsetsPartition(r, v))
  if (f) r.tagged()
  return m
}

function writeListOffsetsTopic(w: WireWriter, init: ListOffsetsTopicInit, v: number): void {
  const f = v >= 6
  {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  {
    const partitions = init.partitions === undefined ? [] : init.partitions
    w.array(partitions, f, item => writeListOffsetsPartition(w, item, v))
  }
  if (f) w.tagged()
}

export interface ListOffsetsPartition {
  partitionIndex: number
  currentLeaderEpoch: number
  timestamp: number
}

export interface ListOffsetsPartitionInit {
  partitionIndex?: number
  currentLeaderEpoch?: number
  timestamp?: number
}

function defaultListOffsetsPartition(): ListOffsetsPartition {
  return {partitionIndex: 0, currentLeaderEpoch: -1, timestamp: 0}
}

function readListOffsetsPartition(r: WireReader, v: number): ListOffsetsPartition {
  const m = defaultListOffsetsPartition()
  const f = v >= 6
  m.partitionIndex = r.int32()
  if (v >= 4) m.currentLeaderEpoch = r.int32()
  m.timestamp = r.int64()
  if (f) r.tagged()
  return m
}

function writeListOffsetsPartition(w: WireWriter, init: ListOffsetsPartitionInit, v: number): void {
  const f = v >= 6
  {
    const partitionIndex = init.partitionIndex === undefined ? 0 : init.partitionIndex
    w.int32(partitionIndex)
  }
  if (v >= 4) {
    const currentLeaderEpoch = init.currentLeaderEpoch === undefined ? -1 : init.currentLeaderEpoch
    w.int32(currentLeaderEpoch)
  }
  {
    const timestamp = init.timestamp === undefined ? 0 : init.timestamp
    w.int64(timestamp)
  }
  if (f) w.tagged()
}
