import {readFileSync, writeSync} from 'node:fs'
import {ChronikError, EXIT, type ExitCode, messageOf} from '../../base/errors.ts'
import {type RunningNode, runNode} from '../../broker/node.ts'
import type {BrokerParts} from '../../broker/parts.ts'
import type {InsideOrder} from '../../contracts/inside.ts'
import {type NodeConfig, type ReadyLine, SUPERVISOR_GONE} from '../../contracts/node-config.ts'
import {FaultyDisk} from '../../io/faulty-disk.ts'
import {nodeClock} from '../../io/node/clock.ts'
import {NodeDisk} from '../../io/node/disk.ts'
import {LossyDisk} from '../../io/node/lossy-disk.ts'
import {MovedClock} from '../../io/node/moved-clock.ts'
import {nodeNetwork} from '../../io/node/network.ts'
import {openFilesMax} from '../../io/node/open-files.ts'
import {NodeRandom} from '../../io/node/random.ts'
import type {Io} from '../../io/ports.ts'
import {armAt, crashPoints, suffer} from './inside.ts'

/** Wires a broker to this process: real ports, signals, standard input, the line that says ready. */
export async function startNodeProgram(parts: BrokerParts): Promise<void> {
  const config = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as NodeConfig
  const log = (level: string, line: string): void => {
    try {
      writeSync(1, `${new Date().toISOString()} ${level} ${line}\n`)
    } catch {
      // A log that cannot be written must not end the node.
    }
  }
  const tell = (line: ReadyLine): void => {
    if (config.readyFd !== undefined) writeSync(config.readyFd, `${JSON.stringify(line)}\n`)
  }
  const end = (code: ExitCode): never => process.exit(code)
  const crash = (thrown: unknown): void => {
    log('ERROR', thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown))
    end(thrown instanceof ChronikError ? thrown.exitCode : EXIT.bug)
  }
  process.on('uncaughtException', crash)
  process.on('unhandledRejection', crash)
  let node: RunningNode | undefined
  let stopping = false
  const stop = (): void => {
    if (stopping) return
    stopping = true
    if (node) node.stop().then(() => end(EXIT.ok), crash)
    else end(EXIT.ok)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.on('SIGHUP', () => undefined)
  if (config.exitOnStdinEnd) {
    // Its supervisor holds the other end: when that is gone nobody is responsible for this node, ready or not.
    const alone = (): void => {
      log('WARN', SUPERVISOR_GONE)
      end(EXIT.ok)
    }
    process.stdin.on('end', alone)
    process.stdin.on('error', alone)
    process.stdin.resume()
  }
  try {
    const disk = new FaultyDisk(new NodeDisk(config.dataDir), nodeClock)
    const clock = new MovedClock(nodeClock)
    const points = crashPoints(line => log('WARN', line))
    armAt(points, config.dieAt)
    const lossy = config.unsyncedDir ? new LossyDisk(disk, config.dataDir, config.unsyncedDir) : disk
    const io: Io = {
      clock,
      random: new NodeRandom(),
      disk: points.disk(lossy),
      network: points.network(nodeNetwork, {peers: config.raft, clients: config.kafkaListen ?? config.kafka}),
      log,
      exit: end,
      point: () => undefined,
    }
    const facts = {
      pid: process.pid,
      residentBytes: () => process.memoryUsage.rss(),
      openFilesMax: openFilesMax(),
      stopAsked: stop,
      suffer: (order: InsideOrder) => suffer(order, {disk, clock, points}),
    }
    node = await runNode(io, config, parts, facts)
    tell({ready: {pid: process.pid, controlPath: config.controlPath, ...node.ready}})
  } catch (thrown) {
    const shape =
      thrown instanceof ChronikError
        ? thrown.toShape()
        : {code: 'CHRONIK_NODE_FAILED', message: messageOf(thrown), exitCode: EXIT.environment}
    log('ERROR', shape.message)
    tell({failed: shape})
    end(shape.exitCode)
  }
}
