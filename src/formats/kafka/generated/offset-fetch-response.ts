// Made by scripts/kafka-codecs.mjs from ../schemas/OffsetFetchResponse.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const offsetFetchResponseFlexible = 6
export const offsetFetchResponseVersions = {first: 1, last: 10} as const

export interface OffsetFetchResponse {
  throttleTimeMs: number
  topics: OffsetFetchResponseTopic[]
  errorCode: number
  groups: OffsetFetchResponseGroup[]
}

export interface OffsetFetchResponseInit {
  throttleTimeMs?: number
  topics?: readonly OffsetFetchResponseTopicInit[]
  errorCode?: number
  groups?: readonly OffsetFetchResponseGroupInit[]
}

function defaultOffsetFetchResponse(): OffsetFetchResponse {
  return {throttleTimeMs: 0, topics: [], errorCode: 0, groups: []}
}

export function readOffsetFetchResponse(r: WireReader, v: number): OffsetFetchResponse {
  const m = defaultOffsetFetchResponse()
  const f = v >= 6
  if (v >= 3) m.throttleTimeMs = r.int32()
  if (v <= 7) m.topics = r.array(f, () => readOffsetFetchResponseTopic(r, v))
  if (v >= 2 && v <= 7) m.errorCode = r.int16()
  if (v >= 8) m.groups = r.array(f, () => readOffsetFetchResponseGroup(r, v))
  if (f) r.tagged()
  return m
}

