import {fromHex, fromUtf8, readInt64, toHex, utf8, viewOf, writeInt64} from '../../base/bytes.ts'

/** The length of a string that is not compact is a signed 16-bit number. */
const STRING_BYTES_MAX = 32_767

/** Bytes that are not what Kafka's protocol says, with the place. */
export class WireError extends Error {
  readonly at: number

  constructor(at: number, why: string) {
    super(`byte ${at}: ${why}`)
    this.name = 'WireError'
    this.at = at
  }
}

/** How many elements of arrays, and tagged fields, may still be read: shared by the readers of one message. */
export interface ItemsLeft {
  left: number
}

/**
 * Reads Kafka's primitive types. Every length is held against what is left before anything is made of it. Bytes and records are views.
 * `items` bounds what a message of many tiny elements may become in memory; without it nothing does.
 */
export class WireReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at: number
  readonly #items: ItemsLeft | undefined

  constructor(bytes: Uint8Array, at = 0, items?: ItemsLeft) {
    this.#bytes = bytes
    this.#view = viewOf(bytes)
    this.#at = at
    this.#items = items
  }

  get at(): number {
    return this.#at
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  #take(bytes: number): number {
    if (bytes < 0 || bytes > this.left)
      throw new WireError(this.#at, `${bytes} bytes are wanted, ${this.left} are left`)
    const at = this.#at
    this.#at += bytes
    return at
  }

  /** Every element takes some bytes: a count above what they are left for is a bomb, and is met before anything is allocated. */
  #count(count: number, bytesMin: number, what: string): void {
    if (count < 0 || count > this.left / bytesMin)
      throw new WireError(this.#at, `${what}: ${count} of them, ${this.left} bytes are left`)
    if (!this.#items) return
    this.#items.left -= count
    if (this.#items.left < 0) throw new WireError(this.#at, `${what}: more elements than one message may have`)
  }

  bool(): boolean {
    return this.#view.getInt8(this.#take(1)) !== 0
  }

  int8(): number {
    return this.#view.getInt8(this.#take(1))
  }

  int16(): number {
    return this.#view.getInt16(this.#take(2))
  }

  uint16(): number {
    return this.#view.getUint16(this.#take(2))
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4))
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4))
  }

  /** Beyond ±2^53 the nearest safe number: no offset, id or time of this broker comes near. */
  int64(): number {
    const at = this.#take(8)
    const value = readInt64(this.#view, at, false)
    if (value !== undefined) return value
    return this.#view.getInt8(at) < 0 ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER
  }

  float64(): number {
    return this.#view.getFloat64(this.#take(8))
  }

  /** 32 hex digits. */
  uuid(): string {
    const at = this.#take(16)
    return toHex(this.#bytes.subarray(at, at + 16))
  }

  varint(): number {
    let value = 0
    for (let n = 0; n < 5; n++) {
      const byte = this.#view.getUint8(this.#take(1))
      value += (byte & 0x7f) * 2 ** (7 * n)
      if (byte < 0x80) {
        if (value > 0xffffffff) break
        return value
      }
    }
    throw new WireError(this.#at, 'a varint that does not end')
  }

  string(flexible: boolean): string {
    const text = this.nullableString(flexible)
    if (text === null) throw new WireError(this.#at, 'null where a string must be')
    return text
  }

  nullableString(flexible: boolean): string | null {
    const length = flexible ? this.varint() - 1 : this.int16()
    if (length === -1) return null
    const at = this.#take(length)
    return fromUtf8(this.#bytes.subarray(at, at + length))
  }

  bytes(flexible: boolean): Uint8Array {
    const bytes = this.nullableBytes(flexible)
    if (bytes === null) throw new WireError(this.#at, 'null where bytes must be')
    return bytes
  }

  nullableBytes(flexible: boolean): Uint8Array | null {
    const length = flexible ? this.varint() - 1 : this.int32()
    if (length === -1) return null
    const at = this.#take(length)
    return this.#bytes.subarray(at, at + length)
  }

  array<T>(flexible: boolean, read: () => T): T[] {
    const items = this.nullableArray(flexible, read)
    if (items === null) throw new WireError(this.#at, 'null where an array must be')
    return items
  }

  nullableArray<T>(flexible: boolean, read: () => T): T[] | null {
    const count = flexible ? this.varint() - 1 : this.int32()
    if (count === -1) return null
    this.#count(count, 1, 'an array')
    const items: T[] = []
    for (let n = 0; n < count; n++) items.push(read())
    return items
  }

  /** Tagged fields (KIP-482): `field` reads one it knows and says so; others are skipped. */
  tagged(field?: (tag: number, inner: WireReader) => void): void {
    const count = this.varint()
    this.#count(count, 2, 'tagged fields')
    for (let n = 0; n < count; n++) {
      const tag = this.varint()
      const size = this.varint()
      const at = this.#take(size)
      field?.(tag, new WireReader(this.#bytes.subarray(at, at + size), 0, this.#items))
    }
  }
}

/** Writes Kafka's primitive types into one growing buffer. */
export class WireWriter {
  #bytes: Uint8Array
  #view: DataView
  #at = 0

  constructor(capacity = 512) {
    this.#bytes = new Uint8Array(capacity)
    this.#view = viewOf(this.#bytes)
  }

  get length(): number {
    return this.#at
  }

  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#at)
  }

  #room(bytes: number): number {
    const at = this.#at
    this.#at += bytes
    if (this.#at > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#at, this.#bytes.length * 2))
      grown.set(this.#bytes.subarray(0, at))
      this.#bytes = grown
      this.#view = viewOf(grown)
    }
    return at
  }

  bool(value: boolean): void {
    this.int8(value ? 1 : 0)
  }

  int8(value: number): void {
    const at = this.#room(1)
    this.#view.setInt8(at, value)
  }

  int16(value: number): void {
    const at = this.#room(2)
    this.#view.setInt16(at, value)
  }

  uint16(value: number): void {
    this.int16(value)
  }

  int32(value: number): void {
    const at = this.#room(4)
    this.#view.setInt32(at, value)
  }

  uint32(value: number): void {
    this.int32(value)
  }

  int64(value: number): void {
    const at = this.#room(8)
    writeInt64(this.#view, at, value, false)
  }

  float64(value: number): void {
    const at = this.#room(8)
    this.#view.setFloat64(at, value)
  }

  uuid(value: string): void {
    this.raw(fromHex(value))
  }

  varint(value: number): void {
    let rest = value
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.int8((rest % 128) | 0x80)
    this.int8(rest)
  }

  raw(bytes: Uint8Array): void {
    const at = this.#room(bytes.length)
    this.#bytes.set(bytes, at)
  }

  string(value: string | null, flexible: boolean): void {
    if (value === null) {
      if (flexible) this.varint(0)
      else this.int16(-1)
      return
    }
    const bytes = utf8(value)
    if (flexible) this.varint(bytes.length + 1)
    else if (bytes.length > STRING_BYTES_MAX) throw new RangeError(`a string of ${bytes.length} bytes`)
    else this.int16(bytes.length)
    this.raw(bytes)
  }

  bytes(value: Uint8Array | readonly Uint8Array[] | null, flexible: boolean): void {
    const pieces = value === null || value instanceof Uint8Array ? value : [...value]
    const length =
      pieces === null ? -1 : pieces instanceof Uint8Array ? pieces.length : pieces.reduce((n, p) => n + p.length, 0)
    if (flexible) this.varint(length + 1)
    else this.int32(length)
    if (pieces instanceof Uint8Array) this.raw(pieces)
    else if (pieces) for (const piece of pieces) this.raw(piece)
  }

  array<T>(value: readonly T[] | null, flexible: boolean, write: (item: T) => void): void {
    const count = value === null ? -1 : value.length
    if (flexible) this.varint(count + 1)
    else this.int32(count)
    if (value) for (const item of value) write(item)
  }

  tagged(fields: ReadonlyArray<[tag: number, write: (w: WireWriter) => void]> = []): void {
    this.varint(fields.length)
    for (const [tag, write] of fields) {
      const inner = new WireWriter(64)
      write(inner)
      this.varint(tag)
      this.varint(inner.length)
      this.raw(inner.written())
    }
  }
}
