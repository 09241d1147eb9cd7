import {ByteQueue} from '../base/byte-queue.ts'
import {EMPTY, utf8} from '../base/bytes.ts'
import {crc32} from '../base/crc32.ts'
import type {GroupAddress} from '../base/ids.ts'
import {PROBE_KIND} from '../contracts/peer-probe.ts'
import {encodeEntry, entrySize} from '../formats/eraftpb.ts'
import {ProtobufWriter} from '../formats/protobuf.ts'
import {encodeMessage} from '../raft/codec.ts'
import type {Message} from '../raft/types.ts'

/**
 * Between nodes: frames of u32 length (of the payload), u32 CRC-32 (IEEE, of the payload), payload; big-endian.
 * The first byte of a payload is its kind, the rest its body.
 */
export const FRAME_BYTES_MAX = 8 * 1024 * 1024
const HEADER = 8
/** Payloads of entries from this size on are sent from where they lie; smaller ones are copied, for each piece of a write costs too. */
const BY_REFERENCE_BYTES_MIN = 512

export const FrameKind = {Hello: 0, Raft: 1, Forward: 2, Heartbeat: 3, Probe: PROBE_KIND, Snapshot: 5} as const
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind]

export function encodeFrame(kind: FrameKind, body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER + 1 + body.length)
  frame[HEADER] = kind
  frame.set(body, HEADER + 1)
  writeHeader(frame, 1 + body.length, crc32(frame.subarray(HEADER)))
  return frame
}

function writeHeader(frame: Uint8Array, payloadBytes: number, crc: number): void {
  setU32(frame, 0, payloadBytes)
  setU32(frame, 4, crc)
}

function setU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

function u32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0
}

/**
 * Collects the messages of a turn for one peer into one frame: a repeated field 1 {1 group, 2 message}. Large payloads stay where they are, so
 * that a batch on its way to its followers is copied by the system alone.
 */
export class RaftFrame {
  #scratch = new ProtobufWriter(INITIAL_SCRATCH)
  /** The frame in order: up to where the scratch goes on, then what lies elsewhere. */
  #cuts: Array<{upTo: number; elsewhere: Uint8Array}> = []
  #elsewhere = 0
  readonly #head = new ProtobufWriter(256)

  /** Bytes of the body so far. */
  get length(): number {
    return this.#scratch.length + this.#elsewhere
  }

  add(group: GroupAddress, message: Message): void {
    const head = this.#head
    head.reset()
    encodeMessage(message.entries.length > 0 ? {...message, entries: []} : message, head)
    let size = head.length
    for (const entry of message.entries) size += fieldSize(entrySize(entry))
    const name = utf8(group)
    const w = this.#scratch
    w.varint((1 << 3) | 2)
    w.varint(fieldSize(name.length) + fieldSize(size))
    w.bytesField(1, name)
    w.varint((2 << 3) | 2)
    w.varint(size)
    w.raw(head.written())
    for (const entry of message.entries) {
      w.varint((7 << 3) | 2)
      w.varint(entrySize(entry))
      const {data} = entry
      if (data.length < BY_REFERENCE_BYTES_MIN) encodeEntry(entry, w)
      else {
        // The order of fields is free: the payload comes last.
        encodeEntry({...entry, data: EMPTY}, w)
        w.varint((4 << 3) | 2)
        w.varint(data.length)
        this.#cuts.push({upTo: w.length, elsewhere: data})
        this.#elsewhere += data.length
      }
    }
  }

  /** The pieces of the whole frame; afterwards this one is empty. */
  take(): Uint8Array[] {
    const written = this.#scratch.written()
    if (this.#cuts.length === 0 && written.length <= COPIED_BYTES_MAX) {
      const frame = encodeFrame(FrameKind.Raft, written)
      this.#scratch.reset()
      return [frame]
    }
    const header = new Uint8Array(HEADER + 1)
    header[HEADER] = FrameKind.Raft
    const pieces: Uint8Array[] = [header]
    let from = 0
    for (const {upTo, elsewhere} of this.#cuts) {
      if (upTo > from) pieces.push(written.subarray(from, upTo))
      pieces.push(elsewhere)
      from = upTo
    }
    if (written.length > from) pieces.push(written.subarray(from))
    let crc = crc32(header.subarray(HEADER))
    for (let i = 1; i < pieces.length; i++) crc = crc32(pieces[i], crc)
    writeHeader(header, 1 + this.length, crc)
    // The pieces belong to the connection now.
    this.#scratch = new ProtobufWriter(INITIAL_SCRATCH)
    this.#cuts = []
    this.#elsewhere = 0
    return pieces
  }
}

const INITIAL_SCRATCH = 512
/** A frame up to this is one piece: most carry heartbeats and answers. */
const COPIED_BYTES_MAX = 4_096

/** A length-delimited field with a one-byte tag. */
function fieldSize(bytes: number): number {
  let lengthBytes = 1
  for (let left = bytes; left > 127; left = Math.floor(left / 128)) lengthBytes++
  return 1 + lengthBytes + bytes
}

/** Every frame of bytes that hold whole frames. Their CRCs are not looked at. */
export function eachFrame(bytes: Uint8Array, onFrame: (kind: number, body: Uint8Array) => void): void {
  for (let at = 0; at < bytes.length; ) {
    const end = at + HEADER + u32(bytes, at)
    onFrame(bytes[at + HEADER], bytes.subarray(at + HEADER + 1, end))
    at = end
  }
}

/** Puts frames together again from the pieces a connection gives. */
export class FrameReader {
  readonly #queue = new ByteQueue()
  bytesMax: number

  constructor(bytesMax = FRAME_BYTES_MAX) {
    this.bytesMax = bytesMax
  }

  /** Calls `onFrame` for each whole frame. Gives why the stream is unusable, or undefined. */
  push(piece: Uint8Array, onFrame: (kind: number, body: Uint8Array) => void): string | undefined {
    const queue = this.#queue
    queue.push(piece)
    for (;;) {
      const header = queue.peek(HEADER)
      if (!header) return undefined
      const length = u32(header, 0)
      const crc = u32(header, 4)
      if (length === 0 || length > this.bytesMax) return `a frame of ${length} bytes`
      const frame = queue.take(HEADER + length)
      if (!frame) return undefined
      const payload = frame.subarray(HEADER)
      if (crc32(payload) !== crc) return 'a frame whose CRC is wrong'
      onFrame(payload[0], payload.subarray(1))
    }
  }
}
