// Made by scripts/kafka-codecs.mjs from ../schemas/TopicRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const topicRecordFlexible = 0
export const topicRecordVersions = {first: 0, last: 0} as const

export interface TopicRecord {
  name: string
  topicId: string
}

export interface TopicRecordInit {
  name?: string
  topicId?: string
}

function defaultTopicRecord(): TopicRecord {
  return {name: "", topicId: '00000000000000000000000000000000'}
}

export function readTopicRecord(r: WireReader, v: number): TopicRecord {
  const m = defaultTopicRecord()
  const f = true
  m.name = r.string(f)
  m.topicId = r.uuid()
  if (f) r.tagged()
  return m
}

export function writeTopicRecord(w: WireWriter, init: TopicRecordInit, v: number): void {
  const f = true
  {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  {
    const topicId = init.topicId === undefined ? '00000000000000000000000000000000' : init.topicId
    w.uuid(topicId)
  }
  if (f) w.tagged()
}
