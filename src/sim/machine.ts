import type {ExitCode} from '../base/errors.ts'
import {ChronikError, EXIT, isDiskFull, messageOf} from '../base/errors.ts'
import {InvariantError} from '../base/invariant.ts'
import {type Random, SeededRandom} from '../base/random.ts'
import type {NodeLook, RunningNode} from '../broker/node.ts'
import {runNode} from '../broker/node.ts'
import type {BrokerParts} from '../broker/parts.ts'
import type {NodeConfig} from '../contracts/node-config.ts'
import type {Cancellable, Io, LogLevel} from '../io/ports.ts'
import {type DiskCallName, DiskPort, type Doing, failure, SimDisk} from './disk.ts'
import type {Host, SimNetwork} from './network.ts'
import type {NetCallName} from './socket.ts'
import {between, chance, type Streams} from './streams.ts'
import type {Micros, Owner, World} from './world.ts'

/** Where a life is to end: at its n-th call of this kind on a path with this in it, before, inside or after what the call does. */
export interface CrashPoint {
  call: DiskCallName | NetCallName
  /** A part of the path, or of a connection `peer` or `client`; empty: any. */
  path: string
  /** Calls that pass before it. */
  skip: number
  when: 'before' | 'inside' | 'after'
  /** With power: everything unsynced is at risk. */
  power: boolean
}

/** A call to the disk that is to fail. */
export interface DiskFault {
  call: DiskCallName
  path: string
  skip: number
  /** `EIO`, or a stall in milliseconds. */
  what: 'EIO' | {stallMs: number}
}

export type Ending = 'process' | 'power' | 'exit' | 'stopped'

/** What happens in a machine, for those who watch the world. */
export interface MachineEvents {
  /** A life begins, on this disk. */
  begins(machine: Machine, life: Life): void
  ended(machine: Machine, life: Life, how: Ending, why: string): void
  /** A fault of its disk came to pass. */
  happened(what: string): void
  logged(life: Life, level: LogLevel, line: string): void
  /** A life goes on a second after a sync that failed. */
  outlived(life: Life, path: string): void
}

class Exited extends Error {}

/** One life of a node's process. When it is over, no call of it ever settles, and nothing it does has an effect. */
export class Life implements Owner {
  readonly name: string
  readonly number: number
  readonly machine: Machine
  alive = true
  paused = false
  look: NodeLook | undefined
  node: RunningNode | undefined
  /** Start of this life. */
  readonly bornAt: Micros
  crashPoint: CrashPoint | undefined
  diskFaults: DiskFault[] = []
  stopping = false
  /** The first on its disk. */
  first = false
  /** Calls to its disk that failed on purpose. A node may end for that, and what it refuses because of a failed read may be sound. */
  readonly failed = new Set<DiskCallName>()
  /** Writes that its disk had refused before, for want of room. */
  readonly refusedBefore: number

  constructor(machine: Machine, number: number, bornAt: Micros) {
    this.refusedBefore = machine.disk.refused
    this.machine = machine
    this.number = number
    this.name = `n${machine.id}.${number}`
    this.bornAt = bornAt
  }

  threw(error: unknown): void {
    if (!this.alive || error instanceof Exited) return
    const code = error instanceof ChronikError ? error.exitCode : EXIT.bug
    const what =
      error instanceof InvariantError
        ? error.message
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error)
    this.machine.end(this, 'exit', `exit ${code}: ${what}`)
  }
}

/** A machine with one disk, one address and at most one process at a time: the broker itself, on simulated ports. */
export class Machine implements Host {
  readonly id: number
  readonly name: string
  readonly disk = new SimDisk()
  on = true
  /** How many disks it has had. */
  disks = 1
  /** Nothing was ever started on this disk. */
  #fresh = true
  #away = false
  life: Life | undefined
  lives = 0
  /** It lost power since its last life began: its disk is another one. */
  lostPower = false
  /** How far its wall clock is off, ms. */
  wallOffsetMs = 0
  /** How fast its clocks run, since when, and what the monotonic one showed then. */
  #clockRate = 1
  #rateSince: Micros = 0
  #shownThen = 1_000
  readonly #world: World
  readonly #network: SimNetwork
  readonly #streams: Streams
  /** How long calls to its disk take. */
  readonly #diskRandom: Random
  readonly #seed: number
  readonly config: NodeConfig
  readonly #parts: BrokerParts
  readonly #events: MachineEvents

