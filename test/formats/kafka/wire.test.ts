import {describe, expect, it} from 'vitest'
import {WireError, WireReader, WireWriter} from '../../../src/formats/kafka/wire.ts'
import {APIS, type ApiName} from '../../helpers/kafka-apis.ts'

function written(write: (w: WireWriter) => void): Uint8Array {
  const w = new WireWriter(4)
  write(w)
  return w.written()
}

describe('Kafka primitives', () => {
  it('every type is read back as it was written', () => {
    const bytes = written(w => {
      w.bool(true)
      w.int8(-128)
      w.int16(-32_768)
      w.uint16(65_535)
      w.int32(-2_147_483_648)
      w.uint32(4_294_967_295)
      w.int64(Number.MIN_SAFE_INTEGER)
      w.float64(0.1)
      w.uuid('00112233445566778899aabbccddeeff')
      for (const value of [0, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32 - 1]) w.varint(value)
      for (const flexible of [false, true]) {
        w.string('ä€😀', flexible)
        w.string(null, flexible)
        w.bytes(Uint8Array.of(1, 2), flexible)
        w.bytes([Uint8Array.of(1), Uint8Array.of(2, 3)], flexible)
        w.bytes(null, flexible)
        w.array([1, 2, 3], flexible, n => w.int16(n))
        w.array(null, flexible, () => undefined)
      }
      w.tagged([[7, t => t.string('x', true)]])
    })
    const r = new WireReader(bytes)
    expect([r.bool(), r.int8(), r.int16(), r.uint16(), r.int32(), r.uint32(), r.int64(), r.float64()]).toEqual([
      true,
      -128,
      -32_768,
      65_535,
      -2_147_483_648,
      4_294_967_295,
      Number.MIN_SAFE_INTEGER,
      0.1,
    ])
    expect(r.uuid()).toBe('00112233445566778899aabbccddeeff')
    for (const value of [0, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32 - 1]) expect(r.varint()).toBe(value)
    for (const flexible of [false, true]) {
      expect(r.string(flexible)).toBe('ä€😀')
      expect(r.nullableString(flexible)).toBeNull()
      expect([...r.bytes(flexible)]).toEqual([1, 2])
      expect([...r.bytes(flexible)]).toEqual([1, 2, 3])
      expect(r.nullableBytes(flexible)).toBeNull()
      expect(r.array(flexible, () => r.int16())).toEqual([1, 2, 3])
      expect(r.nullableArray(flexible, () => r.int16())).toBeNull()
    }
    let seen = ''
    r.tagged((tag, inner) => {
      seen = `${tag} ${inner.string(true)}`
    })
    expect(seen).toBe('7 x')
    expect(r.left).toBe(0)
  })

  it('numbers beyond 2^53 become the nearest safe ones', () => {
    expect(new WireReader(Uint8Array.of(0x7f, 255, 255, 255, 255, 255, 255, 255)).int64()).toBe(Number.MAX_SAFE_INTEGER)
    expect(new WireReader(Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 0)).int64()).toBe(Number.MIN_SAFE_INTEGER)
  })

  it('hardening 21: an array that claims more elements than bytes are left is refused before its first element', () => {
    for (const flexible of [false, true])
      for (const count of [11, 1_000, 2 ** 31 - 1]) {
        const bytes = written(w => {
          if (flexible) w.varint(count + 1)
          else w.int32(count)
          w.raw(new Uint8Array(10))
        })
        let reads = 0
        const r = new WireReader(bytes)
        expect(() => r.array(flexible, () => reads++)).toThrow(WireError)
        expect(reads).toBe(0)
      }
  })

  it('hardening 21: negative counts and lengths other than null are refused', () => {
    const minus2 = written(w => w.int32(-2))
    const none = () => undefined
    expect(() => new WireReader(minus2).array(false, none)).toThrow(WireError)
    expect(() => new WireReader(minus2).nullableArray(false, none)).toThrow(WireError)
    expect(() => new WireReader(minus2).nullableBytes(false)).toThrow(WireError)
    expect(() => new WireReader(written(w => w.int16(-2))).nullableString(false)).toThrow(WireError)
    expect(() => new WireReader(written(w => w.int32(-1))).array(false, none)).toThrow(WireError)
    expect(() => new WireReader(written(w => w.int16(-1))).string(false)).toThrow(WireError)
    expect(() => new WireReader(written(w => w.int32(-1))).bytes(false)).toThrow(WireError)
  })

  it('hardening 21: a string or bytes longer than what is left are refused, up to the largest length', () => {
    for (const length of [4, 1_000, 0x7fffffff]) {
      const compact = written(w => {
        w.varint(length + 1)
        w.raw(new Uint8Array(3))
      })
      expect(() => new WireReader(compact).nullableString(true)).toThrow(WireError)
      expect(() => new WireReader(compact).nullableBytes(true)).toThrow(WireError)
      const plain = written(w => {
        w.int32(length)
        w.raw(new Uint8Array(3))
      })
      expect(() => new WireReader(plain).nullableBytes(false)).toThrow(WireError)
    }
  })

  it('hardening 21: a varint of six bytes, above 32 bits, or without an end is refused', () => {
    const endless = Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x01)
    expect(() => new WireReader(endless).varint()).toThrow(WireError)
    expect(() => new WireReader(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x1f)).varint()).toThrow(WireError)
    expect(() => new WireReader(Uint8Array.of(0x80, 0x80)).varint()).toThrow(WireError)
    expect(new WireReader(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f)).varint()).toBe(0xffffffff)
  })

  it('hardening 21: tagged fields: their count and their sizes are held against what is left', () => {
    const count = written(w => {
      w.varint(0xffffffff)
      w.raw(new Uint8Array(20))
    })
    const r = new WireReader(count)
    expect(() => r.tagged()).toThrow(/4294967295 of them, 20 bytes are left/)
    const size = written(w => {
      w.varint(1)
      w.varint(0)
      w.varint(0xffffffff)
      w.raw(new Uint8Array(20))
    })
    expect(() => new WireReader(size).tagged()).toThrow(WireError)
    // A field cannot read beyond its own bytes.
    const beyond = written(w => {
      w.varint(1)
      w.varint(0)
      w.varint(2)
      w.raw(Uint8Array.of(9, 9, 9, 9, 9, 9))
    })
    expect(() => new WireReader(beyond).tagged((_tag, inner) => inner.int32())).toThrow(WireError)
  })

  it('hardening 21: a message of many tiny elements ends at its allowance, over all its arrays and tagged fields', () => {
    const many = written(w => {
      w.varint(61)
      w.raw(new Uint8Array(60))
      w.varint(61)
      w.raw(new Uint8Array(60))
    })
    const bounded = new WireReader(many, 0, {left: 100})
    expect(bounded.array(true, () => bounded.int8())).toHaveLength(60)
    expect(() => bounded.array(true, () => bounded.int8())).toThrow(/more elements than one message may have/)
    const tags = written(w => {
      w.varint(101)
      w.raw(new Uint8Array(300))
    })
    expect(() => new WireReader(tags, 0, {left: 100}).tagged()).toThrow(/more elements/)
  })

  it('hardening 21: every array of every request, at every version, is refused when it claims 2^31 - 1 elements', () => {
    let refused = 0
    for (const name of Object.keys(APIS) as ApiName[]) {
      const {versions, readRequest} = APIS[name]
      for (let version = versions.first; version <= versions.last; version++) {
        // All bits set but the sign: lengths are absurd wherever the first one is read.
        for (const fill of [0x7f, 0xff, 0xfe, 0x80]) {
          const bytes = new Uint8Array(64).fill(fill)
          try {
            readRequest(new WireReader(bytes, 0, {left: 1_000}), version)
          } catch (error) {
            expect(error).toBeInstanceOf(WireError)
            refused++
          }
        }
      }
    }
    expect(refused).toBeGreaterThan(300)
  })

  it('a string that its length field cannot say is never written', () => {
    const w = new WireWriter()
    expect(() => w.string('x'.repeat(32_768), false)).toThrow(RangeError)
    w.string('x'.repeat(32_767), false)
    w.string('x'.repeat(40_000), true)
  })
})
