// Made by scripts/kafka-codecs.mjs from ../schemas/FenceBrokerRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const fenceBrokerRecordFlexible = 0
export const fenceBrokerRecordVersions = {first: 0, last: 0} as const

export interface FenceBrokerRecord {
  id: number
  epoch: number
}

export interface FenceBrokerRecordInit {
  id?: number
  epoch?: number
}

function defaultFenceBrokerRecord(): FenceBrokerRecord {
  return {id: 0, epoch: 0}
}

export function readFenceBrokerRecord(r: WireReader, v: number): FenceBrokerRecord {
  const m = defaultFenceBrokerRecord()
  const f = true
  m.id = r.int32()
  m.epoch = r.int64()
  if (f) r.tagged()
  return m
}

export function writeFenceBrokerRecord(w: WireWriter, init: FenceBrokerRecordInit, v: number): void {
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
