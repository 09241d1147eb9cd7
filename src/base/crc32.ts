import {crc32 as zlibCrc32} from 'node:zlib'

/** CRC-32 (IEEE 802.3), unsigned. `previous` continues a checksum over several pieces. */
export function crc32(bytes: Uint8Array, previous = 0): number {
  return zlibCrc32(bytes, previous)
}
