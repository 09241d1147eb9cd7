// Made by scripts/kafka-codecs.mjs from ../schemas/SyncGroupRequest.json.
import {EMPTY} from '../../../base/bytes.ts'
import type {WireReader, WireWriter} from '../wire.ts'

export const syncGroupRequestFlexible = 4
export const syncGroupRequestVersions = {first: 0, last: 5} as const

export interface SyncGroupRequest {
  groupId: string
  generationId: number
  memberId: string
  groupInstanceId: string | null
  protocolType: string | null
  protocolName: string | null
  assignments: SyncGroupRequestAssignment[]
}

export interface SyncGroupRequestInit {
  groupId?: string
  generationId?: number
  memberId?: string
  groupInstanceId?: string | null
  protocolType?: string | null
  protocolName?: string | null
  assignments?: readonly SyncGroupRequestAssignmentInit[]
}

function defaultSyncGroupRequest(): SyncGroupRequest {
  return {groupId: "", generationId: 0, memberId: "", groupInstanceId: null, protocolType: null, protocolName: null, assignments: []}
}

export function readSyncGroupRequest(r: WireReader, v: number): SyncGroupRequest {
  const m = defaultSyncGroupRequest()
  const f = v >= 4
  m.groupId = r.string(f)
  m.generationId = r.int32()
  m.memberId = r.string(f)
  if (v >= 3) m.groupInstanceId = r.nullableString(f)
  if (v >= 5) m.protocolType = r.nullableString(f)
  if (v >= 5) m.protocolName = r.nullableString(f)
  m.assignments = r.array(f, () => readSyncGroupRequestAssignment(r, v))
  if (f) r.tagged()
  return m
}

export function writeSyncGroupRequest(w: WireWriter, init: SyncGroupRequestInit, v: number): void {
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
  if (v >= 5) {
    const protocolType = init.protocolType === undefined ? null : init.protocolType
    w.string(protocolType, f)
  }
  if (v >= 5) {
    const protocolName = init.protocolName === undefined ? null : init.protocolName
    w.string(protocolName, f)
  }
  {
    const assignments = init.assignments === undefined ? [] : init.assignments
    w.array(assignments, f, item => writeSyncGroupRequestAssignment(w, item, v))
  }
  if (f) w.tagged()
}

export interface SyncGroupRequestAssignment {
  memberId: string
  assignment: Uint8Array
}

export interface SyncGroupRequestAssignmentInit {
  memberId?: string
  assignment?: Uint8Array
}

function defaultSyncGroupRequestAssignment(): SyncGroupRequestAssignment {
  return {memberId: "", assignment: EMPTY}
}

function readSyncGroupRequestAssignment(r: WireReader, v: number): SyncGroupRequestAssignment {
  const m = defaultSyncGroupRequestAssignment()
  const f = v >= 4
  m.memberId = r.string(f)
  m.assignment = r.bytes(f)
  if (f) r.tagged()
  return m
}

function writeSyncGroupRequestAssignment(w: WireWriter, init: SyncGroupRequestAssignmentInit, v: number): void {
  const f = v >= 4
  {
    const memberId = init.memberId === undefined ? "" : init.memberId
    w.string(memberId, f)
  }
  {
    const assignment = init.assignment === undefined ? EMPTY : init.assignment
    w.bytes(assignment, f)
  }
  if (f) w.tagged()
}
