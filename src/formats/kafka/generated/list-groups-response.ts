// Made by scripts/kafka-codecs.mjs from ../schemas/ListGroupsResponse.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const listGroupsResponseFlexible = 3
export const listGroupsResponseVersions = {first: 0, last: 5} as const

export interface ListGroupsResponse {
  throttleTimeMs: number
  errorCode: number
  groups: ListedGroup[]
}

export interface ListGroupsResponseInit {
  throttleTimeMs?: number
  errorCode?: number
  groups?: readonly ListedGroupInit[]
}

function defaultListGroupsResponse(): ListGroupsResponse {
  return {throttleTimeMs: 0, errorCode: 0, groups: []}
}

export function readListGroupsResponse(r: WireReader, v: number): ListGroupsResponse {
  const m = defaultListGroupsResponse()
  const f = v >= 3
  if (v >= 1) m.throttleTimeMs = r.int32()
  m.errorCode = r.int16()
  m.groups = r.array(f, () => readListedGroup(r, v))
  if (f) r.tagged()
  return m
}

export function writeListGroupsResponse(w: WireWriter, init: ListGroupsResponseInit, v: number): void {
  const f = v >= 3
  if (v >= 1) {
    const throttleTimeMs = init.throttleTimeMs === undefined ? 0 : init.throttleTimeMs
    w.int32(throttleTimeMs)
  }
  {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  {
    const groups = init.groups === undefined ? [] : init.groups
    w.array(groups, f, item => writeListedGroup(w, item, v))
  }
  if (f) w.tagged()
}

export interface ListedGroup {
  groupId: string
  protocolType: string
  groupState: string
  groupType: string
}

export interface ListedGroupInit {
  groupId?: string
  protocolType?: string
  groupState?: string
  groupType?: string
}

function defaultListedGroup(): ListedGroup {
  return {groupId: "", protocolType: "", groupState: "", groupType: ""}
}

function readListedGroup(r: WireReader, v: number): ListedGroup {
  const m = defaultListedGroup()
  const f = v >= 3
  m.groupId = r.string(f)
  m.protocolType = r.string(f)
  if (v >= 4) m.groupState = r.string(f)
  if (v >= 5) m.groupType = r.string(f)
  if (f) r.tagged()
  return m
}

function writeListedGroup(w: WireWriter, init: ListedGroupInit, v: number): void {
  const f = v >= 3
  {
    const groupId = init.groupId === undefined ? "" : init.groupId
    w.string(groupId, f)
  }
  {
    const protocolType = init.protocolType === undefined ? "" : init.protocolType
    w.string(protocolType, f)
  }
  if (v >= 4) {
    const groupState = init.groupState === undefined ? "" : init.groupState
    w.string(groupState, f)
  }
  if (v >= 5) {
    const groupType = init.groupType === undefined ? "" : init.groupType
    w.string(groupType, f)
  }
  if (f) w.tagged()
}
