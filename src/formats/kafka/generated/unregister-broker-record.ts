// Made by scripts/kafka-codecs.mjs from ../schemas/UnregisterBrokerRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const unregisterBrokerRecordFlexible = 0
export const unregisterBrokerRecordVersions = {first: 0, last: 0} as const

export interface UnregisterBrokerRecord {
  brokerId: number
  brokerEpoch: number
}

export interface UnregisterBrokerRecordInit {
  brokerId?: number
  brokerEpoch?: number
}

function defaultUnregisterBrokerRecord(): UnregisterBrokerRecord {
  return {brokerId: 0, brokerEpoch: 0}
}

export function readUnregisterBrokerRecord(r: WireReader, v: number): UnregisterBrokerRecord {
  const m = defaultUnregisterBrokerRecord()
  const f = true
  m.brokerId = r.int32()
  m.brokerEpoch = r.int64()
  if (f) r.tagged()
  return m
}

export function writeUnregisterBrokerRecord(w: WireWriter, init: UnregisterBrokerRecordInit, v: number): void {
  const f = true
  {
    const brokerId = init.brokerId === undefined ? 0 : init.brokerId
    w.int32(brokerId)
  }
  {
    const brokerEpoch = init.brokerEpoch === undefined ? 0 : init.brokerEpoch
    w.int64(brokerEpoch)
  }
  if (f) w.tagged()
}
