import type {Offset} from '../base/ids.ts'
import {ProtobufReader, ProtobufWriter} from './protobuf.ts'

/** The data of a log-start entry, {1 offset}: below it nothing is shown any more, and what lies there may be removed. */
export function encodeLogStart(offset: Offset): Uint8Array {
  const w = new ProtobufWriter(16)
  w.numberField(1, offset)
  return w.finish()
}

/** Throws ProtobufError when the bytes are none. */
export function decodeLogStart(bytes: Uint8Array): Offset {
  const r = new ProtobufReader(bytes)
  let offset = 0
  while (r.next()) {
    if (r.field === 1) offset = r.number()
    else r.skip()
  }
  return offset
}
