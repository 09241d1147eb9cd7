import type {ChildProcess} from 'node:child_process'
import {writeFileSync} from 'node:fs'
import net from 'node:net'
import {join} from 'node:path'
import {ChronikError, EXIT} from '../base/errors.ts'
import {METADATA_GROUP} from '../base/ids.ts'
import {packageVersion, programPath} from '../base/package-root.ts'
import type {InsideAnswers, InsideOrder} from '../contracts/inside.ts'
import type {NodeConfig, ReadyLine} from '../contracts/node-config.ts'
import type {MembersOrder, NodeReply} from '../contracts/node-control.ts'
import type {NodeLive} from '../contracts/node-state.ts'
import {ANSWER_BYTES_MAX} from '../contracts/rpc.ts'
import {readLines} from '../io/node/read-lines.ts'
import type {Attendance, Engine, ProcessLife} from './engine.ts'

/** A node's first word is one short line. */
const FIRST_LINE_BYTES_MAX = 65_536

/** chronik's own broker: one process a node, its configuration in a file, its state told over a control socket. */
export const embedded: Engine = {
  name: 'embedded',
  contract: {
    metadataGroup: METADATA_GROUP,
    acknowledged: 'synced to the disks of a majority, and of min.insync.replicas nodes',
    rules: {
      commitOnDisk: true,
      winnerForgetsItsVote: false,
      opaqueTopics: false,
      cutsAndFetchesAgain: false,
      highWatermarkMayLag: false,
      loadAcks: 'all',
      leaderWithinMs: 5_000,
    },
    cannot: {},
  },
  ports: {kafka: 9_092, raftOffset: 100, step: 1, more: []},
  async availability() {
    return {name: 'embedded', available: true, found: `chronik ${packageVersion()}, part of it`, missing: ''}
  },
  // What the lab itself puts there is all that this broker wants to find.
  prepare: () => undefined,
  launch(node, {dir, plant}) {
    const file = join(dir, `node${node.node}.conf`)
    writeFileSync(file, JSON.stringify(node), {mode: 0o600})
    const args = plant ? [programPath('node-planted'), file, plant] : [programPath('node'), file]
    return {command: process.execPath, args, guarded: false}
  },
  attend: (node, life) => new ControlSocket(node, life),
}

/** The line to one node's control socket, for one life of it. */
class ControlSocket implements Attendance {
  readonly source = 'control'
  readonly ready: Promise<ReadyLine | undefined>
  readonly #path: string
  readonly #life: ProcessLife
  #socket: net.Socket | undefined
  #asks = new Map<number, (reply: NodeReply | undefined) => void>()
  #nextAsk = 1

  constructor(node: NodeConfig, life: ProcessLife) {
    this.#path = node.controlPath
    this.#life = life
    this.ready = firstLine(life.child)
  }

  /** Every change of a group arrives by itself from here on. */
  watch(): Promise<void> {
    return new Promise(done => {
      const socket = net.connect(this.#path)
      this.#socket = socket
      const take = (line: string): void => {
        const reply = JSON.parse(line) as NodeReply
        if ('change' in reply) this.#life.changed(reply.change)
        else {
          this.#asks.get(reply.id)?.(reply)
          this.#asks.delete(reply.id)
        }
      }
      readLines(socket, take, ANSWER_BYTES_MAX)
      socket.on('error', () => undefined)
      socket.on('close', () => done())
      const id = this.#nextAsk++
      this.#asks.set(id, reply => {
        this.#took(reply)
        done()
      })
      socket.write(`${JSON.stringify({id, call: 'watch'})}\n`)
    })
  }

  async ask(withinMs: number): Promise<NodeLive | undefined> {
    let live: NodeLive | undefined
    await this.#call({call: 'state'}, withinMs, reply => {
      live = this.#took(reply)
    })
    return live
  }

  async inject<O extends InsideOrder>(order: O, withinMs: number): Promise<InsideAnswers[O['call']]> {
    return (await this.#told(order, withinMs)) as InsideAnswers[O['call']]
  }

  async members(order: MembersOrder, withinMs: number): Promise<void> {
    await this.#told(order, withinMs)
  }

  async #told(order: InsideOrder | MembersOrder, withinMs: number): Promise<unknown> {
    let got: NodeReply | undefined
    await this.#call(order, withinMs, reply => {
      got = reply
    })
    if (got && 'error' in got) throw ChronikError.fromShape(got.error)
    if (got && 'ok' in got) return got.ok
    throw new ChronikError(
      'CHRONIK_TIMEOUT',
      EXIT.unknown,
      `${order.call}: the node did not answer within ${withinMs} ms`,
    )
  }

  /** In the turn in which it comes, before anything that the node tells after it. */
  #took(reply: NodeReply | undefined): NodeLive | undefined {
    if (!reply || !('ok' in reply)) return undefined
    const live = reply.ok as NodeLive
    this.#life.took(live)
    return live
  }

  /** `take` is called with the answer, or with nothing when none comes in time. */
  #call(
    request: InsideOrder | MembersOrder | {call: 'state'},
    withinMs: number,
    take: (reply: NodeReply | undefined) => void,
  ): Promise<void> {
    const socket = this.#socket
    if (!socket) return Promise.resolve()
    const id = this.#nextAsk++
    return new Promise<void>(resolve => {
      const timer = setTimeout(() => {
        this.#asks.delete(id)
        resolve()
      }, withinMs)
      this.#asks.set(id, reply => {
        clearTimeout(timer)
        take(reply)
        resolve()
      })
      socket.write(`${JSON.stringify({id, ...request})}\n`)
    })
  }

  close(): void {
    this.#socket?.destroy()
    this.#socket = undefined
    for (const answer of this.#asks.values()) answer(undefined)
    this.#asks.clear()
  }
}

function firstLine(child: ChildProcess): Promise<ReadyLine | undefined> {
  return new Promise<ReadyLine | undefined>(resolve => {
    const settle = (line: ReadyLine | undefined): void => void resolve(line)
    const pipe = child.stdio[3]
    let text = ''
    pipe?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
      const end = text.indexOf('\n')
      if (end >= 0) settle(parsed(text.slice(0, end)))
      else if (text.length > FIRST_LINE_BYTES_MAX) pipe.destroy()
    })
    pipe?.on('error', () => settle(undefined))
    pipe?.on('close', () => settle(undefined))
    if (!pipe) settle(undefined)
  })
}

function parsed(line: string): ReadyLine | undefined {
  try {
    return JSON.parse(line) as ReadyLine
  } catch {
    return undefined
  }
}
