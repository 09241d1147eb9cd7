import {type Instance, render} from 'ink'
import {createElement} from 'react'
import {messageOf} from '../base/errors.ts'
import {oneLine} from '../base/one-line.ts'
import type {ClusterSnapshot} from '../contracts/supervisor-protocol.ts'
import type {SupervisorClient} from '../supervisor/client.ts'
import {App} from './App.tsx'
import {frame, isTooSmall, pageOf} from './frame.ts'
import {type Order, pressed} from './keys.ts'
import {asciiOnly, type Size} from './lines.ts'
import type {Model} from './model.ts'
import {type Happening, reduce} from './reduce.ts'
import {Screen} from './screen.ts'
import {brief} from './words.ts'
import type {Feed, Running, RunningVerify, World} from './world.ts'

const PAINT_MS = 60
const FEED_MS = 250
const ASK_MS = 1_000
const BACKLOG_EVENTS = 1_000

export interface SessionOptions {
  world: World
  model: Model
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  colour: boolean
  unicode: boolean
  /** Starts with load on. */
  load: boolean
}

export interface Left {
  /** The cluster is to be stopped as well. */
  stop: boolean
  /** What still ends: load that reads back, a verification that heals. */
  ending: Array<{what: string; done: Promise<string>; kill(): void}>
}

/** The shell around model, keys and frame: a terminal, a supervisor client, children. Holds no state of the lab but the model. */
export class Session {
  readonly #o: SessionOptions
  readonly #world: World
  readonly screen: Screen
  #model: Model
  #ink: Instance | undefined
  #client: SupervisorClient | undefined
  #latest: ClusterSnapshot | undefined
  #painting: NodeJS.Timeout | undefined
  #timers: NodeJS.Timeout[] = []
  #wal: {group: string; feed: Feed} | undefined
  #log: {node: number; feed: Feed} | undefined
  #run: Running | undefined
  #load: (Running & {pid: number | undefined}) | undefined
  #verify: RunningVerify | undefined
  #asking = false
  #connecting = false
  #leave: (left: Left) => void = () => undefined
  #fail: (error: unknown) => void = () => undefined
  #over = false

  constructor(o: SessionOptions) {
    this.#o = o
    this.#world = o.world
    this.#model = o.model
    this.screen = new Screen(o.stdout, () => this.#resized())
  }

  /** Shows the dashboard until it is left. Whatever happens, the terminal is as it was afterwards. */
  async show(): Promise<Left> {
    await this.#connect()
    try {
      this.screen.enter()
      this.#ink = render(this.#picture(), {
        stdout: this.screen as unknown as NodeJS.WriteStream,
        stdin: this.#o.stdin,
        stderr: this.screen as unknown as NodeJS.WriteStream,
        exitOnCtrlC: false,
        patchConsole: false,
        // Whole frames, which the screen compares row by row.
        debug: true,
      })
      if (this.#o.load) this.#carryOut({order: 'load', on: true})
      return await new Promise<Left>((resolve, reject) => {
        this.#leave = resolve
        this.#fail = reject
        this.#timers.push(
          setInterval(() => this.#guarded(() => this.#feeds()), FEED_MS),
          setInterval(() => void this.#ask(), ASK_MS),
        )
        this.#ink?.waitUntilExit().catch(reject)
      })
    } finally {
      this.close()
    }
  }

  /** Ends at once: signals and failures come here as well. */
  close(): void {
    if (this.#over) return
    this.#over = true
    for (const timer of this.#timers) clearInterval(timer)
    clearTimeout(this.#painting)
    try {
      this.#ink?.unmount()
    } finally {
      this.screen.leave()
    }
    this.#run?.end()
    this.#client?.close()
  }

  /** What has to end with the dashboard; asked to. */
  ending(): Left['ending'] {
    const ending: Left['ending'] = []
    const load = this.#load
    if (load) {
      load.end()
      ending.push({
        what: 'load ends: what it wrote is read back once more',
        done: load.done.then(d => d.last),
        kill: () => undefined,
      })
    }
    const verify = this.#verify
    if (verify) {
      verify.interrupt()
      ending.push({
        what: 'verify is interrupted: healing, writing the report',
        done: verify.done.then(d => d.end),
        kill: () => undefined,
      })
    }
    return ending
  }

  #guarded(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#fail(error)
    }
  }

  #happened(h: Happening): void {
    if (this.#over) return
    this.#guarded(() => {
      this.#model = reduce(this.#model, h)
      this.#paintSoon()
    })
  }

