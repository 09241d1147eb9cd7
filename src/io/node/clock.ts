import type {Cancellable, Clock} from '../ports.ts'

/** The machine's clocks. */
export const nodeClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(ms: number, run: () => void): Cancellable {
    const timer = setTimeout(run, ms)
    return {cancel: () => clearTimeout(timer)}
  },
  soon(run: () => void): void {
    setImmediate(run)
  },
}
