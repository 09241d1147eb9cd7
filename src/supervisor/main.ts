import {lstatSync, rmSync, writeFileSync, writeSync} from 'node:fs'
import net from 'node:net'
import {join} from 'node:path'
import {ChronikError, type ErrorShape, EXIT, type ExitCode, messageOf, systemCode} from '../base/errors.ts'
import {packageVersion} from '../base/package-root.ts'
import {SeededRandom} from '../base/random.ts'
import {attached} from '../engines/attached/index.ts'
import {engineNamed} from '../engines/index.ts'
import {attachedConfigs} from './attached.ts'
import {Controller} from './controller.ts'
import {forgetLeftFaults, leftFaults} from './faults/list.ts'
import {freeReserve, keepReserve, ownFolder, removeSockets, socketFolder} from './folder.ts'
import {Journal} from './journal.ts'
import {Links} from './links.ts'
import {freeLock, takeLock} from './lock.ts'
import {checkFolders, create, needPorts, newSpec, nodeConfigs, type SpecRequest} from './plan.ts'
import {isAlive, startTimeOf} from './process-id.ts'
import {listedProcesses} from './process-list.ts'
import {removeCluster} from './remove.ts'
import {Server} from './server.ts'
import {type ClusterSpec, readSpec} from './spec.ts'
import {takeOver} from './take-over.ts'

/** What a supervisor is started with: its only argument, as JSON. */
export interface SupervisorOrder {
  dir: string
  request: SpecRequest
  wait: boolean
  /** Present: a scratch cluster, which ends and goes with this process: with its connection, and before there is one with the process itself. */
  ownerPid?: number
}

/** What a starting supervisor says on descriptor 3, a line each; the last is ready or failed. */
export type SupervisorSays =
  | {progress: string}
  | {note: string}
  | {ready: {socket: string; created: boolean}}
  | {busy: {pid: number}}
  | {failed: ErrorShape}

const LEADER_MS = 30_000
const ALL_FOLLOW_MS = 2_000
const OWNER_LOOK_MS = 250
/** How long a port of a node may be in use by what is just ending. */
const PORT_MS = 3_000

/** Runs the supervisor of one cluster until it is told to end, or has lost the owner of a scratch cluster. */
export async function runSupervisor(order: SupervisorOrder): Promise<void> {
  const say = (line: SupervisorSays): void => {
    try {
      writeSync(3, `${JSON.stringify(line)}\n`)
    } catch {
      // Who started us is gone; what it wanted goes on.
    }
  }
  let dir: string
  try {
    dir = ownFolder(order.dir)
    freeReserve(dir)
    const owner = takeLock(dir)
    if (owner) {
      say({busy: {pid: owner.pid}})
      process.exit(EXIT.labState)
    }
  } catch (error) {
    say({failed: shapeOf(error)})
    process.exit(shapeOf(error).exitCode)
  }
  await new Supervising(order, dir, say).run()
}

/** As the one that has the lock. */
class Supervising {
  readonly #order: SupervisorOrder
  readonly #dir: string
  readonly #say: (line: SupervisorSays) => void
  #controller: Controller | undefined
  #server: Server | undefined
  #socket: string | undefined
  #spec: ClusterSpec | undefined
  #created = false
  #ready = false
  #ending = false
  #ownerSeen = false

  constructor(order: SupervisorOrder, dir: string, say: (line: SupervisorSays) => void) {
    this.#order = order
    this.#dir = dir
    this.#say = say
  }

