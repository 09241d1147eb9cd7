import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {homedir} from 'node:os'
import {basename, join, resolve} from 'node:path'
import {ChronikError, EXIT, UsageError} from '../base/errors.ts'
import type {Asker} from '../contracts/action.ts'
import {SupervisorClient} from './client.ts'
import {isAlive} from './process-id.ts'
import {type ClusterSpec, readSpec} from './spec.ts'

type Env = Record<string, string | undefined>

/** `chronik` below the XDG state directory: where clusters and runs live. */
export function stateRoot(env: Env = process.env): string {
  const base = env.XDG_STATE_HOME
  return join(base?.startsWith('/') ? base : join(env.HOME ?? homedir(), '.local', 'state'), 'chronik')
}

export function clustersRoot(env: Env = process.env): string {
  return join(stateRoot(env), 'clusters')
}

export function runsRoot(env: Env = process.env): string {
  return join(stateRoot(env), 'runs')
}

export interface ClusterPlace {
  name: string
  dir: string
}

export interface SupervisorRecord {
  pid: number
  startTime: string
  socket: string
  version: string
  startedWallMs: number
}

export interface ClusterEntry extends ClusterPlace {
  spec?: ClusterSpec
  supervisor?: SupervisorRecord
  state: 'up' | 'stopped' | 'LOST' | 'none'
}

/** The cluster that is meant: --dir, -c, CHRONIK_CLUSTER, default. */
export function locate(o: {cluster?: string; dir?: string}, env: Env = process.env): ClusterPlace {
  if (o.dir !== undefined) {
    const dir = resolve(o.dir)
    const spec = readSpec(dir)
    return {name: spec?.name ?? o.cluster ?? 'default', dir}
  }
  const name = o.cluster ?? env.CHRONIK_CLUSTER ?? 'default'
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name))
    throw new UsageError(`"${name}" is no name of a cluster: 1 to 63 of a-z 0-9 -, not - first`)
  return {name, dir: join(clustersRoot(env), name)}
}

export function readCluster(place: ClusterPlace): ClusterEntry {
  const spec = readSpec(place.dir)
  if (!spec) return {...place, state: 'none'}
  const supervisor = readSupervisor(place.dir)
  if (!supervisor) return {...place, spec, state: 'stopped'}
  return {...place, spec, supervisor, state: isAlive(supervisor) ? 'up' : 'LOST'}
}

export function readSupervisor(dir: string): SupervisorRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(join(dir, 'supervisor.json'), 'utf8')) as SupervisorRecord
    return typeof record?.pid === 'number' && typeof record.socket === 'string' ? record : undefined
  } catch {
    return undefined
  }
}

export function listClusters(env: Env = process.env): ClusterEntry[] {
  const root = clustersRoot(env)
  if (!existsSync(root)) return []
  const found: ClusterEntry[] = []
  for (const name of readdirSync(root).sort()) {
    try {
      const entry = readCluster({name: basename(name), dir: join(root, name)})
      if (entry.state !== 'none') found.push(entry)
    } catch {
      // A folder that is not ours, or damaged: `doctor` speaks of it, a list goes on.
    }
  }
  return found
}

/** A connection to the supervisor of a cluster that is up. */
export async function connect(place: ClusterPlace, who: Asker): Promise<SupervisorClient> {
  const entry = readCluster(place)
  const here = place.name === 'default' ? '' : ` -c ${place.name}`
  const state = (message: string): ChronikError =>
    new ChronikError('CHRONIK_NOT_UP', EXIT.labState, message, {next: `chronik cluster up${here}`})
  if (entry.state === 'none') throw state(`No cluster ${place.name} is up.`)
  if (entry.state === 'stopped') throw state(`No cluster ${place.name} is up (it is stopped; its data is kept).`)
  if (entry.state === 'LOST') throw state(`${place.name}: its supervisor died; nodes went down with it, data is kept.`)
  return SupervisorClient.connect(entry.supervisor?.socket ?? '', who)
}
