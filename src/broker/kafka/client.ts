import {ByteQueue} from '../../base/byte-queue.ts'
import {messageOf} from '../../base/errors.ts'
import {WireError} from '../../formats/kafka/wire.ts'
import type {Cancellable, Clock, Connection} from '../../io/ports.ts'
import type {Dispatch, Reply} from './dispatch.ts'
import type {ByteBudget, ServerLimits} from './limits.ts'

/** What a connection needs of its server. */
export interface ClientHost {
  clock: Clock
  limits: ServerLimits
  budget: ByteBudget
  dispatch: Dispatch
  log(line: string): void
  gone(client: Client): void
}

interface Slot extends Reply {
  done: boolean
}

const SIZE_BYTES = 4
/** A request header has an API key, a version and a correlation id. */
const FRAME_BYTES_MIN = 8

/**
 * One connection: frames in, answers out in the order of the requests. It holds what it may and no more; whoever sends what is no frame,
 * half a frame, or reads nothing, is let go.
 */
export class Client {
  readonly connection: Connection
  readonly address: string
  readonly #host: ClientHost
  readonly #queue = new ByteQueue()
  /** Bytes of the budget that the frame being read has taken already. */
  #reserved = 0
  #slots: Slot[] = []
  /** Bytes of answers that wait for an earlier request's. */
  #answersBytes = 0
  /** What the budget knows of this connection's unsent answers. */
  #countedBytes = 0
  #writtenBytes = 0
  #frameTimer: Cancellable | undefined
  #unreadTimer: Cancellable | undefined
  #idleTimer: Cancellable
  #heardAt: number
  #paused = false
  /** The other side has ended its half. */
  #ended = false
  /** Nothing more is read: the connection ends with what is in `#slots`. */
  #closing = false
  #closed = false
  readonly #roomAgain = (): void => this.#resume()

  constructor(host: ClientHost, connection: Connection) {
    this.#host = host
    this.connection = connection
    this.address = connection.remote.slice(0, connection.remote.lastIndexOf(':'))
    this.#heardAt = host.clock.monotonicMs()
    this.#idleTimer = host.clock.after(host.limits.idleMs, () => this.#idle())
    connection.on({
      data: bytes => this.#data(bytes),
      drain: () => this.#drained(),
      end: () => {
        // What it has asked for is still answered.
        this.#ended = true
        this.#maybeFinish()
      },
      closed: () => this.#gone(),
    })
  }

