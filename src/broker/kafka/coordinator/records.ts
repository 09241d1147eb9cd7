import {readGroupMetadataKey, writeGroupMetadataKey} from '../../../formats/kafka/generated/group-metadata-key.ts'
import {readGroupMetadataValue, writeGroupMetadataValue} from '../../../formats/kafka/generated/group-metadata-value.ts'
import {readOffsetCommitKey, writeOffsetCommitKey} from '../../../formats/kafka/generated/offset-commit-key.ts'
import {readOffsetCommitValue, writeOffsetCommitValue} from '../../../formats/kafka/generated/offset-commit-value.ts'
import {WireReader, WireWriter} from '../../../formats/kafka/wire.ts'

/** Records of `__consumer_offsets`, in Kafka's own formats: key version 1 an offset, 2 a group's generation. */
const OFFSET_KEY = 1
/** The first that names the topic by its id too. */
const OFFSET_VALUE = 4
const GROUP_KEY = 2
const GROUP_VALUE = 3

export interface CommittedOffset {
  offset: number
  leaderEpoch: number
  metadata: string
  commitTimestampMs: number
  /** Of the topic that it was committed for, 16 bytes, hex; all 0 in records older than version 4. Another topic of that name has no offset. */
  topicId: string
}

export type OffsetsRecord =
  | {kind: 'offset'; group: string; topic: string; partition: number; value: CommittedOffset | undefined}
  | {kind: 'group'; group: string; generation: number; protocolType: string}

export interface KeyAndValue {
  key: Uint8Array
  value?: Uint8Array
}

export function offsetRecord(group: string, topic: string, partition: number, value: CommittedOffset): KeyAndValue {
  const key = new WireWriter(64)
  key.int16(OFFSET_KEY)
  writeOffsetCommitKey(key, {group, topic, partition}, OFFSET_KEY)
  const w = new WireWriter(64)
  w.int16(OFFSET_VALUE)
  const {commitTimestampMs: commitTimestamp, ...fields} = value
  writeOffsetCommitValue(w, {...fields, commitTimestamp}, OFFSET_VALUE)
  return {key: key.written(), value: w.written()}
}

export function groupRecord(group: string, generation: number, protocolType: string): KeyAndValue {
  const key = new WireWriter(64)
  key.int16(GROUP_KEY)
  writeGroupMetadataKey(key, {group}, GROUP_KEY)
  const w = new WireWriter(64)
  w.int16(GROUP_VALUE)
  writeGroupMetadataValue(w, {protocolType, generation, protocol: null, leader: null, members: []}, GROUP_VALUE)
  return {key: key.written(), value: w.written()}
}

/** Undefined: a record of a kind that is not ours. */
export function readOffsetsRecord(key: Uint8Array, value: Uint8Array | undefined): OffsetsRecord | undefined {
  const k = new WireReader(key)
  const version = k.int16()
  if (version === 0 || version === OFFSET_KEY) {
    const {group, topic, partition} = readOffsetCommitKey(k, version)
    if (!value) return {kind: 'offset', group, topic, partition, value: undefined}
    const r = new WireReader(value)
    const v = readOffsetCommitValue(r, r.int16())
    const {offset, leaderEpoch, metadata, commitTimestamp: commitTimestampMs, topicId} = v
    return {kind: 'offset', group, topic, partition, value: {offset, leaderEpoch, metadata, commitTimestampMs, topicId}}
  }
  if (version !== GROUP_KEY) return undefined
  const {group} = readGroupMetadataKey(k, version)
  if (!value) return {kind: 'group', group, generation: 0, protocolType: ''}
  const r = new WireReader(value)
  const {generation, protocolType} = readGroupMetadataValue(r, r.int16())
  return {kind: 'group', group, generation, protocolType}
}
