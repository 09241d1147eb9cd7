import {rmSync} from 'node:fs'
import net from 'node:net'
import {ChronikError, EXIT, systemCode} from '../base/errors.ts'
import type {Random} from '../base/random.ts'
import {TAKEN_AGAIN_MS, TAKEN_MS_MAX} from '../io/node/network.ts'
import {Lane, Pipe} from './lane.ts'

export type Place = {host: string; port: number} | {path: string}

const BACKLOG = 512
/** A target that refuses while its process lives is looked for again after this long, then twice that, … */
const AGAIN_MS_FIRST = 50
const AGAIN_MS_MAX = 1_000
/** A unix socket whose queue of connections is full says so instead of letting one wait. */
const BUSY_MS = 20

/**
 * Stands before one target: whoever dials `at` talks to `to`. Two lanes, one a direction, can be cut or shaped; that holds from the first byte of a
 * new connection on, and for all that are open. While the target is down nobody is let in, as if it were dialled itself; while a lane is cut nobody
 * learns whether it is down: connections are taken, and nothing comes of them.
 */
export class Relay {
  readonly at: Place
  readonly #to: Place
  readonly #random: Random
  /** From who dials to the target, and back. */
  readonly forth = new Lane()
  readonly back = new Lane()
  readonly #pairs = new Set<Pair>()
  #server: net.Server | undefined
  #opening: Promise<void> = Promise.resolve()
  #target: 'down' | 'starting' | 'up' = 'down'
  #again: NodeJS.Timeout | undefined
  #againMs = AGAIN_MS_FIRST
  #closed = false

  constructor(at: Place, to: Place, random: Random) {
    this.at = at
    this.#to = to
    this.#random = random
  }

  get connections(): number {
    return this.#pairs.size
  }

