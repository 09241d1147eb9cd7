// Made by scripts/kafka-codecs.mjs from ../schemas/RemoveTopicRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const removeTopicRecordFlexible = 0
export const removeTopicRecordVersions = {first: 0, last: 0} as const

export interface RemoveTopicRecord {
  topicId: string
}

export interface RemoveTopicRecordInit {
  topicId?: string
}

function defaultRemoveTopicRecord(): RemoveTopicRecord {
  return {topicId: '00000000000000000000000000000000'}
}

export function readRemoveTopicRecord(r: WireReader, v: number): RemoveTopicRecord {
  const m = defaultRemoveTopicRecord()
  const f = true
  m.topicId = r.uuid()
  if (f) r.tagged()
  return m
}

export function writeRemoveTopicRecord(w: WireWriter, init: RemoveTopicRecordInit, v: number): void {
  const f = true
  {
    const topicId = init.topicId === undefined ? '00000000000000000000000000000000' : init.topicId
    w.uuid(topicId)
  }
  if (f) w.tagged()
}
