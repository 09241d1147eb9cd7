import {EMPTY} from '../base/bytes.ts'
import {ProtobufError, ProtobufReader, varintSize} from '../formats/protobuf.ts'
import type {FileWindow} from './file-window.ts'

/** An eraftpb Entry as it lies in a file: its data is named by its place, however long it is. */
export interface EntryShape {
  /** As written: a HardState read as an Entry may show any number here. */
  type: number
  term: number
  index: number
  dataAt: number
  dataBytes: number
  /** Entry.context; at most 64 bytes of it. */
  context: Uint8Array
  /** True when an eraftpb writer would write just these bytes: fields ascend, none is unknown, zero or padded. */
  canonical: boolean
}

/** Longest tag or length: two varints. */
const LOOK = 20
const CONTEXT_KEPT = 64

/** The Entry whose bytes lie from `from` to `end`; throws ProtobufError when they are none. */
export function readEntryShape(window: FileWindow, from: number, end: number): EntryShape {
  const shape: EntryShape = {type: 0, term: 0, index: 0, dataAt: end, dataBytes: 0, context: EMPTY, canonical: true}
  let before = 0
  for (let at = from; at < end; ) {
    const r = new ProtobufReader(window.view(at, Math.min(LOOK, end - at)))
    r.next()
    const {field, wire} = r
    if (field <= before || varintSize(field * 8 + wire) !== r.at) shape.canonical = false
    before = field
    const tagBytes = r.at
    if (wire === 0) {
      const value = r.number()
      if (value === 0 || varintSize(value) !== r.at - tagBytes) shape.canonical = false
      at += r.at
      if (field === 1) shape.type = value
      else if (field === 2) shape.term = value
      else if (field === 3) shape.index = value
      else if (field === 4 || field === 6) throw new ProtobufError(at, `field ${field} has wire type 0`)
      else shape.canonical = false
    } else if (wire === 2) {
      const length = r.varint()
      if (length === 0 || varintSize(length) !== r.at - tagBytes) shape.canonical = false
      at += r.at
      if (length > end - at) throw new ProtobufError(at, `length ${length} of ${end - at} bytes left`)
      if (field >= 1 && field <= 3) throw new ProtobufError(at, `field ${field} has wire type 2`)
      if (field === 4) {
        shape.dataAt = at
        shape.dataBytes = length
      } else if (field === 6) shape.context = window.view(at, Math.min(length, CONTEXT_KEPT)).slice()
      else shape.canonical = false
      at += length
    } else {
      const size = wire === 1 ? 8 : 4
      if (field <= 6 && field !== 5) throw new ProtobufError(at, `field ${field} has wire type ${wire}`)
      if (size > end - at - tagBytes) throw new ProtobufError(at, 'fixed field ends early')
      shape.canonical = false
      at += tagBytes + size
    }
  }
  return shape
}
