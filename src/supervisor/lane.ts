import type {Random} from '../base/random.ts'
import type {LinkShape} from '../contracts/action.ts'

/** What TCP sends as one segment on most networks: loss is drawn for each. */
const SEGMENT_BYTES = 1_460
/** A lost segment is sent again after this long, then after twice that, … */
const RETRANSMIT_MS_FIRST = 200
/** Lost so often in a row, and the connection is given up: after 12.6 s. */
const LOST_IN_A_ROW_MAX = 6
/** With a rate, bytes leave in pieces of this share of a second. */
const PIECES_A_SECOND = 20
const PIECE_BYTES_MIN = 512
const QUEUE_BYTES_MIN = 64 * 1024
const QUEUE_BYTES_MAX = 16 * 1024 * 1024

/** One direction of a relay, for all its connections: whether bytes pass, and how. */
export class Lane {
  cut = false
  /** Bytes pass, but nobody at the far end learns that the near one is gone. */
  mute = false
  shape: LinkShape | undefined
  /** Bytes that came out at the far end, and bytes that were swallowed by a cut, since the relay began. */
  passedBytes = 0
  swallowedBytes = 0

  /** The end of a connection is not told. */
  get hidesEnds(): boolean {
    return this.cut || this.mute
  }
}

export interface PipeEnds {
  /** Hands bytes to the far end; false: it is full, and `resume` is called when it is not. */
  write(bytes: Buffer): boolean
  /** The near end has said all it wanted to say. */
  end(): void
  /** So much was lost in a row that the connection breaks. */
  broken(): void
  pause(): void
  resume(): void
}

type Item = {dueMs: number; bytes?: Buffer}

/** One direction of one connection. Without a shape bytes are handed on as they came, in the same turn and in the same memory. */
export class Pipe {
  readonly #lane: Lane
  readonly #random: Random
  readonly #ends: PipeEnds
  #queue: Item[] = []
  #queuedBytes = 0
  #lastDueMs = 0
  #timer: NodeJS.Timeout | undefined
  #blocked = false
  /** True when a cut has swallowed something of this connection: what follows would be a stream with a hole. */
  lost = false

  constructor(lane: Lane, random: Random, ends: PipeEnds) {
    this.#lane = lane
    this.#random = random
    this.#ends = ends
  }

  push(bytes: Buffer): void {
    const lane = this.#lane
    if (lane.cut || this.lost) {
      lane.swallowedBytes += bytes.length
      this.lost = true
    } else if (!lane.shape && this.#queue.length === 0) this.#write(bytes)
    else this.#shaped(bytes, lane.shape ?? {})
  }

  /** The near end closed its half. False: a cut keeps that from the far end. */
  end(): boolean {
    if (this.#lane.hidesEnds || this.lost) {
      this.lost = true
      return false
    }
    if (this.#queue.length === 0 && !this.#lane.shape) this.#ends.end()
    else this.#enqueue({dueMs: this.#due(this.#lane.shape?.latencyMs ?? 0)})
    return true
  }

  /** The lane was changed: a cut takes what is under way, a healed shape lets it go at once. */
  changed(): void {
    const {cut, shape} = this.#lane
    if (cut && this.#queue.length > 0) {
      this.#lane.swallowedBytes += this.#queuedBytes
      this.lost = true
      this.stop()
    } else if (!shape && this.#queue.length > 0) {
      for (const item of this.#queue) item.dueMs = 0
      this.#lastDueMs = 0
      this.#run()
    }
  }

  /** The far end takes bytes again. */
  drained(): void {
    this.#blocked = false
    this.#run()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#queue = []
    this.#queuedBytes = 0
  }

  #write(bytes: Buffer): void {
    this.#lane.passedBytes += bytes.length
    if (this.#ends.write(bytes)) return
    this.#blocked = true
    this.#ends.pause()
  }

  #shaped(bytes: Buffer, shape: LinkShape): void {
    const {latencyMs = 0, jitterMs = 0, lossPercent = 0, bytesPerSecond} = shape
    const rateBytes = bytesPerSecond
      ? Math.max(PIECE_BYTES_MIN, Math.floor(bytesPerSecond / PIECES_A_SECOND))
      : bytes.length
    const pieceBytes = lossPercent > 0 ? Math.min(SEGMENT_BYTES, rateBytes) : rateBytes
    for (let from = 0; from < bytes.length; from += pieceBytes) {
      const piece = bytes.subarray(from, from + pieceBytes)
      const late = this.#sentAgainMs(lossPercent)
      if (late === undefined) {
        this.lost = true
        this.#ends.broken()
        return
      }
      const jitter = jitterMs > 0 ? this.#random.below(Math.ceil(jitterMs) + 1) : 0
      const onTheWireMs = bytesPerSecond ? (piece.length / bytesPerSecond) * 1_000 : 0
      this.#enqueue({dueMs: this.#due(latencyMs + jitter + late, onTheWireMs), bytes: piece})
    }
    const room = Math.min(
      QUEUE_BYTES_MAX,
      bytesPerSecond ? QUEUE_BYTES_MIN + (bytesPerSecond * latencyMs) / 1_000 : QUEUE_BYTES_MAX,
    )
    if (this.#queuedBytes > room) this.#ends.pause()
  }

  /** How much later a segment comes because it was lost; undefined: so often that the connection breaks. */
  #sentAgainMs(lossPercent: number): number | undefined {
    let late = 0
    for (let tries = 0, wait = RETRANSMIT_MS_FIRST; this.#random.below(1_000_000) < lossPercent * 10_000; tries++) {
      if (tries === LOST_IN_A_ROW_MAX) return undefined
      late += wait
      wait *= 2
    }
    return late
  }

  /** Bytes stay in order: nothing is due before what was sent before it. */
  #due(afterMs: number, onTheWireMs = 0): number {
    this.#lastDueMs = Math.max(performance.now() + afterMs, this.#lastDueMs) + onTheWireMs
    return this.#lastDueMs
  }

  #enqueue(item: Item): void {
    this.#queue.push(item)
    this.#queuedBytes += item.bytes?.length ?? 0
    if (this.#queue.length === 1) this.#run()
  }

  #run(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    let done = 0
    const now = performance.now()
    while (done < this.#queue.length && !this.#blocked && this.#queue[done].dueMs <= now) {
      const {bytes} = this.#queue[done++]
      if (!bytes) this.#ends.end()
      else {
        this.#queuedBytes -= bytes.length
        this.#write(bytes)
      }
    }
    this.#queue.splice(0, done)
    if (this.#blocked) return
    if (this.#queue.length > 0) {
      this.#timer = setTimeout(() => this.#run(), Math.max(1, this.#queue[0].dueMs - now))
      if (this.#queuedBytes < QUEUE_BYTES_MIN) this.#ends.resume()
    } else this.#ends.resume()
  }
}
