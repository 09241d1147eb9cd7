import type {Clock} from '../ports.ts'

/** A clock whose wall time can be moved; what is monotonic stays so, as on a real machine. */
export class MovedClock implements Clock {
  readonly #clock: Clock
  /** How far the wall time is from that of the clock below, ms. */
  byMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs()
  }

  wallMs(): number {
    return this.#clock.wallMs() + this.byMs
  }

  after(ms: number, run: () => void): ReturnType<Clock['after']> {
    return this.#clock.after(ms, run)
  }

  soon(run: () => void): void {
    this.#clock.soon(run)
  }
}
