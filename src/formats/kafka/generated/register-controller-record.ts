// Made by scripts/kafka-codecs.mjs from ../schemas/RegisterControllerRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const registerControllerRecordFlexible = 0
export const registerControllerRecordVersions = {first: 0, last: 0} as const

export interface RegisterControllerRecord {
  controllerId: number
  incarnationId: string
  zkMigrationReady: boolean
  endPoints: ControllerEndpoint[]
  features: ControllerFeature[]
}

export interface RegisterControllerRecordInit {
  controllerId?: number
  incarnationId?: string
  zkMigrationReady?: boolean
  endPoints?: readonly ControllerEndpointInit[]
  features?: readonly ControllerFeatureInit[]
}

function defaultRegisterControllerRecord(): RegisterControllerRecord {
  return {controllerId: 0, incarnationId: '00000000000000000000000000000000', zkMigrationReady: false, endPoints: [], features: []}
}

export function readRegisterControllerRecord(r: WireReader, v: number): RegisterControllerRecord {
  const m = defaultRegisterControllerRecord()
  const f = true
  m.controllerId = r.int32()
  m.incarnationId = r.uuid()
  m.zkMigrationReady = r.bool()
  m.endPoints = r.array(f, () => readControllerEndpoint(r, v))
  m.features = r.array(f, () => readControllerFeature(r, v))
  if (f) r.tagged()
  return m
}

export function writeRegisterControllerRecord(w: WireWriter, init: RegisterControllerRecordInit, v: number): void {
  const f = true
  {
    const controllerId = init.controllerId === undefined ? 0 : init.controllerId
    w.int32(controllerId)
  }
  {
    const incarnationId = init.incarnationId === undefined ? '00000000000000000000000000000000' : init.incarnationId
    w.uuid(incarnationId)
  }
  {
    const zkMigrationReady = init.zkMigrationReady === undefined ? false : init.zkMigrationReady
    w.bool(zkMigrationReady)
  }
  {
    const endPoints = init.endPoints === undefined ? [] : init.endPoints
    w.array(endPoints, f, item => writeControllerEndpoint(w, item, v))
  }
  {
    const features = init.features === undefined ? [] : init.features
    w.array(features, f, item => writeControllerFeature(w, item, v))
  }
  if (f) w.tagged()
}

export interface ControllerEndpoint {
  name: string
  host: string
  port: number
  securityProtocol: number
}

export interface ControllerEndpointInit {
  name?: string
  host?: string
  port?: number
  securityProtocol?: number
}

function defaultControllerEndpoint(): ControllerEndpoint {
  return {name: "", host: "", port: 0, securityProtocol: 0}
}

function readControllerEndpoint(r: WireReader, v: number): ControllerEndpoint {
  const m = defaultControllerEndpoint()
  const f = true
  m.name = r.string(f)
  m.host = r.string(f)
  m.port = r.uint16()
  m.securityProtocol = r.int16()
  if (f) r.tagged()
  return m
}

function writeControllerEndpoint(w: WireWriter, init: ControllerEndpointInit, v: number): void {
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

export interface ControllerFeature {
  name: string
  minSupportedVersion: number
  maxSupportedVersion: number
}

export interface ControllerFeatureInit {
  name?: string
  minSupportedVersion?: number
  maxSupportedVersion?: number
}

function defaultControllerFeature(): ControllerFeature {
  return {name: "", minSupportedVersion: 0, maxSupportedVersion: 0}
}

function readControllerFeature(r: WireReader, v: number): ControllerFeature {
  const m = defaultControllerFeature()
  const f = true
  m.name = r.string(f)
  m.minSupportedVersion = r.int16()
  m.maxSupportedVersion = r.int16()
  if (f) r.tagged()
  return m
}

function writeControllerFeature(w: WireWriter, init: ControllerFeatureInit, v: number): void {
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
