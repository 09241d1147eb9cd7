// Made by scripts/kafka-codecs.mjs from ../schemas/ProduceResponse.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const produceResponseFlexible = 9
export const produceResponseVersions = {first: 3, last: 13} as const

export interface ProduceResponse {
  responses: TopicProduceResponse[]
  throttleTimeMs: number
  nodeEndpoints: NodeEndpoint[]
}

export interface ProduceResponseInit {
  responses?: readonly TopicProduceResponseInit[]
  throttleTimeMs?: number
  nodeEndpoints?: readonly NodeEndpointInit[]
}

function defaultProduceResponse(): ProduceResponse {
  return {responses: [], throttleTimeMs: 0, nodeEndpoints: []}
}

export function readProduceResponse(r: WireReader, v: number): ProduceResponse {
  const m = defaultProduceResponse()
  const f = v >= 9
  m.responses = r.array(f, () => readTopicProduceResponse(r, v))
  m.throttleTimeMs = r.int32()
  if (f)
    r.tagged((tag, t) => {
      if (tag === 0 && v >= 10) m.nodeEndpoints = t.array(f, () => readNodeEndpoint(t, v))
    })
  return m
}

export function writeProduceResponse(w: WireWriter, init: ProduceResponseInit, v: number): void {
  const f = v >= 9
  {
    const responses = init.responses === undefined ? [] : init.responses
    w.array(responses, f, item => writeTopicProduceResponse(w, item, v))
  }
  {
    const throttleTimeMs = init.throttleTimeMs === undefined ? 0 : init.throttleTimeMs
    w.int32(throttleTimeMs)
  }
  if (f) {
    const tags: Array<[number, (t: WireWriter) => void]> = []
    const nodeEndpoints = init.nodeEndpoints
    if (nodeEndpoints !== undefined && v >= 10) tags.push([0, t => {
      t.array(nodeEndpoints, f, item => writeNodeEndpoint(t, item, v))
    }])
    w.tagged(tags)
  }
}

export interface TopicProduceResponse {
  name: string
  topicId: string
  partitionResponses: PartitionProduceResponse[]
}

export interface TopicProduceResponseInit {
  name?: string
  topicId?: string
  partitionResponses?: readonly PartitionProduceResponseInit[]
}

function defaultTopicProduceResponse(): TopicProduceResponse {
  return {name: "", topicId: '00000000000000000000000000000000', partitionResponses: []}
}

function readTopicProduceResponse(r: WireReader, v: number): TopicProduceResponse {
  const m = defaultTopicProduceResponse()
  const f = v >= 9
  if (v <= 12) m.name = r.string(f)
  if (v >= 13) m.topicId = r.uuid()
  m.partitionResponses = r.array(f, () => readPartitionProduceResponse(r, v))
  if (f) r.tagged()
  return m
}

function writeTopicProduceResponse(w: WireWriter, init: TopicProduceResponseInit, v: number): void {
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
    const partitionResponses = init.partitionResponses === undefined ? [] : init.partitionResponses
    w.array(partitionResponses, f, item => writePartitionProduceResponse(w, item, v))
  }
  if (f) w.tagged()
}

export interface PartitionProduceResponse {
  index: number
  errorCode: number
  baseOffset: number
  logAppendTimeMs: number
  logStartOffset: number
  recordErrors: BatchIndexAndErrorMessage[]
  errorMessage: string | null
  currentLeader: LeaderIdAndEpoch
}

export interface PartitionProduceResponseInit {
  index?: number
  errorCode?: number
  baseOffset?: number
  logAppendTimeMs?: number
  logStartOffset?: number
  recordErrors?: readonly BatchIndexAndErrorMessageInit[]
  errorMessage?: string | null
  currentLeader?: LeaderIdAndEpochInit
}

function defaultPartitionProduceResponse(): PartitionProduceResponse {
  return {index: 0, errorCode: 0, baseOffset: 0, logAppendTimeMs: -1, logStartOffset: -1, recordErrors: [], errorMessage: null, currentLeader: defaultLeaderIdAndEpoch()}
}

function readPartitionProduceResponse(r: WireReader, v: number): PartitionProduceResponse {
  const m = defaultPartitionProduceResponse()
  const f = v >= 9
  m.index = r.int32()
  m.errorCode = r.int16()
  m.baseOffset = r.int64()
  m.logAppendTimeMs = r.int64()
  if (v >= 5) m.logStartOffset = r.int64()
  if (v >= 8) m.recordErrors = r.array(f, () => readBatchIndexAndErrorMessage(r, v))
  if (v >= 8) m.errorMessage = r.nullableString(f)
  if (f)
    r.tagged((tag, t) => {
      if (tag === 0 && v >= 10) m.currentLeader = readLeaderIdAndEpoch(t, v)
    })
  return m
}

