// Made by scripts/kafka-codecs.mjs from ../schemas/RegisterBrokerRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const registerBrokerRecordFlexible = 0
export const registerBrokerRecordVersions = {first: 0, last: 4} as const

export interface RegisterBrokerRecord {
  brokerId: number
  isMigratingZkBroker: boolean
  incarnationId: string
  brokerEpoch: number
  endPoints: BrokerEndpoint[]
  features: BrokerFeature[]
  rack: string | null
  fenced: boolean
  inControlledShutdown: boolean
  logDirs: string[]
  cordonedLogDirs: string[] | null
}

export interface RegisterBrokerRecordInit {
  brokerId?: number
  isMigratingZkBroker?: boolean
  incarnationId?: string
  brokerEpoch?: number
  endPoints?: readonly BrokerEndpointInit[]
  features?: readonly BrokerFeatureInit[]
  rack?: string | null
  fenced?: boolean
  inControlledShutdown?: boolean
  logDirs?: readonly string[]
  cordonedLogDirs?: readonly string[] | null
}

function defaultRegisterBrokerRecord(): RegisterBrokerRecord {
  return {brokerId: 0, isMigratingZkBroker: false, incarnationId: '00000000000000000000000000000000', brokerEpoch: 0, endPoints: [], features: [], rack: "", fenced: true, inControlledShutdown: false, logDirs: [], cordonedLogDirs: null}
}

export function readRegisterBrokerRecord(r: WireReader, v: number): RegisterBrokerRecord {
  const m = defaultRegisterBrokerRecord()
  const f = true
  m.brokerId = r.int32()
  if (v >= 2) m.isMigratingZkBroker = r.bool()
  m.incarnationId = r.uuid()
  m.brokerEpoch = r.int64()
  m.endPoints = r.array(f, () => readBrokerEndpoint(r, v))
  m.features = r.array(f, () => readBrokerFeature(r, v))
  m.rack = r.nullableString(f)
  m.fenced = r.bool()
  if (v >= 1) m.inControlledShutdown = r.bool()
  if (f)
    r.tagged((tag, t) => {
      if (tag === 0 && v >= 3) m.logDirs = t.array(f, () => t.uuid())
      if (tag === 1 && v >= 4) m.cordonedLogDirs = t.nullableArray(f, () => t.uuid())
    })
  return m
}

export function writeRegisterBrokerRecord(w: WireWriter, init: RegisterBrokerRecordInit, v: number): void {
  const f = true
  {
    const brokerId = init.brokerId === undefined ? 0 : init.brokerId
    w.int32(brokerId)
  }
  if (v >= 2) {
    const isMigratingZkBroker = init.isMigratingZkBroker === undefined ? false : init.isMigratingZkBroker
    w.bool(isMigratingZkBroker)
  }
  {
    const incarnationId = init.incarnationId === undefined ? '00000000000000000000000000000000' : init.incarnationId
    w.uuid(incarnationId)
  }
  {
    const brokerEpoch = init.brokerEpoch === undefined ? 0 : init.brokerEpoch
    w.int64(brokerEpoch)
  }
  {
    const endPoints = init.endPoints === undefined ? [] : init.endPoints
    w.array(endPoints, f, item => writeBrokerEndpoint(w, item, v))
  }
  {
    const features = init.features === undefined ? [] : init.features
    w.array(features, f, item => writeBrokerFeature(w, item, v))
  }
  {
    const rack = init.rack === undefined ? "" : init.rack
    w.string(rack, f)
  }
  {
    const fenced = init.fenced === undefined ? true : init.fenced
    w.bool(fenced)
  }
  if (v >= 1) {
    const inControlledShutdown = init.inControlledShutdown === undefined ? false : init.inControlledShutdown
    w.bool(inControlledShutdown)
  }
  if (f) {
    const tags: Array<[number, (t: WireWriter) => void]> = []
    const logDirs = init.logDirs
    if (logDirs !== undefined && v >= 3) tags.push([0, t => {
      t.array(logDirs, f, item => t.uuid(item))
    }])
    const cordonedLogDirs = init.cordonedLogDirs
    if (cordonedLogDirs !== undefined && v >= 4) tags.push([1, t => {
      t.array(cordonedLogDirs, f, item => t.uuid(item))
    }])
    w.tagged(tags)
  }
}

export interface BrokerEndpoint {
  name: string
  host: string
  port: number
  securityProtocol: number
}

export interface BrokerEndpointInit {
  name?: string
  host?: string
  port?: number
  securityProtocol?: number
}

function defaultBrokerEndpoint(): BrokerEndpoint {
  return {name: "", host: "", port: 0, securityProtocol: 0}
}

function readBrokerEndpoint(r: WireReader, v: number): BrokerEndpoint {
  const m = defaultBrokerEndpoint()
  const f = true
  m.name = r.string(f)
  m.host = r.string(f)
  m.port = r.uint16()
  m.securityProtocol = r.int16()
  if (f) r.tagged()
  return m
}

function writeBrokerEndpoint(w: WireWriter, init: BrokerEndpointInit, v: number): void {
  const f = true
  {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  {
    const host = init.host === undefined ? "" : init.host
    w.string(host, f)
  }
  {
    const port = init.port === undefined ? 0 : init.port
    w.uint16(port)
  }
  {
    const securityProtocol = init.securityProtocol === undefined ? 0 : init.securityProtocol
    w.int16(securityProtocol)
  }
  if (f) w.tagged()
}

export interface BrokerFeature {
  name: string
  minSupportedVersion: number
  maxSupportedVersion: number
}

export interface BrokerFeatureInit {
  name?: string
  minSupportedVersion?: number
  maxSupportedVersion?: number
}

function defaultBrokerFeature(): BrokerFeature {
  return {name: "", minSupportedVersion: 0, maxSupportedVersion: 0}
}

function readBrokerFeature(r: WireReader, v: number): BrokerFeature {
  const m = defaultBrokerFeature()
  const f = true
  m.name = r.string(f)
  m.minSupportedVersion = r.int16()
  m.maxSupportedVersion = r.int16()
  if (f) r.tagged()
  return m
}

function writeBrokerFeature(w: WireWriter, init: BrokerFeatureInit, v: number): void {
  const f = true
  {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  {
    const minSupportedVersion = init.minSupportedVersion === undefined ? 0 : init.minSupportedVersion
    w.int16(minSupportedVersion)
  }
  {
    const maxSupportedVersion = init.maxSupportedVersion === undefined ? 0 : init.maxSupportedVersion
    w.int16(maxSupportedVersion)
  }
  if (f) w.tagged()
}
