// Made by scripts/kafka-codecs.mjs from ../schemas/JoinGroupRequest.json.
import {EMPTY} from '../../../base/bytes.ts'
import type {WireReader, WireWriter} from '../wire.ts'

export const joinGroupRequestFlexible = 6
export const joinGroupRequestVersions = {first: 0, last: 9} as const

export interface JoinGroupRequest {
  groupId: string
  sessionTimeoutMs: number
  rebalanceTimeoutMs: number
  memberId: string
  groupInstanceId: string | null
  protocolType: string
  protocols: JoinGroupRequestProtocol[]
  reason: string | null
}

export interface JoinGroupRequestInit {
  groupId?: string
  sessionTimeoutMs?: number
  rebalanceTimeoutMs?: number
  memberId?: string
  groupInstanceId?: string | null
  protocolType?: string
  protocols?: readonly JoinGroupRequestProtocolInit[]
  reason?: string | null
}

function defaultJoinGroupRequest(): JoinGroupRequest {
  return {groupId: "", sessionTimeoutMs: 0, rebalanceTimeoutMs: -1, memberId: "", groupInstanceId: null, protocolType: "", protocols: [], reason: null}
}

export function readJoinGroupRequest(r: WireReader, v: number): JoinGroupRequest {
  const m = defaultJoinGroupRequest()
  const f = v >= 6
  m.groupId = r.string(f)
  m.sessionTimeoutMs = r.int32()
  if (v >= 1) m.rebalanceTimeoutMs = r.int32()
  m.memberId = r.string(f)
  if (v >= 5) m.groupInstanceId = r.nullableString(f)
  m.protocolType = r.string(f)
  m.protocols = r.array(f, () => readJoinGroupRequestProtocol(r, v))
  if (v >= 8) m.reason = r.nullableString(f)
  if (f) r.tagged()
  return m
}

export function writeJoinGroupRequest(w: WireWriter, init: JoinGroupRequestInit, v: number): void {
  const f = v >= 6
  {
    const groupId = init.groupId === undefined ? "" : init.groupId
    w.string(groupId, f)
  }
  {
    const sessionTimeoutMs = init.sessionTimeoutMs === undefined ? 0 : init.sessionTimeoutMs
    w.int32(sessionTimeoutMs)
  }
  if (v >= 1) {
    const rebalanceTimeoutMs = init.rebalanceTimeoutMs === undefined ? -1 : init.rebalanceTimeoutMs
    w.int32(rebalanceTimeoutMs)
  }
  {
    const memberId = init.memberId === undefined ? "" : init.memberId
    w.string(memberId, f)
  }
  if (v >= 5) {
    const groupInstanceId = init.groupInstanceId === undefined ? null : init.groupInstanceId
    w.string(groupInstanceId, f)
  }
  {
    const protocolType = init.protocolType === undefined ? "" : init.protocolType
    w.string(protocolType, f)
  }
  {
    const protocols = init.protocols === undefined ? [] : init.protocols
    w.array(protocols, f, item => writeJoinGroupRequestProtocol(w, item, v))
  }
  if (v >= 8) {
    const reason = init.reason === undefined ? null : init.reason
    w.string(reason, f)
  }
  if (f) w.tagged()
}

export interface JoinGroupRequestProtocol {
  name: string
  metadata: Uint8Array
}

export interface JoinGroupRequestProtocolInit {
  name?: string
  metadata?: Uint8Array
}

function defaultJoinGroupRequestProtocol(): JoinGroupRequestProtocol {
  return {name: "", metadata: EMPTY}
}

function readJoinGroupRequestProtocol(r: WireReader, v: number): JoinGroupRequestProtocol {
  const m = defaultJoinGroupRequestProtocol()
  const f = v >= 6
  m.name = r.string(f)
  m.metadata = r.bytes(f)
  if (f) r.tagged()
  return m
}

function writeJoinGroupRequestProtocol(w: WireWriter, init: JoinGroupRequestProtocolInit, v: number): void {
  const f = v >= 6
  {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  {
    const metadata = init.metadata === undefined ? EMPTY : init.metadata
    w.bytes(metadata, f)
  }
  if (f) w.tagged()
}