export function writeOffsetFetchResponse(w: WireWriter, init: OffsetFetchResponseInit, v: number): void {
  const f = v >= 6
  if (v >= 3) {
    const throttleTimeMs = init.throttleTimeMs === undefined ? 0 : init.throttleTimeMs
    w.int32(throttleTimeMs)
  }
  if (v <= 7) {
    const topics = init.topics === undefined ? [] : init.topics
    w.array(topics, f, item => writeOffsetFetchResponseTopic(w, item, v))
  }
  if (v >= 2 && v <= 7) {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  if (v >= 8) {
    const groups = init.groups === undefined ? [] : init.groups
    w.array(groups, f, item => writeOffsetFetchResponseGroup(w, item, v))
  }
  if (f) w.tagged()
}

export interface OffsetFetchResponseTopic {
  name: string
  partitions: OffsetFetchResponsePartition[]
}

export interface OffsetFetchResponseTopicInit {
  name?: string
  partitions?: readonly OffsetFetchResponsePartitionInit[]
}

function defaultOffsetFetchResponseTopic(): OffsetFetchResponseTopic {
  return {name: "", partitions: []}
}

function readOffsetFetchResponseTopic(r: WireReader, v: number): OffsetFetchResponseTopic {
  const m = defaultOffsetFetchResponseTopic()
  const f = v >= 6
  if (v <= 7) m.name = r.string(f)
  if (v <= 7) m.partitions = r.array(f, () => readOffsetFetchResponsePartition(r, v))
  if (f) r.tagged()
  return m
}

function writeOffsetFetchResponseTopic(w: WireWriter, init: OffsetFetchResponseTopicInit, v: number): void {
  const f = v >= 6
  if (v <= 7) {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  if (v <= 7) {
    const partitions = init.partitions === undefined ? [] : init.partitions
    w.array(partitions, f, item => writeOffsetFetchResponsePartition(w, item, v))
  }
  if (f) w.tagged()
}

export interface OffsetFetchResponsePartition {
  partitionIndex: number
  committedOffset: number
  committedLeaderEpoch: number
  metadata: string | null
  errorCode: number
}

export interface OffsetFetchResponsePartitionInit {
  partitionIndex?: number
  committedOffset?: number
  committedLeaderEpoch?: number
  metadata?: string | null
  errorCode?: number
}

function defaultOffsetFetchResponsePartition(): OffsetFetchResponsePartition {
  return {partitionIndex: 0, committedOffset: 0, committedLeaderEpoch: -1, metadata: "", errorCode: 0}
}

function readOffsetFetchResponsePartition(r: WireReader, v: number): OffsetFetchResponsePartition {
  const m = defaultOffsetFetchResponsePartition()
  const f = v >= 6
  if (v <= 7) m.partitionIndex = r.int32()
  if (v <= 7) m.committedOffset = r.int64()
  if (v >= 5 && v <= 7) m.committedLeaderEpoch = r.int32()
  if (v <= 7) m.metadata = r.nullableString(f)
  if (v <= 7) m.errorCode = r.int16()
  if (f) r.tagged()
  return m
}

function writeOffsetFetchResponsePartition(w: WireWriter, init: OffsetFetchResponsePartitionInit, v: number): void {
  const f = v >= 6
  if (v <= 7) {
    const partitionIndex = init.partitionIndex === undefined ? 0 : init.partitionIndex
    w.int32(partitionIndex)
  }
  if (v <= 7) {
    const committedOffset = init.committedOffset === undefined ? 0 : init.committedOffset
    w.int64(committedOffset)
  }
  if (v >= 5 && v <= 7) {
    const committedLeaderEpoch = init.committedLeaderEpoch === undefined ? -1 : init.committedLeaderEpoch
    w.int32(committedLeaderEpoch)
  }
  if (v <= 7) {
    const metadata = init.metadata === undefined ? "" : init.metadata
    w.string(metadata, f)
  }
  if (v <= 7) {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  if (f) w.tagged()
}

export interface OffsetFetchResponseGroup {
  groupId: string
  topics: OffsetFetchResponseTopics[]
  errorCode: number
}

export interface OffsetFetchResponseGroupInit {
  groupId?: string
  topics?: readonly OffsetFetchResponseTopicsInit[]
  errorCode?: number
}

function defaultOffsetFetchResponseGroup(): OffsetFetchResponseGroup {
  return {groupId: "", topics: [], errorCode: 0}
}

function readOffsetFetchResponseGroup(r: WireReader, v: number): OffsetFetchResponseGroup {
  const m = defaultOffsetFetchResponseGroup()
  const f = v >= 6
  if (v >= 8) m.groupId = r.string(f)
  if (v >= 8) m.topics = r.array(f, () => readOffsetFetchResponseTopics(r, v))
  if (v >= 8) m.errorCode = r.int16()
  if (f) r.tagged()
  return m
}

function writeOffsetFetchResponseGroup(w: WireWriter, init: OffsetFetchResponseGroupInit, v: number): void {
  const f = v >= 6
  if (v >= 8) {
    const groupId = init.groupId === undefined ? "" : init.groupId
    w.string(groupId, f)
  }
  if (v >= 8) {
    const topics = init.topics === undefined ? [] : init.topics
    w.array(topics, f, item => writeOffsetFetchResponseTopics(w, item, v))
  }
  if (v >= 8) {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  if (f) w.tagged()
}

export interface OffsetFetchResponseTopics {
  name: string
  topicId: string
  partitions: OffsetFetchResponsePartitions[]
}

export interface OffsetFetchResponseTopicsInit {
  name?: string
  topicId?: string
  partitions?: readonly OffsetFetchResponsePartitionsInit[]
}

function defaultOffsetFetchResponseTopics(): OffsetFetchResponseTopics {
  return {name: "", topicId: '00000000000000000000000000000000', partitions: []}
}

function readOffsetFetchResponseTopics(r: WireReader, v: number): OffsetFetchResponseTopics {
  const m = defaultOffsetFetchResponseTopics()
  const f = v >= 6
  if (v >= 8 && v <= 9) m.name = r.string(f)
  if (v >= 10) m.topicId = r.uuid()
  if (v >= 8) m.partitions = r.array(f, () => readOffsetFetchResponsePartitions(r, v))
  if (f) r.tagged()
  return m
}

function writeOffsetFetchResponseTopics(w: WireWriter, init: OffsetFetchResponseTopicsInit, v: number): void {
  const f = v >= 6
  if (v >= 8 && v <= 9) {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  if (v >= 10) {
    const topicId = init.topicId === undefined ? '00000000000000000000000000000000' : init.topicId
    w.uuid(topicId)
  }
  if (v >= 8) {
    const partitions = init.partitions === undefined ? [] : init.partitions
    w.array(partitions, f, item => writeOffsetFetchResponsePartitions(w, item, v))
  }
  if (f) w.tagged()
}

export interface OffsetFetchResponsePartitions {
  partitionIndex: number
  committedOffset: number
  committedLeaderEpoch: number
  metadata: string | null
  errorCode: number
}

export interface OffsetFetchResponsePartitionsInit {
  partitionIndex?: number
  committedOffset?: number
  committedLeaderEpoch?: number
  metadata?: string | null
  errorCode?: number
}

function defaultOffsetFetchResponsePartitions(): OffsetFetchResponsePartitions {
  return {partitionIndex: 0, committedOffset: 0, committedLeaderEpoch: -1, metadata: "", errorCode: 0}
}

function readOffsetFetchResponsePartitions(r: WireReader, v: number): OffsetFetchResponsePartitions {
  const m = defaultOffsetFetchResponsePartitions()
  const f = v >= 6
  if (v >= 8) m.partitionIndex = r.int32()
  if (v >= 8) m.committedOffset = r.int64()
  if (v >= 8) m.committedLeaderEpoch = r.int32()
  if (v >= 8) m.metadata = r.nullableString(f)
  if (v >= 8) m.errorCode = r.int16()
  if (f) r.tagged()
  return m
}

function writeOffsetFetchResponsePartitions(w: WireWriter, init: OffsetFetchResponsePartitionsInit, v: number): void {
  const f = v >= 6
  if (v >= 8) {
    const partitionIndex = init.partitionIndex === undefined ? 0 : init.partitionIndex
    w.int32(partitionIndex)
  }
  if (v >= 8) {
    const committedOffset = init.committedOffset === undefined ? 0 : init.committedOffset
    w.int64(committedOffset)
  }
  if (v >= 8) {
    const committedLeaderEpoch = init.committedLeaderEpoch === undefined ? -1 : init.committedLeaderEpoch
    w.int32(committedLeaderEpoch)
  }
  if (v >= 8) {
    const metadata = init.metadata === undefined ? "" : init.metadata
    w.string(metadata, f)
  }
  if (v >= 8) {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  if (f) w.tagged()
}
