// Made by scripts/kafka-codecs.mjs from ../schemas/ProduceRequest.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const produceRequestFlexible = 9
export const produceRequestVersions = {first: 3, last: 13} as const

export interface ProduceRequest {
  transactionalId: string | null
  acks: number
  timeoutMs: number
  topicData: TopicProduceData[]
}

export interface ProduceRequestInit {
  transactionalId?: string | null
  acks?: number
  timeoutMs?: number
  topicData?: readonly TopicProduceDataInit[]
}

function defaultProduceRequest(): ProduceRequest {
  return {transactionalId: null, acks: 0, timeoutMs: 0, topicData: []}
}

export function readProduceRequest(r: WireReader, v: number): ProduceRequest {
  const m = defaultProduceRequest()
  const f = v >= 9
  m.transactionalId = r.nullableString(f)
  m.acks = r.int16()
  m.timeoutMs = r.int32()
  m.topicData = r.array(f, () => readTopicProduceData(r, v))
  if (f) r.tagged()
  return m
}

export function writeProduceRequest(w: WireWriter, init: ProduceRequestInit, v: number): void {
  const f = v >= 9
  {
    const transactionalId = init.transactionalId === undefined ? null : init.transactionalId
    w.string(transactionalId, f)
  }
  {
    const acks = init.acks === undefined ? 0 : init.acks
    w.int16(acks)
  }
  {
    const timeoutMs = init.timeoutMs === undefined ? 0 : init.timeoutMs
    w.int32(timeoutMs)
  }
  {
    const topicData = init.topicData === undefined ? [] : init.topicData
    w.array(topicData, f, item => writeTopicProduceData(w, item, v))
  }
  if (f) w.tagged()
}

export interface TopicProduceData {
  name: string
  topicId: string
  partitionData: PartitionProduceData[]
}

export interface TopicProduceDataInit {
  name?: string
  topicId?: string
  partitionData?: readonly PartitionProduceDataInit[]
}

function defaultTopicProduceData(): TopicProduceData {
  return {name: "", topicId: '00000000000000000000000000000000', partitionData: []}
}

function readTopicProduceData(r: WireReader, v: number): TopicProduceData {
  const m = defaultTopicProduceData()
  const f = v >= 9
  if (v <= 12) m.name = r.string(f)
  if (v >= 13) m.topicId = r.uuid()
  m.partitionData = r.array(f, () => readPartitionProduceData(r, v))
  if (f) r.tagged()
  return m
}

function writeTopicProduceData(w: WireWriter, init: TopicProduceDataInit, v: number): void {
  const f = v >= 9
  if (v <= 12) {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  if (v >= 13) {
    const topicId = init.topicId === undefined ? '00000000000000000000000000000000' : init.topicId
    w.uuid(topicId)
  }
  {
    const partitionData = init.partitionData === undefined ? [] : init.partitionData
    w.array(partitionData, f, item => writePartitionProduceData(w, item, v))
  }
  if (f) w.tagged()
}

export interface PartitionProduceData {
  index: number
  records: Uint8Array | null
}

export interface PartitionProduceDataInit {
  index?: number
  records?: Uint8Array | readonly Uint8Array[] | null
}

function defaultPartitionProduceData(): PartitionProduceData {
  return {index: 0, records: null}
}

function readPartitionProduceData(r: WireReader, v: number): PartitionProduceData {
  const m = defaultPartitionProduceData()
  const f = v >= 9
  m.index = r.int32()
  m.records = r.nullableBytes(f)
  if (f) r.tagged()
  return m
}

function writePartitionProduceData(w: WireWriter, init: PartitionProduceDataInit, v: number): void {
  const f = v >= 9
  {
    const index = init.index === undefined ? 0 : init.index
    w.int32(index)
  }
  {
    const records = init.records === undefined ? null : init.records
    w.bytes(records, f)
  }
  if (f) w.tagged()
}
