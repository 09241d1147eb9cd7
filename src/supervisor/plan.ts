import {randomBytes} from 'node:crypto'
import {existsSync, mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs'
import net from 'node:net'
import {join} from 'node:path'
import {ChronikError, EXIT} from '../base/errors.ts'
import {DEFAULT_SETTINGS, type NodeConfig, type NodeIdentity, type NodeSettings} from '../contracts/node-config.ts'
import {type ClusterSpec, specPath} from './spec.ts'

const KAFKA_PORT = 9_092
const RAFT_OFFSET = 100
const BLOCK_STEP = 10
const HOST = '127.0.0.1'

/** What `cluster up` was asked for; plain data, handed to the supervisor program. */
export interface SpecRequest {
  name: string
  nodes?: number
  plant?: string
  seed?: string
  basePort?: number
  newPorts?: boolean
  settings?: Partial<NodeSettings>
}

/** A new cluster's specification. Draws ids, finds ports; writes nothing. */
export async function newSpec(request: SpecRequest): Promise<{spec: ClusterSpec; notes: string[]}> {
  const count = request.nodes ?? 3
  const notes: string[] = []
  const {kafka, raft} = await ports(count, request, notes)
  const hex = (bytes: number): string => randomBytes(bytes).toString('hex')
  return {
    notes,
    spec: {
      formatVersion: 1,
      name: request.name,
      clusterId: hex(16),
      engine: 'embedded',
      ...(request.plant ? {plant: request.plant} : {}),
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

async function ports(count: number, request: SpecRequest, notes: string[]): Promise<{kafka: number[]; raft: number[]}> {
  if (request.newPorts) {
    const free = await freePorts(count * 2)
    return {kafka: free.slice(0, count), raft: free.slice(count)}
  }
  const block = (base: number): {kafka: number[]; raft: number[]} => ({
    kafka: Array.from({length: count}, (_, i) => base + i),
    raft: Array.from({length: count}, (_, i) => base + RAFT_OFFSET + i),
  })
  if (request.basePort !== undefined) {
    const wanted = block(request.basePort)
    if (request.basePort + RAFT_OFFSET + count > 65_535)
      throw new ChronikError('CHRONIK_PORT', EXIT.usage, `Ports from ${request.basePort} on end above 65535.`)
    for (const [i, port] of [...wanted.kafka, ...wanted.raft].entries())
      if (!(await isFree(port))) throw portInUse(port, `n${(i % count) + 1}, ${i < count ? 'kafka' : 'raft'}`)
    return wanted
  }
  for (let base = KAFKA_PORT; base < 30_000; base += base === KAFKA_PORT ? 10_000 : BLOCK_STEP * RAFT_OFFSET) {
    const wanted = block(base)
    const free = await Promise.all([...wanted.kafka, ...wanted.raft].map(isFree))
    if (!free.every(Boolean)) continue
    if (base !== KAFKA_PORT)
      notes.push(
        `Port ${KAFKA_PORT} and its neighbours are in use: Kafka ports from ${base}, Raft ports from ${base + RAFT_OFFSET}.`,
      )
    return wanted
  }
  const free = await freePorts(count * 2)
  notes.push('No block of ports is free: any free ports were taken.')
  return {kafka: free.slice(0, count), raft: free.slice(count)}
}

export function portInUse(port: number, what: string): ChronikError {
  return new ChronikError('CHRONIK_PORT_IN_USE', EXIT.environment, `Port ${port} (${what}) is in use.`, {
    next: 'chronik cluster up --base-port 19092',
  })
}

export function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = net.createServer()
    server.once('error', () => resolve(false))
    server.listen(port, HOST, () => server.close(() => resolve(true)))
  })
}

/** Ports that nobody listens on, on the loopback address. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      {length: count},
      () =>
        new Promise<net.Server>((resolve, reject) => {
          const server = net.createServer()
          server.once('error', reject)
          server.listen(0, HOST, () => resolve(server))
        }),
    ),
  )
  const found = servers.map(s => (s.address() as net.AddressInfo).port)
  await Promise.all(servers.map(s => new Promise(resolve => s.close(resolve))))
  return found
}

/** Writes what a new cluster needs before its first start: folders, whose they are, and last the specification. */
export function create(dir: string, spec: ClusterSpec): void {
  for (const node of spec.nodes) {
    const dataDir = join(dir, `node${node.id}`)
    mkdirSync(dataDir, {recursive: true, mode: 0o700})
    const file = join(dataDir, 'node.json')
    if (existsSync(file)) checkIdentity(file, spec, node.id)
    const identity: NodeIdentity = {
      formatVersion: 1,
      clusterId: spec.clusterId,
      node: node.id,
      directoryId: node.directoryId,
    }
    writeFileSync(file, `${JSON.stringify(identity)}\n`, {mode: 0o600})
  }
  const path = specPath(dir)
  writeFileSync(`${path}.tmp`, `${JSON.stringify(spec, null, 2)}\n`, {mode: 0o600})
  renameSync(`${path}.tmp`, path)
}

function checkIdentity(file: string, spec: ClusterSpec, id: number): void {
  const known = JSON.parse(readFileSync(file, 'utf8')) as NodeIdentity
  if (known.clusterId !== spec.clusterId)
    throw new ChronikError(
      'CHRONIK_NOT_OURS',
      EXIT.labState,
      `${file} belongs to cluster ${known.clusterId}; n${id} would be of ${spec.clusterId}`,
    )
}

/** How each node is started: made anew from the specification at every start. */
export function nodeConfigs(dir: string, spec: ClusterSpec, socketDir: string): NodeConfig[] {
  const at = (port: number): {host: string; port: number} => ({host: HOST, port})
  return spec.nodes.map(({id, kafkaPort, raftPort}) => ({
    formatVersion: 1,
    clusterId: spec.clusterId,
    clusterName: spec.name,
    node: id,
    dataDir: join(dir, `node${id}`),
    kafka: at(kafkaPort),
    raft: at(raftPort),
    secret: spec.secret,
    controlPath: join(socketDir, `n${id}.sock`),
    peers: spec.nodes.filter(n => n.id !== id).map(n => ({node: n.id, raft: at(n.raftPort), kafka: at(n.kafkaPort)})),
    voters: spec.nodes.map(n => n.id),
    readyFd: 3,
    exitOnStdinEnd: true,
    settings: spec.settings,
  }))
}
