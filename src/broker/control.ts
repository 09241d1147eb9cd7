import {utf8} from '../base/bytes.ts'
import {ChronikError, type ErrorShape, EXIT, messageOf} from '../base/errors.ts'
import {LineReader} from '../base/line-reader.ts'
import type {InsideOrder} from '../contracts/inside.ts'
import type {MembersOrder, NodeReply, NodeRequest} from '../contracts/node-control.ts'
import type {GroupChange, NodeLive} from '../contracts/node-state.ts'
import {LINE_BYTES_MAX} from '../contracts/rpc.ts'
import type {Connection, Listener, Network} from '../io/ports.ts'

const CLIENTS_MAX = 32
const UNREAD_BYTES_MAX = 16 * 1024 * 1024

export interface ControlEvents {
  state(): NodeLive
  stop(): void
  members(order: MembersOrder): Promise<unknown>
  /** Absent: this node suffers nothing by order. */
  suffer?(order: InsideOrder): Promise<unknown>
}

/** The control socket of a node: JSON lines, a request a line (contracts/node-control). A bad client loses its connection and nothing else. */
export class Control {
  readonly #events: ControlEvents
  readonly #clients = new Set<Connection>()
  readonly #watchers = new Set<Connection>()
  #listener: Listener | undefined

  constructor(events: ControlEvents) {
    this.#events = events
  }

  async listen(network: Network, path: string): Promise<void> {
    this.#listener = await network.listen({path}, client => this.#accept(client))
  }

  close(): void {
    this.#listener?.close()
    for (const client of this.#clients) client.close()
  }

  changed(change: GroupChange): void {
    if (this.#watchers.size === 0) return
    const line = encode({change})
    for (const watcher of this.#watchers) {
      if (watcher.bufferedBytes() > UNREAD_BYTES_MAX) watcher.reset()
      else watcher.write([line])
    }
  }

  #accept(client: Connection): void {
    if (this.#clients.size >= CLIENTS_MAX) {
      client.reset()
      return
    }
    this.#clients.add(client)
    const reader = new LineReader(line => this.#line(client, line), LINE_BYTES_MAX)
    client.on({
      data: bytes => {
        if (!reader.push(bytes)) client.reset()
      },
      closed: () => {
        this.#clients.delete(client)
        this.#watchers.delete(client)
      },
    })
  }

  #line(client: Connection, text: string): void {
    let request: NodeRequest
    try {
      request = JSON.parse(text) as NodeRequest
      if (typeof request?.id !== 'number') throw new Error('no id')
    } catch {
      client.reset()
      return
    }
    const {id, call} = request
    switch (call) {
      case 'state':
        client.write([encode({id, ok: this.#events.state()})])
        return
      case 'watch':
        // Watching begins before the picture is taken: nothing falls between the two.
        this.#watchers.add(client)
        client.write([encode({id, ok: this.#events.state()})])
        return
      case 'stop':
        client.write([encode({id, ok: {}})])
        this.#events.stop()
        return
      case 'disk':
      case 'clock':
      case 'point':
        if (!this.#events.suffer) {
          unknown(client, id, call)
          return
        }
        answer(client, id, this.#events.suffer(request))
        return
      case 'hand-over':
      case 'peers':
      case 'admit':
      case 'retire':
        answer(client, id, this.#events.members(request))
        return
      default:
        unknown(client, id, call)
    }
  }
}

function answer(client: Connection, id: number, done: Promise<unknown>): void {
  done.then(
    ok => client.write([encode({id, ok})]),
    thrown => {
      const error = thrown instanceof ChronikError ? thrown.toShape() : bug(thrown)
      client.write([encode({id, error})])
    },
  )
}

function unknown(client: Connection, id: number, call: unknown): void {
  const error: ErrorShape = {
    code: 'CHRONIK_NOT_APPLICABLE',
    message: `${String(call)} is not known to this node`,
    exitCode: 2,
  }
  client.write([encode({id, error})])
}

function bug(thrown: unknown): ErrorShape {
  return {code: 'CHRONIK_BUG', message: messageOf(thrown), exitCode: EXIT.bug}
}

function encode(reply: NodeReply): Uint8Array {
  return utf8(`${JSON.stringify(reply)}\n`)
}
