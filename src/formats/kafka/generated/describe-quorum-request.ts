// Made by scripts/kafka-codecs.mjs from ../schemas/DescribeQuorumRequest.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const describeQuorumRequestFlexible = 0
export const describeQuorumRequestVersions = {first: 0, last: 2} as const

export interface DescribeQuorumRequest {
  topics: TopicData[]
}

export interface DescribeQuorumRequestInit {
  topics?: readonly TopicDataInit[]
}

function defaultDescribeQuorumRequest(): DescribeQuorumRequest {
  return {topics: []}
}

export function readDescribeQuorumRequest(r: WireReader, v: number): DescribeQuorumRequest {
  const m = defaultDescribeQuorumRequest()
  const f = true
  m.topics = r.array(f, () => readTopicData(r, v))
  if (f) r.tagged()
  return m
}

export function writeDescribeQuorumRequest(w: WireWriter, init: DescribeQuorumRequestInit, v: number): void {
  const f = true
  {
    const topics = init.topics === undefined ? [] : init.topics
    w.array(topics, f, item => writeTopicData(w, item, v))
  }
  if (f) w.tagged()
}

export interface TopicData {
  topicName: string
  partitions: PartitionData[]
}

export interface TopicDataInit {
  topicName?: string
  partitions?: readonly PartitionDataInit[]
}

function defaultTopicData(): TopicData {
  return {topicName: "", partitions: []}
}

function readTopicData(r: WireReader, v: number): TopicData {
  const m = defaultTopicData()
  const f = true
  m.topicName = r.string(f)
  m.partitions = r.array(f, () => readPartitionData(r, v))
  if (f) r.tagged()
  return m
}

function writeTopicData(w: WireWriter, init: TopicDataInit, v: number): void {
  const f = true
  {
    const topicName = init.topicName === undefined ? "" : init.topicName
    w.string(topicName, f)
  }
  {
    const partitions = init.partitions === undefined ? [] : init.partitions
    w.array(partitions, f, item => writePartitionData(w, item, v))
  }
  if (f) w.tagged()
}

export interface PartitionData {
  partitionIndex: number
}

export interface PartitionDataInit {
  partitionIndex?: number
}

function defaultPartitionData(): PartitionData {
  return {partitionIndex: 0}
}

function readPartitionData(r: WireReader, v: number): PartitionData {
  const m = defaultPartitionData()
  const f = true
  m.partitionIndex = r.int32()
  if (f) r.tagged()
  return m
}

function writePartitionData(w: WireWriter, init: PartitionDataInit, v: number): void {
  const f = true
  {
    const partitionIndex = init.partitionIndex === undefined ? 0 : init.partitionIndex
    w.int32(partitionIndex)
  }
  if (f) w.tagged()
}
