import {randomBytes, randomInt} from 'node:crypto'
import {existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import net from 'node:net'
import {join} from 'node:path'
import {ChronikError, EXIT, systemCode} from '../base/errors.ts'
import type {NodeId} from '../base/ids.ts'
import {oneLine} from '../base/one-line.ts'
import type {EngineName, EngineOptions} from '../contracts/engine.ts'
import {DEFAULT_SETTINGS, type NodeConfig, type NodeIdentity, type NodeSettings} from '../contracts/node-config.ts'
import type {EnginePorts} from '../engines/engine.ts'
import {engineNamed} from '../engines/index.ts'
import {attachedSpec} from './attached.ts'
import {portOwner} from './port-owner.ts'
import {clusterOf} from './remove.ts'
import {type ClusterSpec, readSpecFile, type SpecNode, specPath} from './spec.ts'

const KAFKA_PORT = 9_092
const RAFT_OFFSET = 100
/** So far above the first choice a free block of ports is looked for. */
const BLOCKS_BELOW = 21_000
const BLOCK_STEP = 10
const FREE_FROM = 20_000
const FREE_TO = 32_768
/** So many are drawn at most; then whatever the system gives. */
const FREE_TRIES = 1_000
const HOST = '127.0.0.1'

/** What `cluster up` was asked for; plain data, handed to the supervisor program. */
export interface SpecRequest {
  name: string
  nodes?: number
  engine?: EngineName
  engineOptions?: EngineOptions
  plant?: string
  disk?: 'plain' | 'lossy'
  seed?: string
  basePort?: number
  newPorts?: boolean
  settings?: Partial<NodeSettings>
}

/** A new cluster's specification. Draws ids, finds ports; writes nothing. */
export async function newSpec(request: SpecRequest): Promise<{spec: ClusterSpec; notes: string[]}> {
  const foreign = request.engineOptions?.attached
  if (foreign) return {spec: attachedSpec(request.name, foreign), notes: []}
  const count = request.nodes ?? 3
  const notes: string[] = []
  const engine = engineNamed(request.engine ?? 'embedded')
  const {kafka, raft} = await ports(count, request, engine.ports, notes)
  const hex = (bytes: number): string => randomBytes(bytes).toString('hex')
  return {
    notes,
    spec: {
      formatVersion: 1,
      name: request.name,
      clusterId: hex(16),
      engine: engine.name,
      ...(request.engineOptions ? {engineOptions: request.engineOptions} : {}),
      ...(request.plant ? {plant: request.plant} : {}),
      ...(request.disk === 'lossy' ? {disk: 'lossy'} : {}),
      seed: request.seed ?? hex(3),
      secret: hex(32),
      createdWallMs: Date.now(),
      nodes: Array.from({length: count}, (_, i) => ({
        id: i + 1,
        directoryId: hex(16),
        kafkaPort: kafka[i],
        raftPort: raft[i],
      })),
      settings: {
        ...DEFAULT_SETTINGS,
        'min.insync.replicas': count < 3 ? 1 : DEFAULT_SETTINGS['min.insync.replicas'],
        'default.replication.factor': Math.min(3, count),
        ...request.settings,
      },
    },
  }
}

async function ports(
  count: number,
  request: SpecRequest,
  of: EnginePorts,
  notes: string[],
): Promise<{kafka: number[]; raft: number[]}> {
  const block = (base: number): {kafka: number[]; raft: number[]} => {
    const kafka = Array.from({length: count}, (_, i) => base + i * of.step)
    return {kafka, raft: kafka.map(port => port + of.raftOffset)}
  }
  const all = ({kafka, raft}: ReturnType<typeof block>): number[] => [...kafka, ...raft, ...besides(kafka, of)]
  // Ports that follow from others cannot be any free ones: a free block is looked for.
  if (request.newPorts && of.step === 1) {
    const free = await freePorts(count * 2)
    return {kafka: free.slice(0, count), raft: free.slice(count)}
  }
  if (request.basePort !== undefined) {
    const wanted = block(request.basePort)
    if (Math.max(...all(wanted)) > 65_535)
      throw new ChronikError('CHRONIK_PORT', EXIT.usage, `Ports from ${request.basePort} on end above 65535.`)
    for (const [i, port] of [...wanted.kafka, ...wanted.raft].entries())
      await needPort(port, `n${(i % count) + 1}, ${i < count ? 'kafka' : 'raft'}`)
    return wanted
  }
  const first = request.newPorts ? of.kafka + BLOCK_STEP * RAFT_OFFSET : of.kafka
  for (let base = first; base < first + BLOCKS_BELOW; base += base === KAFKA_PORT ? 10_000 : BLOCK_STEP * RAFT_OFFSET) {
    const wanted = block(base)
    const free = await Promise.all(all(wanted).map(isFree))
    if (!free.every(Boolean)) continue
    if (base !== of.kafka && !request.newPorts)
      notes.push(
        `Port ${of.kafka} and its neighbours are in use: Kafka ports from ${base}, Raft ports from ${wanted.raft[0]}.`,
      )
    return wanted
  }
  const free = await freePorts(count * 2)
  notes.push('No block of ports is free: any free ports were taken.')
  return {kafka: free.slice(0, count), raft: free.slice(count)}
}

/** What nodes listen on besides, by their Kafka ports. */
function besides(kafka: readonly number[], of: EnginePorts): number[] {
  return kafka.flatMap(port => of.more.map(above => port + above))
}

/** Throws, with who has it as far as that can be seen, unless a port can be listened on. Asked for every port before anything is started. */
export async function needPort(port: number, what: string): Promise<void> {
  const why = await whyNotFree(port)
  if (why === undefined) return
  const next = {next: 'chronik cluster up --base-port 19092'}
  if (why !== 'EADDRINUSE')
    throw new ChronikError(
      'CHRONIK_PORT',
      EXIT.environment,
      `Port ${port} (${what}) cannot be listened on: ${why}.`,
      next,
    )
  const owner = portOwner(port)
  const by = owner ? ` by pid ${owner.pid}${owner.command ? ` (${oneLine(owner.command)})` : ''}` : ''
  throw new ChronikError('CHRONIK_PORT_IN_USE', EXIT.environment, `Port ${port} (${what}) is in use${by}.`, next)
}

/** Every port of a cluster, before any of its nodes is started. `patienceMs`: those of a process that is just ending may take that long. */
export async function needPorts(spec: ClusterSpec, patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs
  for (const node of spec.nodes)
    for (const [port, kind] of [
      [node.kafkaPort, 'kafka'],
      [node.raftPort, 'raft'],
    ] as const) {
      while (performance.now() < deadline && !(await isFree(port)))
        await new Promise(resolve => setTimeout(resolve, 20))
      await needPort(port, `n${node.id}, ${kind}`)
    }
}

export async function isFree(port: number): Promise<boolean> {
  return (await whyNotFree(port)) === undefined
}

/** Undefined: this port of the loopback address is free. Else the system's word for what is wrong with it. */
function whyNotFree(port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const server = net.createServer()
    server.once('error', error => resolve(systemCode(error) ?? error.message))
    server.listen(port, HOST, () => server.close(() => resolve(undefined)))
  })
}

