import {decodeEntry, decodeSnapshot, encodeEntry, encodeSnapshot, entrySize} from '../formats/eraftpb.ts'
import {ProtobufError, ProtobufReader, type ProtobufWriter} from '../formats/protobuf.ts'
import {emptyMessage} from './messages.ts'
import {type Message, MessageType} from './types.ts'

const TYPES_MAX = MessageType.MsgForgetLeader

/**
 * Writes a message as etcd's raftpb.Message{1 type, 2 to, 3 from, 4 term, 5 logTerm, 6 index, 7 entries, 8 commit, 9 snapshot, 10 reject,
 * 11 rejectHint, 12 context, 13 vote}, with eraftpb's entries. Responses stay on the node that made them.
 */
export function encodeMessage(m: Message, w: ProtobufWriter): void {
  w.numberField(1, m.type)
  w.numberField(2, m.to)
  w.numberField(3, m.from)
  w.numberField(4, m.term)
  w.numberField(5, m.logTerm)
  w.numberField(6, m.index)
  for (const entry of m.entries) {
    w.varint((7 << 3) | 2)
    w.varint(entrySize(entry))
    encodeEntry(entry, w)
  }
  w.numberField(8, m.commit)
  if (m.snapshot) w.messageField(9, encodeSnapshot(m.snapshot))
  w.boolField(10, m.reject)
  w.numberField(11, m.rejectHint)
  if (m.context) w.bytesField(12, m.context)
  w.numberField(13, m.vote)
}

/** Reads a message; data of entries are views of `bytes`. Throws ProtobufError with the offset of the damage. */
export function decodeMessage(bytes: Uint8Array): Message {
  const r = new ProtobufReader(bytes)
  const m = emptyMessage(MessageType.MsgHup)
  while (r.next()) {
    switch (r.field) {
      case 1: {
        const type = r.number()
        if (type > TYPES_MAX) throw new ProtobufError(r.tagAt, `message type ${type}`)
        m.type = type as MessageType
        break
      }
      case 2:
        m.to = r.number()
        break
      case 3:
        m.from = r.number()
        break
      case 4:
        m.term = r.number()
        break
      case 5:
        m.logTerm = r.number()
        break
      case 6:
        m.index = r.number()
        break
      case 7:
        m.entries.push(decodeEntry(r.nested()))
        break
      case 8:
        m.commit = r.number()
        break
      case 9:
        m.snapshot = decodeSnapshot(r.nested())
        break
      case 10:
        m.reject = r.number() !== 0
        break
      case 11:
        m.rejectHint = r.number()
        break
      case 12:
        m.context = r.view()
        break
      case 13:
        m.vote = r.number()
        break
      default:
        r.skip()
    }
  }
  return m
}
