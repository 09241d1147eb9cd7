import {closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, readSync} from 'node:fs'
import {homedir} from 'node:os'
import {basename, join, resolve} from 'node:path'
import {ChronikError, EXIT, UsageError} from '../base/errors.ts'
import type {Asker} from '../contracts/action.ts'
import {SUPERVISOR_GONE} from '../contracts/node-config.ts'
import {SupervisorClient} from './client.ts'
import {isAlive} from './process-id.ts'
import {type ClusterSpec, readSpec} from './spec.ts'

const TAIL_BYTES = 16_384

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
  /** The words that point a command at it: ` -c five`, ` --dir /srv/five`; nothing for the default. */
  here?: string
}

export interface SupervisorRecord {
  pid: number
  startTime: string
  socket: string
  version: string
  startedWallMs: number
  /** Present while its nodes are being started. */
  starting?: boolean
}

export interface ClusterEntry extends ClusterPlace {
  spec?: ClusterSpec
  supervisor?: SupervisorRecord
  state: 'up' | 'starting' | 'stopped' | 'LOST' | 'none'
}

/** The cluster that is meant: --dir, -c, CHRONIK_CLUSTER, default. */
export function locate(o: {cluster?: string; dir?: string}, env: Env = process.env): ClusterPlace {
  if (o.dir !== undefined) {
    const dir = resolve(o.dir)
    const spec = readSpec(dir)
    return {name: spec?.name ?? o.cluster ?? 'default', dir, here: ` --dir ${shellWord(o.dir)}`}
  }
  const name = o.cluster ?? env.CHRONIK_CLUSTER ?? 'default'
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name))
    throw new UsageError(`"${name}" is no name of a cluster: 1 to 63 of a-z 0-9 -, not - first`)
  return {name, dir: join(clustersRoot(env), name), here: name === 'default' ? '' : ` -c ${name}`}
}

/** A word as a shell takes it. */
export function shellWord(word: string): string {
  return /^[\w./@:+~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

export function readCluster(place: ClusterPlace): ClusterEntry {
  const spec = readSpec(place.dir)
  if (!spec) return {...place, state: 'none'}
  const supervisor = readSupervisor(place.dir)
  if (!supervisor) return {...place, spec, state: 'stopped'}
  return {...place, spec, supervisor, state: !isAlive(supervisor) ? 'LOST' : supervisor.starting ? 'starting' : 'up'}
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

/** A connection to the supervisor of a cluster that is up. `anyVersion`: for what never changes between versions. */
export async function connect(
  place: ClusterPlace,
  who: Asker,
  o: {anyVersion?: boolean} = {},
): Promise<SupervisorClient> {
  const entry = readCluster(place)
  if (entry.state !== 'up') throw notUp(entry)
  return SupervisorClient.connect(entry.supervisor?.socket ?? '', who, o)
}

/** Why there is nothing to talk to, since when, and what to type. */
export function notUp(entry: ClusterEntry): ChronikError {
  const {name, dir, here = name === 'default' ? '' : ` -c ${name}`} = entry
  const is = (message: string, next = `chronik cluster up${here}`): ChronikError =>
    new ChronikError('CHRONIK_NOT_UP', EXIT.labState, message, {next})
  if (entry.state === 'starting')
    return is(`${name} is being started by pid ${entry.supervisor?.pid}.`, `chronik cluster up${here}`)
  if (entry.state === 'LOST') {
    if (entry.spec?.engine === 'attached') return is(`${name}: its supervisor died; its nodes are not chronik's.`)
    const at = lostSince(dir, entry.spec)
    return is(
      `${name}: its supervisor died${at === undefined ? '' : ` at ${clock(at)}`}; nodes went down with it, data is kept.`,
    )
  }
  if (entry.state === 'none') return is(`No cluster ${name} is up.`)
  const since = stoppedSince(dir)
  return is(
    `No cluster ${name} is up (one is stopped${since === undefined ? '' : `, since ${clock(since).slice(0, 5)}`}).`,
  )
}

/** 12:41:07 */
function clock(wallMs: number): string {
  return new Date(wallMs).toTimeString().slice(0, 8)
}

/** When a node noticed that its supervisor was gone, as the logs have it. */
export function lostSince(dir: string, spec: ClusterSpec | undefined): number | undefined {
  const times = (spec?.nodes ?? []).flatMap(({id}) => {
    const last = tail(join(dir, `node${id}.log`)).findLast(line => line.includes(SUPERVISOR_GONE))
    const at = Date.parse(last?.split(' ')[0] ?? '')
    return Number.isNaN(at) ? [] : [at]
  })
  return times.length > 0 ? Math.max(...times) : undefined
}

/** When the journal ends. */
function stoppedSince(dir: string): number | undefined {
  for (const line of tail(join(dir, 'events.jsonl')).reverse())
    try {
      const {wallMs} = JSON.parse(line) as {wallMs?: unknown}
      if (typeof wallMs === 'number') return wallMs
    } catch {
      // A line that was cut, by its writer's death or by our window.
    }
  return undefined
}

/** The last lines of a file, as far as 16 KB go. */
function tail(path: string): string[] {
  let fd: number | undefined
  try {
    fd = openSync(path, 'r')
    const {size} = fstatSync(fd)
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES))
    const got = readSync(fd, bytes, 0, bytes.length, size - bytes.length)
    return bytes.toString('utf8', 0, got).split('\n').filter(Boolean)
  } catch {
    return []
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
