import type {GroupName} from '../base/ids.ts'
import type {Clock} from '../io/ports.ts'

/** What a node with a full disk needs of its node. */
export interface FullDiskHost {
  clock: Clock
  /** How long a leadership may take to change hands, ms. */
  handOverMs: number
  groups(): Iterable<{handOver(): boolean}>
  /** The first log waits for room (true), or none does any more (false). */
  changed(full: boolean): void
}

/**
 * The logs of this node that wait for room. While there is one, everything that is led here is handed to members that can write, again and again: an
 * election may bring a leadership back, and some groups have nobody who can take it yet.
 */
export class FullDisk {
  readonly #host: FullDiskHost
  readonly #waiting = new Set<GroupName>()

  constructor(host: FullDiskHost) {
    this.#host = host
  }

  told(group: GroupName, full: boolean): void {
    const before = this.#waiting.size > 0
    if (full) this.#waiting.add(group)
    else this.#waiting.delete(group)
    const now = this.#waiting.size > 0
    if (now === before) return
    this.#host.changed(now)
    if (now) this.#giveAway()
  }

  #giveAway(): void {
    if (this.#waiting.size === 0) return
    for (const group of this.#host.groups()) group.handOver()
    this.#host.clock.after(this.#host.handOverMs, () => this.#giveAway())
  }
}