function writePartitionProduceResponse(w: WireWriter, init: PartitionProduceResponseInit, v: number): void {
  const f = v >= 9
  {
    const index = init.index === undefined ? 0 : init.index
    w.int32(index)
  }
  {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  {
    const baseOffset = init.baseOffset === undefined ? 0 : init.baseOffset
    w.int64(baseOffset)
  }
  {
    const logAppendTimeMs = init.logAppendTimeMs === undefined ? -1 : init.logAppendTimeMs
    w.int64(logAppendTimeMs)
  }
  if (v >= 5) {
    const logStartOffset = init.logStartOffset === undefined ? -1 : init.logStartOffset
    w.int64(logStartOffset)
  }
  if (v >= 8) {
    const recordErrors = init.recordErrors === undefined ? [] : init.recordErrors
    w.array(recordErrors, f, item => writeBatchIndexAndErrorMessage(w, item, v))
  }
  if (v >= 8) {
    const errorMessage = init.errorMessage === undefined ? null : init.errorMessage
    w.string(errorMessage, f)
  }
  if (f) {
    const tags: Array<[number, (t: WireWriter) => void]> = []
    const currentLeader = init.currentLeader
    if (currentLeader !== undefined && v >= 10) tags.push([0, t => {
      writeLeaderIdAndEpoch(t, currentLeader, v)
    }])
    w.tagged(tags)
  }
}

export interface BatchIndexAndErrorMessage {
  batchIndex: number
  batchIndexErrorMessage: string | null
}

export interface BatchIndexAndErrorMessageInit {
  batchIndex?: number
  batchIndexErrorMessage?: string | null
}

function defaultBatchIndexAndErrorMessage(): BatchIndexAndErrorMessage {
  return {batchIndex: 0, batchIndexErrorMessage: null}
}

function readBatchIndexAndErrorMessage(r: WireReader, v: number): BatchIndexAndErrorMessage {
  const m = defaultBatchIndexAndErrorMessage()
  const f = v >= 9
  if (v >= 8) m.batchIndex = r.int32()
  if (v >= 8) m.batchIndexErrorMessage = r.nullableString(f)
  if (f) r.tagged()
  return m
}

function writeBatchIndexAndErrorMessage(w: WireWriter, init: BatchIndexAndErrorMessageInit, v: number): void {
  const f = v >= 9
  if (v >= 8) {
    const batchIndex = init.batchIndex === undefined ? 0 : init.batchIndex
    w.int32(batchIndex)
  }
  if (v >= 8) {
    const batchIndexErrorMessage = init.batchIndexErrorMessage === undefined ? null : init.batchIndexErrorMessage
    w.string(batchIndexErrorMessage, f)
  }
  if (f) w.tagged()
}

export interface LeaderIdAndEpoch {
  leaderId: number
  leaderEpoch: number
}

export interface LeaderIdAndEpochInit {
  leaderId?: number
  leaderEpoch?: number
}

function defaultLeaderIdAndEpoch(): LeaderIdAndEpoch {
  return {leaderId: -1, leaderEpoch: -1}
}

function readLeaderIdAndEpoch(r: WireReader, v: number): LeaderIdAndEpoch {
  const m = defaultLeaderIdAndEpoch()
  const f = v >= 9
  if (v >= 10) m.leaderId = r.int32()
  if (v >= 10) m.leaderEpoch = r.int32()
  if (f) r.tagged()
  return m
}

function writeLeaderIdAndEpoch(w: WireWriter, init: LeaderIdAndEpochInit, v: number): void {
  const f = v >= 9
  if (v >= 10) {
    const leaderId = init.leaderId === undefined ? -1 : init.leaderId
    w.int32(leaderId)
  }
  if (v >= 10) {
    const leaderEpoch = init.leaderEpoch === undefined ? -1 : init.leaderEpoch
    w.int32(leaderEpoch)
  }
  if (f) w.tagged()
}

export interface NodeEndpoint {
  nodeId: number
  host: string
  port: number
  rack: string | null
}

export interface NodeEndpointInit {
  nodeId?: number
  host?: string
  port?: number
  rack?: string | null
}

function defaultNodeEndpoint(): NodeEndpoint {
  return {nodeId: 0, host: "", port: 0, rack: null}
}

function readNodeEndpoint(r: WireReader, v: number): NodeEndpoint {
  const m = defaultNodeEndpoint()
  const f = v >= 9
  if (v >= 10) m.nodeId = r.int32()
  if (v >= 10) m.host = r.string(f)
  if (v >= 10) m.port = r.int32()
  if (v >= 10) m.rack = r.nullableString(f)
  if (f) r.tagged()
  return m
}

function writeNodeEndpoint(w: WireWriter, init: NodeEndpointInit, v: number): void {
  const f = v >= 9
  if (v >= 10) {
    const nodeId = init.nodeId === undefined ? 0 : init.nodeId
    w.int32(nodeId)
  }
  if (v >= 10) {
    const host = init.host === undefined ? "" : init.host
    w.string(host, f)
  }
  if (v >= 10) {
    const port = init.port === undefined ? 0 : init.port
    w.int32(port)
  }
  if (v >= 10) {
    const rack = init.rack === undefined ? null : init.rack
    w.string(rack, f)
  }
  if (f) w.tagged()
}
