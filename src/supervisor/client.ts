import net from 'node:net'
import {ChronikError, EXIT, messageOf} from '../base/errors.ts'
import type {NodeId} from '../base/ids.ts'
import {packageVersion} from '../base/package-root.ts'
import type {Action, ActionResult, Asker} from '../contracts/action.ts'
import type {LinkView} from '../contracts/faults.ts'
import type {JournalEvent} from '../contracts/journal.ts'
import type {GroupChange} from '../contracts/node-state.ts'
import {ANSWER_BYTES_MAX, SUPERVISOR_PROTOCOL} from '../contracts/rpc.ts'
import type {
  ClusterSnapshot,
  NodeReading,
  SupervisorAnswers,
  SupervisorReply,
  SupervisorRequest,
} from '../contracts/supervisor-protocol.ts'
import {readLines} from '../io/node/read-lines.ts'

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
  progress?: (line: string) => void
}

interface Listeners {
  event?(e: JournalEvent): void
  changed?(s: ClusterSnapshot): void
  group?(g: GroupChange & {node: NodeId; incarnation: string}): void
}

const ANSWER_MS = 5_000
const LOOK_MS = 20_000

function silent(path: string, why: string): ChronikError {
  return new ChronikError('CHRONIK_SUPERVISOR_SILENT', EXIT.bug, `The supervisor at ${path} does not answer: ${why}.`, {
    next: 'chronik doctor',
  })
}

/** A conversation with a cluster's supervisor: what command line, dashboard and labs all speak through. */
export class SupervisorClient {
  readonly hello: SupervisorAnswers['hello']
  /** Settles when the connection ends, for whatever reason. */
  readonly closed: Promise<void>
  readonly #link: Link

  private constructor(link: Link, hello: SupervisorAnswers['hello']) {
    this.#link = link
    this.hello = hello
    this.closed = link.closed
  }

  static async connect(
    socketPath: string,
    who: Asker,
    o: {timeoutMs?: number; anyVersion?: boolean} = {},
  ): Promise<SupervisorClient> {
    const timeoutMs = o.timeoutMs ?? ANSWER_MS
    const link = await Link.open(socketPath, timeoutMs)
    const hello = (await link
      .call({call: 'hello', protocol: SUPERVISOR_PROTOCOL, version: packageVersion(), who}, {withinMs: timeoutMs})
      .catch((error: unknown) => {
        link.close()
        throw error
      })) as SupervisorAnswers['hello']
    if (hello.protocol !== SUPERVISOR_PROTOCOL && !o.anyVersion) {
      link.close()
      throw new ChronikError(
        'CHRONIK_OLD_SUPERVISOR',
        EXIT.labState,
        `${hello.cluster} was started by chronik ${hello.version}, this is ${packageVersion()}.`,
        {next: 'chronik cluster down && chronik cluster up'},
      )
    }
    return new SupervisorClient(link, hello)
  }

  snapshot(): Promise<ClusterSnapshot> {
    return this.#link.call({call: 'snapshot'}, {withinMs: LOOK_MS}) as Promise<ClusterSnapshot>
  }

  ask(nodes?: NodeId[]): Promise<NodeReading[]> {
    return this.#link.call({call: 'ask', ...(nodes ? {nodes} : {})}) as Promise<NodeReading[]>
  }

  act(action: Action, onProgress?: (line: string) => void): Promise<ActionResult> {
    return this.#link.call({call: 'act', action}, {progress: onProgress}) as Promise<ActionResult>
  }

  links(): Promise<LinkView[]> {
    return this.#link.call({call: 'links'}) as Promise<LinkView[]>
  }

  subscribe(on: Listeners, from?: number): Promise<ClusterSnapshot> {
    this.#link.listeners.push(on)
    return this.#link.call({call: 'subscribe', ...(from === undefined ? {} : {from})}) as Promise<ClusterSnapshot>
  }

