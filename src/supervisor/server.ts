import {chmodSync} from 'node:fs'
import net from 'node:net'
import {ChronikError, EXIT, messageOf} from '../base/errors.ts'
import {packageVersion} from '../base/package-root.ts'
import type {Asker} from '../contracts/action.ts'
import {LINE_BYTES_MAX, SUPERVISOR_PROTOCOL} from '../contracts/rpc.ts'
import type {SupervisorReply, SupervisorRequest} from '../contracts/supervisor-protocol.ts'
import type {Controller} from './controller.ts'
import {readLines} from './read-lines.ts'

const CLIENTS_MAX = 64
const UNREAD_BYTES_MAX = 64 * 1024 * 1024

export interface ServerEvents {
  /** All nodes are down: the supervisor ends. */
  ended(): void
  /** A client said hello, or its connection ended. */
  said(who: Asker): void
  left(who: Asker): void
}

/** The supervisor's socket: JSON lines. A bad client loses its connection and nothing else. */
export class Server {
  readonly #controller: Controller
  readonly #events: ServerEvents
  readonly #server: net.Server
  #clients = 0

  constructor(controller: Controller, events: ServerEvents) {
    this.#controller = controller
    this.#events = events
    this.#server = net.createServer(socket => this.#accept(socket))
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      // The mask, not a chmod alone: between bind and chmod anybody could connect.
      const mask = process.umask(0o177)
      this.#server.listen(path, () => {
        chmodSync(path, 0o600)
        resolve()
      })
      process.umask(mask)
    })
  }

  close(): void {
    this.#server.close()
  }

  #accept(socket: net.Socket): void {
    if (this.#clients >= CLIENTS_MAX) {
      socket.destroy()
      return
    }
    this.#clients++
    const undo: Array<() => void> = []
    let who: Asker = {name: 'somebody', pid: 0}
    const send = (reply: SupervisorReply): void => {
      if (socket.destroyed) return
      if (socket.writableLength > UNREAD_BYTES_MAX) socket.destroy()
      else socket.write(`${JSON.stringify(reply)}\n`)
    }
    const take = (line: string): void => {
      const request = JSON.parse(line) as SupervisorRequest
      if (typeof request?.id !== 'number' || typeof request.call !== 'string') throw new Error('no request')
      if (request.call === 'hello' && request.who) {
        who = {name: String(request.who.name).slice(0, 100), pid: Number(request.who.pid)}
        this.#events.said(who)
      }
      this.#handle(request, who, socket, send, undo).then(
        ok => send({id: request.id, ok}),
        error => send({id: request.id, error: shapeOf(error)}),
      )
    }
    readLines(socket, take, LINE_BYTES_MAX)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#clients--
      for (const run of undo) run()
      if (this.#controller.heldBy?.owner === socket) this.#controller.heldBy = undefined
      this.#events.left(who)
    })
  }

  async #handle(
    request: SupervisorRequest,
    who: Asker,
    socket: net.Socket,
    send: (reply: SupervisorReply) => void,
    undo: Array<() => void>,
  ): Promise<unknown> {
    const c = this.#controller
    switch (request.call) {
      case 'hello':
        return {
          protocol: SUPERVISOR_PROTOCOL,
          version: packageVersion(),
          pid: process.pid,
          cluster: c.spec.name,
          startedWallMs: c.startedWallMs,
        }
      case 'shutdown': {
        c.journal.add('cluster', `down by ${who.name} (pid ${who.pid})`)
        const done = await c.end(request.mode === 'kill' ? 'kill' : 'stop', 'by down')
        setImmediate(() => this.#events.ended())
        return done
      }
      case 'snapshot':
        await c.ask(undefined)
        return c.snapshot()
      case 'subscribe': {
        if (request.from !== undefined) for (const event of c.journal.from(request.from)) send({event})
        undo.push(
          c.journal.listen(event => send({event})),
          c.onChange(() => send({changed: c.snapshot()})),
          c.onGroup(group => send({group})),
        )
        await c.ask(undefined)
        return c.snapshot()
      }
      case 'ask':
        return c.ask(request.nodes)
      case 'act': {
        if (c.heldBy && c.heldBy.owner !== socket && request.action.do !== 'mark')
          throw new ChronikError(
            'CHRONIK_HELD',
            EXIT.labState,
            `${c.spec.name} is held by ${c.heldBy.why}: its faults are its own.`,
          )
        return c.act(request.action, who, progress => send({id: request.id, progress}))
      }
      case 'report':
        return {number: c.journal.add(request.kind, request.text, {data: request.data}).number}
      case 'hold':
        if (c.heldBy && c.heldBy.owner !== socket)
          throw new ChronikError('CHRONIK_HELD', EXIT.labState, `${c.spec.name} is held by ${c.heldBy.why}.`)
        c.heldBy = {why: request.why, owner: socket}
        return {}
      case 'release':
        if (c.heldBy?.owner === socket) c.heldBy = undefined
        return {}
      default:
        throw new ChronikError('CHRONIK_PROTOCOL', EXIT.labState, 'The supervisor does not know this call.')
    }
  }
}

function shapeOf(error: unknown) {
  return error instanceof ChronikError
    ? error.toShape()
    : {code: 'CHRONIK_BUG', message: messageOf(error), exitCode: EXIT.bug}
}
