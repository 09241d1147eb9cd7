import {gunzipSync} from 'node:zlib'
import type {Compression} from '../../formats/record-batch.ts'

/** What one batch may grow to: Kafka's own brokers take no larger one by default than a hundredth of it. */
const PLAIN_BYTES_MAX = 128 * 1024 * 1024
/** LZ4 makes at most 255 bytes of one. */
const LZ4_BYTES_MAX = PLAIN_BYTES_MAX / 255

type Unpack = (packed: Uint8Array) => Uint8Array

/** Decompressors by codec: those that were asked for, and are on this machine. */
export type Codecs = Partial<Record<Compression, Unpack>>

/** What is in every Node.js. */
export const plainCodecs = (): Codecs => ({
  none: bytes => bytes,
  gzip: bytes => gunzipSync(bytes, {maxOutputLength: PLAIN_BYTES_MAX}),
})

const LOADERS: Partial<Record<Compression, () => Promise<Unpack>>> = {
  async snappy() {
    const {uncompressSync} = await import('snappy')
    return bytes => unpackSnappy(bytes, block => uncompressSync(block, {asBuffer: true}) as Buffer)
  },
  async lz4() {
    const {decompressFrameSync} = await import('lz4-napi')
    return bytes => {
      if (bytes.length > LZ4_BYTES_MAX) throw new Error(`${bytes.length} bytes of LZ4 may grow beyond any bound`)
      return decompressFrameSync(Buffer.from(bytes))
    }
  },
  async zstd() {
    const zstd = await import('@bokuweb/zstd-wasm')
    await zstd.init()
    return bytes => {
      const size = zstdContentBytes(bytes)
      if (size > PLAIN_BYTES_MAX) throw new Error(`it says that it holds ${size} bytes`)
      return zstd.decompress(bytes, {defaultHeapSize: Math.min(PLAIN_BYTES_MAX, Math.max(1 << 20, 32 * bytes.length))})
    }
  },
}

/** The codec of a batch that is about to be opened, loaded when it is the first of its kind; undefined when this machine lacks it. */
export async function loadCodec(codecs: Codecs, name: Compression): Promise<Unpack | undefined> {
  if (!(name in codecs)) codecs[name] = await LOADERS[name]?.().catch(() => undefined)
  return codecs[name]
}

const XERIAL = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0)
const XERIAL_HEAD_BYTES = 16

/** Snappy as Kafka's clients write it: blocks behind a header of xerial's; a bare block where there is none. */
function unpackSnappy(bytes: Uint8Array, unpack: (block: Buffer) => Uint8Array): Uint8Array {
  const framed = bytes.length >= XERIAL_HEAD_BYTES && XERIAL.every((byte, i) => bytes[i] === byte)
  const blocks: Uint8Array[] = []
  let plain = 0
  const take = (block: Uint8Array): void => {
    plain += snappyPlainBytes(block)
    if (plain > PLAIN_BYTES_MAX) throw new Error(`it says that it holds more than ${PLAIN_BYTES_MAX} bytes`)
    blocks.push(unpack(Buffer.from(block)))
  }
  if (!framed) {
    take(bytes)
    return blocks[0]
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = XERIAL_HEAD_BYTES; at < bytes.length; ) {
    if (at + 4 > bytes.length) throw new Error('it ends inside a block')
    const length = view.getUint32(at)
    if (length > bytes.length - at - 4) throw new Error('it ends inside a block')
    take(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return Buffer.concat(blocks)
}

/** A snappy block begins with the varint of its plain length. */
function snappyPlainBytes(block: Uint8Array): number {
  let value = 0
  for (let i = 0; i < 5; i++) {
    value += ((block[i] ?? 0) & 0x7f) * 2 ** (7 * i)
    if ((block[i] ?? 0) < 0x80) return value
  }
  return Number.POSITIVE_INFINITY
}

/** RFC 8878, 3.1.1.1: the frame's content size; 0 when the header does not say it. */
function zstdContentBytes(bytes: Uint8Array): number {
  if (bytes.length < 6) return 0
  const flags = bytes[4]
  const single = (flags & 0x20) !== 0
  const width = [single ? 1 : 0, 2, 4, 8][flags >> 6]
  let at = 5 + (single ? 0 : 1) + [0, 1, 2, 4][flags & 3]
  let value = width === 2 ? 256 : 0
  for (let i = 0; i < width; i++) value += (bytes[at++] ?? 0) * 2 ** (8 * i)
  return value
}
