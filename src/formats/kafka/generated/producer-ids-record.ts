// Made by scripts/kafka-codecs.mjs from ../schemas/ProducerIdsRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const producerIdsRecordFlexible = 0
export const producerIdsRecordVersions = {first: 0, last: 0} as const

export interface ProducerIdsRecord {
  brokerId: number
  brokerEpoch: number
  nextProducerId: number
}

export interface ProducerIdsRecordInit {
  brokerId?: number
  brokerEpoch?: number
  nextProducerId?: number
}

function defaultProducerIdsRecord(): ProducerIdsRecord {
  return {brokerId: 0, brokerEpoch: -1, nextProducerId: 0}
}

export function readProducerIdsRecord(r: WireReader, v: number): ProducerIdsRecord {
  const m = defaultProducerIdsRecord()
  const f = true
  m.brokerId = r.int32()
  m.brokerEpoch = r.int64()
  m.nextProducerId = r.int64()
  if (f) r.tagged()
  return m
}

export function writeProducerIdsRecord(w: WireWriter, init: ProducerIdsRecordInit, v: number): void {
  const f = true
  {
    const brokerId = init.brokerId === undefined ? 0 : init.brokerId
    w.int32(brokerId)
  }
  {
    const brokerEpoch = init.brokerEpoch === undefined ? -1 : init.brokerEpoch
    w.int64(brokerEpoch)
  }
  {
    const nextProducerId = init.nextProducerId === undefined ? 0 : init.nextProducerId
    w.int64(nextProducerId)
  }
  if (f) w.tagged()
}
