import type {Cancellable, Clock} from '../io/ports.ts'

/** How group commit gathers what is written together. */
export interface CommitProfile {
  /** Entries, and bytes of their payload, that one batch takes and that may wait for the next. More are not taken from clients. */
  writesMax: number
  bytesMax: number
  /** So long, ms, a busy disk lets them gather; one that is idle is never waited for. */
  waitMs: number
}

export const COMMIT_PROFILES = {
  low: {writesMax: 500, bytesMax: 5_000_000, waitMs: 2},
  medium: {writesMax: 2_000, bytesMax: 15_000_000, waitMs: 10},
  high: {writesMax: 10_000, bytesMax: 50_000_000, waitMs: 50},
  ultra: {writesMax: 20_000, bytesMax: 100_000_000, waitMs: 100},
} satisfies Record<string, CommitProfile>

/** Batches of one node that are on their way to the disk at a time. */
const SYNCS_MAX = 8

/** Whose batch goes to the disk next, over all logs of a node: at most 8 at a time; a log that has just had its turn stands behind those that wait. */
export class CommitTurns {
  readonly profile: CommitProfile
  #running = 0
  #waiting: Array<() => void> = []
  readonly #gathering = new Set<() => void>()

  constructor(profile: CommitProfile) {
    this.profile = profile
  }

  /** Batches on their way. */
  get running(): number {
    return this.#running
  }

  /** `go` is called when a turn is free, at once if one is; each turn is given back. */
  take(go: () => void): void {
    if (this.#running >= SYNCS_MAX) {
      this.#waiting.push(go)
      return
    }
    this.#running++
    go()
  }

  give(): void {
    const next = this.#waiting.shift()
    if (next) {
      next()
      return
    }
    this.#running--
    if (this.#running > 0) return
    const ended = [...this.#gathering]
    this.#gathering.clear()
    for (const go of ended) go()
  }

  /** `go` is called when the disk is idle, at the latest after the profile's time. */
  gather(clock: Clock, go: () => void): Cancellable {
    const late = clock.after(this.profile.waitMs, () => {
      this.#gathering.delete(end)
      go()
    })
    const end = (): void => {
      late.cancel()
      go()
    }
    this.#gathering.add(end)
    return {
      cancel: () => {
        late.cancel()
        this.#gathering.delete(end)
      },
    }
  }
}
