// Made by scripts/kafka-codecs.mjs from ../schemas/UnfenceBrokerRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const unfenceBrokerRecordFlexible = 0
export const unfenceBrokerRecordVersions = {first: 0, last: 0} as const

export interface UnfenceBrokerRecord {
  id: number
  epoch: number
}

export interface UnfenceBrokerRecordInit {
  id?: number
  epoch?: number
}

function defaultUnfenceBrokerRecord(): UnfenceBrokerRecord {
  return {id: 0, epoch: 0}
}

export function readUnfenceBrokerRecord(r: WireReader, v: number): UnfenceBrokerRecord {
  const m = defaultUnfenceBrokerRecord()
  const f = true
  m.id = r.int32()
  m.epoch = r.int64()
  if (f) r.tagged()
  return m
}

export function writeUnfenceBrokerRecord(w: WireWriter, init: UnfenceBrokerRecordInit, v: number): void {
  const f = true
  {
    const id = init.id === undefined ? 0 : init.id
    w.int32(id)
  }
  {
    const epoch = init.epoch === undefined ? 0 : init.epoch
    w.int64(epoch)
  }
  if (f) w.tagged()
}
