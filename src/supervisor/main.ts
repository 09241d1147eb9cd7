import {mkdirSync, mkdtempSync, rmSync, writeFileSync, writeSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {ChronikError, type ErrorShape, EXIT, messageOf} from '../base/errors.ts'
import {packageVersion} from '../base/package-root.ts'
import {SeededRandom} from '../base/random.ts'
import {embedded} from '../engines/embedded.ts'
import {Controller} from './controller.ts'
import {Journal} from './journal.ts'
import {freeLock, takeLock} from './lock.ts'
import {create, isFree, newSpec, nodeConfigs, portInUse, type SpecRequest} from './plan.ts'
import {startTimeOf} from './process-id.ts'
import {removeCluster} from './remove.ts'
import {Server} from './server.ts'
import {readSpec} from './spec.ts'

/** What a supervisor is started with: its only argument, as JSON. */
export interface SupervisorOrder {
  dir: string
  request: SpecRequest
  wait: boolean
  /** Present: a scratch cluster, which ends and goes with the connection of this process. */
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
const OWNER_MS = 10_000
/** Socket paths are cut off by the system above this. */
const SOCKET_PATH_MAX = 100

/** Runs the supervisor of one cluster until it is told to end, or has lost the owner of a scratch cluster. */
export async function runSupervisor(order: SupervisorOrder): Promise<void> {
  const {dir, request} = order
  const say = (line: SupervisorSays): void => {
    try {
      writeSync(3, `${JSON.stringify(line)}\n`)
    } catch {
      // Who started us is gone; what it wanted goes on.
    }
  }
  mkdirSync(dir, {recursive: true, mode: 0o700})
  const owner = takeLock(dir)
  if (owner) {
    say({busy: {pid: owner.pid}})
    process.exit(EXIT.labState)
  }
  let controller: Controller | undefined
  let server: Server | undefined
  let created = false
  let ready = false
  let ending = false
  const sockets = socketDir(dir)
  const leave = (code: number): never => {
    server?.close()
    rmSync(join(dir, 'supervisor.json'), {force: true})
    // A killed node leaves its socket behind.
    for (const n of controller?.nodes ?? []) rmSync(n.config.controlPath, {force: true})
    if (sockets !== dir) rmSync(sockets, {recursive: true, force: true})
    freeLock(dir)
    if (order.ownerPid !== undefined) rmSync(dir, {recursive: true, force: true})
    // A first start that was not finished leaves no cluster behind; when it failed, its logs say why.
    else if (created && !ready) removeCluster(dir, {keepLogs: !ending})
    process.exit(code)
  }
  const endAll = async (why: string): Promise<void> => {
    if (ending) return
    ending = true
    controller?.journal.add('cluster', why)
    await controller?.end(order.ownerPid === undefined ? 'stop' : 'kill', why)
    leave(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => void endAll(`supervisor ended by ${signal}`))
  process.on('SIGHUP', () => undefined)
  try {
    let spec = readSpec(dir)
    if (!spec) {
      const made = await newSpec(request)
      for (const note of made.notes) say({note})
      spec = made.spec
      create(dir, spec)
      created = true
    } else
      for (const node of spec.nodes) {
        if (!(await isFree(node.kafkaPort))) throw portInUse(node.kafkaPort, `n${node.id}, kafka`)
        if (!(await isFree(node.raftPort))) throw portInUse(node.raftPort, `n${node.id}, raft`)
      }
    const {plant} = spec
    const journal = new Journal(dir)
    journal.add(
      'cluster',
      `up: ${spec.nodes.length} nodes, ${spec.engine}${plant ? `, PLANTED ${plant}` : ''}, seed ${spec.seed}`,
      {
        data: {version: packageVersion(), pid: process.pid},
      },
    )
    controller = new Controller(
      spec,
      dir,
      nodeConfigs(dir, spec, sockets),
      file => embedded.prepare(file, plant),
      journal,
      new SeededRandom(spec.seed),
    )
    let ownerSeen = false
    server = new Server(controller, {
      ended: () => leave(0),
      said: who => {
        if (who.pid === order.ownerPid) ownerSeen = true
      },
      left: who => {
        if (order.ownerPid !== undefined && who.pid === order.ownerPid) void endAll('its owner is gone')
      },
    })
    const socket = join(sockets, 'supervisor.sock')
    rmSync(socket, {force: true})
    await server.listen(socket)
    await controller.startAll(progress => say({progress}))
    if (order.wait) {
      const leader = await controller.firstLeader(LEADER_MS)
      if (!leader)
        throw new ChronikError(
          'CHRONIK_NO_LEADER',
          EXIT.environment,
          `No leader was elected within ${LEADER_MS / 1_000} s.`,
        )
      say({progress: 'leader elected'})
    }
    const record = {
      pid: process.pid,
      startTime: startTimeOf(process.pid),
      socket,
      version: packageVersion(),
      startedWallMs: controller.startedWallMs,
    }
    writeFileSync(join(dir, 'supervisor.json'), `${JSON.stringify(record)}\n`, {mode: 0o600})
    ready = true
    say({ready: {socket, created}})
    if (order.ownerPid !== undefined)
      setTimeout(() => {
        if (!ownerSeen) void endAll('its owner never came')
      }, OWNER_MS)
  } catch (error) {
    const shape =
      error instanceof ChronikError
        ? error.toShape()
        : {code: 'CHRONIK_BUG', message: messageOf(error), exitCode: EXIT.bug}
    await controller?.end('kill', 'the start failed')
    say({failed: shape})
    leave(shape.exitCode)
  }
}

/** Where the sockets are: in the cluster's folder, or, when its path is too long, in one of our own. */
function socketDir(dir: string): string {
  if (join(dir, 'supervisor.sock').length <= SOCKET_PATH_MAX) return dir
  const runtime = process.env.XDG_RUNTIME_DIR
  const base = runtime?.startsWith('/') && runtime.length < 50 ? runtime : tmpdir()
  return mkdtempSync(join(base, 'chronik-'))
}
