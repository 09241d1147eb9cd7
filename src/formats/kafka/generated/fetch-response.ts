// Made by scripts/kafka-codecs.mjs from ../schemas/FetchResponse.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const fetchResponseFlexible = 12
export const fetchResponseVersions = {first: 4, last: 18} as const

export interface FetchResponse {
  throttleTimeMs: number
  errorCode: number
  sessionId: number
  responses: FetchableTopicResponse[]
  nodeEndpoints: NodeEndpoint[]
}

export interface FetchResponseInit {
  throttleTimeMs?: number
  errorCode?: number
  sessionId?: number
  responses?: readonly FetchableTopicResponseInit[]
  nodeEndpoints?: readonly NodeEndpointInit[]
}

function defaultFetchResponse(): FetchResponse {
  return {throttleTimeMs: 0, errorCode: 0, sessionId: 0, responses: [], nodeEndpoints: []}
}

export function readFetchResponse(r: WireReader, v: number): FetchResponse {
  const m = defaultFetchResponse()
  const f = v >= 12
  m.throttleTimeMs = r.int32()
  if (v >= 7) m.errorCode = r.int16()
  if (v >= 7) m.sessionId = r.int32()
  m.responses = r.array(f, () => readFetchableTopicResponse(r, v))
  if (f)
    r.tagged((tag, t) => {
      if (tag === 0 && v >= 16) m.nodeEndpoints = t.array(f, () => readNodeEndpoint(t, v))
    })
  return m
}

