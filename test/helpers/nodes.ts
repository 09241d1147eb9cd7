import {type ChildProcess, spawn} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {mkdirSync, mkdtempSync, openSync, readFileSync, realpathSync, rmSync, writeFileSync} from 'node:fs'
import net from 'node:net'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {DEFAULT_SETTINGS, type NodeConfig, type NodeSettings, type ReadyLine} from '../../src/contracts/node-config.ts'
import type {GroupState, NodeLive} from '../../src/contracts/node-state.ts'
import {freePorts} from '../../src/supervisor/plan.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Three node programs without a supervisor: what the tests of the broker itself need. */
export class Nodes {
  readonly dir = realpathSync(mkdtempSync(join(tmpdir(), 'chronik-nodes-')))
  readonly configs: NodeConfig[] = []
  readonly children = new Map<number, ChildProcess>()
  readonly program: string
  /** Files that a node may have open; undefined: as many as this process. */
  openFilesMax: number | undefined

  private constructor(program: string) {
    this.program = program
  }

  static async create(
    options: {count?: number; settings?: Partial<NodeSettings>; program?: string} = {},
  ): Promise<Nodes> {
    const nodes = new Nodes(options.program ?? join(root, 'dist', 'node.mjs'))
    const count = options.count ?? 3
    const ports = await freePorts(count * 2)
    const clusterId = randomBytes(16).toString('hex')
    const secret = randomBytes(16).toString('hex')
    const ids = Array.from({length: count}, (_, i) => i + 1)
    const host = '127.0.0.1'
    for (const node of ids) {
      const dataDir = join(nodes.dir, `node${node}`)
      mkdirSync(dataDir)
      writeFileSync(
        join(dataDir, 'node.json'),
        JSON.stringify({formatVersion: 1, clusterId, node, directoryId: randomBytes(16).toString('hex')}),
      )
      nodes.configs.push({
        formatVersion: 1,
        clusterId,
        clusterName: 'test',
        node,
        dataDir,
        kafka: {host, port: ports[node - 1]},
        raft: {host, port: ports[count + node - 1]},
        secret,
        controlPath: join(nodes.dir, `n${node}.sock`),
        peers: ids
          .filter(id => id !== node)
          .map(id => ({node: id, raft: {host, port: ports[count + id - 1]}, kafka: {host, port: ports[id - 1]}})),
        voters: ids,
        readyFd: 3,
        exitOnStdinEnd: true,
        settings: {...DEFAULT_SETTINGS, ...options.settings},
      })
    }
    return nodes
  }

  get bootstrap(): string[] {
    return this.configs.map(c => `${c.kafka.host}:${c.kafka.port}`)
  }

  config(node: number): NodeConfig {
    return this.configs[node - 1]
  }

  log(node: number): string {
    return readFileSync(join(this.dir, `node${node}.log`), 'utf8')
  }

  start(node: number, extra: string[] = []): Promise<ReadyLine> {
    const file = join(this.dir, `node${node}.config.json`)
    writeFileSync(file, JSON.stringify(this.config(node)), {mode: 0o600})
    const log = openSync(join(this.dir, `node${node}.log`), 'a')
    const argv = [process.execPath, this.program, file, ...extra]
    const limited =
      this.openFilesMax === undefined
        ? argv
        : ['/bin/sh', '-c', `ulimit -n ${this.openFilesMax} && exec "$0" "$@"`, ...argv]
    const child = spawn(limited[0], limited.slice(1), {stdio: ['pipe', log, log, 'pipe']})
    this.children.set(node, child)
    return new Promise((resolve, reject) => {
      let text = ''
      child.stdio[3]?.on('data', chunk => {
        text += chunk
        if (text.endsWith('\n')) resolve(JSON.parse(text))
      })
      child.on('exit', (code, signal) => reject(new Error(`node ${node} ended: ${code ?? signal}\n${this.log(node)}`)))
    })
  }

  async startAll(): Promise<void> {
    const lines = await Promise.all(this.configs.map(c => this.start(c.node)))
    for (const line of lines) if ('failed' in line) throw new Error(line.failed.message)
  }

  end(node: number, signal: NodeJS.Signals): Promise<number | null> {
    const child = this.children.get(node)
    this.children.delete(node)
    if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve(null)
    return new Promise(resolve => {
      child.on('exit', code => resolve(code))
      child.kill(signal)
    })
  }

  /** What a node answers on its control socket. */
  ask<T>(node: number, call: {call: string}): Promise<T> {
    return new Promise((resolve, reject) => {
      const socket = net.connect(this.config(node).controlPath)
      let text = ''
      socket.on('error', reject)
      socket.on('data', chunk => {
        text += chunk
        if (!text.endsWith('\n')) return
        socket.end()
        const reply = JSON.parse(text) as {ok: T; error?: {message: string}}
        if (reply.error) reject(new Error(reply.error.message))
        else resolve(reply.ok)
      })
      socket.write(`${JSON.stringify({id: 1, ...call})}\n`)
    })
  }

  state(node: number): Promise<NodeLive> {
    return this.ask(node, {call: 'state'})
  }

  async group(node: number, group = '__raft_metadata/0'): Promise<GroupState | undefined> {
    return (await this.state(node)).groups.find(g => g.group === group)
  }

  /** The node that serves as leader of a group. */
  leader(group = '__raft_metadata/0', withinMs = 10_000): Promise<number> {
    return until(
      async () => {
        for (const node of this.children.keys()) {
          const state = await this.group(node, group).catch(() => undefined)
          if (state?.serving) return node
        }
        return undefined
      },
      {what: `a leader of ${group}`, withinMs},
    )
  }

  async remove(): Promise<void> {
    await Promise.all([...this.children.keys()].map(node => this.end(node, 'SIGKILL')))
    rmSync(this.dir, {recursive: true, force: true})
  }
}

/** Asks until there is an answer; the deadline says what was waited for. */
export async function until<T>(
  fact: () => Promise<T | undefined>,
  {what, withinMs, everyMs = 10}: {what: string; withinMs: number; everyMs?: number},
): Promise<T> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const found = await fact()
    if (found !== undefined && found !== false) return found
    if (Date.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`)
    await new Promise(resolve => setTimeout(resolve, everyMs))
  }
}
