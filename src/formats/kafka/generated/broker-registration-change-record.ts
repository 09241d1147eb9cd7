// Made by scripts/kafka-codecs.mjs from ../schemas/BrokerRegistrationChangeRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const brokerRegistrationChangeRecordFlexible = 0
export const brokerRegistrationChangeRecordVersions = {first: 0, last: 3} as const

export interface BrokerRegistrationChangeRecord {
  brokerId: number
  brokerEpoch: number
  fenced: number
  inControlledShutdown: number
  logDirs: string[]
  cordonedLogDirs: string[] | null
}

export interface BrokerRegistrationChangeRecordInit {
  brokerId?: number
  brokerEpoch?: number
  fenced?: number
  inControlledShutdown?: number
  logDirs?: readonly string[]
  cordonedLogDirs?: readonly string[] | null
}

function defaultBrokerRegistrationChangeRecord(): BrokerRegistrationChangeRecord {
  return {brokerId: 0, brokerEpoch: 0, fenced: 0, inControlledShutdown: 0, logDirs: [], cordonedLogDirs: null}
}

export function readBrokerRegistrationChangeRecord(r: WireReader, v: number): BrokerRegistrationChangeRecord {
  const m = defaultBrokerRegistrationChangeRecord()
  const f = true
  m.brokerId = r.int32()
  m.brokerEpoch = r.int64()
  if (f)
    r.tagged((tag, t) => {
      if (tag === 0) m.fenced = t.int8()
      if (tag === 1 && v >= 1) m.inControlledShutdown = t.int8()
      if (tag === 2 && v >= 2) m.logDirs = t.array(f, () => t.uuid())
      if (tag === 3 && v >= 3) m.cordonedLogDirs = t.nullableArray(f, () => t.uuid())
    })
  return m
}

export function writeBrokerRegistrationChangeRecord(w: WireWriter, init: BrokerRegistrationChangeRecordInit, v: number): void {
  const f = true
  {
    const brokerId = init.brokerId === undefined ? 0 : init.brokerId
    w.int32(brokerId)
  }
  {
    const brokerEpoch = init.brokerEpoch === undefined ? 0 : init.brokerEpoch
    w.int64(brokerEpoch)
  }
  if (f) {
    const tags: Array<[number, (t: WireWriter) => void]> = []
    const fenced = init.fenced
    if (fenced !== undefined) tags.push([0, t => {
      t.int8(fenced)
    }])
    const inControlledShutdown = init.inControlledShutdown
    if (inControlledShutdown !== undefined && v >= 1) tags.push([1, t => {
      t.int8(inControlledShutdown)
    }])
    const logDirs = init.logDirs
    if (logDirs !== undefined && v >= 2) tags.push([2, t => {
      t.array(logDirs, f, item => t.uuid(item))
    }])
    const cordonedLogDirs = init.cordonedLogDirs
    if (cordonedLogDirs !== undefined && v >= 3) tags.push([3, t => {
      t.array(cordonedLogDirs, f, item => t.uuid(item))
    }])
    w.tagged(tags)
  }
}