export function writeFetchResponse(w: WireWriter, init: FetchResponseInit, v: number): void {
  const f = v >= 12
  {
    const throttleTimeMs = init.throttleTimeMs === undefined ? 0 : init.throttleTimeMs
    w.int32(throttleTimeMs)
  }
  if (v >= 7) {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  if (v >= 7) {
    const sessionId = init.sessionId === undefined ? 0 : init.sessionId
    w.int32(sessionId)
  }
  {
    const responses = init.responses === undefined ? [] : init.responses
    w.array(responses, f, item => writeFetchableTopicResponse(w, item, v))
  }
  if (f) {
    const tags: Array<[number, (t: WireWriter) => void]> = []
    const nodeEndpoints = init.nodeEndpoints
    if (nodeEndpoints !== undefined && v >= 16) tags.push([0, t => {
      t.array(nodeEndpoints, f, item => writeNodeEndpoint(t, item, v))
    }])
    w.tagged(tags)
  }
}

export interface FetchableTopicResponse {
  topic: string
  topicId: string
  partitions: PartitionData[]
}

export interface FetchableTopicResponseInit {
  topic?: string
  topicId?: string
  partitions?: readonly PartitionDataInit[]
}

function defaultFetchableTopicResponse(): FetchableTopicResponse {
  return {topic: "", topicId: '00000000000000000000000000000000', partitions: []}
}

function readFetchableTopicResponse(r: WireReader, v: number): FetchableTopicResponse {
  const m = defaultFetchableTopicResponse()
  const f = v >= 12
  if (v <= 12) m.topic = r.string(f)
  if (v >= 13) m.topicId = r.uuid()
  m.partitions = r.array(f, () => readPartitionData(r, v))
  if (f) r.tagged()
  return m
}

function writeFetchableTopicResponse(w: WireWriter, init: FetchableTopicResponseInit, v: number): void {
  const f = v >= 12
  if (v <= 12) {
    const topic = init.topic === undefined ? "" : init.topic
    w.string(topic, f)
  }
  if (v >= 13) {
    const topicId = init.topicId === undefined ? '00000000000000000000000000000000' : init.topicId
    w.uuid(topicId)
  }
  {
    const partitions = init.partitions === undefined ? [] : init.partitions
    w.array(partitions, f, item => writePartitionData(w, item, v))
  }
  if (f) w.tagged()
}

export interface PartitionData {
  partitionIndex: number
  errorCode: number
  highWatermark: number
  lastStableOffset: number
  logStartOffset: number
  divergingEpoch: EpochEndOffset
  currentLeader: LeaderIdAndEpoch
  snapshotId: SnapshotId
  abortedTransactions: AbortedTransaction[] | null
  preferredReadReplica: number
  records: Uint8Array | null
}

export interface PartitionDataInit {
  partitionIndex?: number
  errorCode?: number
  highWatermark?: number
  lastStableOffset?: number
  logStartOffset?: number
  divergingEpoch?: EpochEndOffsetInit
  currentLeader?: LeaderIdAndEpochInit
  snapshotId?: SnapshotIdInit
  abortedTransactions?: readonly AbortedTransactionInit[] | null
  preferredReadReplica?: number
  records?: Uint8Array | readonly Uint8Array[] | null
}

function defaultPartitionData(): PartitionData {
  return {partitionIndex: 0, errorCode: 0, highWatermark: 0, lastStableOffset: -1, logStartOffset: -1, divergingEpoch: defaultEpochEndOffset(), currentLeader: defaultLeaderIdAndEpoch(), snapshotId: defaultSnapshotId(), abortedTransactions: [], preferredReadReplica: -1, records: null}
}

function readPartitionData(r: WireReader, v: number): PartitionData {
  const m = defaultPartitionData()
  const f = v >= 12
  m.partitionIndex = r.int32()
  m.errorCode = r.int16()
  m.highWatermark = r.int64()
  m.lastStableOffset = r.int64()
  if (v >= 5) m.logStartOffset = r.int64()
  m.abortedTransactions = r.nullableArray(f, () => readAbortedTransaction(r, v))
  if (v >= 11) m.preferredReadReplica = r.int32()
  m.records = r.nullableBytes(f)
  if (f)
    r.tagged((tag, t) => {
      if (tag === 0 && v >= 12) m.divergingEpoch = readEpochEndOffset(t, v)
      if (tag === 1 && v >= 12) m.currentLeader = readLeaderIdAndEpoch(t, v)
      if (tag === 2 && v >= 12) m.snapshotId = readSnapshotId(t, v)
    })
  return m
}

function writePartitionData(w: WireWriter, init: PartitionDataInit, v: number): void {
  const f = v >= 12
  {
    const partitionIndex = init.partitionIndex === undefined ? 0 : init.partitionIndex
    w.int32(partitionIndex)
  }
  {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  {
    const highWatermark = init.highWatermark === undefined ? 0 : init.highWatermark
    w.int64(highWatermark)
  }
  {
    const lastStableOffset = init.lastStableOffset === undefined ? -1 : init.lastStableOffset
    w.int64(lastStableOffset)
  }
  if (v >= 5) {
    const logStartOffset = init.logStartOffset === undefined ? -1 : init.logStartOffset
    w.int64(logStartOffset)
  }
  {
    const abortedTransactions = init.abortedTransactions === undefined ? [] : init.abortedTransactions
    w.array(abortedTransactions, f, item => writeAbortedTransaction(w, item, v))
  }
  if (v >= 11) {
    const preferredReadReplica = init.preferredReadReplica === undefined ? -1 : init.preferredReadReplica
    w.int32(preferredReadReplica)
  }
  {
    const records = init.records === undefined ? null : init.records
    w.bytes(records, f)
  }
  if (f) {
    const tags: Array<[number, (t: WireWriter) => void]> = []
    const divergingEpoch = init.divergingEpoch
    if (divergingEpoch !== undefined && v >= 12) tags.push([0, t => {
      writeEpochEndOffset(t, divergingEpoch, v)
    }])
    const currentLeader = init.currentLeader
    if (currentLeader !== undefined && v >= 12) tags.push([1, t => {
      writeLeaderIdAndEpoch(t, currentLeader, v)
    }])
    const snapshotId = init.snapshotId
    if (snapshotId !== undefined && v >= 12) tags.push([2, t => {
      writeSnapshotId(t, snapshotId, v)
    }])
    w.tagged(tags)
  }
}

export interface EpochEndOffset {
  epoch: number
  endOffset: number
}

export interface EpochEndOffsetInit {
  epoch?: number
  endOffset?: number
}

function defaultEpochEndOffset(): EpochEndOffset {
  return {epoch: -1, endOffset: -1}
}

function readEpochEndOffset(r: WireReader, v: number): EpochEndOffset {
  const m = defaultEpochEndOffset()
  const f = v >= 12
  if (v >= 12) m.epoch = r.int32()
  if (v >= 12) m.endOffset = r.int64()
  if (f) r.tagged()
  return m
}

function writeEpochEndOffset(w: WireWriter, init: EpochEndOffsetInit, v: number): void {
  const f = v >= 12
  if (v >= 12) {
    const epoch = init.epoch === undefined ? -1 : init.epoch
    w.int32(epoch)
  }
  if (v >= 12) {
    const endOffset = init.endOffset === undefined ? -1 : init.endOffset
    w.int64(endOffset)
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
  const f = v >= 12
  if (v >= 12) m.leaderId = r.int32()
  if (v >= 12) m.leaderEpoch = r.int32()
  if (f) r.tagged()
  return m
}

function writeLeaderIdAndEpoch(w: WireWriter, init: LeaderIdAndEpochInit, v: number): void {
  const f = v >= 12
  if (v >= 12) {
    const leaderId = init.leaderId === undefined ? -1 : init.leaderId
    w.int32(leaderId)
  }
  if (v >= 12) {
    const leaderEpoch = init.leaderEpoch === undefined ? -1 : init.leaderEpoch
    w.int32(leaderEpoch)
  }
  if (f) w.tagged()
}

export interface SnapshotId {
  endOffset: number
  epoch: number
}

export interface SnapshotIdInit {
  endOffset?: number
  epoch?: number
}

function defaultSnapshotId(): SnapshotId {
  return {endOffset: -1, epoch: -1}
}

function readSnapshotId(r: WireReader, v: number): SnapshotId {
  const m = defaultSnapshotId()
  const f = v >= 12
  m.endOffset = r.int64()
  m.epoch = r.int32()
  if (f) r.tagged()
  return m
}

function writeSnapshotId(w: WireWriter, init: SnapshotIdInit, v: number): void {
  const f = v >= 12
  {
    const endOffset = init.endOffset === undefined ? -1 : init.endOffset
    w.int64(endOffset)
  }
  {
    const epoch = init.epoch === undefined ? -1 : init.epoch
    w.int32(epoch)
  }
  if (f) w.tagged()
}

export interface AbortedTransaction {
  producerId: number
  firstOffset: number
}

export interface AbortedTransactionInit {
  producerId?: number
  firstOffset?: number
}

function defaultAbortedTransaction(): AbortedTransaction {
  return {producerId: 0, firstOffset: 0}
}

function readAbortedTransaction(r: WireReader, v: number): AbortedTransaction {
  const m = defaultAbortedTransaction()
  const f = v >= 12
  m.producerId = r.int64()
  m.firstOffset = r.int64()
  if (f) r.tagged()
  return m
}

function writeAbortedTransaction(w: WireWriter, init: AbortedTransactionInit, v: number): void {
  const f = v >= 12
  {
    const producerId = init.producerId === undefined ? 0 : init.producerId
    w.int64(producerId)
  }
  {
    const firstOffset = init.firstOffset === undefined ? 0 : init.firstOffset
    w.int64(firstOffset)
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
  const f = v >= 12
  if (v >= 16) m.nodeId = r.int32()
  if (v >= 16) m.host = r.string(f)
  if (v >= 16) m.port = r.int32()
  if (v >= 16) m.rack = r.nullableString(f)
  if (f) r.tagged()
  return m
}

function writeNodeEndpoint(w: WireWriter, init: NodeEndpointInit, v: number): void {
  const f = v >= 12
  if (v >= 16) {
    const nodeId = init.nodeId === undefined ? 0 : init.nodeId
    w.int32(nodeId)
  }
  if (v >= 16) {
    const host = init.host === undefined ? "" : init.host
    w.string(host, f)
  }
  if (v >= 16) {
    const port = init.port === undefined ? 0 : init.port
    w.int32(port)
  }
  if (v >= 16) {
    const rack = init.rack === undefined ? null : init.rack
    w.string(rack, f)
  }
  if (f) w.tagged()
}
