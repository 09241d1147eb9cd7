// Made by scripts/kafka-codecs.mjs from ../schemas/LeaveGroupResponse.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const leaveGroupResponseFlexible = 4
export const leaveGroupResponseVersions = {first: 0, last: 5} as const

export interface LeaveGroupResponse {
  throttleTimeMs: number
  errorCode: number
  members: MemberResponse[]
}

export interface LeaveGroupResponseInit {
  throttleTimeMs?: number
  errorCode?: number
  members?: readonly MemberResponseInit[]
}

function defaultLeaveGroupResponse(): LeaveGroupResponse {
  return {throttleTimeMs: 0, errorCode: 0, members: []}
}

export function readLeaveGroupResponse(r: WireReader, v: number): LeaveGroupResponse {
  const m = defaultLeaveGroupResponse()
  const f = v >= 4
  if (v >= 1) m.throttleTimeMs = r.int32()
  m.errorCode = r.int16()
  if (v >= 3) m.members = r.array(f, () => readMemberResponse(r, v))
  if (f) r.tagged()
  return m
}

export function writeLeaveGroupResponse(w: WireWriter, init: LeaveGroupResponseInit, v: number): void {
  const f = v >= 4
  if (v >= 1) {
    const throttleTimeMs = init.throttleTimeMs === undefined ? 0 : init.throttleTimeMs
    w.int32(throttleTimeMs)
  }
  {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  if (v >= 3) {
    const members = init.members === undefined ? [] : init.members
    w.array(members, f, item => writeMemberResponse(w, item, v))
  }
  if (f) w.tagged()
}

export interface MemberResponse {
  memberId: string
  groupInstanceId: string | null
  errorCode: number
}

export interface MemberResponseInit {
  memberId?: string
  groupInstanceId?: string | null
  errorCode?: number
}

function defaultMemberResponse(): MemberResponse {
  return {memberId: "", groupInstanceId: "", errorCode: 0}
}

function readMemberResponse(r: WireReader, v: number): MemberResponse {
  const m = defaultMemberResponse()
  const f = v >= 4
  if (v >= 3) m.memberId = r.string(f)
  if (v >= 3) m.groupInstanceId = r.nullableString(f)
  if (v >= 3) m.errorCode = r.int16()
  if (f) r.tagged()
  return m
}

function writeMemberResponse(w: WireWriter, init: MemberResponseInit, v: number): void {
  const f = v >= 4
  if (v >= 3) {
    const memberId = init.memberId === undefined ? "" : init.memberId
    w.string(memberId, f)
  }
  if (v >= 3) {
    const groupInstanceId = init.groupInstanceId === undefined ? "" : init.groupInstanceId
    w.string(groupInstanceId, f)
  }
  if (v >= 3) {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  if (f) w.tagged()
}
