import fc from 'fast-check'
import {describe, expect, it, vi} from 'vitest'
import {utf8} from '../../src/base/bytes.ts'
import {crc32c, loadNativeCrc32c, slicedCrc32c} from '../../src/base/crc32c.ts'

const native = loadNativeCrc32c()
const noise = Uint8Array.from({length: 70_000}, (_, i) => (Math.imul(i + 1, 0x9e3779b1) >>> 13) & 0xff)

describe('crc32c', () => {
  it('gives the check value of the catalogue, and that of 32 zeros (RFC 3720 B.4)', () => {
    expect(crc32c(utf8('123456789'))).toBe(0xe3069283)
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
  })

  it('the binary of this machine is installed', () => {
    expect(native).toBeTypeOf('function')
  })

  it('is the same with and without native code, for any piece of any bytes behind any other', () => {
    fc.assert(
      fc.property(
        fc.nat({max: noise.length}),
        fc.nat({max: noise.length}),
        fc.integer({min: 0, max: 0xffff_ffff}),
        (a, b, previous) => {
          const [start, end] = a < b ? [a, b] : [b, a]
          const expected = slicedCrc32c(noise, start, end, previous)
          expect(native?.(noise.subarray(start, end), previous)).toBe(expected)
          expect(crc32c(noise, start, end, previous)).toBe(expected)
        },
      ),
      {numRuns: 500},
    )
  })

  it('goes on over pieces, whichever way each of them takes', () => {
    const whole = slicedCrc32c(noise, 0, noise.length, 0)
    for (const cut of [1, 511, 512, 513, 4096, 69_488, 69_489])
      expect(crc32c(noise, cut, noise.length, crc32c(noise, 0, cut)), `cut at ${cut}`).toBe(whole)
  })

  it('does without a binary, and says nothing of it', async () => {
    vi.resetModules()
    vi.doMock('node:module', () => ({
      createRequire: () => () => {
        throw new Error('Failed to load native binding')
      },
    }))
    const alone = await import('../../src/base/crc32c.ts')
    vi.doUnmock('node:module')
    expect(alone.loadNativeCrc32c()).toBeUndefined()
    expect(alone.crc32c(noise)).toBe(crc32c(noise))
  })
})