  constructor(of: {
    world: World
    network: SimNetwork
    streams: Streams
    seed: number
    config: NodeConfig
    parts: BrokerParts
    events: MachineEvents
  }) {
    this.#world = of.world
    this.#network = of.network
    this.#streams = of.streams
    this.#seed = of.seed
    this.config = of.config
    this.#parts = of.parts
    this.#events = of.events
    this.id = of.config.node
    this.name = of.config.raft.host
    this.#diskRandom = of.streams.of('disk', this.id)
    of.network.add(this)
  }

  start(): void {
    if (this.life || this.#away) return
    // After a failed sync the page cache shows what the disk does not hold: whoever starts the node again starts its machine again (docs/formats.md).
    if (this.disk.untrue) this.#powerOff()
    if (!this.on) {
      this.on = true
      this.#network.booted(this)
    }
    const life = new Life(this, ++this.lives, this.#world.now)
    life.first = this.#fresh
    this.#fresh = false
    this.life = life
    this.#events.begins(this, life)
    const facts = {
      pid: 1_000 * this.id + life.number,
      residentBytes: () => 0,
      stopAsked: () => this.stop(),
      look: (look: NodeLook) => {
        life.look = look
      },
    }
    this.#world.schedule(
      between(this.#streams.of('start', this.id), 1_000, 30_000),
      life,
      'start',
      life.name,
      0,
      () => {
        runNode(this.#io(life), this.config, this.#parts, facts).then(
          node => {
            life.node = node
          },
          // As the node program ends when it cannot start (programs/shared).
          error =>
            error instanceof ChronikError
              ? life.threw(error)
              : this.end(life, 'exit', `exit ${EXIT.environment}: ${messageOf(error)}`),
        )
      },
    )
  }

  /** SIGTERM: the node ends by itself. */
  stop(): void {
    const {life} = this
    if (!life?.node || life.stopping) return
    life.stopping = true
    const {node} = life
    this.#world.schedule(0, life, 'stop', life.name, 0, () => {
      node.stop().then(
        () => this.end(life, 'stopped', 'stopped'),
        error => life.threw(error),
      )
    })
  }

  /** The process is gone at once. With `power` the machine is off as well, and its disk forgets what was not synced. */
  kill(power: boolean): void {
    const {life} = this
    if (life) this.end(life, power ? 'power' : 'process', power ? 'power lost' : 'killed')
    else if (power) this.#powerOff()
  }

  end(life: Life, how: Ending, why: string): void {
    if (!life.alive) return
    life.alive = false
    this.life = undefined
    this.#network.died(life, how === 'power')
    if (how === 'power') this.#powerOff()
    this.#events.ended(this, life, how, why)
  }

  #powerOff(): void {
    this.on = false
    this.lostPower = true
    this.disk.powerLoss(this.#streams.of('power', this.id))
  }

  /** Not to be started by anybody, until it comes back; off, unless it keeps its power. */
  leave(power = true): void {
    this.kill(power)
    this.#away = true
  }

  comeBack(): void {
    this.#away = false
  }

  /** An empty disk is put in, watched as the one before. */
  newDisk(): void {
    this.disk.wipe()
    this.disks++
    this.#fresh = true
    this.lostPower = false
  }

  /** An empty disk is put in; nobody watches it. */
  wipe(): void {
    this.disk.wipe()
    this.disk.watcher = undefined
  }

  setClockRate(rate: number): void {
    this.#shownThen = this.#monotonicMs()
    this.#rateSince = this.#world.now
    this.#clockRate = rate
  }