  #picture() {
    const size = sizeOf(this.screen)
    const lines = frame(this.#model, size)
    return createElement(App, {
      lines: this.#o.unicode ? lines : lines.map(asciiOnly),
      colour: this.#o.colour,
      onKey: (key: string) => this.#guarded(() => this.#key(key)),
    })
  }

  #paint(): void {
    clearTimeout(this.#painting)
    this.#painting = undefined
    if (this.#over) return
    const latest = this.#latest
    this.#latest = undefined
    if (latest) this.#model = reduce(this.#model, {what: 'snapshot', snapshot: latest, nowMs: Date.now()})
    this.#ink?.rerender(this.#picture())
  }

  #paintSoon(): void {
    this.#painting ??= setTimeout(() => this.#guarded(() => this.#paint()), PAINT_MS)
  }

  #resized(): void {
    this.#guarded(() => {
      this.screen.clear()
      this.#paint()
    })
  }

  #key(key: string): void {
    const size = sizeOf(this.screen)
    if (isTooSmall(size) && key !== 'q' && key !== 'ctrl-c') return
    const before = this.#model
    const {model, orders} = pressed(this.#model, key, pageOf(size))
    // Nothing can be asked where nothing can be read.
    const blind = isTooSmall(size) && orders.length === 0
    this.#model = blind ? {...model, question: undefined} : model
    for (const order of blind ? [{order: 'leave', stop: false} as const] : orders) this.#carryOut(order)
    if (model.group !== before.group || model.selected !== before.selected) this.#feeds()
    if (!this.#over) this.#paint()
  }

  #carryOut(order: Order): void {
    switch (order.order) {
      case 'act':
        void this.#act(order.id, client =>
          client
            .act(order.action, text => this.#happened({what: 'progress', id: order.id, text: told(text)}))
            .then(done => ({text: brief(done.lines.map(told)), full: done.lines.map(told)})),
        )
        break
      case 'down':
        void this.#act(order.id, async client => ({text: await this.#world.down(client)}))
        break
      case 'run':
        this.#runCommand(order.id, order.words, true)
        break
      case 'up':
        this.#runCommand(order.id, ['cluster', 'up'], false)
        break
      case 'endRun':
        this.#run?.end()
        break
      case 'load':
        if (order.on) this.#startLoad()
        else this.#load?.end()
        break
      case 'verify':
        this.#startVerify()
        break
      case 'leave':
        this.#leave({stop: order.stop, ending: this.ending()})
    }
  }

  async #act(id: number, run: (client: SupervisorClient) => Promise<{text: string; full?: string[]}>): Promise<void> {
    try {
      if (!this.#client) throw new Error('no supervisor to ask')
      this.#happened({what: 'result', id, ...(await run(this.#client)), ok: true})
    } catch (error) {
      this.#happened({what: 'result', id, text: errorWords(error), ok: false})
    }
  }

  #runCommand(id: number, words: readonly string[], shown: boolean): void {
    this.#run?.end()
    const run = this.#world.run(words, text => {
      if (shown) this.#happened({what: 'rows', pane: 'output', rows: [{text: ` ${oneLine(text)}`}]})
    })
    this.#run = run
    run.done.then(
      ({ok, last}) => {
        if (this.#run === run) this.#run = undefined
        this.#happened({what: 'result', id, text: ok && !shown ? 'done' : told(last), ok})
      },
      error => this.#happened({what: 'result', id, text: errorWords(error), ok: false}),
    )
  }

  #startLoad(): void {
    const load = this.#world.load()
    this.#load = load
    this.#happened({what: 'ownLoad', pid: load.pid})
    void load.done
      .catch((error: unknown) => ({ok: false, last: errorWords(error)}))
      .then(({ok, last}) => {
        if (this.#load === load) this.#load = undefined
        this.#happened({what: 'ownLoad', pid: undefined})
        this.#happened({what: 'loadEnded', text: `load ended: ${told(last)}`, ok})
      })
  }

  #startVerify(): void {
    const verify = this.#world.verify(line => this.#happened({what: 'verifyTold', line}))
    this.#verify = verify
    this.#happened({what: 'verifyStarted', runPath: verify.runPath})
    void verify.done
      .catch((error: unknown) => ({end: errorWords(error), tone: 'bad' as const}))
      .then(({end, tone}) => {
        if (this.#verify === verify) this.#verify = undefined
        this.#happened({what: 'verifyDone', end: told(end), tone})
      })
  }

  /** WAL and log: read from the files, with or without a supervisor. */
  #feeds(): void {
    const {group, selected} = this.#model
    const walAnew = this.#wal?.group !== group
    if (walAnew) this.#wal = {group, feed: this.#world.walFeed(group)}
    const logAnew = this.#log?.node !== selected
    if (logAnew) this.#log = {node: selected, feed: this.#world.logFeed(selected)}
    const wal = this.#wal?.feed() ?? []
    if (walAnew || wal.length > 0) this.#happened({what: 'rows', pane: 'wal', rows: wal, anew: walAnew})
    const log = this.#log?.feed() ?? []
    if (logAnew || log.length > 0) this.#happened({what: 'rows', pane: 'log', rows: log, anew: logAnew})
  }

  /** A fresh picture every second: what nodes do not push (partitions, for one), and the clock. */
  async #ask(): Promise<void> {
    this.#happened({what: 'tick', nowMs: Date.now()})
    if (!this.#client) return this.#connectAgain()
    if (this.#asking) return
    this.#asking = true
    try {
      this.#latest = await this.#client.snapshot()
      this.#paintSoon()
    } catch {
      // The end of the connection is told by `closed`.
    } finally {
      this.#asking = false
    }
  }

  async #connectAgain(): Promise<void> {
    if (this.#connecting || this.#world.standing() !== 'up') return
    this.#connecting = true
    try {
      await this.#connect()
    } catch {
      // Not yet: it is tried again.
    } finally {
      this.#connecting = false
    }
  }

  async #connect(): Promise<void> {
    const client = await this.#world.connect()
    const first = await client.snapshot()
    const other = this.#model.snapshot !== undefined && this.#model.snapshot.clusterId !== first.clusterId
    const seen = other ? 0 : (this.#model.snapshot?.eventNumber ?? 0)
    this.#happened({what: 'back'})
    this.#happened({what: 'snapshot', snapshot: first, nowMs: Date.now()})
    // Files of another cluster lie in the same place: they are read anew.
    if (other) {
      this.#wal = undefined
      this.#log = undefined
    }
    await client.subscribe(
      {
        event: event => {
          if (event.number > seen) this.#happened({what: 'event', event})
        },
        group: change => this.#happened({what: 'group', change}),
        changed: snapshot => {
          this.#latest = snapshot
          this.#paintSoon()
        },
      },
      Math.max(1, seen + 1, first.eventNumber - BACKLOG_EVENTS),
    )
    this.#client = client
    client.closed.then(() => {
      if (this.#client !== client) return
      this.#client = undefined
      this.#latest = undefined
      const standing = this.#world.standing()
      const {endedBy} = this.#model
      const gone = endedBy
        ? {word: 'DOWN' as const, by: endedBy.replace(/^down /, '')}
        : {word: 'LOST' as const, by: standing === 'none' ? 'its folder is gone' : 'its supervisor died'}
      this.#happened({what: 'gone', gone: {...gone, atMs: Date.now()}})
    })
  }
}

function sizeOf({columns, rows}: Size): Size {
  return {columns, rows}
}

/** A line of a result, as it fits beside others. */
function told(text: string): string {
  return oneLine(text).trim().replace(/ {2,}/g, '  ')
}

function errorWords(error: unknown): string {
  const next = (error as {next?: unknown}).next
  const message = told(messageOf(error))
  return typeof next === 'string' && !message.includes(next) ? `${message} Try: ${next}` : message
}
