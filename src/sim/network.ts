import {concat} from '../base/bytes.ts'
import type {Address, Connection, ConnectionHandlers, Listener, Network} from '../io/ports.ts'
import {failure} from './disk.ts'
import {between, chance, type Streams} from './streams.ts'
import type {Micros, Owner, World} from './world.ts'

/** A machine as the network sees it: without power it answers nothing, with power and without a listener it refuses. */
export interface Host {
  readonly name: string
  on: boolean
}

/** How one direction between two hosts behaves. */
export interface LinkShape {
  /** Nothing passes: what is sent waits until it is healed, or its connection dies. */
  cut: boolean
  delayMs: number
  /** Of a thousand messages between peers, how many are lost, doubled, or overtaken by later ones. */
  dropPermille: number
  doublePermille: number
  reorderPermille: number
}

export const CLEAR: LinkShape = {cut: false, delayMs: 0, dropPermille: 0, doublePermille: 0, reorderPermille: 0}

/** Told of every message that a node writes, before it can arrive. */
export type Sniffer = (from: Owner, bytes: Uint8Array) => void

const SYN_AGAIN: Micros = 300_000
const SYN_TRIES = 20
/** What a real system takes without anybody reading. */
const SOCKET_BYTES = 256 * 1024

interface Listening {
  owner: Owner
  accept: (c: Connection) => void
}

/** All sockets of the world. Bytes of a connection arrive in order, in pieces of any size; links may be cut in one direction only. */
export class SimNetwork {
  readonly #world: World
  readonly #streams: Streams
  readonly #listening = new Map<string, Listening>()
  readonly #shapes = new Map<string, LinkShape>()
  readonly #waiting = new Map<string, Array<() => void>>()
  readonly #hosts = new Map<string, Host>()
  readonly #connections = new Set<Socket>()
  sniffer: Sniffer | undefined
  #ports = 40_000
  /** Port of the peers: only their messages can be lost and overtaken one by one, for nothing else is made to bear it. */
  peerPort = 0

  constructor(world: World, streams: Streams) {
    this.#world = world
    this.#streams = streams
  }

  add(host: Host): void {
    this.#hosts.set(host.name, host)
  }

  port(owner: Owner, host: Host): Network {
    return {
      listen: (at, onConnection) => this.#listen(owner, host, at, onConnection),
      connect: to => this.#connect(owner, host, to),
    }
  }

  shape(from: string, to: string): LinkShape {
    return this.#shapes.get(`${from}>${to}`) ?? CLEAR
  }

  setShape(from: string, to: string, shape: LinkShape): void {
    const link = `${from}>${to}`
    this.#shapes.set(link, shape)
    if (shape.cut) return
    const waiting = this.#waiting.get(link) ?? []
    this.#waiting.delete(link)
    for (const send of waiting) send()
  }

