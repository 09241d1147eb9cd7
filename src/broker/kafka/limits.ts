/** What one Kafka port gives to its clients at most. Everything that a stranger can make grow is bounded here. */
export interface ServerLimits {
  /** Kafka's socket.request.max.bytes. */
  frameBytesMax: number
  connectionsMax: number
  /** Of one address. All clients of a laptop share one. */
  connectionsPerAddressMax: number
  /** A frame that has begun must be whole within this time. */
  frameMs: number
  /** Kafka's connections.max.idle.ms. */
  idleMs: number
  /** A client that takes none of its answers for this long is let go. */
  unreadMs: number
  /** Requests of one connection that are worked on at a time; more wait in its socket. */
  pipelineMax: number
  /** Bytes of requests and of answers that are not yet sent, over all connections. A quarter is kept for small frames. */
  heldBytesMax: number
  /** A frame up to this size is small: it takes its part of `heldBytesMax` when it is whole, a larger one before it is read. */
  smallFrameBytes: number
  /** With more unsent answers than this no further request of the connection is read. */
  unreadPauseBytes: number
  /** With more unsent answers than this the connection is closed. */
  unreadBytesMax: number
}

const MIB = 1024 * 1024

export const SERVER_LIMITS: ServerLimits = {
  frameBytesMax: 104_857_600,
  connectionsMax: 2_000,
  connectionsPerAddressMax: 1_000,
  frameMs: 30_000,
  idleMs: 600_000,
  unreadMs: 30_000,
  pipelineMax: 64,
  heldBytesMax: 256 * MIB,
  smallFrameBytes: 64 * 1024,
  unreadPauseBytes: 4 * MIB,
  unreadBytesMax: 64 * MIB,
}

/** The bytes that all connections together hold. Whoever finds no room waits and is called when there is some again. */
export class ByteBudget {
  readonly #max: number
  #held = 0
  #waiting = new Set<() => void>()

  constructor(max: number) {
    this.#max = max
  }

  get held(): number {
    return this.#held
  }

  /** Room for a frame? Small ones may use the last quarter too: a flood of large ones does not lock them out. */
  room(small: boolean): boolean {
    return this.#held < (small ? this.#max : this.#max * 0.75)
  }

  take(bytes: number): void {
    this.#held += bytes
  }

  give(bytes: number): void {
    this.#held -= bytes
    if (this.#waiting.size === 0 || !this.room(false)) return
    const waiting = this.#waiting
    this.#waiting = new Set()
    for (const run of waiting) run()
  }

  wait(run: () => void): void {
    this.#waiting.add(run)
  }

  forget(run: () => void): void {
    this.#waiting.delete(run)
  }
}
