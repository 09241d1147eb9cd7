import {type ChildProcess, spawn} from 'node:child_process'
import {closeSync, openSync, readSync, renameSync, statSync, truncateSync} from 'node:fs'
import {join} from 'node:path'
import type {Writable} from 'node:stream'
import {ChronikError, EXIT} from '../base/errors.ts'
import type {InsideAnswers, InsideOrder} from '../contracts/inside.ts'
import type {NodeConfig, ReadyLine} from '../contracts/node-config.ts'
import {ANOTHER_DISK, type NodeStateWord} from '../contracts/supervisor-protocol.ts'
import type {Engine, EngineCluster} from '../engines/engine.ts'
import {within} from '../engines/within.ts'
import {GUARD_DISMISSED, guarded} from './guarded.ts'
import {type NodeEvents, NodeHandle} from './node-handle.ts'
import {isStopped, signalProcess, startTimeOf} from './process-id.ts'
import type {ProcessList} from './process-list.ts'

/** A log that has grown beyond this is put aside at the next start of its node; while the node runs it is emptied, and that is said. */
const LOG_BYTES_MAX = 256 * 1024 * 1024
const LOG_LOOK_MS = 1_000
/** How long the system may take to hold a process still. */
const STOPPED_MS = 1_000
const DYING_MS = 1_000
const LAST_LINES_BYTES = 4_096
const INJECT_MS = 2_000
/** Between SIGTERM and SIGKILL. */
export const GRACE_MS = 10_000

/** What a node's process is given of our environment, and nothing else. */
const ENVIRONMENT = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL', 'CHRONIK_TEST_RUN']

/** A node that is a process of this supervisor's own. */
export class ProcessHandle extends NodeHandle {
  readonly #dir: string
  readonly #engine: Engine
  readonly #cluster: EngineCluster
  readonly #processes: ProcessList
  readonly #logBytesMax: number
  #child: ChildProcess | undefined
  #exited: Promise<void> = Promise.resolve()
  /** Who asked for the end that is coming; undefined: nobody did. */
  #expected: string | undefined
  #expectedState: NodeStateWord = 'killed'
  /** How it has to end for that to be the end that is expected; undefined: however it ends. */
  #expectedHow: string | undefined
  #guarded = false

  constructor(
    dir: string,
    config: NodeConfig,
    {engine, cluster}: {engine: Engine; cluster: EngineCluster},
    processes: ProcessList,
    events: NodeEvents,
    o: {logBytesMax?: number} = {},
  ) {
    super(config, join(dir, `node${config.node}.log`), events)
    this.#dir = dir
    this.#processes = processes
    this.#logBytesMax = o.logBytesMax ?? LOG_BYTES_MAX
    this.#engine = engine
    this.#cluster = cluster
  }

  get running(): boolean {
    return this.#child !== undefined
  }

  get exited(): Promise<void> {
    return this.#exited
  }

  get called(): string {
    return `pid ${this.id?.pid}`
  }

  refuses(): undefined {
    return undefined
  }

  async begin(): Promise<{said: string} | Extract<ReadyLine, {failed: unknown}>> {
    const line = await this.start()
    return 'ready' in line ? {said: `n${this.config.node} started`} : line
  }

