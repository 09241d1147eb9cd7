import {ByteQueue} from '../../base/byte-queue.ts'
import {messageOf} from '../../base/errors.ts'
import {WireError} from '../../formats/kafka/wire.ts'
import type {Address, Cancellable, Connection, Listener} from '../../io/ports.ts'
import type {Backend} from '../backend.ts'
import {GroupCoordinator} from './coordinator/coordinator.ts'
import {Dispatch} from './dispatch.ts'

/** Kafka's socket.request.max.bytes. */
const FRAME_BYTES_MAX = 104_857_600
const CONNECTIONS_MAX = 1_000
/** A frame that has begun must be whole within this time. */
const FRAME_MS = 30_000
/** Kafka's connections.max.idle.ms. */
const IDLE_MS = 600_000
/** Requests of one connection that are worked on at a time; more wait in its socket. */
const PIPELINE_MAX = 64
/** Bytes of requests, over all connections, that are worked on at a time. */
const IN_FLIGHT_BYTES_MAX = 256 * 1024 * 1024
/** Answers that a client does not read; beyond it its connection is closed. */
const UNREAD_BYTES_MAX = 256 * 1024 * 1024

export interface KafkaServer {
  address: Address
  connections(): number
  close(): void
}

export async function startKafkaServer(backend: Backend, listenAt: Address): Promise<KafkaServer> {
  const server = new Server(backend)
  return server.listen(listenAt)
}

class Server {
  readonly #backend: Backend
  readonly #dispatch: Dispatch
  readonly clients = new Set<Client>()
  #inFlightBytes = 0
  #full: Client[] = []
  #saidFull = false

  constructor(backend: Backend) {
    this.#backend = backend
    this.#dispatch = new Dispatch(backend, new GroupCoordinator(backend))
  }

  async listen(at: Address): Promise<KafkaServer> {
    const listener: Listener = await this.#backend.io.network.listen(at, connection => this.#accept(connection))
    return {
      address: listener.address as Address,
      connections: () => this.clients.size,
      close: () => {
        listener.close()
        for (const client of this.clients) client.connection.reset()
      },
    }
  }

  #accept(connection: Connection): void {
    if (this.clients.size >= CONNECTIONS_MAX) {
      if (!this.#saidFull) this.#backend.io.log('WARN', `more than ${CONNECTIONS_MAX} connections: new ones are closed`)
      this.#saidFull = true
      connection.reset()
      return
    }
    this.#saidFull = false
    this.clients.add(new Client(this, this.#backend, this.#dispatch, connection))
  }

  begun(bytes: number): void {
    this.#inFlightBytes += bytes
  }

  ended(bytes: number): void {
    this.#inFlightBytes -= bytes
    if (this.#inFlightBytes < IN_FLIGHT_BYTES_MAX) for (const client of this.#full.splice(0)) client.resume()
  }

  /** True when there is no room: the client is called back by `resume`. */
  full(client: Client): boolean {
    if (this.#inFlightBytes < IN_FLIGHT_BYTES_MAX) return false
    this.#full.push(client)
    return true
  }
}

/** One connection: frames in, answers out in the order of the requests. */
class Client {
  readonly connection: Connection
  readonly #server: Server
  readonly #backend: Backend
  readonly #dispatch: Dispatch
  readonly #queue = new ByteQueue()
  #slots: Array<{done: boolean; bytes?: Uint8Array}> = []
  #frameTimer: Cancellable | undefined
  #idleTimer: Cancellable
  /** When the last bytes came, monotonic ms. */
  #heardMs: number
  #ended = false
  #closed = false
  #paused = false

  constructor(server: Server, backend: Backend, dispatch: Dispatch, connection: Connection) {
    this.#server = server
    this.#backend = backend
    this.#dispatch = dispatch
    this.connection = connection
    this.#heardMs = backend.io.clock.monotonicMs()
    this.#idleTimer = backend.io.clock.after(IDLE_MS, () => this.#whenIdle())
    connection.on({
      data: bytes => this.#data(bytes),
      end: () => {
        // Its last requests are still answered.
        this.#ended = true
        if (this.#slots.length === 0) connection.close()
      },
      closed: () => {
        this.#closed = true
        this.#frameTimer?.cancel()
        this.#idleTimer.cancel()
        server.clients.delete(this)
      },
    })
  }

  #data(bytes: Uint8Array): void {
    this.#queue.push(bytes)
    this.#heardMs = this.#backend.io.clock.monotonicMs()
    this.#frames()
  }

  /** One timer a connection, not one a request. */
  #whenIdle(): void {
    const left = this.#heardMs + IDLE_MS - this.#backend.io.clock.monotonicMs()
    if (left <= 0) this.connection.close()
    else this.#idleTimer = this.#backend.io.clock.after(left, () => this.#whenIdle())
  }

  resume(): void {
    if (this.#closed || !this.#paused) return
    this.#paused = false
    this.connection.resume()
    this.#frames()
  }

  #pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.connection.pause()
  }

  #frames(): void {
    while (!this.#closed) {
      const head = this.#queue.peek(4)
      if (!head) return
      if (this.#slots.length >= PIPELINE_MAX || this.#server.full(this)) {
        this.#pause()
        return
      }
      const size = new DataView(head.buffer, head.byteOffset).getInt32(0)
      if (size < 8 || size > FRAME_BYTES_MAX) {
        this.#drop(whyBadSize(head, size))
        return
      }
      const frame = this.#queue.take(4 + size)
      if (!frame) {
        this.#frameTimer ??= this.#backend.io.clock.after(FRAME_MS, () => this.#drop('a frame that was never finished'))
        return
      }
      this.#frameTimer?.cancel()
      this.#frameTimer = undefined
      this.#request(frame.subarray(4))
    }
  }

  #request(frame: Uint8Array): void {
    const slot: {done: boolean; bytes?: Uint8Array} = {done: false}
    this.#slots.push(slot)
    this.#server.begun(frame.length)
    this.#dispatch.handle(frame, this.connection.remote).then(
      bytes => {
        slot.bytes = bytes
        slot.done = true
        this.#server.ended(frame.length)
        this.#answer()
      },
      error => {
        this.#server.ended(frame.length)
        this.#drop(error instanceof WireError ? error.message : `a request failed: ${messageOf(error)}`)
      },
    )
  }

  #answer(): void {
    if (this.#closed) return
    const ready: Uint8Array[] = []
    while (this.#slots[0]?.done) {
      const {bytes} = this.#slots.shift() as {bytes?: Uint8Array}
      if (bytes) ready.push(bytes)
    }
    if (ready.length > 0) this.connection.write(ready)
    if (this.connection.bufferedBytes() > UNREAD_BYTES_MAX) this.#drop('its answers are not read')
    else if (this.#ended && this.#slots.length === 0) this.connection.close()
    else if (this.#paused) this.resume()
  }

  #drop(why: string): void {
    if (this.#closed) return
    this.#backend.io.log('WARN', `client ${this.connection.remote} closed: ${why}`)
    this.connection.reset()
  }
}

function whyBadSize(bytes: Uint8Array, size: number): string {
  if (bytes[0] === 0x16 && bytes[1] === 3) return 'TLS on a plaintext port'
  const text = String.fromCharCode(...bytes.subarray(0, 4))
  if (/^(GET |POST|PUT |HEAD|OPTI)/.test(text)) return 'HTTP on the Kafka port'
  return `a frame of ${size} bytes`
}
