/** What a running node is told to suffer from within, over its control socket. */
export type InsideOrder =
  /** From now on this is wrong with its disk, and nothing else; `{}`: nothing is. */
  | {call: 'disk'; trouble: DiskOrder}
  /** Its wall clock is so far from the machine's, ms; 0: not at all. */
  | {call: 'clock'; byMs: number}
  /** It dies, as by SIGKILL, when that point is reached for the `times`-th time. Without a name nothing is armed any more. */
  | {call: 'point'; name?: string; times?: number}

export interface DiskOrder {
  /** Bytes that still fit; 0: full. */
  roomBytes?: number
  /** Calls that fail with EIO; `times` absent: for good. */
  eio?: {on: 'read' | 'write' | 'sync'; times?: number}
  /** Every sync takes so much longer. */
  syncDelayMs?: number
}

/** What the node measures at once, with the disk and the clock that it uses. */
export interface InsideAnswers {
  disk: {freeBytes: number; syncMs?: number; trouble: DiskOrder}
  clock: {wallMs: number; monotonicMs: number}
  point: {armed: string | null}
}
