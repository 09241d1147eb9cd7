// Made by scripts/kafka-codecs.mjs from ../schemas/OffsetCommitResponse.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const offsetCommitResponseFlexible = 8
export const offsetCommitResponseVersions = {first: 2, last: 10} as const

export interface OffsetCommitResponse {
  throttleTimeMs: number
  topics: OffsetCommitResponseTopic[]
}

export interface OffsetCommitResponseInit {
  throttleTimeMs?: number
  topics?: readonly OffsetCommitResponseTopicInit[]
}

function defaultOffsetCommitResponse(): OffsetCommitResponse {
  return {throttleTimeMs: 0, topics: []}
}

export function readOffsetCommitResponse(r: WireReader, v: number): OffsetCommitResponse {
  const m = defaultOffsetCommitResponse()
  const f = v >= 8
  if (v >= 3) m.throttleTimeMs = r.int32()
  m.topics = r.array(f, () => readOffsetCommitResponseTopic(r, v))
  if (f) r.tagged()
  return m
}

export function writeOffsetCommitResponse(w: WireWriter, init: OffsetCommitResponseInit, v: number): void {
  const f = v >= 8
  if (v >= 3) {
    const throttleTimeMs = init.throttleTimeMs === undefined ? 0 : init.throttleTimeMs
    w.int32(throttleTimeMs)
  }
  {
    const topics = init.topics === undefined ? [] : init.topics
    w.array(topics, f, item => writeOffsetCommitResponseTopic(w, item, v))
  }
  if (f) w.tagged()
}

export interface OffsetCommitResponseTopic {
  name: string
  topicId: string
  partitions: OffsetCommitResponsePartition[]
}

export interface OffsetCommitResponseTopicInit {
  name?: string
  topicId?: string
  partitions?: readonly OffsetCommitResponsePartitionInit[]
}

function defaultOffsetCommitResponseTopic(): OffsetCommitResponseTopic {
  return {name: "", topicId: '00000000000000000000000000000000', partitions: []}
}

function readOffsetCommitResponseTopic(r: WireReader, v: number): OffsetCommitResponseTopic {
  const m = defaultOffsetCommitResponseTopic()
  const f = v >= 8
  if (v <= 9) m.name = r.string(f)
  if (v >= 10) m.topicId = r.uuid()
  m.partitions = r.array(f, () => readOffsetCommitResponsePartition(r, v))
  if (f) r.tagged()
  return m
}

function writeOffsetCommitResponseTopic(w: WireWriter, init: OffsetCommitResponseTopicInit, v: number): void {
  const f = v >= 8
  if (v <= 9) {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  if (v >= 10) {
    const topicId = init.topicId === undefined ? '00000000000000000000000000000000' : init.topicId
    w.uuid(topicId)
  }
  {
    const partitions = init.partitions === undefined ? [] : init.partitions
    w.array(partitions, f, item => writeOffsetCommitResponsePartition(w, item, v))
  }
  if (f) w.tagged()
}

export interface OffsetCommitResponsePartition {
  partitionIndex: number
  errorCode: number
}

export interface OffsetCommitResponsePartitionInit {
  partitionIndex?: number
  errorCode?: number
}

function defaultOffsetCommitResponsePartition(): OffsetCommitResponsePartition {
  return {partitionIndex: 0, errorCode: 0}
}

function readOffsetCommitResponsePartition(r: WireReader, v: number): OffsetCommitResponsePartition {
  const m = defaultOffsetCommitResponsePartition()
  const f = v >= 8
  m.partitionIndex = r.int32()
  m.errorCode = r.int16()
  if (f) r.tagged()
  return m
}

function writeOffsetCommitResponsePartition(w: WireWriter, init: OffsetCommitResponsePartitionInit, v: number): void {
  const f = v >= 8
  {
    const partitionIndex = init.partitionIndex === undefined ? 0 : init.partitionIndex
    w.int32(partitionIndex)
  }
  {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  if (f) w.tagged()
}
