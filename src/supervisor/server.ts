import {chmodSync} from 'node:fs'
import net from 'node:net'
import {ChronikError, EXIT, messageOf} from '../base/errors.ts'
import {oneLine} from '../base/one-line.ts'
import {packageVersion} from '../base/package-root.ts'
import {formatDuration} from '../base/units.ts'
import type {Action, Asker} from '../contracts/action.ts'
import {LINE_BYTES_MAX, SUPERVISOR_PROTOCOL} from '../contracts/rpc.ts'
import type {SupervisorReply, SupervisorRequest} from '../contracts/supervisor-protocol.ts'
import {readLines} from '../io/node/read-lines.ts'
import type {Controller} from './controller.ts'
import {requestOf} from './request.ts'

const CLIENTS_MAX = 64
/** Requests of one client that are not answered yet. */
const OPEN_MAX = 1_000
/** Longer than the longest wait inside of an action: a leader (30 s), then nodes that catch up (30 s), then a grace. */
const REQUEST_MS = 120_000
const TIMER_MS_MAX = 2_147_483_647
const UNREAD_BYTES_MAX = 64 * 1024 * 1024
/** A client that has more than this to read is told nothing newer of the state until it has read it. */
const STATE_BYTES_WAITING_MAX = 1024 * 1024

export interface ServerEvents {
  /** All nodes are down, as this client wanted: the supervisor ends. */
  ended(who: Asker): void
  /** A client said hello, or its connection ended. */
  said(who: Asker): void
  left(who: Asker): void
}

/** The supervisor's socket: JSON lines. A bad client loses its connection and nothing else. */
export class Server {
  readonly #controller: Controller
  readonly #events: ServerEvents
  readonly #server: net.Server
  readonly #requestMs: number
  #clients = 0

  constructor(controller: Controller, events: ServerEvents, o: {requestMs?: number} = {}) {
    this.#controller = controller
    this.#requestMs = o.requestMs ?? REQUEST_MS
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
    const gone = new AbortController()
    const open = new Set<number>()
    let who: Asker = {name: 'somebody', pid: 0}
    const send = (reply: SupervisorReply): void => {
      if (socket.destroyed) return
      if (socket.writableLength > UNREAD_BYTES_MAX) socket.destroy()
      else socket.write(`${JSON.stringify(reply)}\n`)
    }
    const take = (line: string): void => {
      const request = requestOf(line)
      if ('wrong' in request) {
        // Without a number there is nobody to answer: such a connection is of no use to either side.
        if (request.id === undefined) throw new Error(request.wrong)
        const error = {code: 'CHRONIK_PROTOCOL', message: request.wrong, exitCode: EXIT.labState}
        send({id: request.id, error})
        return
      }
      if (request.call === 'hello' && request.who) {
        who = {name: oneLine(request.who.name).slice(0, 100), pid: request.who.pid}
        this.#events.said(who)
      }
      if (open.size >= OPEN_MAX) {
        const error = {
          code: 'CHRONIK_PROTOCOL',
          message: `${OPEN_MAX} requests are open already.`,
          exitCode: EXIT.labState,
        }
        send({id: request.id, error})
        return
      }
      open.add(request.id)
      this.#within(request, this.#handle(request, who, send, {socket, undo, gone: gone.signal}))
        .finally(() => open.delete(request.id))
        .then(
          ok => send({id: request.id, ok}),
          error => send({id: request.id, error: shapeOf(error)}),
        )
    }
    readLines(socket, take, LINE_BYTES_MAX)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#clients--
      gone.abort()
      for (const run of undo) run()
      if (this.#controller.heldBy?.owner === socket) this.#controller.heldBy = undefined
      this.#events.left(who)
    })
  }

  /** No request waits for ever: what an action does then goes on, and is in the journal. */
  async #within(request: SupervisorRequest, work: Promise<unknown>): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined
    const withinMs = Math.min(TIMER_MS_MAX, this.#requestMs + (request.call === 'act' ? lastsMs(request.action) : 0))
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () =>
          reject(
            new ChronikError(
              'CHRONIK_TIMEOUT',
              EXIT.unknown,
              `${request.call}: not done after ${formatDuration(withinMs)}`,
              {next: 'chronik events'},
            ),
          ),
        withinMs,
      )
    })
    try {
      return await Promise.race([work, late])
    } finally {
      clearTimeout(timer)
    }
  }

  async #handle(
    request: SupervisorRequest,
    who: Asker,
    send: (reply: SupervisorReply) => void,
    {socket, undo, gone}: {socket: net.Socket; undo: Array<() => void>; gone: AbortSignal},
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
        setImmediate(() => this.#events.ended(who))
        return done
      }
      case 'snapshot':
        await c.ask(undefined)
        return c.snapshot()
      case 'subscribe': {
        if (request.from !== undefined) for (const event of c.journal.from(request.from)) send({event})
        undo.push(
          c.journal.listen(event => send({event})),
          c.onChange(newestState(socket, () => send({changed: c.snapshot()}))),
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
        return c.act(request.action, who, progress => send({id: request.id, progress}), gone)
      }
      case 'links':
        return c.links()
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

/**
 * Tells a client of changes as fast as it reads. A snapshot is the state and no history: while older ones wait to be read no more are piled up,
 * and the newest follows when they are through.
 */
function newestState(socket: net.Socket, tell: () => void): () => void {
  let waits = false
  return () => {
    if (waits) return
    if (socket.writableLength <= STATE_BYTES_WAITING_MAX) {
      tell()
      return
    }
    waits = true
    socket.once('drain', () => {
      waits = false
      tell()
    })
  }
}

/** How long an action is meant to last. */
function lastsMs(action: Action): number {
  if (action.do !== 'kill') return 0
  return (action.repeat ?? 1) * ((action.forMs ?? 0) + (action.waitMs ?? 0) + (action.repeat ? REQUEST_MS : 0))
}

function shapeOf(error: unknown) {
  return error instanceof ChronikError
    ? error.toShape()
    : {code: 'CHRONIK_BUG', message: messageOf(error), exitCode: EXIT.bug}
}
