// Made by scripts/kafka-codecs.mjs from ../schemas/ClearElrRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const clearElrRecordFlexible = 0
export const clearElrRecordVersions = {first: 0, last: 0} as const

export interface ClearElrRecord {
  topicName: string
}

export interface ClearElrRecordInit {
  topicName?: string
}

function defaultClearElrRecord(): ClearElrRecord {
  return {topicName: ""}
}

export function readClearElrRecord(r: WireReader, v: number): ClearElrRecord {
  const m = defaultClearElrRecord()
  const f = true
  m.topicName = r.string(f)
  if (f) r.tagged()
  return m
}

export function writeClearElrRecord(w: WireWriter, init: ClearElrRecordInit, v: number): void {
  const f = true
  {
    const topicName = init.topicName === undefined ? "" : init.topicName
    w.string(topicName, f)
  }
  if (f) w.tagged()
}