  #monotonicMs(): number {
    return this.#shownThen + ((this.#world.now - this.#rateSince) / 1_000) * this.#clockRate
  }

  pause(): void {
    if (this.life) this.life.paused = true
  }

  resume(): void {
    if (!this.life?.paused) return
    this.life.paused = false
    this.#world.release(this.life)
  }

  #io(life: Life): Io {
    const world = this.#world
    const timerRandom = this.#streams.of('timer', this.id)
    return {
      clock: {
        monotonicMs: () => this.#monotonicMs(),
        wallMs: () => Math.floor(1_700_000_000_000 + this.#monotonicMs() + this.wallOffsetMs),
        after: (ms, run): Cancellable => {
          // As a real timer: never early, a little late.
          const inMicros = Math.ceil((Math.max(1, ms) * 1_000) / this.#clockRate) + timerRandom.below(300)
          if (!life.alive) return {cancel: () => {}}
          const step = world.schedule(inMicros, life, 'timer', '', Math.round(ms), run)
          return {
            cancel: () => {
              step.run = undefined
            },
          }
        },
        soon: run => {
          if (life.alive) world.schedule(1 + timerRandom.below(20), life, 'soon', '', 0, run)
        },
      },
      random: new SeededRandom(`${this.#seed}/random/${this.id}/${life.number}`),
      disk: new DiskPort(this.disk, doing => this.#call(life, doing)),
      network: this.#network.port(life, this, (call, about) => {
        const point = life.alive ? this.#pointReached(life, call, about) : undefined
        return point && {when: point.when, die: () => this.#crash(life, point)}
      }),
      log: (level, line) => {
        if (life.alive) this.#events.logged(life, level, line)
      },
      exit: (code: ExitCode): never => {
        this.end(life, 'exit', `exit ${code}`)
        throw new Exited()
      },
      point: () => undefined,
    }
  }

  /** When a call to the disk happens, and whether. */
  #call<T>(life: Life, doing: Doing<T>): Promise<T> {
    return new Promise((settle, refuse) => {
      if (!life.alive) return
      const {call, path, bytes} = doing
      const fault = this.#faultOf(life, call, path)
      const stall = typeof fault?.what === 'object' ? fault.what.stallMs * 1_000 : 0
      this.#world.schedule(this.#delay(call) + stall, life, call, path, bytes, () => {
        const point = this.#pointReached(life, call, path)
        if (point && point.when !== 'after') {
          if (point.when === 'inside') doing.part?.(this.#streams.of('part', this.id).below(1_000))
          this.#crash(life, point)
          return
        }
        try {
          if (fault) this.#events.happened(`${fault.what === 'EIO' ? 'EIO' : 'stall'} in ${call}`)
          if (fault?.what === 'EIO') {
            doing.failed?.()
            life.failed.add(call)
            if (call === 'sync') this.#mustEnd(life, path)
            throw failure('EIO', path)
          }
          const result = doing.whole()
          if (point) this.#crash(life, point)
          else settle(result)
        } catch (error) {
          if (isDiskFull(error)) this.#events.happened(`no room in ${call}`)
          if (point) this.#crash(life, point)
          else refuse(error as Error)
        }
      })
    })
  }

  /** A failed sync is final: the node has to end, and soon. */
  #mustEnd(life: Life, path: string): void {
    this.#world.schedule(1_000_000, undefined, 'must have ended', life.name, 0, () => {
      if (life.alive && !life.paused) this.#events.outlived(life, path)
    })
  }

  #crash(life: Life, point: CrashPoint): void {
    const at = `${point.when} ${point.call} ${point.path}`
    this.end(life, point.power ? 'power' : 'process', point.power ? `power lost ${at}` : `killed ${at}`)
  }

  #pointReached(life: Life, call: CrashPoint['call'], path: string): CrashPoint | undefined {
    const point = life.crashPoint
    if (!point || point.call !== call || !path.includes(point.path) || point.skip-- > 0) return undefined
    return point
  }

  #faultOf(life: Life, call: DiskCallName, path: string): DiskFault | undefined {
    if (life.diskFaults.length === 0) return undefined
    const at = life.diskFaults.findIndex(f => f.call === call && path.includes(f.path) && f.skip-- <= 0)
    return at < 0 ? undefined : life.diskFaults.splice(at, 1)[0]
  }

  #delay(call: DiskCallName): Micros {
    const random = this.#diskRandom
    if (call === 'sync' || call === 'syncDir')
      return chance(random, 15) ? between(random, 3_000, 25_000) : between(random, 200, 1_200)
    return call === 'append' ? between(random, 15, 60) : between(random, 10, 80)
  }
}