  get #cut(): boolean {
    return this.forth.hidesEnds || this.back.hidesEnds
  }

  /** The target is being started: who dials is let in, and waits. */
  starting(): Promise<void> {
    this.#target = 'starting'
    return this.#open()
  }

  /** The target takes connections: those that wait go on. */
  async up(): Promise<void> {
    this.#target = 'up'
    this.#againMs = AGAIN_MS_FIRST
    await this.#open()
    for (const pair of [...this.#pairs]) pair.dial(this.#to)
  }

  /** The target's process is gone. */
  down(): void {
    this.#target = 'down'
    clearTimeout(this.#again)
    if (!this.#cut) this.#close()
    for (const pair of [...this.#pairs]) pair.targetGone()
  }

  /** After `forth` or `back` was changed. What lived through a cut and lost something by it is broken off when nothing is cut any more. */
  async changed(): Promise<void> {
    for (const pair of [...this.#pairs]) pair.changed()
    if (this.#cut) await this.#open()
    else if (this.#target === 'down') this.#close()
    else if (this.#target === 'up') for (const pair of [...this.#pairs]) pair.dial(this.#to)
  }

  /** For good. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#again)
    this.#close()
    for (const pair of [...this.#pairs]) pair.destroy()
  }

  #open(): Promise<void> {
    if (!this.#server && !this.#closed) this.#opening = this.#listen()
    return this.#opening
  }

  #listen(): Promise<void> {
    return new Promise((done, refuse) => {
      const server = net.createServer({allowHalfOpen: true, noDelay: true}, socket => this.#accept(socket))
      this.#server = server
      const begunMs = performance.now()
      server.once('listening', () => {
        server.removeListener('error', failed)
        // Later trouble (no descriptors) is one of single connections.
        server.on('error', () => undefined)
        if (this.#server !== server) server.close()
        done()
      })
      const failed = (error: Error): void => {
        if (systemCode(error) === 'EADDRINUSE' && performance.now() - begunMs < TAKEN_MS_MAX) {
          setTimeout(listen, TAKEN_AGAIN_MS)
          return
        }
        if (this.#server === server) this.#server = undefined
        refuse(taken(this.at, error))
      }
      const listen = (): void => {
        // Closed meanwhile.
        if (this.#server !== server) done()
        else if ('port' in this.at) server.listen(this.at.port, this.at.host, BACKLOG)
        else {
          rmSync(this.at.path, {force: true})
          const mask = process.umask(0o177)
          server.listen(this.at.path, BACKLOG)
          process.umask(mask)
        }
      }
      server.on('error', failed)
      listen()
    })
  }

  #close(): void {
    this.#server?.close()
    this.#server = undefined
  }

  #accept(socket: net.Socket): void {
    const pair: Pair = new Pair(socket, this, this.#random, {
      closed: () => this.#pairs.delete(pair),
      refused: () => this.#refused(),
    })
    this.#pairs.add(pair)
    if (this.#target === 'up') pair.dial(this.#to)
  }

  /** Its process lives or dies at this moment; whoever dials next is refused too, and so learns it. */
  #refused(): void {
    if (this.#target !== 'up' || this.#cut) return
    this.#close()
    clearTimeout(this.#again)
    this.#again = setTimeout(() => {
      if (this.#target === 'up') this.#open().catch(() => undefined)
    }, this.#againMs)
    this.#againMs = Math.min(this.#againMs * 2, AGAIN_MS_MAX)
  }
}

function taken(at: Place, error: Error): Error {
  if (!('port' in at) || systemCode(error) !== 'EADDRINUSE') return error
  return new ChronikError('CHRONIK_PORT_IN_USE', EXIT.environment, `Port ${at.port} is in use.`, {
    next: 'chronik doctor',
  })
}

/** One connection to the relay, and the one that it makes to the target for it. */
class Pair {
  readonly #near: net.Socket
  #far: net.Socket | undefined
  readonly #relay: Relay
  readonly #random: Random
  readonly #events: {closed(): void; refused(): void}
  readonly #forth: Pipe
  #back: Pipe | undefined
  #over = false
  #dialling = false
  /** An end that was closed while the other must not know. */
  #hidden = false

  constructor(near: net.Socket, relay: Relay, random: Random, events: {closed(): void; refused(): void}) {
    this.#near = near
    this.#relay = relay
    this.#random = random
    this.#events = events
    near.setNoDelay(true)
    this.#forth = new Pipe(relay.forth, random, {
      write: bytes => this.#far?.write(bytes) ?? false,
      end: () => this.#far?.end(),
      broken: () => this.destroy(),
      pause: () => near.pause(),
      resume: () => near.resume(),
    })
    near.on('error', () => undefined)
    near.on('close', broken => this.#nearClosed(broken))
    near.on('end', () => {
      if (!this.#forth.end() && !this.#far) this.destroy()
    })
    near.on('data', (bytes: Buffer) => this.#forth.push(bytes))
    near.on('drain', () => this.#back?.drained())
    // Until the target is dialled nothing is read: it waits where it is. What a cut swallows is read at once, to see when who dials gives up.
    if (relay.forth.cut) this.#forth.lost = true
    else near.pause()
  }

  dial(to: Place): void {
    if (this.#far || this.#over || this.#dialling || this.#relay.forth.cut || this.#forth.lost) return
    this.#dialling = true
    const far =
      'path' in to
        ? net.connect({path: to.path, allowHalfOpen: true})
        : net.connect({host: to.host, port: to.port, noDelay: true, allowHalfOpen: true})
    const failed = (error: Error): void => {
      this.#dialling = false
      if (this.#over) return
      if (systemCode(error) === 'EAGAIN') {
        setTimeout(() => this.dial(to), BUSY_MS)
        return
      }
      this.#events.refused()
      this.targetGone()
    }
    far.once('error', failed)
    far.once('connect', () => {
      far.removeListener('error', failed)
      far.on('error', () => undefined)
      this.#dialling = false
      if (this.#over) far.destroy()
      else this.#join(far)
    })
  }

  #join(far: net.Socket): void {
    this.#far = far
    const back = new Pipe(this.#relay.back, this.#random, {
      write: bytes => this.#near.write(bytes),
      end: () => this.#near.end(),
      broken: () => this.destroy(),
      pause: () => far.pause(),
      resume: () => far.resume(),
    })
    this.#back = back
    far.on('data', (bytes: Buffer) => back.push(bytes))
    far.on('end', () => back.end())
    far.on('drain', () => this.#forth.drained())
    // Closed without being broken: both halves have ended in order, and what was handed on last may still be on its way.
    far.on('close', broken => {
      if (broken) this.targetGone()
    })
    this.#near.resume()
  }

  changed(): void {
    const {forth, back} = this.#relay
    this.#forth.changed()
    this.#back?.changed()
    if (forth.cut) {
      if (!this.#far) {
        // It was let in and waited for its target: from now on it talks to nobody.
        this.#forth.lost = true
        this.#near.resume()
      }
    } else if (!back.hidesEnds && (this.#hidden || this.#forth.lost || this.#back?.lost)) this.destroy()
  }

  /** Who dialled is gone; the target learns it unless the way there is cut. */
  #nearClosed(broken: boolean): void {
    const told = this.#far?.writableEnded && !broken
    if (this.#relay.forth.hidesEnds && this.#far && !this.#far.destroyed) this.#hidden = true
    else if (told) this.#far?.once('close', () => this.destroy())
    else this.destroy()
  }

  /** The target is gone; who dialled learns it unless the way back is cut. */
  targetGone(): void {
    if (this.#relay.back.hidesEnds && !this.#near.destroyed) {
      this.#hidden = true
      this.#forth.lost = true
      this.#near.resume()
    } else this.destroy()
  }

  destroy(): void {
    if (this.#over) return
    this.#over = true
    this.#forth.stop()
    this.#back?.stop()
    this.#near.destroy()
    this.#far?.destroy()
    this.#events.closed()
  }
}
