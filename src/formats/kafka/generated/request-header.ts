// Made by scripts/kafka-codecs.mjs from ../schemas/RequestHeader.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const requestHeaderFlexible = 2
export const requestHeaderVersions = {first: 1, last: 2} as const

export interface RequestHeader {
  requestApiKey: number
  requestApiVersion: number
  correlationId: number
  clientId: string | null
}

export interface RequestHeaderInit {
  requestApiKey?: number
  requestApiVersion?: number
  correlationId?: number
  clientId?: string | null
}

function defaultRequestHeader(): RequestHeader {
  return {requestApiKey: 0, requestApiVersion: 0, correlationId: 0, clientId: ""}
}

export function readRequestHeader(r: WireReader, v: number): RequestHeader {
  const m = defaultRequestHeader()
  const f = v >= 2
  m.requestApiKey = r.int16()
  m.requestApiVersion = r.int16()
  m.correlationId = r.int32()
  m.clientId = r.nullableString(false)
  if (f) r.tagged()
  return m
}

export function writeRequestHeader(w: WireWriter, init: RequestHeaderInit, v: number): void {
  const f = v >= 2
  {
    const requestApiKey = init.requestApiKey === undefined ? 0 : init.requestApiKey
    w.int16(requestApiKey)
  }
  {
    const requestApiVersion = init.requestApiVersion === undefined ? 0 : init.requestApiVersion
    w.int16(requestApiVersion)
  }
  {
    const correlationId = init.correlationId === undefined ? 0 : init.correlationId
    w.int32(correlationId)
  }
  {
    const clientId = init.clientId === undefined ? "" : init.clientId
    w.string(clientId, false)
  }
  if (f) w.tagged()
}
