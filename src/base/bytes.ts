/** Byte helpers. 64-bit fields are read and written here only, with their range checked. */

export const EMPTY = new Uint8Array(0)

const TWO_32 = 4294967296

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** A signed 64-bit number as a JavaScript number, or undefined when it lies beyond ±(2^53 - 1). */
export function readInt64(view: DataView, at: number, littleEndian: boolean): number | undefined {
  const low = view.getUint32(littleEndian ? at : at + 4, littleEndian)
  const high = view.getInt32(littleEndian ? at + 4 : at, littleEndian)
  const value = high * TWO_32 + low
  return Number.isSafeInteger(value) ? value : undefined
}

export function writeInt64(view: DataView, at: number, value: number, littleEndian: boolean): void {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a safe whole number`)
  const high = Math.floor(value / TWO_32)
  const low = value - high * TWO_32
  view.setUint32(littleEndian ? at : at + 4, low, littleEndian)
  view.setInt32(littleEndian ? at + 4 : at, high, littleEndian)
}

export function concat(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]
  let total = 0
  for (const piece of pieces) total += piece.length
  const all = new Uint8Array(total)
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

export function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'))
}

/** Texts up to this length are mostly names: plain ASCII, for which a loop costs less than a call into Node.js. */
const SHORT = 64

export function utf8(text: string): Uint8Array {
  const {length} = text
  if (length > SHORT) return new Uint8Array(Buffer.from(text, 'utf8'))
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at)
    if (code > 127) return new Uint8Array(Buffer.from(text, 'utf8'))
    bytes[at] = code
  }
  return bytes
}

const DECODER = new TextDecoder('utf-8', {ignoreBOM: true})

/** What is no UTF-8 becomes U+FFFD. */
export function fromUtf8(bytes: Uint8Array): string {
  return DECODER.decode(bytes)
}

/** 8 hex digits of an unsigned 32-bit checksum. */
export function hex32(n: number): string {
  return (n >>> 0).toString(16).padStart(8, '0')
}
