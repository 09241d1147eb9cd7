// Made by scripts/kafka-codecs.mjs from ../schemas/ListOffsetsResponse.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const listOffsetsResponseFlexible = 6
export const listOffsetsResponseVersions = {first: 1, last: 11} as const

export interface ListOffsetsResponse {
  throttleTimeMs: number
  topics: ListOffsetsTopicResponse[]
}

export interface ListOffsetsResponseInit {
  throttleTimeMs?: number
  topics?: readonly ListOffsetsTopicResponseInit[]
}

function defaultListOffsetsResponse(): ListOffsetsResponse {
  return {throttleTimeMs: 0, topics: []}
}

export function readListOffsetsResponse(r: WireReader, v: number): ListOffsetsResponse {
  const m = defaultListOffsetsResponse()
  const f = v >= 6
  if (v >= 2) m.throttleTimeMs = r.int32()
  m.topics = r.array(f, () => readListOffsetsTopicResponse(r, v))
  if (f) r.tagged()
  return m
}

export function writeListOffsetsResponse(w: WireWriter, init: ListOffsetsResponseInit, v: number): void {
  const f = v >= 6
  if (v >= 2) {
    const throttleTimeMs = init.throttleTimeMs === undefined ? 0 : init.throttleTimeMs
    w.int32(throttleTimeMs)
  }
  {
    const topics = init.topics === undefined ? [] : init.topics
    w.array(topics, f, item => writeListOffsetsTopicResponse(w, item, v))
  }
  if (f) w.tagged()
}

export interface ListOffsetsTopicResponse {
  name: string
  partitions: ListOffsetsPartitionResponse[]
}

export interface ListOffsetsTopicResponseInit {
  name?: string
  partitions?: readonly ListOffsetsPartitionResponseInit[]
}

function defaultListOffsetsTopicResponse(): ListOffsetsTopicResponse {
  return {name: "", partitions: []}
}

function readListOffsetsTopicResponse(r: WireReader, v: number): ListOffsetsTopicResponse {
  const m = defaultListOffsetsTopicResponse()
  const f = v >= 6
  m.name = r.string(f)
  m.partitions = r.array(f, () => readListOffsetsPartitionResponse(r, v))
  if (f) r.tagged()
  return m
}

function writeListOffsetsTopicResponse(w: WireWriter, init: ListOffsetsTopicResponseInit, v: number): void {
  const f = v >= 6
  {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  {
    const partitions = init.partitions === undefined ? [] : init.partitions
    w.array(partitions, f, item => writeListOffsetsPartitionResponse(w, item, v))
  }
  if (f) w.tagged()
}

export interface ListOffsetsPartitionResponse {
  partitionIndex: number
  errorCode: number
  timestamp: number
  offset: number
  leaderEpoch: number
}

export interface ListOffsetsPartitionResponseInit {
  partitionIndex?: number
  errorCode?: number
  timestamp?: number
  offset?: number
  leaderEpoch?: number
}

function defaultListOffsetsPartitionResponse(): ListOffsetsPartitionResponse {
  return {partitionIndex: 0, errorCode: 0, timestamp: -1, offset: -1, leaderEpoch: -1}
}

function readListOffsetsPartitionResponse(r: WireReader, v: number): ListOffsetsPartitionResponse {
  const m = defaultListOffsetsPartitionResponse()
  const f = v >= 6
  m.partitionIndex = r.int32()
  m.errorCode = r.int16()
  m.timestamp = r.int64()
  m.offset = r.int64()
  if (v >= 4) m.leaderEpoch = r.int32()
  if (f) r.tagged()
  return m
}

function writeListOffsetsPartitionResponse(w: WireWriter, init: ListOffsetsPartitionResponseInit, v: number): void {
  const f = v >= 6
  {
    const partitionIndex = init.partitionIndex === undefined ? 0 : init.partitionIndex
    w.int32(partitionIndex)
  }
  {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  {
    const timestamp = init.timestamp === undefined ? -1 : init.timestamp
    w.int64(timestamp)
  }
  {
    const offset = init.offset === undefined ? -1 : init.offset
    w.int64(offset)
  }
  if (v >= 4) {
    const leaderEpoch = init.leaderEpoch === undefined ? -1 : init.leaderEpoch
    w.int32(leaderEpoch)
  }
  if (f) w.tagged()
}
