import {SeededRandom} from '../base/random.ts'

/**
 * Random numbers by seed, purpose and node. A stream of its own for each purpose: what one part of the world draws does not move what another
 * one gets, so that a shortened schedule still meets the same delays.
 */
export class Streams {
  readonly #seed: number
  readonly #known = new Map<string, SeededRandom>()

  constructor(seed: number) {
    this.#seed = seed
  }

  of(purpose: string, node: string | number = ''): SeededRandom {
    const name = `${purpose}/${node}`
    let stream = this.#known.get(name)
    if (!stream) {
      stream = new SeededRandom(`${this.#seed}/${name}`)
      this.#known.set(name, stream)
    }
    return stream
  }
}

/** A whole number in low … high. */
export function between(random: {below(n: number): number}, low: number, high: number): number {
  return low + random.below(high - low + 1)
}

export function oneOf<T>(random: {below(n: number): number}, all: readonly T[]): T {
  return all[random.below(all.length)]
}

/** True in `permille` of a thousand draws. */
export function chance(random: {below(n: number): number}, permille: number): boolean {
  return random.below(1_000) < permille
}
