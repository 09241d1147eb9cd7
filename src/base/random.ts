/** A source of random numbers that is handed in, so that a run can be repeated. */
export interface Random {
  /** An unsigned 32-bit number. */
  u32(): number
  /** A whole number in 0 … n - 1; n is 1 to 2^32. */
  below(n: number): number
}

/** xoshiro128** seeded through splitmix32: the same seed gives the same numbers everywhere. */
export class SeededRandom implements Random {
  readonly #s = new Uint32Array(4)

  constructor(seed: number | string) {
    let x = typeof seed === 'number' ? seed >>> 0 : hashText(seed)
    for (let i = 0; i < 4; i++) {
      x = (x + 0x9e3779b9) >>> 0
      let z = x
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
      this.#s[i] = z ^ (z >>> 16)
    }
  }

  u32(): number {
    const s = this.#s
    const result = Math.imul(rotateLeft(Math.imul(s[1], 5), 7), 9) >>> 0
    const t = s[1] << 9
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= t
    s[3] = rotateLeft(s[3], 11)
    return result
  }

  below(n: number): number {
    return Math.floor((this.u32() / 4294967296) * n)
  }
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits))
}

/** FNV-1a over the UTF-16 units of a text, as a 32-bit seed. */
function hashText(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h >>> 0
}
