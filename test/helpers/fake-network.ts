import {concat} from '../../src/base/bytes.ts'
import type {Address, Connection, ConnectionHandlers, Listener, Network} from '../../src/io/ports.ts'

/** A network in memory: listeners, and connections whose other end a test holds. */
export class FakeNetwork implements Network {
  readonly #listeners = new Map<number, (c: Connection) => void>()
  readonly dialled: FakeConnection[] = []
  trouble: ((why: Error) => void) | undefined
  #port = 40_000

  listen(at: Address, onConnection: (c: Connection) => void, trouble?: (why: Error) => void): Promise<Listener> {
    const port = at.port || 9_092
    this.#listeners.set(port, onConnection)
    this.trouble = trouble
    return Promise.resolve({
      address: {host: at.host, port},
      close: () => {
        this.#listeners.delete(port)
      },
    })
  }

  connect(_to: Address): Connection {
    const connection = new FakeConnection('127.0.0.1:1')
    this.dialled.push(connection)
    return connection
  }

  /** A client comes. */
  open(port = 9_092, host = '127.0.0.1'): FakeConnection {
    const connection = new FakeConnection(`${host}:${this.#port++}`)
    const accept = this.#listeners.get(port)
    if (!accept) throw new Error(`nobody listens on ${port}`)
    accept(connection)
    return connection
  }
}

/** The server's end of a connection, and what its other end does. */
export class FakeConnection implements Connection {
  readonly remote: string
  #handlers: ConnectionHandlers | undefined
  /** Calls of write. */
  writes = 0
  #sent: Uint8Array[] = []
  #unread = 0
  /** False: the other side takes nothing, everything written stays here. */
  reading = true
  paused = false
  /** How the server ended it. */
  ended: 'close' | 'reset' | undefined
  #gone = false
  /** Bytes that were given while it was paused: a real socket would hold them back. */
  #held: Uint8Array[] = []

  constructor(remote: string) {
    this.remote = remote
  }

  write(chunks: readonly Uint8Array[]): void {
    if (this.ended) return
    this.writes++
    for (const chunk of chunks) {
      this.#sent.push(new Uint8Array(chunk))
      if (!this.reading) this.#unread += chunk.length
    }
  }

  bufferedBytes(): number {
    return this.#unread
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
    while (!this.paused && this.#held.length > 0) this.#handlers?.data(this.#held.shift() as Uint8Array)
  }

  close(): void {
    this.ended ??= 'close'
  }

  reset(): void {
    this.ended = 'reset'
    this.#close()
  }

  on(handlers: ConnectionHandlers): void {
    this.#handlers = handlers
  }

  #close(why?: Error): void {
    if (this.#gone) return
    this.#gone = true
    this.#handlers?.closed(why)
  }

  // The other end.

  opened(): void {
    this.#handlers?.open?.()
  }

  send(...pieces: Uint8Array[]): void {
    for (const piece of pieces) {
      if (this.#gone) return
      if (this.paused) this.#held.push(piece)
      else this.#handlers?.data(piece)
    }
  }

  /** Takes `bytes` of what waits; all without a number. */
  take(bytes = this.#unread): void {
    this.#unread -= Math.min(bytes, this.#unread)
    if (this.#unread === 0) this.#handlers?.drain?.()
  }

  endHalf(): void {
    if (this.#handlers?.end) this.#handlers.end()
    else this.close()
  }

  breakOff(code = 'ECONNRESET'): void {
    this.#close(Object.assign(new Error(`read ${code}`), {code}))
  }

  get heldBack(): number {
    return this.#held.reduce((n, b) => n + b.length, 0)
  }

  /** Everything that was written on this side. */
  written(): Uint8Array {
    return this.#sent.length === 0 ? new Uint8Array(0) : concat(this.#sent)
  }

  /** Whole frames that the server wrote, without their length. */
  answers(): Uint8Array[] {
    const all = this.written()
    const view = new DataView(all.buffer, all.byteOffset)
    const frames: Uint8Array[] = []
    let at = 0
    while (at + 4 <= all.length) {
      const end = at + 4 + view.getInt32(at)
      frames.push(all.subarray(at + 4, end))
      at = end
    }
    return frames
  }
}
