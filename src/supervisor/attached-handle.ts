import {mkdirSync, rmSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {ChronikError, EXIT} from '../base/errors.ts'
import type {Action} from '../contracts/action.ts'
import type {AttachedNode, ExecVerb} from '../contracts/attached.ts'
import type {NodeConfig, ReadyLine} from '../contracts/node-config.ts'
import type {NodeStateWord} from '../contracts/supervisor-protocol.ts'
import {NOT_OURS} from '../engines/attached/contract.ts'
import {ranWords, whyNot} from '../engines/attached/index.ts'
import type {AttachedEngine, EngineCluster} from '../engines/engine.ts'
import {within} from '../engines/within.ts'
import {FETCHED, logFileOf} from './attached.ts'
import {type NodeEvents, NodeHandle} from './node-handle.ts'

/** How long a node is looked for when its cluster comes up. */
const BEGIN_MS = 3_000
/** From the end of a command to what it was to bring about. */
const GONE_MS = 20_000
const UP_MS = 45_000
const HELD_ASK_MS = 800

/** Which commands an act needs; none for what is done without. */
const NEEDS: Partial<Record<Action['do'], ExecVerb[]>> = {
  kill: ['kill'],
  stop: ['stop'],
  start: ['start'],
  restart: ['stop', 'start'],
  pause: ['pause', 'resume'],
  resume: ['resume'],
  heal: [],
  mark: [],
}

interface Life {
  over: Promise<true>
  end(): void
}

/** A node that somebody else started: watched over the Kafka protocol, and acted upon by commands of the user's own. */
export class AttachedHandle extends NodeHandle {
  readonly #self: AttachedNode
  readonly #engine: AttachedEngine
  readonly #cluster: EngineCluster
  readonly #given = new AbortController()
  #life: Life | undefined
  #exited: Promise<void> = Promise.resolve()
  #kept: Promise<void> = Promise.resolve()
  /** Who asked for the end that is coming; undefined: nobody did. */
  #expected: string | undefined
  #expectedState: NodeStateWord = 'killed'
  /** A command of ours is bringing it up. */
  #starting = false
  /** It was seen once, or given up as not there. */
  #known = false

  constructor(
    config: NodeConfig,
    {engine, cluster}: {engine: AttachedEngine; cluster: EngineCluster},
    events: NodeEvents,
  ) {
    const self = cluster.options.attached?.nodes.find(n => n.node === config.node)
    super(config, logFileOf(cluster.dir, cluster.options, config.node), events)
    this.#self = self ?? {node: config.node, ...config.kafka}
    this.#engine = engine
    this.#cluster = cluster
  }

  get running(): boolean {
    return this.#life !== undefined
  }

  get exited(): Promise<void> {
    return this.#exited
  }

  override get kept(): Promise<void> {
    return this.#kept
  }

  get called(): string {
    return `${this.config.kafka.host}:${this.config.kafka.port}`
  }

  refuses(action: Action): string | undefined {
    const inside = action.do === 'kill' && (action.at !== undefined || action.powerLoss === true)
    const needs = NEEDS[action.do]
    if (!needs || inside) return NOT_OURS
    if (action.do === 'kill' && (action.signal ?? 'SIGKILL') !== 'SIGKILL')
      return `${NOT_OURS}; the command for kill sends what it sends`
    return needs.map(verb => whyNot(verb, this.#cluster.options)).find(why => why !== undefined)
  }

  async begin(): Promise<{said: string}> {
    const {node} = this.config
    void this.#follow()
    const deadline = performance.now() + BEGIN_MS
    while (!this.#life && performance.now() < deadline) await new Promise(resolve => setTimeout(resolve, 20))
    this.#known = true
    if (this.#life) return {said: `n${node} answers`}
    this.become('unknown', 'no answer yet')
    return {said: `n${node} does not answer`}
  }

  /** One life after the other, for as long as the cluster is watched. */
  async #follow(): Promise<void> {
    while (!this.#given.signal.aborted) {
      this.logFrom = bytesOf(this.logFile)
      const attendance = this.#engine.attend(
        this.config,
        {
          pid: 0,
          logFile: this.logFile,
          logFrom: this.logFrom,
          took: live => this.took(live),
          changed: change => this.change(change),
          held: () => this.paused,
        },
        this.#cluster,
      )
      this.attendance = attendance
      const first = await attendance.ready
      if (!first || !('ready' in first)) return
      this.incarnation = first.ready.incarnation
      this.live = undefined
      await attendance.watch()
      this.#began()
      const how = await attendance.gone
      attendance.close()
      if (!this.#given.signal.aborted) this.#ended(how)
    }
  }

  #began(): void {
    let end: () => void = () => undefined
    const over = new Promise<true>(resolve => {
      end = () => resolve(true)
    })
    this.#life = {over, end}
    this.startedMs = performance.now()
    this.#expected = undefined
    this.become('up')
    if (this.#known && !this.#starting) this.events.noticed(`n${this.config.node} answers, started by nobody here`)
  }

  #ended(how: string): void {
    const expected = this.#expected
    const life = this.#life
    this.#life = undefined
    this.paused = false
    this.endedAfterMs = performance.now() - this.startedMs
    if (expected === undefined) {
      this.become('unknown', how)
      this.events.vanished(how)
    } else {
      this.#kept = this.#fetch()
      this.become(this.#expectedState, expected)
      this.events.exited(how, expected)
    }
    life?.end()
  }

  signal(signal: NodeJS.Signals, becomes: NodeStateWord, by: string): boolean {
    const life = this.#life
    if (!life) return false
    this.#expected = by
    this.#expectedState = becomes
    const verb = signal === 'SIGTERM' ? 'stop' : 'kill'
    this.#exited = this.#order(verb).then(async ms => {
      const {node} = this.config
      if (await within(life.over, GONE_MS)) return
      throw failed(`n${node}: the command for ${verb} ended after ${ms} ms, and ${this.called} still answers.`)
    })
    this.#exited.catch(() => {
      this.#expected = undefined
    })
    return true
  }

  /** There is no end of it without a command. */
  expectKilled(): void {}

  async start(): Promise<ReadyLine> {
    const {kafka, node, raft} = this.config
    this.#starting = true
    try {
      const ms = await this.#order('start')
      // What was fetched is of the life before; without a start it is still all that is known.
      rmSync(this.#fetched, {recursive: true, force: true})
      const deadline = performance.now() + UP_MS
      while (!this.#life && performance.now() < deadline) await new Promise(resolve => setTimeout(resolve, 20))
      if (!this.#life)
        throw failed(
          `n${node}: the command for start ended after ${ms} ms, and ${this.called} does not answer within ${UP_MS / 1_000} s.`,
        )
    } finally {
      this.#starting = false
    }
    const incarnation = this.incarnation ?? ''
    return {ready: {pid: 0, incarnation, kafkaPort: kafka.port, raftPort: raft.port, controlPath: ''}}
  }

  async inject(): Promise<never> {
    throw new ChronikError('CHRONIK_NOT_APPLICABLE', EXIT.labState, `n/a here: ${NOT_OURS}.`)
  }

  async pause(): Promise<boolean> {
    if (!this.#life) return false
    await this.#order('pause')
    this.paused = true
    this.become('paused')
    return true
  }

  async held(): Promise<string | undefined> {
    return (await this.attendance?.ask(HELD_ASK_MS)) ? undefined : `${this.called} answers nothing`
  }

  async resume(): Promise<boolean> {
    if (!this.#life) return false
    await this.#order('resume')
    this.paused = false
    this.become('up')
    return true
  }

  /** It goes on: it is watched no more. */
  async end(): Promise<{stopped: boolean}> {
    this.#given.abort()
    this.attendance?.close()
    return {stopped: false}
  }

  lastLines(): string[] {
    return []
  }

  get #fetched(): string {
    return join(this.#cluster.dir, FETCHED, `n${this.config.node}`)
  }

  /** Copies of the files of a node that is dead; they go when it is started, for then they are old. */
  async #fetch(): Promise<void> {
    if (this.#self.dataDir !== undefined || whyNot('fetch', this.#cluster.options) !== undefined) return
    const dir = this.#fetched
    rmSync(dir, {recursive: true, force: true})
    mkdirSync(dir, {recursive: true, mode: 0o700})
    // Half of the files are worse than none: what is missing would look lost.
    await this.#order('fetch', dir).catch(() => rmSync(dir, {recursive: true, force: true}))
  }

  /** Runs a command, and tells the journal what it printed. Gives its time, ms. */
  async #order(verb: ExecVerb, dir?: string): Promise<number> {
    const {node} = this.config
    const {signal} = this.#given
    const ran = await this.#engine.order(verb, this.config, this.#cluster, {...(dir ? {dir} : {}), signal})
    this.events.ran(verb, ranWords(ran), {command: ran.command, output: ran.output, code: ran.code ?? null})
    if (ran.code === 0) return Math.round(ran.ms)
    throw failed(`n${node}: the command for ${verb} failed: ${ranWords(ran)}. It was: ${ran.command}`)
  }
}

function failed(message: string): ChronikError {
  return new ChronikError('CHRONIK_COMMAND_FAILED', EXIT.environment, message, {next: 'chronik events'})
}

function bytesOf(path: string): number {
  return statSync(path, {throwIfNoEntry: false})?.size ?? 0
}