  report(kind: 'load' | 'verify' | 'mark', text: string, data?: Record<string, unknown>): Promise<{number: number}> {
    return this.#link.call({call: 'report', kind, text, ...(data ? {data} : {})}) as Promise<{number: number}>
  }

  async hold(why: string): Promise<void> {
    await this.#link.call({call: 'hold', why})
  }

  async release(): Promise<void> {
    await this.#link.call({call: 'release'})
  }

  shutdown(mode: 'stop' | 'kill'): Promise<SupervisorAnswers['shutdown']> {
    return this.#link.call({call: 'shutdown', mode}) as Promise<SupervisorAnswers['shutdown']>
  }

  close(): void {
    this.#link.close()
  }
}

/** One socket: requests by number, answers in any order. */
class Link {
  readonly #socket: net.Socket
  readonly #path: string
  readonly #waiting = new Map<number, Waiting>()
  readonly listeners: Listeners[] = []
  readonly closed: Promise<void>
  #next = 1

  private constructor(socket: net.Socket, path: string) {
    this.#socket = socket
    this.#path = path
    readLines(socket, line => this.#line(line), ANSWER_BYTES_MAX)
    socket.on('error', () => undefined)
    this.closed = new Promise(resolve => {
      socket.on('close', () => {
        for (const {reject} of this.#waiting.values())
          reject(
            new ChronikError(
              'CHRONIK_SUPERVISOR_GONE',
              EXIT.labState,
              'The supervisor ended the connection before it answered.',
            ),
          )
        this.#waiting.clear()
        resolve()
      })
    })
  }

  static open(path: string, timeoutMs: number): Promise<Link> {
    return new Promise((resolve, reject) => {
      const socket = net.connect(path)
      const failed = (why: string): void => {
        socket.destroy()
        reject(silent(path, why))
      }
      const timer = setTimeout(() => failed(`nothing for ${timeoutMs} ms`), timeoutMs)
      socket.once('error', error => {
        clearTimeout(timer)
        failed(messageOf(error))
      })
      socket.once('connect', () => {
        clearTimeout(timer)
        resolve(new Link(socket, path))
      })
    })
  }

  /** `withinMs`: what is simply looked up is answered soon, or something is wrong with the supervisor. */
  call(
    request: WithoutId<SupervisorRequest>,
    o: {progress?: (line: string) => void; withinMs?: number} = {},
  ): Promise<unknown> {
    const id = this.#next++
    let timer: NodeJS.Timeout | undefined
    const answer = new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(
          new ChronikError('CHRONIK_SUPERVISOR_GONE', EXIT.labState, 'The connection to the supervisor is closed.'),
        )
        return
      }
      this.#waiting.set(id, {resolve, reject, progress: o.progress})
      if (o.withinMs !== undefined)
        timer = setTimeout(() => {
          this.#waiting.delete(id)
          reject(silent(this.#path, `no answer to ${request.call} for ${o.withinMs} ms`))
        }, o.withinMs)
      this.#socket.write(`${JSON.stringify({id, ...request})}\n`)
    })
    return answer.finally(() => clearTimeout(timer))
  }

  #line(line: string): void {
    const reply = JSON.parse(line) as SupervisorReply
    if ('event' in reply) for (const l of this.listeners) l.event?.(reply.event)
    else if ('changed' in reply) for (const l of this.listeners) l.changed?.(reply.changed)
    else if ('group' in reply) for (const l of this.listeners) l.group?.(reply.group)
    else if ('progress' in reply) this.#waiting.get(reply.id)?.progress?.(reply.progress)
    else {
      const waiting = this.#waiting.get(reply.id)
      this.#waiting.delete(reply.id)
      if ('error' in reply) waiting?.reject(ChronikError.fromShape(reply.error))
      else waiting?.resolve(reply.ok)
    }
  }

  close(): void {
    this.#socket.end()
    this.#socket.destroy()
  }
}
