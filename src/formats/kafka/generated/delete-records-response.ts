// Made by scripts/kafka-codecs.mjs from ../schemas/DeleteRecordsResponse.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const deleteRecordsResponseFlexible = 2
export const deleteRecordsResponseVersions = {first: 0, last: 2} as const

export interface DeleteRecordsResponse {
  throttleTimeMs: number
  topics: DeleteRecordsTopicResult[]
}

export interface DeleteRecordsResponseInit {
  throttleTimeMs?: number
  topics?: readonly DeleteRecordsTopicResultInit[]
}

function defaultDeleteRecordsResponse(): DeleteRecordsResponse {
  return {throttleTimeMs: 0, topics: []}
}

export function readDeleteRecordsResponse(r: WireReader, v: number): DeleteRecordsResponse {
  const m = defaultDeleteRecordsResponse()
  const f = v >= 2
  m.throttleTimeMs = r.int32()
  m.topics = r.array(f, () => readDeleteRecordsTopicResult(r, v))
  if (f) r.tagged()
  return m
}

export function writeDeleteRecordsResponse(w: WireWriter, init: DeleteRecordsResponseInit, v: number): void {
  const f = v >= 2
  {
    const throttleTimeMs = init.throttleTimeMs === undefined ? 0 : init.throttleTimeMs
    w.int32(throttleTimeMs)
  }
  {
    const topics = init.topics === undefined ? [] : init.topics
    w.array(topics, f, item => writeDeleteRecordsTopicResult(w, item, v))
  }
  if (f) w.tagged()
}

export interface DeleteRecordsTopicResult {
  name: string
  partitions: DeleteRecordsPartitionResult[]
}

export interface DeleteRecordsTopicResultInit {
  name?: string
  partitions?: readonly DeleteRecordsPartitionResultInit[]
}

function defaultDeleteRecordsTopicResult(): DeleteRecordsTopicResult {
  return {name: "", partitions: []}
}

function readDeleteRecordsTopicResult(r: WireReader, v: number): DeleteRecordsTopicResult {
  const m = defaultDeleteRecordsTopicResult()
  const f = v >= 2
  m.name = r.string(f)
  m.partitions = r.array(f, () => readDeleteRecordsPartitionResult(r, v))
  if (f) r.tagged()
  return m
}

function writeDeleteRecordsTopicResult(w: WireWriter, init: DeleteRecordsTopicResultInit, v: number): void {
  const f = v >= 2
  {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  {
    const partitions = init.partitions === undefined ? [] : init.partitions
    w.array(partitions, f, item => writeDeleteRecordsPartitionResult(w, item, v))
  }
  if (f) w.tagged()
}

export interface DeleteRecordsPartitionResult {
  partitionIndex: number
  lowWatermark: number
  errorCode: number
}

export interface DeleteRecordsPartitionResultInit {
  partitionIndex?: number
  lowWatermark?: number
  errorCode?: number
}

function defaultDeleteRecordsPartitionResult(): DeleteRecordsPartitionResult {
  return {partitionIndex: 0, lowWatermark: 0, errorCode: 0}
}

function readDeleteRecordsPartitionResult(r: WireReader, v: number): DeleteRecordsPartitionResult {
  const m = defaultDeleteRecordsPartitionResult()
  const f = v >= 2
  m.partitionIndex = r.int32()
  m.lowWatermark = r.int64()
  m.errorCode = r.int16()
  if (f) r.tagged()
  return m
}

function writeDeleteRecordsPartitionResult(w: WireWriter, init: DeleteRecordsPartitionResultInit, v: number): void {
  const f = v >= 2
  {
    const partitionIndex = init.partitionIndex === undefined ? 0 : init.partitionIndex
    w.int32(partitionIndex)
  }
  {
    const lowWatermark = init.lowWatermark === undefined ? 0 : init.lowWatermark
    w.int64(lowWatermark)
  }
  {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  if (f) w.tagged()
}
