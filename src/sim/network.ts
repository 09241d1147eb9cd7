import type {Random} from '../base/random.ts'
import {BATCH_HEADER_BYTES, batchCrcOk, readBatchHeader} from '../formats/record-batch.ts'
import type {Address, Connection, Listener, Network} from '../io/ports.ts'
import {failure} from './disk.ts'
import {type Carrier, type Gate, type Sniffer, Socket} from './socket.ts'
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

/** One direction between two hosts. */
interface Link {
  shape: LinkShape
  /** What is sent when the link is whole again. */
  readonly waiting: Array<() => void>
  /** The next thing that is written arrives in part. */
  tearsNext: boolean
  readonly delays: Random
  readonly fates: Random
  readonly pieces: Random
  readonly late: Random
}

const SYN_AGAIN: Micros = 300_000
const SYN_TRIES = 20
interface Listening {
  owner: Owner
  gate: Gate | undefined
  accept: (c: Connection) => void
}

/** All sockets of the world. Bytes of a connection arrive in order, in pieces of any size; links may be cut in one direction only. */
export class SimNetwork implements Carrier {
  readonly #world: World
  readonly #streams: Streams
  readonly #listening = new Map<string, Listening>()
  readonly #links = new Map<string, Map<string, Link>>()
  /** Links that were ever given another shape, in the order of the first time. */
  readonly #shaped = new Set<Link>()
  readonly #flipped = new Set<string>()
  readonly #hosts = new Map<string, Host>()
  readonly #connections = new Set<Socket>()
  sniffer: Sniffer | undefined
  /** Told of each frame that was torn. */
  torn: () => void = () => {}
  /** Told of each batch of which a bit flipped. */
  flipped: () => void = () => {}
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

  port(owner: Owner, host: Host, gate?: Gate): Network {
    return {
      listen: (at, onConnection) => this.#listen(owner, host, gate, at, onConnection),
      connect: to => this.#connect(owner, host, gate, to),
    }
  }

  shape(from: string, to: string): LinkShape {
    return this.#link(from, to).shape
  }

