// Made by scripts/kafka-codecs.mjs from ../schemas/SyncGroupResponse.json.
import {EMPTY} from '../../../base/bytes.ts'
import type {WireReader, WireWriter} from '../wire.ts'

export const syncGroupResponseFlexible = 4
export const syncGroupResponseVersions = {first: 0, last: 5} as const

export interface SyncGroupResponse {
  throttleTimeMs: number
  errorCode: number
  protocolType: string | null
  protocolName: string | null
  assignment: Uint8Array
}

export interface SyncGroupResponseInit {
  throttleTimeMs?: number
  errorCode?: number
  protocolType?: string | null
  protocolName?: string | null
  assignment?: Uint8Array
}

function defaultSyncGroupResponse(): SyncGroupResponse {
  return {throttleTimeMs: 0, errorCode: 0, protocolType: null, protocolName: null, assignment: EMPTY}
}

export function readSyncGroupResponse(r: WireReader, v: number): SyncGroupResponse {
  const m = defaultSyncGroupResponse()
  const f = v >= 4
  if (v >= 1) m.throttleTimeMs = r.int32()
  m.errorCode = r.int16()
  if (v >= 5) m.protocolType = r.nullableString(f)
  if (v >= 5) m.protocolName = r.nullableString(f)
  m.assignment = r.bytes(f)
  if (f) r.tagged()
  return m
}

export function writeSyncGroupResponse(w: WireWriter, init: SyncGroupResponseInit, v: number): void {
  const f = v >= 4
  if (v >= 1) {
    const throttleTimeMs = init.throttleTimeMs === undefined ? 0 : init.throttleTimeMs
    w.int32(throttleTimeMs)
  }
  {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  if (v >= 5) {
    const protocolType = init.protocolType === undefined ? null : init.protocolType
    w.string(protocolType, f)
  }
  if (v >= 5) {
    const protocolName = init.protocolName === undefined ? null : init.protocolName
    w.string(protocolName, f)
  }
  {
    const assignment = init.assignment === undefined ? EMPTY : init.assignment
    w.bytes(assignment, f)
  }
  if (f) w.tagged()
}
