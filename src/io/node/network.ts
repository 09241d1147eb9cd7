import {lstatSync, unlinkSync} from 'node:fs'
import net from 'node:net'
import {systemCode} from '../../base/errors.ts'
import type {Address, Connection, ConnectionHandlers, Listener, Network} from '../ports.ts'

const ACCEPT_AGAIN_MS_FIRST = 50
const ACCEPT_AGAIN_MS_MAX = 1_000
/** Whoever looks for ports that are free holds each for a moment, that of a node which is down too: one that is taken is tried again for so long. */
export const TAKEN_MS_MAX = 1_000
export const TAKEN_AGAIN_MS = 20

/** TCP and unix sockets. A unix socket is made readable by its owner alone before it can be connected to. */
export const nodeNetwork: Network = {
  listen(at, onConnection, trouble): Promise<Listener> {
    return new Promise((done, refuse) => {
      let bound: Address | {path: string} | undefined
      let again: NodeJS.Timeout | undefined
      let againMs = ACCEPT_AGAIN_MS_FIRST
      const begunMs = performance.now()
      const server = net.createServer({allowHalfOpen: true, pauseOnConnect: false}, socket => {
        againMs = ACCEPT_AGAIN_MS_FIRST
        onConnection(new NodeConnection(socket))
      })
      const close = (): void => {
        if (again) clearTimeout(again)
        bound = undefined
        server.close()
      }
      server.on('error', error => {
        if (!bound) {
          if (systemCode(error) === 'EADDRINUSE' && performance.now() - begunMs < TAKEN_MS_MAX)
            setTimeout(() => listen(server, at), TAKEN_AGAIN_MS)
          else refuse(error)
          return
        }
        // No descriptors for another connection: the one that waits would be reported again at once, for ever. So nothing is accepted for a
        // while; open connections and files go on.
        trouble?.(error)
        server.close()
        if (again) clearTimeout(again)
        again = setTimeout(() => listen(server, bound ?? at), againMs)
        againMs = Math.min(againMs * 2, ACCEPT_AGAIN_MS_MAX)
      })
      server.on('listening', () => {
        if (bound) return
        const found = server.address()
        bound =
          found !== null && typeof found === 'object' ? {host: found.address, port: found.port} : (at as {path: string})
        done({address: bound, close})
      })
      listen(server, at)
    })
  },
  connect(to): Connection {
    const socket = 'path' in to ? net.connect(to.path) : net.connect({host: to.host, port: to.port, noDelay: true})
    return new NodeConnection(socket)
  },
}

function listen(server: net.Server, at: Address | {path: string}): void {
  if (!('path' in at)) {
    server.listen(at.port, at.host, 512)
    return
  }
  removeStale(at.path)
  // The mask, not a chmod afterwards: between bind and chmod anybody could connect.
  const mask = process.umask(0o177)
  try {
    server.listen(at.path)
  } finally {
    process.umask(mask)
  }
}

/** The socket file of an earlier life: its owner made sure that nobody else lives here. */
function removeStale(path: string): void {
  try {
    if (lstatSync(path).isSocket()) unlinkSync(path)
  } catch {
    // Nothing there.
  }
}

class NodeConnection implements Connection {
  readonly #socket: net.Socket
  readonly remote: string
  #handlers: ConnectionHandlers | undefined
  #error: Error | undefined
  #early: Uint8Array[] = []

  constructor(socket: net.Socket) {
    this.#socket = socket
    this.remote = `${socket.remoteAddress ?? 'unix'}:${socket.remotePort ?? 0}`
    socket.setNoDelay(true)
    socket.on('connect', () => this.#handlers?.open?.())
    socket.on('data', (bytes: Buffer) => {
      if (this.#handlers) this.#handlers.data(bytes)
      else this.#early.push(bytes)
    })
    socket.on('drain', () => this.#handlers?.drain?.())
    socket.on('end', () => {
      if (this.#handlers?.end) this.#handlers.end()
      else socket.end()
    })
    socket.on('error', error => {
      this.#error = error
    })
    socket.on('close', () => this.#handlers?.closed(this.#error))
  }

  write(chunks: readonly Uint8Array[]): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return
    if (chunks.length === 1) {
      this.#socket.write(chunks[0])
      return
    }
    this.#socket.cork()
    for (const chunk of chunks) this.#socket.write(chunk)
    this.#socket.uncork()
  }

  bufferedBytes(): number {
    return this.#socket.writableLength
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  close(): void {
    if (!this.#socket.destroyed) this.#socket.end()
  }

  reset(): void {
    this.#socket.destroy()
  }

  on(handlers: ConnectionHandlers): void {
    this.#handlers = handlers
    const early = this.#early
    this.#early = []
    for (const bytes of early) handlers.data(bytes)
  }
}

export type {Address}
