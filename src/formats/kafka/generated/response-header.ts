// Made by scripts/kafka-codecs.mjs from ../schemas/ResponseHeader.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const responseHeaderFlexible = 1
export const responseHeaderVersions = {first: 0, last: 1} as const

export interface ResponseHeader {
  correlationId: number
}

export interface ResponseHeaderInit {
  correlationId?: number
}

function defaultResponseHeader(): ResponseHeader {
  return {correlationId: 0}
}

export function readResponseHeader(r: WireReader, v: number): ResponseHeader {
  const m = defaultResponseHeader()
  const f = v >= 1
  m.correlationId = r.int32()
  if (f) r.tagged()
  return m
}

export function writeResponseHeader(w: WireWriter, init: ResponseHeaderInit, v: number): void {
  const f = v >= 1
  {
    const correlationId = init.correlationId === undefined ? 0 : init.correlationId
    w.int32(correlationId)
  }
  if (f) w.tagged()
}