  /** Spawns the process. */
  async start(o?: {dieAt: string; by: string}): Promise<ReadyLine> {
    await this.events.starting()
    this.#engine.prepare(this.config, this.#cluster)
    const launch = this.#engine.launch(o ? {...this.config, dieAt: o.dieAt} : this.config, this.#cluster)
    this.#guarded = launch.guarded
    const [command, args] = launch.guarded ? guarded(launch) : [launch.command, launch.args]
    const log = this.#openLog()
    const env = {
      ...Object.fromEntries(ENVIRONMENT.flatMap(n => (process.env[n] === undefined ? [] : [[n, process.env[n]]]))),
      ...launch.env,
    }
    this.#processes.intend(this.config.node)
    const child = spawn(command, args, {stdio: ['pipe', log, log, 'pipe'], env, cwd: this.#dir})
    closeSync(log)
    this.#child = child
    this.expectKilled(o?.by)
    this.paused = false
    this.startedMs = performance.now()
    this.live = undefined
    if (child.pid !== undefined) {
      this.id = {pid: child.pid, startTime: startTimeOf(child.pid) ?? ''}
      this.#processes.started(this.config.node, this.id)
    }
    const looking = setInterval(() => this.#lookAtLog(), LOG_LOOK_MS)
    this.become('starting')
    child.stdin?.on('error', () => undefined)
    const exit = new Promise<string>(resolve => {
      child.once('error', error => resolve(error.message))
      child.once('exit', (code, signal) => resolve(signal ?? `exit ${code}`))
    })
    this.#exited = exit.then(how => {
      clearInterval(looking)
      this.#ended(how)
    })
    const attendance = this.#engine.attend(this.config, {
      child,
      pid: child.pid ?? 0,
      logFile: this.logFile,
      logFrom: this.logFrom,
      took: live => this.took(live),
      changed: change => this.change(change),
    })
    this.attendance = attendance
    const first = await Promise.race([attendance.ready, exit.then(() => undefined)])
    if (!first) {
      // A process that dies closes its pipe first. One that lives on and said nothing that is understood does not stay.
      await within(this.#exited, DYING_MS)
      if (this.#child && this.id) {
        signalProcess(this.id, 'SIGKILL')
        await this.#exited
        const message = 'it did not say that it is ready'
        return {failed: {code: 'CHRONIK_NODE_SILENT', message, exitCode: EXIT.environment}}
      }
      await this.#exited
      const failed = {code: 'CHRONIK_NODE_DIED', message: this.detail ?? 'it ended', exitCode: EXIT.environment}
      return {failed}
    }
    if ('failed' in first) {
      // It has said why, and is on its way out.
      await within(this.#exited, DYING_MS)
      if (this.#child && this.id) signalProcess(this.id, 'SIGKILL')
      await this.#exited
    } else {
      this.incarnation = first.ready.incarnation
      await this.events.ready()
      await attendance.watch()
      if (this.running) this.become(...this.#upOrRefused())
    }
    return first
  }

  #upOrRefused(): [NodeStateWord, string?] {
    if (this.otherDisk) return ['refused', ANOTHER_DISK]
    const [refused] = this.live?.refused ?? []
    if (!refused) return ['up']
    return ['refused', `${refused.file.slice(refused.file.lastIndexOf('/') + 1)}@${refused.at}`]
  }

  #openLog(): number {
    try {
      this.logFrom = statSync(this.logFile).size
      if (this.logFrom > this.#logBytesMax) {
        renameSync(this.logFile, `${this.logFile}.1`)
        this.logFrom = 0
      }
    } catch {
      this.logFrom = 0
    }
    return openSync(this.logFile, 'a', 0o600)
  }

  /** Printing is by descriptor, straight into the file: what floods it can only be thrown away afterwards. */
  #lookAtLog(): void {
    try {
      const {size} = statSync(this.logFile)
      if (size <= this.#logBytesMax) return
      truncateSync(this.logFile, 0)
      this.logFrom = 0
      this.events.flooded(size)
    } catch {
      // The file is gone or cannot be cut: nothing is lost by that.
    }
  }

  /** What this life printed last, for people. */
  lastLines(count: number): string[] {
    try {
      const {size} = statSync(this.logFile)
      const from = Math.max(this.logFrom, size - LAST_LINES_BYTES)
      const bytes = Buffer.alloc(size - from)
      const fd = openSync(this.logFile, 'r')
      const got = readSync(fd, bytes, 0, bytes.length, from)
      closeSync(fd)
      return bytes.toString('utf8', 0, got).split('\n').filter(Boolean).slice(-count)
    } catch {
      return []
    }
  }

  #ended(how: string): void {
    const expected = this.#expected
    const child = this.#child
    this.#child = undefined
    this.id = undefined
    this.paused = false
    this.endedAfterMs = performance.now() - this.startedMs
    this.#processes.gone(this.config.node)
    this.attendance?.close()
    this.attendance = undefined
    const guard = child?.stdio[3] as Writable | null | undefined
    guard?.on('error', () => undefined)
    if (this.#guarded) guard?.write(GUARD_DISMISSED)
    guard?.destroy()
    const asked = this.#expectedHow === undefined || this.#expectedHow === how ? expected : undefined
    if (asked !== undefined) this.become(this.#expectedState, asked)
    else this.become('CRASHED', how)
    this.events.exited(how, asked)
  }

  /** Sends a signal to this very process; the end that it brings is expected from now on. */
  signal(signal: NodeJS.Signals, becomes: NodeStateWord, by: string): boolean {
    if (!this.id) return false
    this.#expected = by
    this.#expectedState = becomes
    this.#expectedHow = undefined
    return signalProcess(this.id, signal)
  }

  expectKilled(by: string | undefined): void {
    this.#expected = by
    this.#expectedState = 'killed'
    this.#expectedHow = 'SIGKILL'
  }

  /** Makes the node suffer from within; gives what it measured. */
  async inject<O extends InsideOrder>(order: O): Promise<InsideAnswers[O['call']]> {
    const {node} = this.config
    const attendance = this.attendance
    if (!this.running || this.paused || !attendance)
      throw new ChronikError(
        'CHRONIK_NOT_RUNNING',
        EXIT.labState,
        `n${node} is ${this.state}: only a node that runs can be told that.`,
        {next: this.paused ? 'chronik resume' : 'chronik start'},
      )
    if (!attendance.inject)
      throw new ChronikError(
        'CHRONIK_NOT_APPLICABLE',
        EXIT.labState,
        `n/a here: chronik cannot reach into ${this.#engine.name}.`,
      )
    return attendance.inject(order, INJECT_MS + (order.call === 'disk' ? (order.trouble.syncDelayMs ?? 0) : 0))
  }

  async pause(): Promise<boolean> {
    if (!this.id || !signalProcess(this.id, 'SIGSTOP')) return false
    this.paused = true
    this.become('paused')
    return true
  }

  async held(): Promise<string | undefined> {
    const {id} = this
    const deadline = performance.now() + STOPPED_MS
    while (id && !isStopped(id) && performance.now() < deadline) await new Promise(resolve => setTimeout(resolve, 2))
    return id && isStopped(id) ? `the system holds pid ${id.pid} still` : undefined
  }

  async resume(): Promise<boolean> {
    if (!this.id || !signalProcess(this.id, 'SIGCONT')) return false
    this.paused = false
    this.become(...this.#upOrRefused())
    return true
  }

  async end(mode: 'stop' | 'kill', by: string): Promise<{stopped: boolean; note?: string}> {
    if (!this.running) return {stopped: false}
    if (this.paused) await this.resume()
    this.signal(mode === 'kill' ? 'SIGKILL' : 'SIGTERM', 'stopped', by)
    let note: string | undefined
    const timer = setTimeout(() => {
      note = `n${this.config.node} needed SIGKILL`
      this.signal('SIGKILL', 'killed', by)
    }, GRACE_MS)
    await this.exited
    clearTimeout(timer)
    return {stopped: true, ...(note ? {note} : {})}
  }
}
