import type {Clock} from '../io/ports.ts'

/** So much is read at a start of segments that it need not read, over all logs of a node: a small log is refused for its damage before it votes. */
const AT_START_BYTES_MAX = 64 << 20
const BEGIN_MS = 1_000
/** Between two MiB: the clients' reads and writes come first. */
const PAUSE_MS = 10

/** Waits for `pause` between pieces, and gives up when its log is closed. */
type Check = (pause: () => Promise<void>) => Promise<void>

/**
 * Sealed segments that a start did not read are read behind it, one after the other, over all logs of a node: a bit that flipped in them is found
 * whether anybody asks for it or not.
 */
export class SegmentChecks {
  readonly #clock: Clock
  #left: number
  readonly #waiting: Check[] = []
  #running = false

  constructor(clock: Clock, atStartBytes = AT_START_BYTES_MAX) {
    this.#clock = clock
    this.#left = atStartBytes
  }

  /** May a start read a segment of so many bytes? */
  mayAtStart = (bytes: number): boolean => {
    if (bytes > this.#left) return false
    this.#left -= bytes
    return true
  }

  later(check: Check): void {
    this.#waiting.push(check)
    if (this.#running) return
    this.#running = true
    this.#clock.after(BEGIN_MS, () => void this.#run())
  }

  async #run(): Promise<void> {
    for (let check = this.#waiting.shift(); check; check = this.#waiting.shift())
      await check(() => new Promise(resolve => this.#clock.after(PAUSE_MS, resolve)))
    this.#running = false
  }
}
