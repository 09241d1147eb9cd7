// Made by scripts/kafka-codecs.mjs from ../schemas/DeleteRecordsRequest.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const deleteRecordsRequestFlexible = 2
export const deleteRecordsRequestVersions = {first: 0, last: 2} as const

export interface DeleteRecordsRequest {
  topics: DeleteRecordsTopic[]
  timeoutMs: number
}

export interface DeleteRecordsRequestInit {
  topics?: readonly DeleteRecordsTopicInit[]
  timeoutMs?: number
}

function defaultDeleteRecordsRequest(): DeleteRecordsRequest {
  return {topics: [], timeoutMs: 0}
}

export function readDeleteRecordsRequest(r: WireReader, v: number): DeleteRecordsRequest {
  const m = defaultDeleteRecordsRequest()
  const f = v >= 2
  m.topics = r.array(f, () => readDeleteRecordsTopic(r, v))
  m.timeoutMs = r.int32()
  if (f) r.tagged()
  return m
}

export function writeDeleteRecordsRequest(w: WireWriter, init: DeleteRecordsRequestInit, v: number): void {
  const f = v >= 2
  {
    const topics = init.topics === undefined ? [] : init.topics
    w.array(topics, f, item => writeDeleteRecordsTopic(w, item, v))
  }
  {
    const timeoutMs = init.timeoutMs === undefined ? 0 : init.timeoutMs
    w.int32(timeoutMs)
  }
  if (f) w.tagged()
}

export interface DeleteRecordsTopic {
  name: string
  partitions: DeleteRecordsPartition[]
}

export interface DeleteRecordsTopicInit {
  name?: string
  partitions?: readonly DeleteRecordsPartitionInit[]
}

function defaultDeleteRecordsTopic(): DeleteRecordsTopic {
  return {name: "", partitions: []}
}

function readDeleteRecordsTopic(r: WireReader, v: number): DeleteRecordsTopic {
  const m = defaultDeleteRecordsTopic()
  const f = v >= 2
  m.name = r.string(f)
  m.partitions = r.array(f, () => readDeleteRecordsPartition(r, v))
  if (f) r.tagged()
  return m
}

function writeDeleteRecordsTopic(w: WireWriter, init: DeleteRecordsTopicInit, v: number): void {
  const f = v >= 2
  {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  {
    const partitions = init.partitions === undefined ? [] : init.partitions
    w.array(partitions, f, item => writeDeleteRecordsPartition(w, item, v))
  }
  if (f) w.tagged()
}

export interface DeleteRecordsPartition {
  partitionIndex: number
  offset: number
}

export interface DeleteRecordsPartitionInit {
  partitionIndex?: number
  offset?: number
}

function defaultDeleteRecordsPartition(): DeleteRecordsPartition {
  return {partitionIndex: 0, offset: 0}
}

function readDeleteRecordsPartition(r: WireReader, v: number): DeleteRecordsPartition {
  const m = defaultDeleteRecordsPartition()
  const f = v >= 2
  m.partitionIndex = r.int32()
  m.offset = r.int64()
  if (f) r.tagged()
  return m
}

function writeDeleteRecordsPartition(w: WireWriter, init: DeleteRecordsPartitionInit, v: number): void {
  const f = v >= 2
  {
    const partitionIndex = init.partitionIndex === undefined ? 0 : init.partitionIndex
    w.int32(partitionIndex)
  }
  {
    const offset = init.offset === undefined ? 0 : init.offset
    w.int64(offset)
  }
  if (f) w.tagged()
}
