import {concat, viewOf} from '../base/bytes.ts'
import {crc32c} from '../base/crc32c.ts'

/**
 * Between nodes: frames of u32 length (of the payload), u32 CRC-32C (of the payload), payload; big-endian.
 * The first byte of a payload is its kind, the rest its body.
 */
export const FRAME_BYTES_MAX = 8 * 1024 * 1024
const HEADER = 8

export const FrameKind = {Hello: 0, Raft: 1, Forward: 2, Heartbeat: 3} as const
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind]

export function encodeFrame(kind: FrameKind, body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER + 1 + body.length)
  const view = viewOf(frame)
  view.setUint32(0, 1 + body.length)
  frame[HEADER] = kind
  frame.set(body, HEADER + 1)
  view.setUint32(4, crc32c(frame, HEADER))
  return frame
}

/** Puts frames together again from the pieces a connection gives. */
export class FrameReader {
  #pieces: Uint8Array[] = []
  #bytes = 0
  #needed = HEADER

  /** Calls `onFrame` for each whole frame. Gives why the stream is unusable, or undefined. */
  push(piece: Uint8Array, onFrame: (kind: number, body: Uint8Array) => void): string | undefined {
    this.#pieces.push(piece)
    this.#bytes += piece.length
    while (this.#bytes >= this.#needed) {
      const all = this.#join()
      const view = viewOf(all)
      const length = view.getUint32(0)
      if (length === 0 || length > FRAME_BYTES_MAX) return `a frame of ${length} bytes`
      const end = HEADER + length
      if (all.length < end) {
        this.#needed = end
        return undefined
      }
      if (crc32c(all, HEADER, end) !== view.getUint32(4)) return 'a frame whose CRC is wrong'
      onFrame(all[HEADER], all.subarray(HEADER + 1, end))
      this.#pieces = end < all.length ? [all.subarray(end)] : []
      this.#bytes = all.length - end
      this.#needed = HEADER
    }
    return undefined
  }

  #join(): Uint8Array {
    const all = concat(this.#pieces)
    this.#pieces = [all]
    return all
  }
}
