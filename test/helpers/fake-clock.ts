import type {Cancellable, Clock} from '../../src/io/ports.ts'

/** A clock that stands until a test moves it. */
export class FakeClock implements Clock {
  #now = 1_000
  #next = 0
  readonly #timers = new Map<number, {at: number; run: () => void}>()

  monotonicMs(): number {
    return this.#now
  }

  wallMs(): number {
    return 1_700_000_000_000 + this.#now
  }

  after(ms: number, run: () => void): Cancellable {
    const id = this.#next++
    this.#timers.set(id, {at: this.#now + ms, run})
    return {cancel: () => this.#timers.delete(id)}
  }

  soon(run: () => void): void {
    setImmediate(run)
  }

  get timers(): number {
    return this.#timers.size
  }

  /** Moves on; every timer that is due runs at its own time, and what it set off settles before the next one. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms
    await settled()
    for (;;) {
      let first: number | undefined
      for (const [id, {at}] of this.#timers) {
        const best = first === undefined ? undefined : this.#timers.get(first)
        if (at <= until && (!best || at < best.at)) first = id
      }
      if (first === undefined) break
      const timer = this.#timers.get(first) as {at: number; run: () => void}
      this.#timers.delete(first)
      this.#now = Math.max(this.#now, timer.at)
      timer.run()
      await settled()
    }
    this.#now = until
  }
}

/** Everything that waits for nothing but other promises has run. */
export function settled(): Promise<void> {
  return new Promise(done => setImmediate(done))
}
