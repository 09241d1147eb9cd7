import type {Index, NodeId, Term} from '../base/ids.ts'
import type {Entry} from '../formats/eraftpb.ts'
import {LOCAL_APPEND_THREAD, LOCAL_APPLY_THREAD, type Message, MessageType} from './types.ts'

/** Shared by all messages without entries: never written to. */
const NO_ENTRIES: Entry[] = []

/** A message of a type with every field at its zero, its entries an array of its own. */
export function emptyMessage(type: MessageType): Message {
  return {...newMessage(type, 0), entries: []}
}

/** A message to send: all fields are there, so that every message has one shape. */
export function newMessage(
  type: MessageType,
  to: NodeId,
  term: Term = 0,
  index: Index = 0,
  logTerm: Term = 0,
): Message {
  return {
    type,
    from: 0,
    to,
    term,
    logTerm,
    index,
    entries: NO_ENTRIES,
    commit: 0,
    vote: 0,
    snapshot: undefined,
    reject: false,
    rejectHint: 0,
    context: undefined,
    responses: undefined,
  }
}

const NAMES = Object.keys(MessageType)

export function messageName(type: MessageType): string {
  return NAMES[type] ?? `${type}`
}

/** Types that a node and its storage only say to this core: from a peer they are refused. */
export function isLocal(type: MessageType): boolean {
  return (
    type === MessageType.MsgHup ||
    type === MessageType.MsgBeat ||
    type === MessageType.MsgUnreachable ||
    type === MessageType.MsgSnapStatus ||
    type === MessageType.MsgCheckQuorum ||
    (type >= MessageType.MsgStorageAppend && type <= MessageType.MsgStorageApplyResp)
  )
}

export function isResponse(type: MessageType): boolean {
  return (
    type === MessageType.MsgAppResp ||
    type === MessageType.MsgVoteResp ||
    type === MessageType.MsgHeartbeatResp ||
    type === MessageType.MsgPreVoteResp ||
    type === MessageType.MsgReadIndexResp ||
    type === MessageType.MsgUnreachable ||
    type === MessageType.MsgStorageAppendResp ||
    type === MessageType.MsgStorageApplyResp
  )
}

/** Requests that whoever leads by then may take. */
export function isTermless(type: MessageType): boolean {
  return type === MessageType.MsgProp || type === MessageType.MsgReadIndex
}

export function isStorage(node: NodeId): boolean {
  return node === LOCAL_APPEND_THREAD || node === LOCAL_APPLY_THREAD
}
