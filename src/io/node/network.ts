import {lstatSync, unlinkSync} from 'node:fs'
import net from 'node:net'
import type {Address, Connection, ConnectionHandlers, Listener, Network} from '../ports.ts'

/** TCP and unix sockets. A unix socket is made readable by its owner alone before it can be connected to. */
export const nodeNetwork: Network = {
  listen(at, onConnection): Promise<Listener> {
    return new Promise((done, refuse) => {
      const server = net.createServer({allowHalfOpen: true, pauseOnConnect: false}, socket =>
        onConnection(new NodeConnection(socket)),
      )
      server.on('error', error => {
        // While listening: EMFILE and the like. The server goes on when descriptors are free again.
        if (server.listening) return
        refuse(error)
      })
      const ready = (): void => {
        const bound = server.address()
        const address =
          bound !== null && typeof bound === 'object' ? {host: bound.address, port: bound.port} : (at as {path: string})
        done({address, close: () => server.close()})
      }
      if ('path' in at) {
        removeStale(at.path)
        // The mask, not a chmod afterwards: between bind and chmod anybody could connect.
        const mask = process.umask(0o177)
        try {
          server.listen(at.path, ready)
        } finally {
          process.umask(mask)
        }
      } else server.listen(at.port, at.host, 512, ready)
    })
  },
  connect(to): Connection {
    const socket = 'path' in to ? net.connect(to.path) : net.connect({host: to.host, port: to.port, noDelay: true})
    return new NodeConnection(socket)
  },
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