/**
 * Ports that nobody listens on, on the loopback address. They lie below those from which systems give connections their own end (Linux from 32768,
 * macOS from 49152): a node that is down for a while would find such a port taken.
 */
export async function freePorts(count: number): Promise<number[]> {
  const held: net.Server[] = []
  try {
    for (let tries = 0; held.length < count; tries++) {
      const server = await listening(tries < FREE_TRIES ? randomInt(FREE_FROM, FREE_TO) : 0)
      if (server) held.push(server)
    }
    return held.map(server => (server.address() as net.AddressInfo).port)
  } finally {
    await Promise.all(held.map(server => new Promise(resolve => server.close(resolve))))
  }
}

/** Listens on a port, 0 for any; undefined when that port is taken. */
function listening(port: number): Promise<net.Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = net.createServer()
    server.once('error', error => (port === 0 ? reject(error) : resolve(undefined)))
    server.listen(port, HOST, () => resolve(server))
  })
}

/**
 * Writes what a new cluster needs before its first start: folders, whose they are, and last the specification under its own name. Until then it is a
 * draft: whoever dies in the middle leaves one, and the next to come takes its beginnings away.
 */
export function create(dir: string, spec: ClusterSpec): void {
  const path = specPath(dir)
  removeDraft(dir)
  const folders = spec.engine === 'attached' ? [] : spec.nodes
  for (const {id} of folders) {
    const dataDir = join(dir, `node${id}`)
    const there = lstatSync(dataDir, {throwIfNoEntry: false})
    if (there && (!there.isDirectory() || readdirSync(dataDir).length > 0))
      throw new ChronikError(
        'CHRONIK_NOT_OURS',
        EXIT.labState,
        `${dataDir} ${there.isDirectory() ? 'is not empty' : 'is no folder'} and not of this cluster${theirs(dataDir, spec)}.`,
      )
  }
  writeFileSync(`${path}.tmp`, `${JSON.stringify(spec, null, 2)}\n`, {mode: 0o600})
  for (const node of folders) giveFolder(dir, spec.clusterId, node)
  renameSync(`${path}.tmp`, path)
}

