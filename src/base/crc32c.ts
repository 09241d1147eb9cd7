import {createRequire} from 'node:module'

/**
 * CRC-32C (Castagnoli), reflected polynomial 0x82f63b78, as record batches carry it. Two ways to the same number: @node-rs/crc32 for as many bytes as
 * repay the call, slicing by 16 (sixteen tables let the inner loop take 16 bytes a turn) for fewer, and for all where there is no binary of it.
 */
type Checksum = (bytes: Uint8Array, previous: number) => number

const NATIVE_BYTES_MIN = 512
/** Loading it takes longer than a small command runs: not before it is called for. Null: there is none. */
let native: Checksum | null | undefined

const TABLES = makeTables()

function makeTables(): Int32Array {
  const tables = new Int32Array(16 * 256)
  for (let n = 0; n < 256; n++) {
    let c = n
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1
    tables[n] = c
  }
  for (let t = 1; t < 16; t++) {
    for (let n = 0; n < 256; n++) {
      const before = tables[(t - 1) * 256 + n]
      tables[t * 256 + n] = (before >>> 8) ^ tables[before & 0xff]
    }
  }
  return tables
}

/** CRC-32C of `bytes[start..end)`, unsigned. `previous` continues a checksum over several pieces. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length, previous = 0): number {
  if (end - start >= NATIVE_BYTES_MIN) {
    if (native === undefined) native = loadNativeCrc32c() ?? null
    if (native) return native(bytes.subarray(start, end), previous)
  }
  return slicedCrc32c(bytes, start, end, previous)
}

/** Undefined where the package has no binary for this machine, or is not installed beside the program. */
export function loadNativeCrc32c(): Checksum | undefined {
  try {
    return createRequire(import.meta.url)('@node-rs/crc32').crc32c
  } catch {
    return undefined
  }
}

/** The same without native code. */
export function slicedCrc32c(bytes: Uint8Array, start: number, end: number, previous: number): number {
  const T = TABLES
  let crc = ~previous
  let i = start
  for (const last = end - 16; i <= last; i += 16) {
    const a = crc ^ (bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24))
    crc =
      T[15 * 256 + (a & 0xff)] ^
      T[14 * 256 + ((a >>> 8) & 0xff)] ^
      T[13 * 256 + ((a >>> 16) & 0xff)] ^
      T[12 * 256 + (a >>> 24)] ^
      T[11 * 256 + bytes[i + 4]] ^
      T[10 * 256 + bytes[i + 5]] ^
      T[9 * 256 + bytes[i + 6]] ^
      T[8 * 256 + bytes[i + 7]] ^
      T[7 * 256 + bytes[i + 8]] ^
      T[6 * 256 + bytes[i + 9]] ^
      T[5 * 256 + bytes[i + 10]] ^
      T[4 * 256 + bytes[i + 11]] ^
      T[3 * 256 + bytes[i + 12]] ^
      T[2 * 256 + bytes[i + 13]] ^
      T[256 + bytes[i + 14]] ^
      T[bytes[i + 15]]
  }
  for (; i < end; i++) crc = (crc >>> 8) ^ T[(crc ^ bytes[i]) & 0xff]
  return ~crc >>> 0
}