  async run(): Promise<void> {
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => void this.#end(`supervisor ended by ${signal}`))
    process.on('SIGHUP', () => undefined)
    this.#watchOwner()
    try {
      await this.#start()
    } catch (error) {
      if (this.#ending) return
      this.#ending = true
      await this.#controller?.end('kill', 'the start failed')
      this.#leave(shapeOf(error).exitCode, {keepLogs: true, failed: shapeOf(error)})
    }
  }

  async #start(): Promise<void> {
    const {wait} = this.#order
    const dir = this.#dir
    const interrupted = listedProcesses(dir).length > 0
    const ended = await takeOver(dir)
    const spec = readSpec(dir) ?? (await this.#create())
    this.#spec = spec
    const {attached: foreign} = spec.engineOptions ?? {}
    if (!this.#created && !foreign) {
      checkFolders(dir, spec)
      await needPorts(spec, interrupted ? PORT_MS : 0)
    }
    const {plant} = spec
    const engine = foreign ? attached : engineNamed(spec.engine)
    const cluster = {dir, options: spec.engineOptions ?? {}, ...(plant ? {plant} : {})}
    const journal = new Journal(dir)
    for (const p of ended)
      journal.add('healed', `n${p.node} pid ${p.pid} was left by the last supervisor: ended by SIGKILL`, {node: p.node})
    for (const fault of leftFaults(dir))
      journal.add(
        'healed',
        `${fault.name} ${fault.kind} ${fault.what} was left by the last supervisor: it ended with it`,
        {
          data: {fault: fault.name},
        },
      )
    forgetLeftFaults(dir)
    journal.add(
      'cluster',
      `up: ${spec.nodes.length} nodes, ${spec.engine}${plant ? `, PLANTED ${plant}` : ''}${spec.disk ? `, disks ${spec.disk}` : ''}, seed ${spec.seed}`,
      {data: {version: packageVersion(), pid: process.pid}},
    )
    const sockets = socketFolder(dir)
    this.#socket = join(sockets, 'supervisor.sock')
    const configs = foreign ? attachedConfigs(dir, spec, foreign) : nodeConfigs(dir, spec, sockets)
    const controller = new Controller(
      spec,
      dir,
      configs,
      {engine, cluster},
      journal,
      new SeededRandom(spec.seed),
      Links.of(configs, new SeededRandom(`${spec.seed} links`)),
    )
    this.#controller = controller
    await this.#listen(controller, this.#socket)
    this.#record({starting: true})
    await controller.startAll(progress => this.#say({progress}))
    // What somebody else started may be in any state: it is shown as it is.
    if (wait && !foreign) {
      const leader = await controller.firstLeader(LEADER_MS)
      if (!leader) throw new ChronikError('CHRONIK_NO_LEADER', EXIT.environment, `${controller.leaderless()}.`)
      this.#say({progress: 'leader elected'})
      await this.#finishAdd(controller)
      await controller.allFollow(ALL_FOLLOW_MS)
    }
    if (this.#ending) return
    this.#record({})
    this.#ready = true
    keepReserve(this.#dir)
    this.#say({ready: {socket: this.#socket, created: this.#created}})
  }

  /** A node whose adding was cut off by the end of the last supervisor is started with the others, and becomes a voter now. */
  async #finishAdd(controller: Controller): Promise<void> {
    const half = controller.spec.nodes.find(n => n.joining)
    if (!half) return
    const progress = (line: string): void => this.#say({progress: line})
    try {
      await controller.act({do: 'add'}, {name: 'cluster up', pid: process.pid}, progress)
      this.#say({note: `n${half.id} had been added by half: it is a voter now.`})
    } catch (error) {
      this.#say({
        note: `n${half.id} is added by half, and no voter yet: ${messageOf(error)} chronik cluster add goes on.`,
      })
    }
  }

  /** Until the owner's connection is there, its process is looked at: it may die before it connects. */
  #watchOwner(): void {
    const pid = this.#order.ownerPid
    if (pid === undefined) return
    const owner = {pid, startTime: startTimeOf(pid) ?? ''}
    const timer = setInterval(() => {
      if (this.#ownerSeen) clearInterval(timer)
      else if (!isAlive(owner)) void this.#end('its owner is gone')
    }, OWNER_LOOK_MS)
  }

  async #create(): Promise<ClusterSpec> {
    const made = await newSpec(this.#order.request)
    for (const note of made.notes) this.#say({note})
    create(this.#dir, made.spec)
    this.#created = true
    return made.spec
  }

  async #listen(controller: Controller, socket: string): Promise<void> {
    const {ownerPid} = this.#order
    this.#server = new Server(controller, {
      ended: who => {
        if (this.#ready) return this.#leave(0)
        // Somebody took it down while it was being started.
        this.#ending = true
        const message = `${controller.spec.name} was taken down by ${who.name} (pid ${who.pid}) while it was being started.`
        this.#leave(EXIT.labState, {failed: {code: 'CHRONIK_TAKEN_DOWN', message, exitCode: EXIT.labState}})
      },
      said: who => {
        if (who.pid === ownerPid) this.#ownerSeen = true
      },
      left: who => {
        if (ownerPid !== undefined && who.pid === ownerPid) void this.#end('its owner is gone')
      },
    })
    await removeStaleSocket(socket)
    await this.#server.listen(socket)
  }

