// Made by scripts/kafka-codecs.mjs from ../schemas/HeartbeatRequest.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const heartbeatRequestFlexible = 4
export const heartbeatRequestVersions = {first: 0, last: 4} as const

export interface HeartbeatRequest {
  groupId: string
  generationId: number
  memberId: string
  groupInstanceId: string | null
}

export interface HeartbeatRequestInit {
  groupId?: string
  generationId?: number
  memberId?: string
  groupInstanceId?: string | null
}

function defaultHeartbeatRequest(): HeartbeatRequest {
  return {groupId: "", generationId: 0, memberId: "", groupInstanceId: null}
}

export function readHeartbeatRequest(r: WireReader, v: number): HeartbeatRequest {
  const m = defaultHeartbeatRequest()
  const f = v >= 4
  m.groupId = r.string(f)
  m.generationId = r.int32()
  m.memberId = r.string(f)
  if (v >= 3) m.groupInstanceId = r.nullableString(f)
  if (f) r.tagged()
  return m
}

export function writeHeartbeatRequest(w: WireWriter, init: HeartbeatRequestInit, v: number): void {
  const f = v >= 4
  {
    const groupId = init.groupId === undefined ? "" : init.groupId
    w.string(groupId, f)
  }
  {
    const generationId = init.generationId === undefined ? 0 : init.generationId
    w.int32(generationId)
  }
  {
    const memberId = init.memberId === undefined ? "" : init.memberId
    w.string(memberId, f)
  }
  if (v >= 3) {
    const groupInstanceId = init.groupInstanceId === undefined ? null : init.groupInstanceId
    w.string(groupInstanceId, f)
  }
  if (f) w.tagged()
}
