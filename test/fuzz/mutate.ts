import {viewOf} from '../../src/base/bytes.ts'
import type {SeededRandom} from '../../src/base/random.ts'
import {HEADER_BYTES, WAL_MAGIC, walRecordCrc} from '../../src/formats/wal-record.ts'

/** Executions of all fuzzers of one run of the tests together; a long run asks for more. Each takes its share. */
export const FUZZ_RUNS = Number(process.env.CHRONIK_FUZZ ?? 100_000)

/** Bytes at which decoders tend to err. */
const INTERESTING = [0, 1, 2, 4, 5, 0x7f, 0x80, 0xfe, 0xff, 0x7e, 0xca]

const SECTOR = 512

/** A copy of `bytes` after one to three changes: what a disk, a wire or somebody hostile makes of it. */
export function mutated(random: SeededRandom, bytes: Uint8Array, other: Uint8Array = bytes): Uint8Array {
  let out: Uint8Array = new Uint8Array(bytes)
  for (let n = 1 + random.below(3); n > 0; n--) out = changed(random, out, other)
  return out
}

function changed(random: SeededRandom, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  const size = bytes.length
  if (size === 0)
    return new Uint8Array(Array.from({length: random.below(20)}, () => INTERESTING[random.below(INTERESTING.length)]))
  const at = random.below(size)
  const length = Math.min(size - at, 1 + random.below(random.below(2) === 0 ? 8 : SECTOR))
  switch (random.below(9)) {
    case 0:
      bytes[at] ^= 1 << random.below(8)
      return bytes
    case 1:
    case 2:
      bytes[at] = INTERESTING[random.below(INTERESTING.length)]
      return bytes
    case 3:
      return bytes.slice(0, at)
    case 4:
      bytes.fill(random.below(2) === 0 ? 0 : 0xff, at, at + length)
      return bytes
    case 5: {
      const from = random.below(Math.max(1, other.length - length))
      bytes.set(other.subarray(from, from + Math.min(length, size - at)), at)
      return bytes
    }
    case 6:
      return joined(bytes.subarray(0, at), bytes.subarray(at + length))
    case 7:
      return joined(bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at))
    default:
      return joined(bytes, other.subarray(at % Math.max(1, other.length), (at % Math.max(1, other.length)) + length))
  }
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Gives every record of version 2 that can be walked to its right CRC: damage that a checksum does not show. */
export function withRightCrcs(bytes: Uint8Array): Uint8Array {
  const view = viewOf(bytes)
  for (let at = 0; at + HEADER_BYTES <= bytes.length && view.getUint16(at, true) === WAL_MAGIC; ) {
    const size = HEADER_BYTES + view.getUint32(at + 4, true)
    if (at + size > bytes.length) break
    view.setUint32(at + 8, walRecordCrc(bytes, at, size), true)
    at += size
  }
  return bytes
}
