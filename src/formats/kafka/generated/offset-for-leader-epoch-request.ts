// Made by scripts/kafka-codecs.mjs from ../schemas/OffsetForLeaderEpochRequest.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const offsetForLeaderEpochRequestFlexible = 4
export const offsetForLeaderEpochRequestVersions = {first: 2, last: 4} as const

export interface OffsetForLeaderEpochRequest {
  replicaId: number
  topics: OffsetForLeaderTopic[]
}

export interface OffsetForLeaderEpochRequestInit {
  replicaId?: number
  topics?: readonly OffsetForLeaderTopicInit[]
}

function defaultOffsetForLeaderEpochRequest(): OffsetForLeaderEpochRequest {
  return {replicaId: -2, topics: []}
}

export function readOffsetForLeaderEpochRequest(r: WireReader, v: number): OffsetForLeaderEpochRequest {
  const m = defaultOffsetForLeaderEpochRequest()
  const f = v >= 4
  if (v >= 3) m.replicaId = r.int32()
  m.topics = r.array(f, () => readOffsetForLeaderTopic(r, v))
  if (f) r.tagged()
  return m
}

export function writeOffsetForLeaderEpochRequest(w: WireWriter, init: OffsetForLeaderEpochRequestInit, v: number): void {
  const f = v >= 4
  if (v >= 3) {
    const replicaId = init.replicaId === undefined ? -2 : init.replicaId
    w.int32(replicaId)
  }
  {
    const topics = init.topics === undefined ? [] : init.topics
    w.array(topics, f, item => writeOffsetForLeaderTopic(w, item, v))
  }
  if (f) w.tagged()
}

export interface OffsetForLeaderTopic {
  topic: string
  partitions: OffsetForLeaderPartition[]
}

export interface OffsetForLeaderTopicInit {
  topic?: string
  partitions?: readonly OffsetForLeaderPartitionInit[]
}

function defaultOffsetForLeaderTopic(): OffsetForLeaderTopic {
  return {topic: "", partitions: []}
}

function readOffsetForLeaderTopic(r: WireReader, v: number): OffsetForLeaderTopic {
  const m = defaultOffsetForLeaderTopic()
  const f = v >= 4
  m.topic = r.string(f)
  m.partitions = r.array(f, () => readOffsetForLeaderPartition(r, v))
  if (f) r.tagged()
  return m
}

function writeOffsetForLeaderTopic(w: WireWriter, init: OffsetForLeaderTopicInit, v: number): void {
  const f = v >= 4
  {
    const topic = init.topic === undefined ? "" : init.topic
    w.string(topic, f)
  }
  {
    const partitions = init.partitions === undefined ? [] : init.partitions
    w.array(partitions, f, item => writeOffsetForLeaderPartition(w, item, v))
  }
  if (f) w.tagged()
}

export interface OffsetForLeaderPartition {
  partition: number
  currentLeaderEpoch: number
  leaderEpoch: number
}

export interface OffsetForLeaderPartitionInit {
  partition?: number
  currentLeaderEpoch?: number
  leaderEpoch?: number
}

function defaultOffsetForLeaderPartition(): OffsetForLeaderPartition {
  return {partition: 0, currentLeaderEpoch: -1, leaderEpoch: 0}
}

function readOffsetForLeaderPartition(r: WireReader, v: number): OffsetForLeaderPartition {
  const m = defaultOffsetForLeaderPartition()
  const f = v >= 4
  m.partition = r.int32()
  m.currentLeaderEpoch = r.int32()
  m.leaderEpoch = r.int32()
  if (f) r.tagged()
  return m
}

function writeOffsetForLeaderPartition(w: WireWriter, init: OffsetForLeaderPartitionInit, v: number): void {
  const f = v >= 4
  {
    const partition = init.partition === undefined ? 0 : init.partition
    w.int32(partition)
  }
  {
    const currentLeaderEpoch = init.currentLeaderEpoch === undefined ? -1 : init.currentLeaderEpoch
    w.int32(currentLeaderEpoch)
  }
  {
    const leaderEpoch = init.leaderEpoch === undefined ? 0 : init.leaderEpoch
    w.int32(leaderEpoch)
  }
  if (f) w.tagged()
}
