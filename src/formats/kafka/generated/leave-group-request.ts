// Made by scripts/kafka-codecs.mjs from ../schemas/LeaveGroupRequest.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const leaveGroupRequestFlexible = 4
export const leaveGroupRequestVersions = {first: 0, last: 5} as const

export interface LeaveGroupRequest {
  groupId: string
  memberId: string
  members: MemberIdentity[]
}

export interface LeaveGroupRequestInit {
  groupId?: string
  memberId?: string
  members?: readonly MemberIdentityInit[]
}

function defaultLeaveGroupRequest(): LeaveGroupRequest {
  return {groupId: "", memberId: "", members: []}
}

export function readLeaveGroupRequest(r: WireReader, v: number): LeaveGroupRequest {
  const m = defaultLeaveGroupRequest()
  const f = v >= 4
  m.groupId = r.string(f)
  if (v <= 2) m.memberId = r.string(f)
  if (v >= 3) m.members = r.array(f, () => readMemberIdentity(r, v))
  if (f) r.tagged()
  return m
}

export function writeLeaveGroupRequest(w: WireWriter, init: LeaveGroupRequestInit, v: number): void {
  const f = v >= 4
  {
    const groupId = init.groupId === undefined ? "" : init.groupId
    w.string(groupId, f)
  }
  if (v <= 2) {
    const memberId = init.memberId === undefined ? "" : init.memberId
    w.string(memberId, f)
  }
  if (v >= 3) {
    const members = init.members === undefined ? [] : init.members
    w.array(members, f, item => writeMemberIdentity(w, item, v))
  }
  if (f) w.tagged()
}

export interface MemberIdentity {
  memberId: string
  groupInstanceId: string | null
  reason: string | null
}

export interface MemberIdentityInit {
  memberId?: string
  groupInstanceId?: string | null
  reason?: string | null
}

function defaultMemberIdentity(): MemberIdentity {
  return {memberId: "", groupInstanceId: null, reason: null}
}

function readMemberIdentity(r: WireReader, v: number): MemberIdentity {
  const m = defaultMemberIdentity()
  const f = v >= 4
  if (v >= 3) m.memberId = r.string(f)
  if (v >= 3) m.groupInstanceId = r.nullableString(f)
  if (v >= 5) m.reason = r.nullableString(f)
  if (f) r.tagged()
  return m
}

function writeMemberIdentity(w: WireWriter, init: MemberIdentityInit, v: number): void {
  const f = v >= 4
  if (v >= 3) {
    const memberId = init.memberId === undefined ? "" : init.memberId
    w.string(memberId, f)
  }
  if (v >= 3) {
    const groupInstanceId = init.groupInstanceId === undefined ? null : init.groupInstanceId
    w.string(groupInstanceId, f)
  }
  if (v >= 5) {
    const reason = init.reason === undefined ? null : init.reason
    w.string(reason, f)
  }
  if (f) w.tagged()
}