  #gone(): void {
    if (this.#closed) return
    this.#closed = true
    this.#frameTimer?.cancel()
    this.#unreadTimer?.cancel()
    this.#idleTimer.cancel()
    const {budget} = this.#host
    budget.forget(this.#roomAgain)
    budget.give(this.#reserved + this.#countedBytes)
    this.#reserved = 0
    this.#countedBytes = 0
    this.#host.gone(this)
  }

  /** Lets it go, with a reason for the log. */
  drop(why: string): void {
    if (this.#closed) return
    this.#host.log(`client ${this.connection.remote} closed: ${why}`)
    this.connection.reset()
    this.#gone()
  }

  #idle(): void {
    const {clock, limits} = this.#host
    const left = this.#heardAt + limits.idleMs - clock.monotonicMs()
    if (left <= 0 && this.#slots.length === 0) {
      this.connection.reset()
      this.#gone()
    } else this.#idleTimer = clock.after(Math.max(left, 1_000), () => this.#idle())
  }

  #data(bytes: Uint8Array): void {
    if (this.#closed || this.#closing) return
    this.#queue.push(bytes)
    this.#heardAt = this.#host.clock.monotonicMs()
    this.#frames()
  }

  #resume(): void {
    if (this.#closed || !this.#paused || this.#unsentBytes() > this.#host.limits.unreadPauseBytes) return
    if (this.#slots.length >= this.#host.limits.pipelineMax) return
    this.#paused = false
    this.connection.resume()
    this.#frames()
    this.#maybeFinish()
  }

  /** Reads no more for now; the time that a frame may take does not run meanwhile. */
  #pause(): void {
    this.#frameTimer?.cancel()
    this.#frameTimer = undefined
    if (this.#paused) return
    this.#paused = true
    this.connection.pause()
  }

  #frames(): void {
    const {limits, budget} = this.#host
    while (!this.#closed && !this.#closing) {
      const head = this.#queue.peek(SIZE_BYTES)
      if (!head) {
        if (this.#queue.length > 0) this.#expectRest()
        return
      }
      if (this.#slots.length >= limits.pipelineMax || this.#unsentBytes() > limits.unreadPauseBytes) {
        this.#pause()
        return
      }
      const size = new DataView(head.buffer, head.byteOffset).getInt32(0)
      if (size < FRAME_BYTES_MIN || size > limits.frameBytesMax) {
        this.#end({close: whyBadSize(head, size)})
        return
      }
      const small = size <= limits.smallFrameBytes
      const whole = this.#queue.length >= SIZE_BYTES + size
      if (this.#reserved === 0 && (whole || !small)) {
        if (!budget.room(small)) {
          budget.wait(this.#roomAgain)
          this.#pause()
          return
        }
        this.#reserved = size
        budget.take(size)
      }
      const frame = this.#queue.take(SIZE_BYTES + size)
      if (!frame) {
        this.#expectRest()
        return
      }
      this.#frameTimer?.cancel()
      this.#frameTimer = undefined
      this.#reserved = 0
      this.#request(frame.subarray(SIZE_BYTES))
    }
  }

  #expectRest(): void {
    const {clock, limits} = this.#host
    this.#frameTimer ??= clock.after(limits.frameMs, () => this.drop('a frame that was never finished'))
  }

  #request(frame: Uint8Array): void {
    const slot: Slot = {done: false}
    this.#slots.push(slot)
    const settled = (reply: Reply): void => {
      this.#host.budget.give(frame.length)
      if (this.#closed) return
      Object.assign(slot, reply)
      slot.done = true
      this.#answersBytes += slot.bytes?.length ?? 0
      this.#answer()
    }
    this.#host.dispatch
      .handle(frame, this.connection.remote)
      .then(settled, error =>
        settled({close: error instanceof WireError ? error.message : `a request failed: ${messageOf(error)}`}),
      )
  }

  /** The last answer of this connection: behind those that were asked for before. */
  #end(reply: Reply): void {
    this.#closing = true
    this.#slots.push({done: true, ...reply})
    this.#answer()
  }

  #answer(): void {
    const ready: Uint8Array[] = []
    let why: string | undefined
    while (why === undefined && this.#slots[0]?.done) {
      const {bytes, close} = this.#slots.shift() as Slot
      if (bytes) {
        ready.push(bytes)
        this.#answersBytes -= bytes.length
        this.#writtenBytes += bytes.length
      }
      why = close
    }
    if (ready.length > 0) this.connection.write(ready)
    if (why !== undefined) {
      this.#finish(why, ready.length > 0)
      return
    }
    this.#account()
    if (this.#unsentBytes() > this.#host.limits.unreadBytesMax) this.drop('its answers are not read')
    else if (this.#paused) this.#resume()
    this.#maybeFinish()
  }

  #finish(why: string, answered: boolean): void {
    this.#closing = true
    if (!answered && this.connection.bufferedBytes() === 0) {
      this.drop(why)
      return
    }
    this.#host.log(`client ${this.connection.remote} closed: ${why}`)
    this.#closeGently()
  }

  /** Everything asked for is answered and the other side has ended: nothing more can come. */
  #maybeFinish(): void {
    if (!this.#ended || this.#closed || this.#closing || this.#slots.length > 0) return
    // A frame may still wait for room; half a one will never be whole.
    if (this.#paused && this.#queue.length >= SIZE_BYTES) return
    this.#closing = true
    this.#closeGently()
  }

  /** After what was written has gone out; who does not take it, or does not end its half, is not waited for. */
  #closeGently(): void {
    const {clock, limits} = this.#host
    this.connection.close()
    this.#frameTimer?.cancel()
    this.#frameTimer = clock.after(limits.unreadMs, () => {
      this.connection.reset()
      this.#gone()
    })
  }

  #unsentBytes(): number {
    return this.#answersBytes + this.connection.bufferedBytes()
  }

  #account(): void {
    if (this.#closed) return
    const {budget} = this.#host
    const unsent = this.#unsentBytes()
    const more = unsent - this.#countedBytes
    this.#countedBytes = unsent
    if (more > 0) budget.take(more)
    else if (more < 0) budget.give(-more)
    if (this.#unreadTimer === undefined && this.connection.bufferedBytes() > 0) this.#watchUnread()
  }

  #watchUnread(): void {
    const {clock, limits} = this.#host
    const taken = this.#writtenBytes - this.connection.bufferedBytes()
    this.#unreadTimer = clock.after(limits.unreadMs, () => {
      this.#unreadTimer = undefined
      const buffered = this.connection.bufferedBytes()
      if (buffered > 0 && this.#writtenBytes - buffered <= taken) this.drop('its answers are not read')
      else this.#account()
    })
  }

  #drained(): void {
    if (this.#closed) return
    this.#account()
    this.#resume()
  }
}

const HTTP = /^(GET |POST|PUT |HEAD|OPTI|DELE|PATC|CONN|TRAC|PRI )/
const TLS_HANDSHAKE = 0x16
const TLS_ALERT = 0x15

/** Who speaks another protocol is told so in the log: its first bytes read as an absurd size (KIP-498). */
function whyBadSize(bytes: Uint8Array, size: number): string {
  if ((bytes[0] === TLS_HANDSHAKE || bytes[0] === TLS_ALERT) && bytes[1] === 3) return 'TLS on plaintext port'
  if (HTTP.test(String.fromCharCode(...bytes.subarray(0, SIZE_BYTES)))) return 'HTTP on the Kafka port'
  return `a frame of ${size} bytes`
}