/** The folder of a node before its first start: it says whose it is. */
export function giveFolder(dir: string, clusterId: string, node: Pick<SpecNode, 'id' | 'directoryId'>): void {
  const dataDir = join(dir, `node${node.id}`)
  mkdirSync(dataDir, {recursive: true, mode: 0o700})
  const identity: NodeIdentity = {formatVersion: 1, clusterId, node: node.id, directoryId: node.directoryId}
  writeFileSync(join(dataDir, 'node.json'), `${JSON.stringify(identity)}\n`, {mode: 0o600, flush: true})
}

/** Ports for one node more: those behind the last one's, or any that are free. */
export async function portsOfOneMore(spec: ClusterSpec): Promise<{kafkaPort: number; raftPort: number}> {
  const kafkaPort = Math.max(...spec.nodes.map(n => n.kafkaPort)) + 1
  const raftPort = Math.max(...spec.nodes.map(n => n.raftPort)) + 1
  const taken = spec.nodes.some(n => [n.kafkaPort, n.raftPort].some(port => port === kafkaPort || port === raftPort))
  if (!taken && kafkaPort !== raftPort && (await isFree(kafkaPort)) && (await isFree(raftPort)))
    return {kafkaPort, raftPort}
  const [kafka, raft] = await freePorts(2)
  return {kafkaPort: kafka, raftPort: raft}
}

/** The nodes' folders are where they were made: a link in the place of one is not followed. */
export function checkFolders(dir: string, spec: ClusterSpec): void {
  for (const {id} of spec.nodes) {
    const dataDir = join(dir, `node${id}`)
    const there = lstatSync(dataDir, {throwIfNoEntry: false})
    if (there && !there.isDirectory())
      throw new ChronikError(
        'CHRONIK_NOT_OURS',
        EXIT.labState,
        `${dataDir} is ${there.isSymbolicLink() ? 'a link' : 'no folder'}; the data of n${id} has to lie in the cluster's folder itself.`,
      )
  }
}

function theirs(dataDir: string, spec: ClusterSpec): string {
  const owner = clusterOf(dataDir)
  return owner === undefined ? '' : ` (it is of ${owner}, this is ${spec.clusterId})`
}

/** What a creation that never ended has made: folders that hold nothing but the identity that its draft gave them. */
function removeDraft(dir: string): void {
  const path = `${specPath(dir)}.tmp`
  if (!existsSync(path)) return
  const draft = readSpecFile(path)
  for (const {id} of draft?.nodes ?? []) {
    const dataDir = join(dir, `node${id}`)
    const names = lstatSync(dataDir, {throwIfNoEntry: false})?.isDirectory() ? readdirSync(dataDir) : undefined
    const begun =
      names?.length === 0 || (names?.length === 1 && names[0] === 'node.json' && isBegun(dataDir, draft?.clusterId))
    if (begun) rmSync(dataDir, {recursive: true, force: true})
  }
  rmSync(path, {force: true})
}

/** Its identity is the draft's, or was being written when the writer died. */
function isBegun(dataDir: string, clusterId: string | undefined): boolean {
  const size = lstatSync(join(dataDir, 'node.json')).size
  return size === 0 || clusterOf(dataDir) === clusterId
}

/** Where a node answers Kafka clients behind its relay, and where `from` dials `to`. */
const kafkaPath = (socketDir: string, node: NodeId): string => join(socketDir, `k${node}.sock`)
const relayPath = (socketDir: string, from: NodeId, to: NodeId): string => join(socketDir, `r${from}-${to}.sock`)

/** How each node is started: made anew from the specification at every start. */
export function nodeConfigs(dir: string, spec: ClusterSpec, socketDir: string): NodeConfig[] {
  const at = (port: number): {host: string; port: number} => ({host: HOST, port})
  const relayed = spec.settings.links === 'relay' && engineNamed(spec.engine).contract.cannot.links === undefined
  return spec.nodes.map(({id, directoryId, kafkaPort, raftPort}) => ({
    formatVersion: 1,
    clusterId: spec.clusterId,
    clusterName: spec.name,
    node: id,
    dataDir: join(dir, `node${id}`),
    directoryId,
    ...(spec.disk === 'lossy' ? {unsyncedDir: join(dir, `node${id}.unsynced`)} : {}),
    kafka: at(kafkaPort),
    ...(relayed ? {kafkaListen: {path: kafkaPath(socketDir, id)}} : {}),
    raft: at(raftPort),
    secret: spec.secret,
    controlPath: join(socketDir, `n${id}.sock`),
    peers: spec.nodes
      .filter(n => n.id !== id)
      .map(n => ({
        node: n.id,
        raft: relayed ? {path: relayPath(socketDir, id, n.id)} : at(n.raftPort),
        kafka: at(n.kafkaPort),
        directoryId: n.directoryId,
      })),
    voters: spec.voters ?? spec.nodes.map(n => n.id),
    readyFd: 3,
    exitOnStdinEnd: true,
    settings: spec.settings,
  }))
}