  #record(more: {starting?: true}): void {
    const record = {
      pid: process.pid,
      startTime: startTimeOf(process.pid),
      socket: this.#socket,
      version: packageVersion(),
      startedWallMs: this.#controller?.startedWallMs,
      ...more,
    }
    writeFileSync(join(this.#dir, 'supervisor.json'), `${JSON.stringify(record)}\n`, {mode: 0o600})
  }

  async #end(why: string): Promise<void> {
    if (this.#ending) return
    this.#ending = true
    this.#controller?.journal.add('cluster', why)
    await this.#controller?.end(this.#order.ownerPid === undefined ? 'stop' : 'kill', why)
    this.#leave(0)
  }

  /** `failed` is said last: whoever reads it finds everything done. */
  #leave(code: ExitCode, o: {keepLogs?: boolean; failed?: ErrorShape} = {}): never {
    const dir = this.#dir
    this.#server?.close()
    rmSync(join(dir, 'supervisor.json'), {force: true})
    // A killed node leaves its socket behind.
    if (this.#socket) removeSockets(this.#socket, dir)
    freeLock(dir)
    try {
      if (this.#order.ownerPid !== undefined) rmSync(dir, {recursive: true, force: true})
      // A first start that was not finished leaves no cluster behind; when it failed, its logs say why.
      else if (this.#created && !this.#ready && this.#spec) removeCluster(dir, this.#spec.clusterId, o)
    } catch (error) {
      console.error(error)
    }
    if (o.failed) this.#say({failed: o.failed})
    process.exit(code)
  }
}

/** A socket file that nobody answers at. One that answers is somebody's, whatever the lock says. */
async function removeStaleSocket(path: string): Promise<void> {
  const there = lstatSync(path, {throwIfNoEntry: false})
  if (!there) return
  if (!there.isSocket() || (await answers(path)))
    throw new ChronikError(
      'CHRONIK_SOCKET',
      EXIT.environment,
      `${path} ${there.isSocket() ? 'is in use by another process' : 'is no socket'}.`,
    )
  rmSync(path)
}

function answers(path: string): Promise<boolean> {
  return new Promise<boolean>(settle => {
    const resolve = (there: boolean): void => void settle(there)
    const socket = net.connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** What a full or read-only disk says is the environment's fault, everything unexplained is ours. */
function shapeOf(error: unknown): ErrorShape {
  if (error instanceof ChronikError) return error.toShape()
  const code = systemCode(error)
  if (code !== undefined && /^(ENOSPC|EDQUOT|EROFS|EACCES|EPERM|EMFILE|ENFILE|EIO)$/.test(code))
    return {code: 'CHRONIK_ENVIRONMENT', message: messageOf(error), exitCode: EXIT.environment}
  console.error(error)
  return {code: 'CHRONIK_BUG', message: messageOf(error), exitCode: EXIT.bug}
}
