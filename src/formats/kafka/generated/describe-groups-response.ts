// Made by scripts/kafka-codecs.mjs from ../schemas/DescribeGroupsResponse.json.
import {EMPTY} from '../../../base/bytes.ts'
import type {WireReader, WireWriter} from '../wire.ts'

export const describeGroupsResponseFlexible = 5
export const describeGroupsResponseVersions = {first: 0, last: 6} as const

export interface DescribeGroupsResponse {
  throttleTimeMs: number
  groups: DescribedGroup[]
}

export interface DescribeGroupsResponseInit {
  throttleTimeMs?: number
  groups?: readonly DescribedGroupInit[]
}

function defaultDescribeGroupsResponse(): DescribeGroupsResponse {
  return {throttleTimeMs: 0, groups: []}
}

export function readDescribeGroupsResponse(r: WireReader, v: number): DescribeGroupsResponse {
  const m = defaultDescribeGroupsResponse()
  const f = v >= 5
  if (v >= 1) m.throttleTimeMs = r.int32()
  m.groups = r.array(f, () => readDescribedGroup(r, v))
  if (f) r.tagged()
  return m
}

export function writeDescribeGroupsResponse(w: WireWriter, init: DescribeGroupsResponseInit, v: number): void {
  const f = v >= 5
  if (v >= 1) {
    const throttleTimeMs = init.throttleTimeMs === undefined ? 0 : init.throttleTimeMs
    w.int32(throttleTimeMs)
  }
  {
    const groups = init.groups === undefined ? [] : init.groups
    w.array(groups, f, item => writeDescribedGroup(w, item, v))
  }
  if (f) w.tagged()
}

export interface DescribedGroup {
  errorCode: number
  errorMessage: string | null
  groupId: string
  groupState: string
  protocolType: string
  protocolData: string
  members: DescribedGroupMember[]
  authorizedOperations: number
}

export interface DescribedGroupInit {
  errorCode?: number
  errorMessage?: string | null
  groupId?: string
  groupState?: string
  protocolType?: string
  protocolData?: string
  members?: readonly DescribedGroupMemberInit[]
  authorizedOperations?: number
}

function defaultDescribedGroup(): DescribedGroup {
  return {errorCode: 0, errorMessage: null, groupId: "", groupState: "", protocolType: "", protocolData: "", members: [], authorizedOperations: -2147483648}
}

function readDescribedGroup(r: WireReader, v: number): DescribedGroup {
  const m = defaultDescribedGroup()
  const f = v >= 5
  m.errorCode = r.int16()
  if (v >= 6) m.errorMessage = r.nullableString(f)
  m.groupId = r.string(f)
  m.groupState = r.string(f)
  m.protocolType = r.string(f)
  m.protocolData = r.string(f)
  m.members = r.array(f, () => readDescribedGroupMember(r, v))
  if (v >= 3) m.authorizedOperations = r.int32()
  if (f) r.tagged()
  return m
}

function writeDescribedGroup(w: WireWriter, init: DescribedGroupInit, v: number): void {
  const f = v >= 5
  {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  if (v >= 6) {
    const errorMessage = init.errorMessage === undefined ? null : init.errorMessage
    w.string(errorMessage, f)
  }
  {
    const groupId = init.groupId === undefined ? "" : init.groupId
    w.string(groupId, f)
  }
  {
    const groupState = init.groupState === undefined ? "" : init.groupState
    w.string(groupState, f)
  }
  {
    const protocolType = init.protocolType === undefined ? "" : init.protocolType
    w.string(protocolType, f)
  }
  {
    const protocolData = init.protocolData === undefined ? "" : init.protocolData
    w.string(protocolData, f)
  }
  {
    const members = init.members === undefined ? [] : init.members
    w.array(members, f, item => writeDescribedGroupMember(w, item, v))
  }
  if (v >= 3) {
    const authorizedOperations = init.authorizedOperations === undefined ? -2147483648 : init.authorizedOperations
    w.int32(authorizedOperations)
  }
  if (f) w.tagged()
}

export interface DescribedGroupMember {
  memberId: string
  groupInstanceId: string | null
  clientId: string
  clientHost: string
  memberMetadata: Uint8Array
  memberAssignment: Uint8Array
}

export interface DescribedGroupMemberInit {
  memberId?: string
  groupInstanceId?: string | null
  clientId?: string
  clientHost?: string
  memberMetadata?: Uint8Array
  memberAssignment?: Uint8Array
}

function defaultDescribedGroupMember(): DescribedGroupMember {
  return {memberId: "", groupInstanceId: null, clientId: "", clientHost: "", memberMetadata: EMPTY, memberAssignment: EMPTY}
}

function readDescribedGroupMember(r: WireReader, v: number): DescribedGroupMember {
  const m = defaultDescribedGroupMember()
  const f = v >= 5
  m.memberId = r.string(f)
  if (v >= 4) m.groupInstanceId = r.nullableString(f)
  m.clientId = r.string(f)
  m.clientHost = r.string(f)
  m.memberMetadata = r.bytes(f)
  m.memberAssignment = r.bytes(f)
  if (f) r.tagged()
  return m
}

function writeDescribedGroupMember(w: WireWriter, init: DescribedGroupMemberInit, v: number): void {
  const f = v >= 5
  {
    const memberId = init.memberId === undefined ? "" : init.memberId
    w.string(memberId, f)
  }
  if (v >= 4) {
    const groupInstanceId = init.groupInstanceId === undefined ? null : init.groupInstanceId
    w.string(groupInstanceId, f)
  }
  {
    const clientId = init.clientId === undefined ? "" : init.clientId
    w.string(clientId, f)
  }
  {
    const clientHost = init.clientHost === undefined ? "" : init.clientHost
    w.string(clientHost, f)
  }
  {
    const memberMetadata = init.memberMetadata === undefined ? EMPTY : init.memberMetadata
    w.bytes(memberMetadata, f)
  }
  {
    const memberAssignment = init.memberAssignment === undefined ? EMPTY : init.memberAssignment
    w.bytes(memberAssignment, f)
  }
  if (f) w.tagged()
}
