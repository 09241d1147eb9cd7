import {concat} from '../base/bytes.ts'
import type {Connection, ConnectionHandlers} from '../io/ports.ts'
import {failure} from './disk.ts'
import type {Micros, Owner, World} from './world.ts'

/** What a real system takes without anybody reading. */
const SOCKET_BYTES = 256 * 1024

/** Calls to the network at which a node can die. `accept` and `data` are its handlers that are called. */
export type NetCallName = 'connect' | 'accept' | 'write' | 'data'

/** Told of each such call before it happens: how much of it still does, and what is to be done then. */
export type Gate = (call: NetCallName, about: string) => {when: 'before' | 'inside' | 'after'; die(): void} | undefined

/** Told of every message that a node writes, before it can arrive. */
export type Sniffer = (from: Owner, bytes: Uint8Array) => void

/** What carries the bytes of connections, and what it does to them. */
export interface Carrier {
  sniffer: Sniffer | undefined
  torn(): void
  tears(from: string, to: string): boolean
  /** What arrives of what a client sends to a host. */
  carried(to: string, bytes: Uint8Array): Uint8Array
  partOf(from: string, bytes: number): number
  passes(
    from: string,
    to: string,
    sender: Socket,
    bytes: number,
    kind: string,
    arrive: () => void,
    hearer?: Owner,
  ): void
  fate(from: string, to: string): 'lost' | 'doubled' | 'overtaken' | 'whole'
  cutAt(from: string, to: string, bytes: number): number
  lateMicros(from: string, to: string): Micros
  forget(socket: Socket): void
  isOn(host: string): boolean
}

/** One end of a connection. */
export class Socket implements Connection {
  readonly remote: string
  readonly owner: Owner
  readonly from: string
  readonly to: string
  readonly peers: boolean
  readonly #gate: Gate | undefined
  readonly #net: Carrier
  readonly #world: World
  #handlers: ConnectionHandlers | undefined
  #other: Socket | undefined
  #open = false
  /** Nothing more comes or goes. */
  over = false
  #ended = false
  #otherEnded = false
  #paused = false
  #inbox: Array<() => void> = []
  #inFlight = 0
  #written = 0
  /** Written, and the other end is gone without a word. */
  unanswered = false
  lastArrival: Micros = 0
  readonly link: string
  /** How its receiver sees it, for the trace. */
  readonly heardAs: string

  constructor(
    net: Carrier,
    world: World,
    owner: Owner,
    from: string,
    to: string,
    remote: string,
    peers: boolean,
    gate: Gate | undefined,
  ) {
    this.#net = net
    this.#world = world
    this.owner = owner
    this.from = from
    this.to = to
    this.remote = remote
    this.peers = peers
    this.link = `${from}>${to}`
    this.heardAs = `from ${from}`
    this.#gate = gate
  }

  /** For those who wait for a call on it. */
  get about(): string {
    return this.peers ? 'peer' : 'client'
  }

  joins(other: Socket): void {
    this.#other = other
    other.#other = this
    this.#open = true
  }

