// Made by scripts/kafka-codecs.mjs from ../schemas/OffsetForLeaderEpochResponse.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const offsetForLeaderEpochResponseFlexible = 4
export const offsetForLeaderEpochResponseVersions = {first: 2, last: 4} as const

export interface OffsetForLeaderEpochResponse {
  throttleTimeMs: number
  topics: OffsetForLeaderTopicResult[]
}

export interface OffsetForLeaderEpochResponseInit {
  throttleTimeMs?: number
  topics?: readonly OffsetForLeaderTopicResultInit[]
}

function defaultOffsetForLeaderEpochResponse(): OffsetForLeaderEpochResponse {
  return {throttleTimeMs: 0, topics: []}
}

export function readOffsetForLeaderEpochResponse(r: WireReader, v: number): OffsetForLeaderEpochResponse {
  const m = defaultOffsetForLeaderEpochResponse()
  const f = v >= 4
  m.throttleTimeMs = r.int32()
  m.topics = r.array(f, () => readOffsetForLeaderTopicResult(r, v))
  if (f) r.tagged()
  return m
}

export function writeOffsetForLeaderEpochResponse(w: WireWriter, init: OffsetForLeaderEpochResponseInit, v: number): void {
  const f = v >= 4
  {
    const throttleTimeMs = init.throttleTimeMs === undefined ? 0 : init.throttleTimeMs
    w.int32(throttleTimeMs)
  }
  {
    const topics = init.topics === undefined ? [] : init.topics
    w.array(topics, f, item => writeOffsetForLeaderTopicResult(w, item, v))
  }
  if (f) w.tagged()
}

export interface OffsetForLeaderTopicResult {
  topic: string
  partitions: EpochEndOffset[]
}

export interface OffsetForLeaderTopicResultInit {
  topic?: string
  partitions?: readonly EpochEndOffsetInit[]
}

function defaultOffsetForLeaderTopicResult(): OffsetForLeaderTopicResult {
  return {topic: "", partitions: []}
}

function readOffsetForLeaderTopicResult(r: WireReader, v: number): OffsetForLeaderTopicResult {
  const m = defaultOffsetForLeaderTopicResult()
  const f = v >= 4
  m.topic = r.string(f)
  m.partitions = r.array(f, () => readEpochEndOffset(r, v))
  if (f) r.tagged()
  return m
}

function writeOffsetForLeaderTopicResult(w: WireWriter, init: OffsetForLeaderTopicResultInit, v: number): void {
  const f = v >= 4
  {
    const topic = init.topic === undefined ? "" : init.topic
    w.string(topic, f)
  }
  {
    const partitions = init.partitions === undefined ? [] : init.partitions
    w.array(partitions, f, item => writeEpochEndOffset(w, item, v))
  }
  if (f) w.tagged()
}

export interface EpochEndOffset {
  errorCode: number
  partition: number
  leaderEpoch: number
  endOffset: number
}

export interface EpochEndOffsetInit {
  errorCode?: number
  partition?: number
  leaderEpoch?: number
  endOffset?: number
}

function defaultEpochEndOffset(): EpochEndOffset {
  return {errorCode: 0, partition: 0, leaderEpoch: -1, endOffset: -1}
}

function readEpochEndOffset(r: WireReader, v: number): EpochEndOffset {
  const m = defaultEpochEndOffset()
  const f = v >= 4
  m.errorCode = r.int16()
  m.partition = r.int32()
  m.leaderEpoch = r.int32()
  m.endOffset = r.int64()
  if (f) r.tagged()
  return m
}

function writeEpochEndOffset(w: WireWriter, init: EpochEndOffsetInit, v: number): void {
  const f = v >= 4
  {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  {
    const partition = init.partition === undefined ? 0 : init.partition
    w.int32(partition)
  }
  {
    const leaderEpoch = init.leaderEpoch === undefined ? -1 : init.leaderEpoch
    w.int32(leaderEpoch)
  }
  {
    const endOffset = init.endOffset === undefined ? -1 : init.endOffset
    w.int64(endOffset)
  }
  if (f) w.tagged()
}
