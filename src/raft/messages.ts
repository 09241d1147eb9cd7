import {type Message, MessageType} from './types.ts'

/** A message of a type with every field at its zero. */
export function emptyMessage(type: MessageType): Message {
  return {
    type,
    from: 0,
    to: 0,
    term: 0,
    logTerm: 0,
    index: 0,
    entries: [],
    commit: 0,
    vote: 0,
    snapshot: undefined,
    reject: false,
    rejectHint: 0,
    context: undefined,
    responses: undefined,
  }
}

/** Types that a node only says to itself: from another they are ignored. */
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
    type === MessageType.MsgPreVoteResp
  )
}