  healAll(): void {
    for (const link of [...this.#shapes.keys()]) {
      const [from, to] = link.split('>')
      this.setShape(from, to, CLEAR)
    }
  }

  /** Every connection between two hosts breaks in both directions, in the middle of whatever is under way. */
  resetBetween(a: string, b: string): void {
    for (const socket of [...this.#connections]) if (socket.from === a && socket.to === b) socket.break()
  }

  /** A life is over. With `quiet` (no power) nobody is told; else its sockets are closed by its system. */
  died(owner: Owner, quiet: boolean): void {
    for (const [key, listening] of this.#listening) if (listening.owner === owner) this.#listening.delete(key)
    for (const socket of [...this.#connections]) if (socket.owner === owner) socket.ownerDied(quiet)
  }

  /** The machine is on again: it knows none of the connections that others still hold to it. */
  booted(host: Host): void {
    for (const socket of [...this.#connections]) if (socket.to === host.name && socket.unanswered) socket.tellGone()
  }

  isOn(host: string): boolean {
    return this.#hosts.get(host)?.on ?? false
  }

  async #listen(
    owner: Owner,
    host: Host,
    at: Address | {path: string},
    accept: (c: Connection) => void,
  ): Promise<Listener> {
    const key = 'path' in at ? `${host.name} ${at.path}` : `${at.host}:${at.port}`
    await new Promise<void>((done, refuse) => {
      this.#world.schedule(20, owner, 'listen', key, 0, () => {
        if (this.#listening.has(key)) {
          refuse(failure('EADDRINUSE', key))
          return
        }
        this.#listening.set(key, {owner, accept})
        done()
      })
    })
    return {address: at, close: () => this.#listening.delete(key)}
  }

  #connect(owner: Owner, host: Host, to: Address | {path: string}): Connection {
    const key = 'path' in to ? `${host.name} ${to.path}` : `${to.host}:${to.port}`
    const target = 'path' in to ? host.name : to.host
    const peers = 'port' in to && to.port === this.peerPort
    const socket = new Socket(
      this,
      this.#world,
      owner,
      host.name,
      target,
      `${target}:${'port' in to ? to.port : 0}`,
      peers,
    )
    if (owner.alive) {
      this.#connections.add(socket)
      this.#syn(socket, key, SYN_TRIES)
    }
    return socket
  }

  #syn(socket: Socket, key: string, tries: number): void {
    this.passes(socket.from, socket.to, socket, 0, 'connect', () => {
      if (socket.over) return
      const host = this.#hosts.get(socket.to)
      if (!host?.on) {
        this.#world.schedule(SYN_AGAIN, undefined, 'connect again', key, 0, () => {
          if (socket.over) return
          if (tries > 0) this.#syn(socket, key, tries - 1)
          else socket.fails('ETIMEDOUT')
        })
        return
      }
      const listening = this.#listening.get(key)
      if (!listening) {
        this.passes(socket.to, socket.from, socket, 0, 'refuse', () => socket.fails('ECONNREFUSED'))
        return
      }
      const other = new Socket(
        this,
        this.#world,
        listening.owner,
        socket.to,
        socket.from,
        `${socket.from}:${this.#ports++}`,
        socket.peers,
      )
      this.#connections.add(other)
      other.joins(socket)
      this.#world.schedule(0, listening.owner, 'accept', other.remote, 0, () => listening.accept(other))
      this.passes(socket.to, socket.from, other, 0, 'open', () => socket.opens())
    })
  }

  /** Carries something over a link: after its delay, in the order of its sender; while the link is cut it waits. */
  passes(
    from: string,
    to: string,
    sender: Socket,
    bytes: number,
    kind: string,
    arrive: () => void,
    hearer?: Owner,
    late = 0,
  ): void {
    const shape = this.shape(from, to)
    if (shape.cut) {
      const link = `${from}>${to}`
      const waiting = this.#waiting.get(link) ?? []
      // A sender tries again with growing pauses; what waited arrives some time after the link is whole.
      const again = between(this.#streams.of('again', from), 1_000, 120_000)
      waiting.push(() => this.passes(from, to, sender, bytes, kind, arrive, hearer, again))
      this.#waiting.set(link, waiting)
      return
    }
    const random = this.#streams.of('link', `${from}>${to}`)
    let delay = between(random, 80, 400) + late + shape.delayMs * 1_000
    if (chance(random, 10)) delay += between(random, 1_000, 15_000)
    const at = Math.max(this.#world.now + delay, sender.lastArrival)
    sender.lastArrival = at
    this.#world.schedule(at - this.#world.now, hearer, kind, hearer ? sender.heardAs : sender.link, bytes, arrive)
  }

  /** What the faults of a link do to one message between peers. */
  fate(from: string, to: string): 'lost' | 'doubled' | 'overtaken' | 'whole' {
    const {dropPermille, doublePermille, reorderPermille} = this.shape(from, to)
    if (dropPermille + doublePermille + reorderPermille === 0) return 'whole'
    const drawn = this.#streams.of('fate', `${from}>${to}`).below(1_000)
    if (drawn < dropPermille) return 'lost'
    if (drawn < dropPermille + doublePermille) return 'doubled'
    return drawn < dropPermille + doublePermille + reorderPermille ? 'overtaken' : 'whole'
  }

  /** How many pieces a message comes in, and where it is cut. */
  cutAt(from: string, to: string, bytes: number): number {
    const random = this.#streams.of('pieces', `${from}>${to}`)
    return bytes > 1 && chance(random, 30) ? between(random, 1, bytes - 1) : 0
  }

  lateMicros(from: string, to: string): Micros {
    return between(this.#streams.of('late', `${from}>${to}`), 1_000, 200_000)
  }

  forget(socket: Socket): void {
    this.#connections.delete(socket)
  }
}

/** One end of a connection. */
class Socket implements Connection {
  readonly remote: string
  readonly owner: Owner
  readonly from: string
  readonly to: string
  readonly peers: boolean
  readonly #net: SimNetwork
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

  constructor(net: SimNetwork, world: World, owner: Owner, from: string, to: string, remote: string, peers: boolean) {
    this.#net = net
    this.#world = world
    this.owner = owner
    this.from = from
    this.to = to
    this.remote = remote
    this.peers = peers
    this.link = `${from}>${to}`
    this.heardAs = `from ${from}`
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
    const bytes = concat(chunks as Uint8Array[])
    const opens = this.#written === 0
    this.#written += bytes.length
    this.#inFlight += bytes.length
    if (this.peers) this.#net.sniffer?.(this.owner, bytes)
    const other = this.#other
    if (!other || other.over) {
      this.unanswered = true
      this.#net.passes(this.from, this.to, this, bytes.length, 'to nobody', () => this.tellGone())
      return
    }
    const fate = this.peers && !opens ? this.#net.fate(this.from, this.to) : 'whole'
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
    else this.#handlers?.data(bytes)
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
