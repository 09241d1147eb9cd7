import {lstatSync, readFileSync, renameSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {ChronikError, EXIT} from '../base/errors.ts'
import type {GroupName, NodeId} from '../base/ids.ts'
import type {EngineName, EngineOptions} from '../contracts/engine.ts'
import {DEFAULT_SETTINGS, type NodeSettings} from '../contracts/node-config.ts'
import {isHost} from '../engines/attached/command.ts'
import {ENGINE_NAMES} from '../engines/index.ts'

const BYTES_MAX = 1_000_000

export interface SpecNode {
  id: NodeId
  directoryId: string
  kafkaPort: number
  raftPort: number
  /** It was made by `cluster add` and is no voter yet. */
  joining?: true
  /** `cluster replace` is under way: the groups that it had. */
  replacing?: GroupName[]
}

/** `cluster.json`: what a cluster is, remembered from one start to the next. */
export interface ClusterSpec {
  formatVersion: 1
  name: string
  clusterId: string
  engine: EngineName
  engineOptions?: EngineOptions
  plant?: string
  /** Disks of which power can be cut. */
  disk?: 'lossy'
  seed: string
  /** Shared proof of the peers; hex. */
  secret: string
  createdWallMs: number
  nodes: SpecNode[]
  /** Voters of the metadata group at its birth, once they are not simply all nodes. */
  voters?: NodeId[]
  /** The highest number that a node ever had, once it is not simply the last one's: none is given twice. */
  lastNodeId?: NodeId
  settings: NodeSettings
}

export function specPath(dir: string): string {
  return join(dir, 'cluster.json')
}

/** Whole or not at all: the old one stays until the new one is there. */
export function writeSpec(dir: string, spec: ClusterSpec): void {
  const path = specPath(dir)
  writeFileSync(`${path}.new`, `${JSON.stringify(spec, null, 2)}\n`, {mode: 0o600, flush: true})
  renameSync(`${path}.new`, path)
}

/** Undefined when there is none; an error when there is one that is not ours. */
export function readSpec(dir: string): ClusterSpec | undefined {
  return readAt(specPath(dir))
}

/** The draft of one, as far as it was written; undefined when it cannot be read. */
export function readSpecFile(path: string): ClusterSpec | undefined {
  try {
    return readAt(path)
  } catch {
    return undefined
  }
}

function readAt(path: string): ClusterSpec | undefined {
  let text: string
  try {
    const stat = lstatSync(path)
    if (!stat.isFile() || stat.size > BYTES_MAX) throw refuse(path, 'is no file of ours')
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof ChronikError) throw error
    return undefined
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw refuse(path, `is damaged: ${(error as Error).message}`)
  }
  const spec = value as ClusterSpec
  if (spec?.formatVersion !== 1)
    throw refuse(path, `has format version ${String(spec?.formatVersion)}; this chronik reads 1`)
  const sound =
    typeof spec.name === 'string' &&
    /^[0-9a-f]{32}$/.test(spec.clusterId) &&
    (spec.engine === 'attached' ? isAttachedOptions(spec) : ENGINE_NAMES.includes(spec.engine)) &&
    (spec.disk === undefined || spec.disk === 'lossy') &&
    Array.isArray(spec.nodes) &&
    spec.nodes.length > 0 &&
    spec.nodes.every(
      n => Number.isInteger(n.id) && isPort(n.kafkaPort) && isPort(n.raftPort) && /^[0-9a-f]{32}$/.test(n.directoryId),
    )
  if (!sound) throw refuse(path, 'does not describe a cluster')
  // Nodes on several hosts may well have the same ports.
  const ports = spec.engine === 'attached' ? [] : spec.nodes.flatMap(n => [n.kafkaPort, n.raftPort])
  const twice = ports.find((port, i) => ports.indexOf(port) !== i)
  if (twice !== undefined) throw refuse(path, `gives port ${twice} twice`)
  const unknown = Object.keys(spec.settings ?? {}).find(key => !Object.hasOwn(DEFAULT_SETTINGS, key))
  if (unknown) throw refuse(path, `has an unknown setting "${unknown}"`)
  return {...spec, settings: {...DEFAULT_SETTINGS, ...spec.settings}}
}

function isAttachedOptions({engineOptions, nodes}: ClusterSpec): boolean {
  const {cwd, exec, nodes: told} = engineOptions?.attached ?? {}
  return (
    typeof cwd === 'string' &&
    typeof exec === 'object' &&
    Array.isArray(told) &&
    told.length === nodes.length &&
    told.every(n => Number.isInteger(n.node) && typeof n.host === 'string' && isHost(n.host) && isPort(n.port))
  )
}

function isPort(n: unknown): boolean {
  return Number.isInteger(n) && (n as number) > 0 && (n as number) < 65_536
}

function refuse(path: string, why: string): ChronikError {
  return new ChronikError('CHRONIK_SPEC', EXIT.labState, `${path} ${why}`)
}
