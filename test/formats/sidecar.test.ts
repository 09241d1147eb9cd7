import {describe, expect, it} from 'vitest'
import {fromHex, toHex, utf8} from '../../src/base/bytes.ts'
import {NO_CONF_STATE} from '../../src/formats/eraftpb.ts'
import {
  type BatchTable,
  decodeSidecar,
  type EntryTable,
  encodeBatchTable,
  encodeEntryTable,
  encodeSidecar,
} from '../../src/formats/sidecar.ts'

const ENTRIES: EntryTable = {first: 300, terms: [2, 2, 7], ats: [512, 612, 1024], lengths: [100, 90, 300]}
const BATCHES: BatchTable = {indexes: [300, 302], baseOffsets: [40, 1_000], maxTimestampsMs: [1_700_000_000_000, -1]}
const ABOUT = {
  logId: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  segment: 3,
  bytes: 2048,
  sealAt: 1536,
  crc32: 0xdeadbeef,
  segmentBatches: 4,
  records: 9,
  state: {data: utf8('state'), metadata: {index: 302, term: 7, confState: {...NO_CONF_STATE, voters: [1, 2]}}},
}
const encoded = (): Uint8Array => encodeSidecar(ABOUT, encodeEntryTable(ENTRIES)!, encodeBatchTable(BATCHES)!)

/** By hand, from docs/formats.md. */
const GOLDEN = [
  '0801',
  '12080102030405060708',
  '1803',
  '208010',
  '28800c',
  '35efbeadde',
  '3804',
  '4009',
  // From 300, 3 entries; term 2, 512 bytes in, 100 long; the same term, next to it, 90 long; 5 terms later, 322 bytes on, 300 long.
  '4a0f ac02 03 02 8004 64 00 00 5a 05 c202 ac02',
  // 2 batches: index 300, offset 40, time 1,700,000,000,000 twice; 2 indexes and 960 offsets later, and 1,700,000,000,001 ms earlier.
  '5213 02 ac02 28 80a0abfef962 02 c007 81a0abfef962',
  '5a14 0a057374617465 120b 0a040a02010210ae021807',
].map(piece => piece.replaceAll(' ', ''))

describe('sidecar', () => {
  it('is these bytes', () => {
    const hex = toHex(encoded())
    let at = 0
    for (const piece of GOLDEN) {
      expect(hex.slice(at, at + piece.length), `at byte ${at / 2}`).toBe(piece)
      at += piece.length
    }
    expect(hex.slice(at, at + 4)).toBe('8501')
    expect(hex.length).toBe(at + 12)
  })

  it('reads back what was written', () => {
    expect(decodeSidecar(encoded())).toEqual({...ABOUT, entries: ENTRIES, batches: BATCHES})
  })

  it('is refused when any byte of it is another, or it ends anywhere before its end', () => {
    const bytes = encoded()
    for (let at = 0; at < bytes.length; at++) {
      const other = bytes.slice()
      other[at] ^= 0x41
      expect(decodeSidecar(other), `byte ${at}`).toBeTypeOf('string')
      expect(decodeSidecar(bytes.subarray(0, at)), `cut at ${at}`).toBeTypeOf('string')
    }
    expect(decodeSidecar(fromHex(`${toHex(bytes)}0801`))).toBe('bytes follow its CRC')
  })

  it('a table that names more than it has ends where its bytes end', () => {
    const many = encodeSidecar(ABOUT, Uint8Array.of(1, 0xff, 0xff, 0xff, 0xff, 0x0f), encodeBatchTable(BATCHES)!)
    expect(decodeSidecar(many)).toMatch(/ends early/)
  })

  it('what it cannot hold is not written: times beyond sense, and numbers that fall', () => {
    for (const maxTimestampsMs of [
      [2 ** 52, 0],
      [-2, 0],
    ])
      expect(encodeBatchTable({...BATCHES, maxTimestampsMs})).toBeUndefined()
    expect(encodeBatchTable({...BATCHES, baseOffsets: [40, 39]})).toBeUndefined()
    expect(encodeEntryTable({...ENTRIES, terms: [2, 3, 2]})).toBeUndefined()
    expect(encodeEntryTable({...ENTRIES, ats: [512, 600, 1024]})).toBeUndefined()
  })
})
