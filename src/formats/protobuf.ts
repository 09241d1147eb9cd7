/**
 * The protobuf wire format, as far as our formats use it: varints below 2^53, length-delimited fields, fixed32.
 * Encoding: https://protobuf.dev/programming-guides/encoding
 */

/** Bytes that are no well-formed message; `at` is the offset where that showed. */
export class ProtobufError extends Error {
  readonly at: number
  constructor(at: number, why: string) {
    super(`${why} at byte ${at}`)
    this.at = at
  }
}

/** Grows a buffer and writes fields into it. Scalars that are 0 and empty bytes are left out by the `…Field` methods (proto3). */
export class ProtobufWriter {
  #bytes: Uint8Array
  #at = 0

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity)
  }

  get length(): number {
    return this.#at
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at)
  }

  /** A view of what was written, good until the next write. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#at)
  }

  reset(): void {
    this.#at = 0
  }

  #room(n: number): void {
    if (this.#at + n <= this.#bytes.length) return
    const bigger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + n))
    bigger.set(this.#bytes.subarray(0, this.#at))
    this.#bytes = bigger
  }

  varint(value: number): void {
    this.#room(10)
    const bytes = this.#bytes
    let at = this.#at
    let left = value
    while (left > 0x7fffffff) {
      bytes[at++] = (left % 128) | 0x80
      left = Math.floor(left / 128)
    }
    while (left > 127) {
      bytes[at++] = (left & 127) | 0x80
      left >>>= 7
    }
    bytes[at++] = left
    this.#at = at
  }

  numberField(field: number, value: number): void {
    if (value === 0) return
    this.varint(field << 3)
    this.varint(value)
  }

  boolField(field: number, value: boolean): void {
    if (value) this.numberField(field, 1)
  }

  bytesField(field: number, value: Uint8Array): void {
    if (value.length > 0) this.messageField(field, value)
  }

  /** Also when empty: a message that is there and holds nothing. */
  messageField(field: number, value: Uint8Array): void {
    this.varint((field << 3) | 2)
    this.varint(value.length)
    this.raw(value)
  }

  /** So many bytes of nothing. */
  zerosField(field: number, bytes: number): void {
    this.varint((field << 3) | 2)
    this.varint(bytes)
    this.#room(bytes)
    this.#bytes.fill(0, this.#at, this.#at + bytes)
    this.#at += bytes
  }

  packedField(field: number, values: readonly number[]): void {
    if (values.length === 0) return
    let size = 0
    for (const value of values) size += varintSize(value)
    this.varint((field << 3) | 2)
    this.varint(size)
    for (const value of values) this.varint(value)
  }

  fixed32Field(field: number, value: number): void {
    this.varint((field << 3) | 5)
    this.#room(4)
    new DataView(this.#bytes.buffer).setUint32(this.#at, value, true)
    this.#at += 4
  }

  raw(value: Uint8Array): void {
    this.#room(value.length)
    this.#bytes.set(value, this.#at)
    this.#at += value.length
  }
}

export function varintSize(value: number): number {
  let size = 1
  for (let left = value; left > 127; left = Math.floor(left / 128)) size++
  return size
}

export type Wire = 0 | 1 | 2 | 5

/** Reads fields one after another; every length is checked against what is left before anything is taken. */
export class ProtobufReader {
  readonly bytes: Uint8Array
  at: number
  readonly end: number
  field = 0
  wire: Wire = 0
  /** Where the tag of the current field begins. */
  tagAt = 0

  constructor(bytes: Uint8Array, from = 0, end = bytes.length) {
    this.bytes = bytes
    this.at = from
    this.end = end
  }

  /** Goes to the next field; false at the end of the message. */
  next(): boolean {
    if (this.at >= this.end) return false
    this.tagAt = this.at
    const tag = this.varint()
    this.field = Math.floor(tag / 8)
    const wire = tag % 8
    if (this.field === 0) throw new ProtobufError(this.tagAt, 'field number 0')
    if (wire !== 0 && wire !== 1 && wire !== 2 && wire !== 5) throw new ProtobufError(this.tagAt, `wire type ${wire}`)
    this.wire = wire
    return true
  }

  varint(): number {
    const {bytes} = this
    const begun = this.at
    let value = 0
    let scale = 1
    for (let i = 0; i < 10; i++) {
      if (this.at >= this.end) throw new ProtobufError(begun, 'varint ends early')
      const byte = bytes[this.at++]
      value += (byte & 127) * scale
      scale *= 128
      if (byte < 128) {
        if (!Number.isSafeInteger(value)) throw new ProtobufError(begun, 'number beyond 2^53')
        return value
      }
    }
    throw new ProtobufError(begun, 'varint of more than 10 bytes')
  }

  number(): number {
    this.#expect(0)
    return this.varint()
  }

  /** A view, not a copy. */
  view(): Uint8Array {
    this.#expect(2)
    const begun = this.at
    const length = this.varint()
    if (length > this.end - this.at)
      throw new ProtobufError(begun, `length ${length} of ${this.end - this.at} bytes left`)
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  /** A reader of the message in this field: the offsets that it names are those of the whole. */
  nested(): ProtobufReader {
    const length = this.view().length
    return new ProtobufReader(this.bytes, this.at - length, this.at)
  }

  /** A repeated number: packed or one by one; readers of proto3 take both. */
  numbers(into: number[]): void {
    if (this.wire === 0) {
      into.push(this.varint())
      return
    }
    const begun = this.at
    const inner = this.view()
    const reader = new ProtobufReader(this.bytes, this.at - inner.length, this.at)
    while (reader.at < reader.end) into.push(reader.varint())
    if (reader.at !== this.at) throw new ProtobufError(begun, 'packed numbers overrun their length')
  }

  fixed32(): number {
    this.#expect(5)
    if (this.end - this.at < 4) throw new ProtobufError(this.at, 'fixed32 ends early')
    this.at += 4
    return new DataView(this.bytes.buffer, this.bytes.byteOffset).getUint32(this.at - 4, true)
  }

  /** A field that this reader does not know. */
  skip(): void {
    if (this.wire === 0) this.varint()
    else if (this.wire === 2) this.view()
    else {
      const size = this.wire === 1 ? 8 : 4
      if (this.end - this.at < size) throw new ProtobufError(this.at, 'fixed field ends early')
      this.at += size
    }
  }

  #expect(wire: Wire): void {
    if (this.wire !== wire)
      throw new ProtobufError(this.tagAt, `field ${this.field} has wire type ${this.wire}, expected ${wire}`)
  }
}