  #link(from: string, to: string): Link {
    let known = this.#links.get(from)
    if (!known) {
      known = new Map()
      this.#links.set(from, known)
    }
    let link = known.get(to)
    if (!link) {
      const of = (purpose: string): Random => this.#streams.of(purpose, `${from}>${to}`)
      link = {
        shape: CLEAR,
        waiting: [],
        tearsNext: false,
        delays: of('link'),
        fates: of('fate'),
        pieces: of('pieces'),
        late: of('late'),
      }
      known.set(to, link)
    }
    return link
  }

  setShape(from: string, to: string, shape: LinkShape): void {
    const link = this.#link(from, to)
    this.#shaped.add(link)
    this.#give(link, shape)
  }

  #give(link: Link, shape: LinkShape): void {
    link.shape = shape
    if (shape.cut) return
    for (const send of link.waiting.splice(0)) send()
  }

  healAll(): void {
    for (const link of this.#shaped) this.#give(link, CLEAR)
  }

  /** Every connection between two hosts breaks in both directions, in the middle of whatever is under way. */
  resetBetween(a: string, b: string): void {
    for (const socket of [...this.#connections]) if (socket.from === a && socket.to === b) socket.break()
  }

  /** The next thing that is written from one host to another arrives in part, and then its connection breaks. */
  tearNext(from: string, to: string): void {
    this.#link(from, to).tearsNext = true
  }

  /** Is this write to be torn? Only the first that comes is. */
  tears(from: string, to: string): boolean {
    const link = this.#link(from, to)
    const {tearsNext} = link
    link.tearsNext = false
    return tearsNext
  }

  /** One bit of the next record batch that a client sends to this host flips on its way. */
  flipNextBatch(to: string): void {
    this.#flipped.add(to)
  }

  carried(to: string, bytes: Uint8Array): Uint8Array {
    const batch = this.#flipped.has(to) ? batchIn(bytes) : undefined
    if (!batch) return bytes
    this.#flipped.delete(to)
    this.flipped()
    const random = this.#streams.of('flip-sent', to)
    const copy = bytes.slice()
    copy[between(random, batch.from, batch.to - 1)] ^= 1 << random.below(8)
    return copy
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
    gate: Gate | undefined,
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
        this.#listening.set(key, {owner, gate, accept})
        done()
      })
    })
    return {address: at, close: () => this.#listening.delete(key)}
  }

  #connect(owner: Owner, host: Host, gate: Gate | undefined, to: Address | {path: string}): Connection {
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
      gate,
    )
    if (!owner.alive) return socket
    const point = gate?.('connect', socket.about)
    if (point?.when !== 'before') {
      this.#connections.add(socket)
      this.#syn(socket, key, SYN_TRIES)
    }
    point?.die()
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
        listening.gate,
      )
      this.#connections.add(other)
      other.joins(socket)
      this.#world.schedule(0, listening.owner, 'accept', other.remote, 0, () => {
        const point = listening.gate?.('accept', other.about)
        if (point?.when !== 'before') listening.accept(other)
        point?.die()
      })
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
    const {shape, waiting, delays} = this.#link(from, to)
    if (shape.cut) {
      // A sender tries again with growing pauses; what waited arrives some time after the link is whole.
      const again = between(this.#streams.of('again', from), 1_000, 120_000)
      waiting.push(() => this.passes(from, to, sender, bytes, kind, arrive, hearer, again))
      return
    }
    let delay = between(delays, 80, 400) + late + shape.delayMs * 1_000
    if (chance(delays, 10)) delay += between(delays, 1_000, 15_000)
    const at = Math.max(this.#world.now + delay, sender.lastArrival)
    sender.lastArrival = at
    this.#world.schedule(at - this.#world.now, hearer, kind, hearer ? sender.heardAs : sender.link, bytes, arrive)
  }

  /** What the faults of a link do to one message between peers. */
  fate(from: string, to: string): 'lost' | 'doubled' | 'overtaken' | 'whole' {
    const {shape, fates} = this.#link(from, to)
    const {dropPermille, doublePermille, reorderPermille} = shape
    if (dropPermille + doublePermille + reorderPermille === 0) return 'whole'
    const drawn = fates.below(1_000)
    if (drawn < dropPermille) return 'lost'
    if (drawn < dropPermille + doublePermille) return 'doubled'
    return drawn < dropPermille + doublePermille + reorderPermille ? 'overtaken' : 'whole'
  }

  /** How many pieces a message comes in, and where it is cut. */
  cutAt(from: string, to: string, bytes: number): number {
    if (bytes < 2) return 0
    const {pieces} = this.#link(from, to)
    return chance(pieces, 30) ? between(pieces, 1, bytes - 1) : 0
  }

  /** How much of a message is sent when its sender is cut off in the middle of it. */
  partOf(from: string, bytes: number): number {
    return bytes > 1 ? between(this.#streams.of('part of message', from), 1, bytes - 1) : bytes
  }

  lateMicros(from: string, to: string): Micros {
    return between(this.#link(from, to).late, 1_000, 200_000)
  }

  forget(socket: Socket): void {
    this.#connections.delete(socket)
  }
}

/** Where in a client's message the records of a sound batch lie. */
function batchIn(bytes: Uint8Array): {from: number; to: number} | undefined {
  for (let at = 0; at + BATCH_HEADER_BYTES < bytes.length; at++) {
    const {bytes: length, magic} = readBatchHeader(bytes, at)
    if (magic === 2 && length > BATCH_HEADER_BYTES && at + length <= bytes.length && batchCrcOk(bytes, at))
      return {from: at + BATCH_HEADER_BYTES, to: at + length}
  }
  return undefined
}
