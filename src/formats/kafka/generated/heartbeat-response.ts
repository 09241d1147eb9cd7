// Made by scripts/kafka-codecs.mjs from ../schemas/HeartbeatResponse.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const heartbeatResponseFlexible = 4
export const heartbeatResponseVersions = {first: 0, last: 4} as const

export interface HeartbeatResponse {
  throttleTimeMs: number
  errorCode: number
}

export interface HeartbeatResponseInit {
  throttleTimeMs?: number
  errorCode?: number
}

function defaultHeartbeatResponse(): HeartbeatResponse {
  return {throttleTimeMs: 0, errorCode: 0}
}

export function readHeartbeatResponse(r: WireReader, v: number): HeartbeatResponse {
  const m = defaultHeartbeatResponse()
  const f = v >= 4
  if (v >= 1) m.throttleTimeMs = r.int32()
  m.errorCode = r.int16()
  if (f) r.tagged()
  return m
}

export function writeHeartbeatResponse(w: WireWriter, init: HeartbeatResponseInit, v: number): void {
  const f = v >= 4
  if (v >= 1) {
    const throttleTimeMs = init.throttleTimeMs === undefined ? 0 : init.throttleTimeMs
    w.int32(throttleTimeMs)
  }
  {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  if (f) w.tagged()
}
