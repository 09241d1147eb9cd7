// Made by scripts/kafka-codecs.mjs from ../schemas/DescribeClusterResponse.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const describeClusterResponseFlexible = 0
export const describeClusterResponseVersions = {first: 0, last: 2} as const

export interface DescribeClusterResponse {
  throttleTimeMs: number
  errorCode: number
  errorMessage: string | null
  endpointType: number
  clusterId: string
  controllerId: number
  brokers: DescribeClusterBroker[]
  clusterAuthorizedOperations: number
}

export interface DescribeClusterResponseInit {
  throttleTimeMs?: number
  errorCode?: number
  errorMessage?: string | null
  endpointType?: number
  clusterId?: string
  controllerId?: number
  brokers?: readonly DescribeClusterBrokerInit[]
  clusterAuthorizedOperations?: number
}

function defaultDescribeClusterResponse(): DescribeClusterResponse {
  return {throttleTimeMs: 0, errorCode: 0, errorMessage: null, endpointType: 1, clusterId: "", controllerId: -1, brokers: [], clusterAuthorizedOperations: -2147483648}
}

export function readDescribeClusterResponse(r: WireReader, v: number): DescribeClusterResponse {
  const m = defaultDescribeClusterResponse()
  const f = true
  m.throttleTimeMs = r.int32()
  m.errorCode = r.int16()
  m.errorMessage = r.nullableString(f)
  if (v >= 1) m.endpointType = r.int8()
  m.clusterId = r.string(f)
  m.controllerId = r.int32()
  m.brokers = r.array(f, () => readDescribeClusterBroker(r, v))
  m.clusterAuthorizedOperations = r.int32()
  if (f) r.tagged()
  return m
}

export function writeDescribeClusterResponse(w: WireWriter, init: DescribeClusterResponseInit, v: number): void {
  const f = true
  {
    const throttleTimeMs = init.throttleTimeMs === undefined ? 0 : init.throttleTimeMs
    w.int32(throttleTimeMs)
  }
  {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  {
    const errorMessage = init.errorMessage === undefined ? null : init.errorMessage
    w.string(errorMessage, f)
  }
  if (v >= 1) {
    const endpointType = init.endpointType === undefined ? 1 : init.endpointType
    w.int8(endpointType)
  }
  {
    const clusterId = init.clusterId === undefined ? "" : init.clusterId
    w.string(clusterId, f)
  }
  {
    const controllerId = init.controllerId === undefined ? -1 : init.controllerId
    w.int32(controllerId)
  }
  {
    const brokers = init.brokers === undefined ? [] : init.brokers
    w.array(brokers, f, item => writeDescribeClusterBroker(w, item, v))
  }
  {
    const clusterAuthorizedOperations = init.clusterAuthorizedOperations === undefined ? -2147483648 : init.clusterAuthorizedOperations
    w.int32(clusterAuthorizedOperations)
  }
  if (f) w.tagged()
}

export interface DescribeClusterBroker {
  brokerId: number
  host: string
  port: number
  rack: string | null
  isFenced: boolean
}

export interface DescribeClusterBrokerInit {
  brokerId?: number
  host?: string
  port?: number
  rack?: string | null
  isFenced?: boolean
}

function defaultDescribeClusterBroker(): DescribeClusterBroker {
  return {brokerId: 0, host: "", port: 0, rack: null, isFenced: false}
}

function readDescribeClusterBroker(r: WireReader, v: number): DescribeClusterBroker {
  const m = defaultDescribeClusterBroker()
  const f = true
  m.brokerId = r.int32()
  m.host = r.string(f)
  m.port = r.int32()
  m.rack = r.nullableString(f)
  if (v >= 2) m.isFenced = r.bool()
  if (f) r.tagged()
  return m
}

function writeDescribeClusterBroker(w: WireWriter, init: DescribeClusterBrokerInit, v: number): void {
  const f = true
  {
    const brokerId = init.brokerId === undefined ? 0 : init.brokerId
    w.int32(brokerId)
  }
  {
    const host = init.host === undefined ? "" : init.host
    w.string(host, f)
  }
  {
    const port = init.port === undefined ? 0 : init.port
    w.int32(port)
  }
  {
    const rack = init.rack === undefined ? null : init.rack
    w.string(rack, f)
  }
  if (v >= 2) {
    const isFenced = init.isFenced === undefined ? false : init.isFenced
    w.bool(isFenced)
  }
  if (f) w.tagged()
}
