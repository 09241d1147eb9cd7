import {concat, viewOf} from '../base/bytes.ts'
import {WireReader, WireWriter} from '../formats/kafka/wire.ts'
import type {Address, Cancellable, Clock, Connection, Network} from '../io/ports.ts'

/** What a client needs of the world. */
export interface ClientPorts {
  clock: Clock
  network: Network
}

/** An API in one version, as the client speaks it. */
export interface Call<Q, P> {
  key: number
  version: number
  /** First version with tagged fields in its headers. */
  flexible: number
  write(w: WireWriter, request: Q, version: number): void
  read(r: WireReader, version: number): P
}

/** The request may have been carried out or not: its connection was lost, or no answer came in time. */
export class Unanswered extends Error {
  constructor(why: string) {
    super(why)
    this.name = 'Unanswered'
  }
}

const ANSWER_BYTES_MAX = 128 * 1024 * 1024

interface Waiting {
  settle(answer: WireReader): void
  refuse(why: Error): void
  timer: Cancellable
  tagged: boolean
}

/** One connection to a broker: requests go out at once, answers are told apart by their correlation id. */
export class KafkaConnection {
  readonly #ports: ClientPorts
  readonly #clientId: string
  readonly #connection: Connection
  readonly #waiting = new Map<number, Waiting>()
  #correlation = 0
  #open = false
  #early: Uint8Array[] = []
  #pieces: Uint8Array[] = []
  #bytes = 0
  /** Set when it is over. */
  lost: string | undefined

  constructor(ports: ClientPorts, to: Address, clientId: string) {
    this.#ports = ports
    this.#clientId = clientId
    this.#connection = ports.network.connect(to)
    this.#connection.on({
      open: () => {
        this.#open = true
        if (this.#early.length > 0) this.#connection.write(this.#early)
        this.#early = []
      },
      data: bytes => this.#data(bytes),
      closed: why => this.#over(why?.message ?? 'the connection was closed'),
    })
  }

  /** Settles with the answer; refused with `Unanswered` when none came. */
  ask<Q, P>(call: Call<Q, P>, request: Q, withinMs: number): Promise<P> {
    const {key, version, flexible} = call
    const correlation = ++this.#correlation
    const w = new WireWriter(256)
    w.int32(0)
    w.int16(key)
    w.int16(version)
    w.int32(correlation)
    w.string(this.#clientId, false)
    if (version >= flexible) w.tagged()
    call.write(w, request, version)
    const frame = w.written()
    viewOf(frame).setInt32(0, frame.length - 4)
    return new Promise<P>((settle, refuse) => {
      if (this.lost !== undefined) {
        refuse(new Unanswered(this.lost))
        return
      }
      const timer = this.#ports.clock.after(withinMs, () => {
        this.#waiting.delete(correlation)
        refuse(new Unanswered(`no answer within ${withinMs} ms`))
      })
      this.#waiting.set(correlation, {
        settle: answer => {
          try {
            settle(call.read(answer, version))
          } catch (error) {
            refuse(error as Error)
          }
        },
        refuse,
        timer,
        tagged: version >= flexible,
      })
      this.#send(frame)
    })
  }

  /** Sends what is never answered (acks=0). */
  tell<Q, P>(call: Call<Q, P>, request: Q): void {
    const w = new WireWriter(256)
    w.int32(0)
    w.int16(call.key)
    w.int16(call.version)
    w.int32(++this.#correlation)
    w.string(this.#clientId, false)
    if (call.version >= call.flexible) w.tagged()
    call.write(w, request, call.version)
    const frame = w.written()
    viewOf(frame).setInt32(0, frame.length - 4)
    if (this.lost === undefined) this.#send(frame)
  }

  #send(frame: Uint8Array): void {
    if (this.#open) this.#connection.write([frame])
    else this.#early.push(frame)
  }

  #data(bytes: Uint8Array): void {
    this.#pieces.push(bytes)
    this.#bytes += bytes.length
    while (this.#bytes >= 4) {
      const all = this.#pieces.length === 1 ? this.#pieces[0] : concat(this.#pieces)
      this.#pieces = [all]
      const size = viewOf(all).getInt32(0)
      if (size < 4 || size > ANSWER_BYTES_MAX) {
        this.close(`an answer of ${size} bytes`)
        return
      }
      if (all.length < 4 + size) return
      this.#pieces = all.length > 4 + size ? [all.subarray(4 + size)] : []
      this.#bytes -= 4 + size
      this.#answered(all.subarray(4, 4 + size))
    }
  }

  #answered(frame: Uint8Array): void {
    const r = new WireReader(frame)
    const waiting = this.#waiting.get(r.int32())
    // Nobody waits any more for what comes after its time.
    if (!waiting) return
    this.#waiting.delete(viewOf(frame).getInt32(0))
    waiting.timer.cancel()
    if (waiting.tagged) r.tagged()
    waiting.settle(r)
  }

  close(why = 'closed by this client'): void {
    if (this.lost !== undefined) return
    this.#over(why)
    this.#connection.reset()
  }

  #over(why: string): void {
    if (this.lost !== undefined) return
    this.lost = why
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const {refuse, timer} of waiting) {
      timer.cancel()
      refuse(new Unanswered(why))
    }
  }
}
