// Made by scripts/kafka-codecs.mjs from ../schemas/OffsetCommitRequest.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const offsetCommitRequestFlexible = 8
export const offsetCommitRequestVersions = {first: 2, last: 10} as const

export interface OffsetCommitRequest {
  groupId: string
  generationIdOrMemberEpoch: number
  memberId: string
  groupInstanceId: string | null
  retentionTimeMs: number
  topics: OffsetCommitRequestTopic[]
}

export interface OffsetCommitRequestInit {
  groupId?: string
  generationIdOrMemberEpoch?: number
  memberId?: string
  groupInstanceId?: string | null
  retentionTimeMs?: number
  topics?: readonly OffsetCommitRequestTopicInit[]
}

function defaultOffsetCommitRequest(): OffsetCommitRequest {
  return {groupId: "", generationIdOrMemberEpoch: -1, memberId: "", groupInstanceId: null, retentionTimeMs: -1, topics: []}
}

export function readOffsetCommitRequest(r: WireReader, v: number): OffsetCommitRequest {
  const m = defaultOffsetCommitRequest()
  const f = v >= 8
  m.groupId = r.string(f)
  m.generationIdOrMemberEpoch = r.int32()
  m.memberId = r.string(f)
  if (v >= 7) m.groupInstanceId = r.nullableString(f)
  if (v <= 4) m.retentionTimeMs = r.int64()
  m.topics = r.array(f, () => readOffsetCommitRequestTopic(r, v))
  if (f) r.tagged()
  return m
}

export function writeOffsetCommitRequest(w: WireWriter, init: OffsetCommitRequestInit, v: number): void {
  const f = v >= 8
  {
    const groupId = init.groupId === undefined ? "" : init.groupId
    w.string(groupId, f)
  }
  {
    const generationIdOrMemberEpoch = init.generationIdOrMemberEpoch === undefined ? -1 : init.generationIdOrMemberEpoch
    w.int32(generationIdOrMemberEpoch)
  }
  {
    const memberId = init.memberId === undefined ? "" : init.memberId
    w.string(memberId, f)
  }
  if (v >= 7) {
    const groupInstanceId = init.groupInstanceId === undefined ? null : init.groupInstanceId
    w.string(groupInstanceId, f)
  }
  if (v <= 4) {
    const retentionTimeMs = init.retentionTimeMs === undefined ? -1 : init.retentionTimeMs
    w.int64(retentionTimeMs)
  }
  {
    const topics = init.topics === undefined ? [] : init.topics
    w.array(topics, f, item => writeOffsetCommitRequestTopic(w, item, v))
  }
  if (f) w.tagged()
}

export interface OffsetCommitRequestTopic {
  name: string
  topicId: string
  partitions: OffsetCommitRequestPartition[]
}

export interface OffsetCommitRequestTopicInit {
  name?: string
  topicId?: string
  partitions?: readonly OffsetCommitRequestPartitionInit[]
}

function defaultOffsetCommitRequestTopic(): OffsetCommitRequestTopic {
  return {name: "", topicId: '00000000000000000000000000000000', partitions: []}
}

function readOffsetCommitRequestTopic(r: WireReader, v: number): OffsetCommitRequestTopic {
  const m = defaultOffsetCommitRequestTopic()
  const f = v >= 8
  if (v <= 9) m.name = r.string(f)
  if (v >= 10) m.topicId = r.uuid()
  m.partitions = r.array(f, () => readOffsetCommitRequestPartition(r, v))
  if (f) r.tagged()
  return m
}

function writeOffsetCommitRequestTopic(w: WireWriter, init: OffsetCommitRequestTopicInit, v: number): void {
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
    w.array(partitions, f, item => writeOffsetCommitRequestPartition(w, item, v))
  }
  if (f) w.tagged()
}

export interface OffsetCommitRequestPartition {
  partitionIndex: number
  committedOffset: number
  committedLeaderEpoch: number
  committedMetadata: string | null
}

export interface OffsetCommitRequestPartitionInit {
  partitionIndex?: number
  committedOffset?: number
  committedLeaderEpoch?: number
  committedMetadata?: string | null
}

function defaultOffsetCommitRequestPartition(): OffsetCommitRequestPartition {
  return {partitionIndex: 0, committedOffset: 0, committedLeaderEpoch: -1, committedMetadata: ""}
}

function readOffsetCommitRequestPartition(r: WireReader, v: number): OffsetCommitRequestPartition {
  const m = defaultOffsetCommitRequestPartition()
  const f = v >= 8
  m.partitionIndex = r.int32()
  m.committedOffset = r.int64()
  if (v >= 6) m.committedLeaderEpoch = r.int32()
  m.committedMetadata = r.nullableString(f)
  if (f) r.tagged()
  return m
}

function writeOffsetCommitRequestPartition(w: WireWriter, init: OffsetCommitRequestPartitionInit, v: number): void {
  const f = v >= 8
  {
    const partitionIndex = init.partitionIndex === undefined ? 0 : init.partitionIndex
    w.int32(partitionIndex)
  }
  {
    const committedOffset = init.committedOffset === undefined ? 0 : init.committedOffset
    w.int64(committedOffset)
  }
  if (v >= 6) {
    const committedLeaderEpoch = init.committedLeaderEpoch === undefined ? -1 : init.committedLeaderEpoch
    w.int32(committedLeaderEpoch)
  }
  {
    const committedMetadata = init.committedMetadata === undefined ? "" : init.committedMetadata
    w.string(committedMetadata, f)
  }
  if (f) w.tagged()
}