  opens(): void {
    if (this.over || this.#open) return
    this.#tell('open', 0, () => {
      this.#open = true
      this.#handlers?.open?.()
    })
  }

  fails(code: string): void {
    if (this.over) return
    this.over = true
    this.#net.forget(this)
    this.#tell('fails', 0, () => this.#handlers?.closed(failure(code, this.remote)))
  }

  write(chunks: readonly Uint8Array[]): void {
    if (this.over || this.#ended || !this.owner.alive) return
    const written = concat(chunks as Uint8Array[])
    const whole = this.peers ? written : this.#net.carried(this.to, written)
    const point = this.#gate?.('write', this.about)
    if (point?.when === 'before') {
      point.die()
      return
    }
    const tears = this.peers && whole.length > 1 && this.#net.tears(this.from, this.to)
    const cut = tears || point?.when === 'inside'
    this.#send(cut ? whole.subarray(0, this.#net.partOf(this.from, whole.length)) : whole, cut)
    if (tears) {
      this.#net.torn()
      this.#net.passes(this.from, this.to, this, 0, 'torn', () => this.break())
    }
    point?.die()
  }

  /** `part`: of a message that is not sent whole. */
  #send(bytes: Uint8Array, part: boolean): void {
    const opens = this.#written === 0
    this.#written += bytes.length
    this.#inFlight += bytes.length
    if (this.peers && !part) this.#net.sniffer?.(this.owner, bytes)
    const other = this.#other
    if (!other || other.over) {
      this.unanswered = true
      this.#net.passes(this.from, this.to, this, bytes.length, 'to nobody', () => this.tellGone())
      return
    }
    const fate = this.peers && !opens && !part ? this.#net.fate(this.from, this.to) : 'whole'
    if (fate === 'lost') {
      this.#inFlight -= bytes.length
      return
    }
    if (fate === 'overtaken' || fate === 'doubled') {
      const late = this.#net.lateMicros(this.from, this.to)
      this.#world.schedule(late, other.owner, fate, this.heardAs, bytes.length, () => other.#hears(bytes))
      if (fate === 'overtaken') {
        this.#inFlight -= bytes.length
        return
      }
    }
    // Pieces of peers' messages must stay together while others may overtake them.
    const cut = this.peers ? 0 : this.#net.cutAt(this.from, this.to, bytes.length)
    const pieces = cut > 0 ? [bytes.subarray(0, cut), bytes.subarray(cut)] : [bytes]
    for (const piece of pieces) {
      const arrive = (): void => {
        this.#inFlight = Math.max(0, this.#inFlight - piece.length)
        other.#hears(piece)
      }
      this.#net.passes(this.from, this.to, this, piece.length, 'data', arrive, other.owner)
    }
  }

  #hears(bytes: Uint8Array): void {
    if (this.over) return
    if (this.#paused)
      this.#inbox.push(() =>
        this.#world.schedule(0, this.owner, 'data', this.remote, bytes.length, () => this.#hears(bytes)),
      )
    else {
      const point = this.#gate?.('data', this.about)
      if (point?.when !== 'before') this.#handlers?.data(bytes)
      point?.die()
    }
  }

  /** A handler is called: its own event, after what came before it. */
  #tell(kind: string, bytes: number, run: () => void): void {
    this.#world.schedule(0, this.owner, kind, this.remote, bytes, run)
  }

  bufferedBytes(): number {
    return Math.max(0, this.#inFlight - SOCKET_BYTES)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    for (const later of this.#inbox.splice(0)) later()
  }

  /** After what was written: the other end hears of the end, and closes too unless it wants to go on. */
  close(): void {
    if (this.over || this.#ended || !this.owner.alive) return
    this.#ended = true
    const other = this.#other
    if (!other) {
      this.over = true
      this.#net.forget(this)
      this.#tell('closed', 0, () => this.#handlers?.closed())
      return
    }
    this.#net.passes(this.from, this.to, this, 0, 'end', () => other.#hearsEnd())
    this.#overWhenBothEnded()
  }

  #hearsEnd(): void {
    if (this.over) return
    this.#tell('end', 0, () => {
      if (this.over) return
      this.#otherEnded = true
      if (this.#handlers?.end) this.#handlers.end()
      else this.close()
      this.#overWhenBothEnded()
    })
  }

  #overWhenBothEnded(): void {
    if (!this.#ended || !this.#otherEnded || this.over) return
    this.over = true
    this.#net.forget(this)
    this.#tell('closed', 0, () => this.#handlers?.closed())
  }

  reset(): void {
    if (this.over || !this.owner.alive) return
    this.over = true
    this.#net.forget(this)
    const other = this.#other
    if (other) this.#net.passes(this.from, this.to, this, 0, 'reset', () => other.#broken())
    this.#tell('closed', 0, () => this.#handlers?.closed())
  }

  /** The network breaks it: both ends hear of it, each when its news arrives. */
  break(): void {
    this.#broken()
    const other = this.#other
    if (other) other.#broken()
  }

  #broken(): void {
    if (this.over) return
    this.over = true
    this.#net.forget(this)
    this.#tell('reset', 0, () => this.#handlers?.closed(failure('ECONNRESET', this.remote)))
  }

  ownerDied(quiet: boolean): void {
    this.over = true
    this.#net.forget(this)
    const other = this.#other
    if (!other) return
    if (quiet) {
      if (other.#inFlight > 0) other.unanswered = true
      return
    }
    this.#net.passes(this.from, this.to, this, 0, 'reset', () => other.#broken())
  }

  /** Sent to an end that does not exist any more: the machine, when it is on, says so. */
  tellGone(): void {
    if (this.over || !this.#net.isOn(this.to)) return
    this.#net.passes(this.to, this.from, this, 0, 'reset', () => this.#broken())
  }

  on(handlers: ConnectionHandlers): void {
    this.#handlers = handlers
  }
}
