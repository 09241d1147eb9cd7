// Made by scripts/kafka-codecs.mjs from ../schemas/GroupMetadataValue.json.
import {EMPTY} from '../../../base/bytes.ts'
import type {WireReader, WireWriter} from '../wire.ts'

export const groupMetadataValueFlexible = 4
export const groupMetadataValueVersions = {first: 0, last: 4} as const

export interface GroupMetadataValue {
  protocolType: string
  generation: number
  protocol: string | null
  leader: string | null
  currentStateTimestamp: number
  members: MemberMetadata[]
}

export interface GroupMetadataValueInit {
  protocolType?: string
  generation?: number
  protocol?: string | null
  leader?: string | null
  currentStateTimestamp?: number
  members?: readonly MemberMetadataInit[]
}

function defaultGroupMetadataValue(): GroupMetadataValue {
  return {protocolType: "", generation: 0, protocol: "", leader: "", currentStateTimestamp: -1, members: []}
}

export function readGroupMetadataValue(r: WireReader, v: number): GroupMetadataValue {
  const m = defaultGroupMetadataValue()
  const f = v >= 4
  m.protocolType = r.string(f)
  m.generation = r.int32()
  m.protocol = r.nullableString(f)
  m.leader = r.nullableString(f)
  if (v >= 2) m.currentStateTimestamp = r.int64()
  m.members = r.array(f, () => readMemberMetadata(r, v))
  if (f) r.tagged()
  return m
}

export function writeGroupMetadataValue(w: WireWriter, init: GroupMetadataValueInit, v: number): void {
  const f = v >= 4
  {
    const protocolType = init.protocolType === undefined ? "" : init.protocolType
    w.string(protocolType, f)
  }
  {
    const generation = init.generation === undefined ? 0 : init.generation
    w.int32(generation)
  }
  {
    const protocol = init.protocol === undefined ? "" : init.protocol
    w.string(protocol, f)
  }
  {
    const leader = init.leader === undefined ? "" : init.leader
    w.string(leader, f)
  }
  if (v >= 2) {
    const currentStateTimestamp = init.currentStateTimestamp === undefined ? -1 : init.currentStateTimestamp
    w.int64(currentStateTimestamp)
  }
  {
    const members = init.members === undefined ? [] : init.members
    w.array(members, f, item => writeMemberMetadata(w, item, v))
  }
  if (f) w.tagged()
}

export interface MemberMetadata {
  memberId: string
  groupInstanceId: string | null
  clientId: string
  clientHost: string
  rebalanceTimeout: number
  sessionTimeout: number
  subscription: Uint8Array
  assignment: Uint8Array
}

export interface MemberMetadataInit {
  memberId?: string
  groupInstanceId?: string | null
  clientId?: string
  clientHost?: string
  rebalanceTimeout?: number
  sessionTimeout?: number
  subscription?: Uint8Array
  assignment?: Uint8Array
}

function defaultMemberMetadata(): MemberMetadata {
  return {memberId: "", groupInstanceId: null, clientId: "", clientHost: "", rebalanceTimeout: -1, sessionTimeout: 0, subscription: EMPTY, assignment: EMPTY}
}

function readMemberMetadata(r: WireReader, v: number): MemberMetadata {
  const m = defaultMemberMetadata()
  const f = v >= 4
  m.memberId = r.string(f)
  if (v >= 3) m.groupInstanceId = r.nullableString(f)
  m.clientId = r.string(f)
  m.clientHost = r.string(f)
  if (v >= 1) m.rebalanceTimeout = r.int32()
  m.sessionTimeout = r.int32()
  m.subscription = r.bytes(f)
  m.assignment = r.bytes(f)
  if (f) r.tagged()
  return m
}

function writeMemberMetadata(w: WireWriter, init: MemberMetadataInit, v: number): void {
  const f = v >= 4
  {
    const memberId = init.memberId === undefined ? "" : init.memberId
    w.string(memberId, f)
  }
  if (v >= 3) {
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
  if (v >= 1) {
    const rebalanceTimeout = init.rebalanceTimeout === undefined ? -1 : init.rebalanceTimeout
    w.int32(rebalanceTimeout)
  }
  {
    const sessionTimeout = init.sessionTimeout === undefined ? 0 : init.sessionTimeout
    w.int32(sessionTimeout)
  }
  {
    const subscription = init.subscription === undefined ? EMPTY : init.subscription
    w.bytes(subscription, f)
  }
  {
    const assignment = init.assignment === undefined ? EMPTY : init.assignment
    w.bytes(assignment, f)
  }
  if (f) w.tagged()
}
