// Made by scripts/kafka-codecs.mjs from ../schemas/JoinGroupResponse.json.
import {EMPTY} from '../../../base/bytes.ts'
import type {WireReader, WireWriter} from '../wire.ts'

export const joinGroupResponseFlexible = 6
export const joinGroupResponseVersions = {first: 0, last: 9} as const

export interface JoinGroupResponse {
  throttleTimeMs: number
  errorCode: number
  generationId: number
  protocolType: string | null
  protocolName: string | null
  leader: string
  skipAssignment: boolean
  memberId: string
  members: JoinGroupResponseMember[]
}

export interface JoinGroupResponseInit {
  throttleTimeMs?: number
  errorCode?: number
  generationId?: number
  protocolType?: string | null
  protocolName?: string | null
  leader?: string
  skipAssignment?: boolean
  memberId?: string
  members?: readonly JoinGroupResponseMemberInit[]
}

function defaultJoinGroupResponse(): JoinGroupResponse {
  return {throttleTimeMs: 0, errorCode: 0, generationId: -1, protocolType: null, protocolName: "", leader: "", skipAssignment: false, memberId: "", members: []}
}

export function readJoinGroupResponse(r: WireReader, v: number): JoinGroupResponse {
  const m = defaultJoinGroupResponse()
  const f = v >= 6
  if (v >= 2) m.throttleTimeMs = r.int32()
  m.errorCode = r.int16()
  m.generationId = r.int32()
  if (v >= 7) m.protocolType = r.nullableString(f)
  m.protocolName = r.nullableString(f)
  m.leader = r.string(f)
  if (v >= 9) m.skipAssignment = r.bool()
  m.memberId = r.string(f)
  m.members = r.array(f, () => readJoinGroupResponseMember(r, v))
  if (f) r.tagged()
  return m
}

export function writeJoinGroupResponse(w: WireWriter, init: JoinGroupResponseInit, v: number): void {
  const f = v >= 6
  if (v >= 2) {
    const throttleTimeMs = init.throttleTimeMs === undefined ? 0 : init.throttleTimeMs
    w.int32(throttleTimeMs)
  }
  {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  {
    const generationId = init.generationId === undefined ? -1 : init.generationId
    w.int32(generationId)
  }
  if (v >= 7) {
    const protocolType = init.protocolType === undefined ? null : init.protocolType
    w.string(protocolType, f)
  }
  {
    const protocolName = init.protocolName === undefined ? "" : init.protocolName
    w.string(protocolName, f)
  }
  {
    const leader = init.leader === undefined ? "" : init.leader
    w.string(leader, f)
  }
  if (v >= 9) {
    const skipAssignment = init.skipAssignment === undefined ? false : init.skipAssignment
    w.bool(skipAssignment)
  }
  {
    const memberId = init.memberId === undefined ? "" : init.memberId
    w.string(memberId, f)
  }
  {
    const members = init.members === undefined ? [] : init.members
    w.array(members, f, item => writeJoinGroupResponseMember(w, item, v))
  }
  if (f) w.tagged()
}

export interface JoinGroupResponseMember {
  memberId: string
  groupInstanceId: string | null
  metadata: Uint8Array
}

export interface JoinGroupResponseMemberInit {
  memberId?: string
  groupInstanceId?: string | null
  metadata?: Uint8Array
}

function defaultJoinGroupResponseMember(): JoinGroupResponseMember {
  return {memberId: "", groupInstanceId: null, metadata: EMPTY}
}

function readJoinGroupResponseMember(r: WireReader, v: number): JoinGroupResponseMember {
  const m = defaultJoinGroupResponseMember()
  const f = v >= 6
  m.memberId = r.string(f)
  if (v >= 5) m.groupInstanceId = r.nullableString(f)
  m.metadata = r.bytes(f)
  if (f) r.tagged()
  return m
}

function writeJoinGroupResponseMember(w: WireWriter, init: JoinGroupResponseMemberInit, v: number): void {
  const f = v >= 6
  {
    const memberId = init.memberId === undefined ? "" : init.memberId
    w.string(memberId, f)
  }
  if (v >= 5) {
    const groupInstanceId = init.groupInstanceId === undefined ? null : init.groupInstanceId
    w.string(groupInstanceId, f)
  }
  {
    const metadata = init.metadata === undefined ? EMPTY : init.metadata
    w.bytes(metadata, f)
  }
  if (f) w.tagged()
}
