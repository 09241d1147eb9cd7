import {spawn} from 'node:child_process'
import {closeSync, mkdirSync, mkdtempSync, openSync, realpathSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {ChronikError, EXIT} from '../base/errors.ts'
import {programPath} from '../base/package-root.ts'
import type {Asker} from '../contracts/action.ts'
import type {NodeSettings} from '../contracts/node-config.ts'
import type {ClusterSnapshot} from '../contracts/supervisor-protocol.ts'
import {SupervisorClient} from './client.ts'
import {lockHolder} from './lock.ts'
import type {SupervisorOrder, SupervisorSays} from './main.ts'
import {newSpec, type SpecRequest} from './plan.ts'
import {type ClusterEntry, type ClusterPlace, readCluster} from './registry.ts'
import type {ClusterSpec} from './spec.ts'

/** How the folder of a scratch cluster is called, in the temporary directory. */
export const SCRATCH_PREFIX = 'chronik-scratch-'

const BUSY_MS = 60_000
const NUMBERS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']

/** What a supervisor is given of our environment, and nothing else: it outlives this terminal, and so would a secret. */
const ENVIRONMENT = [
  'PATH',
  'HOME',
  'JAVA_HOME',
  'XDG_CACHE_HOME',
  'TMPDIR',
  'TZ',
  'LANG',
  'LC_ALL',
  'XDG_STATE_HOME',
  'XDG_RUNTIME_DIR',
  // Where keys and clusters are found, no keys: for commands of an attached cluster.
  'SSH_AUTH_SOCK',
  'KUBECONFIG',
  'CHRONIK_TEST_RUN',
]

function passedOn(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(ENVIRONMENT.flatMap(name => (env[name] === undefined ? [] : [[name, env[name]]])))
}

export interface UpRequest extends Omit<SpecRequest, 'name'> {
  place: ClusterPlace
  wait?: boolean
  onProgress?(line: string): void
  /** What is worth a line of its own at once: somebody else is at it, and is waited for. */
  onWait?(line: string): void
  signal?: AbortSignal
}

export interface UpResult {
  client: SupervisorClient
  snapshot: ClusterSnapshot
  created: boolean
  alreadyUp: boolean
  tookMs: number
  notes: string[]
}

/** What `up` would do, a line each; creates nothing. */
export async function dryRun(r: UpRequest): Promise<string[]> {
  const {spec} = readCluster(r.place)
  if (spec) checkAsked(r, spec)
  const plan = spec ?? (await newSpec({name: r.place.name, ...r})).spec
  return [
    `${spec ? 'start again' : 'create'} ${plan.name} in ${r.place.dir}`,
    ...plan.nodes.map(
      n =>
        `n${n.id}  kafka 127.0.0.1:${n.kafkaPort}  raft 127.0.0.1:${n.raftPort}  ${join(r.place.dir, `node${n.id}`)}`,
    ),
    ...Object.entries(plan.settings).map(([k, v]) => `set ${k}=${String(v)}`),
  ]
}

/** Brings a cluster up: creates it, starts again what was stopped, or finds that it runs. */
export async function up(r: UpRequest, who: Asker): Promise<UpResult> {
  const begun = performance.now()
  const entry = readCluster(r.place)
  if (entry.spec) checkAsked(r, entry.spec)
  if (entry.state === 'up' && entry.supervisor) {
    const client = await SupervisorClient.connect(entry.supervisor.socket, who)
    const since = new Date(entry.supervisor.startedWallMs).toTimeString().slice(0, 5)
    return {
      client,
      snapshot: await client.snapshot(),
      created: false,
      alreadyUp: true,
      tookMs: performance.now() - begun,
      notes: [`${r.place.name} is already up (by pid ${entry.supervisor.pid} since ${since}).`],
    }
  }
  const notes: string[] = []
  const said = await spawnSupervisor(orderOf(r, r.place.dir), r, notes)
  if ('busy' in said) return waitForOther(r, who, said.busy.pid, begun)
  const client = await SupervisorClient.connect(said.ready.socket, who)
  return {
    client,
    snapshot: await client.snapshot(),
    created: said.ready.created,
    alreadyUp: false,
    tookMs: performance.now() - begun,
    notes,
  }
}

/** A cluster that is nobody's but this process's: it ends, and its folder goes, when the connection closes. */
export async function scratch(
  r: Omit<UpRequest, 'place'> & {dir?: string},
  who: Asker,
): Promise<{client: SupervisorClient; snapshot: ClusterSnapshot; dir: string; tookMs: number}> {
  const begun = performance.now()
  const dir = r.dir ?? realpathSync(mkdtempSync(join(tmpdir(), SCRATCH_PREFIX)))
  const request = {...r, place: {name: 'scratch', dir}, newPorts: r.basePort === undefined}
  const said = await spawnSupervisor({...orderOf(request, dir), ownerPid: process.pid}, request, [])
  if ('busy' in said) throw new ChronikError('CHRONIK_BUSY', EXIT.labState, `${dir} is in use by pid ${said.busy.pid}.`)
  const client = await SupervisorClient.connect(said.ready.socket, {...who, pid: process.pid})
  return {client, snapshot: await client.snapshot(), dir, tookMs: performance.now() - begun}
}

function orderOf(r: UpRequest, dir: string): SupervisorOrder {
  const {nodes, engine, engineOptions, plant, disk, seed, basePort, newPorts, settings} = r
  return {
    dir,
    wait: r.wait ?? true,
    request: {name: r.place.name, nodes, engine, engineOptions, plant, disk, seed, basePort, newPorts, settings},
  }
}

function checkAsked(r: UpRequest, spec: ClusterSpec): void {
  const other = (message: string, next?: string): ChronikError =>
    new ChronikError('CHRONIK_OTHER_SETTINGS', EXIT.labState, message, {next})
  const {name} = r.place
  if (r.nodes !== undefined && r.nodes !== spec.nodes.length)
    throw other(
      `${name} has ${spec.nodes.length} nodes; you asked for ${r.nodes}.`,
      `chronik cluster up -c ${NUMBERS[r.nodes] ?? 'other'} -n ${r.nodes}${r.nodes > spec.nodes.length ? ', or chronik cluster add' : ''}`,
    )
  if (r.engine !== undefined && r.engine !== spec.engine)
    throw other(`${name} runs ${spec.engine}; you asked for ${r.engine}.`)
  if (r.plant !== undefined && r.plant !== spec.plant)
    throw other(
      `${name} runs ${spec.plant ? `with ${spec.plant} planted` : 'without a planted bug'}; you asked for ${r.plant}.`,
    )
  if (r.disk !== undefined && r.disk !== (spec.disk ?? 'plain'))
    throw other(
      `${name} has ${spec.disk ?? 'plain'} disks; you asked for ${r.disk}.`,
      `chronik cluster up -c ${r.disk} --disk ${r.disk}`,
    )
  if (r.basePort !== undefined && r.basePort !== spec.nodes[0]?.kafkaPort)
    throw other(`${name} has Kafka ports from ${spec.nodes[0]?.kafkaPort}; you asked for ${r.basePort}.`)
  for (const [key, value] of Object.entries(r.settings ?? {})) {
    const known = spec.settings[key as keyof NodeSettings]
    if (value !== undefined && known !== value)
      throw other(`${name} has ${key}=${String(known)}; you asked for ${String(value)}.`)
  }
}

/** Another `up` is at work on the same cluster: its result is ours too; when it fails, or a `down` was ending just now, it is our turn. */
async function waitForOther(r: UpRequest, who: Asker, pid: number, begun: number): Promise<UpResult> {
  const deadline = performance.now() + BUSY_MS
  let said = false
  while (performance.now() < deadline && !r.signal?.aborted) {
    const entry = readCluster(r.place)
    if (!said && entry.state === 'starting') {
      said = true
      r.onWait?.(`${r.place.name} is being started by pid ${pid}${await readyNodes(entry, who)}. Waiting …`)
    }
    if (entry.state === 'up' || !lockHolder(r.place.dir))
      return {...(await up(r, who)), tookMs: performance.now() - begun}
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  throw new ChronikError(
    'CHRONIK_BUSY',
    EXIT.labState,
    `${r.place.name} is being started by pid ${pid}, and is not up after ${BUSY_MS / 1_000} s.`,
    {
      next: 'chronik doctor',
    },
  )
}

/** ` (2 of 3 nodes ready)`, when that can be seen. */
async function readyNodes(entry: ClusterEntry, who: Asker): Promise<string> {
  try {
    const client = await SupervisorClient.connect(entry.supervisor?.socket ?? '', who, {timeoutMs: 1_000})
    const {up, nodes} = await client.snapshot()
    client.close()
    return ` (${up} of ${nodes.length} nodes ready)`
  } catch {
    return ''
  }
}

function spawnSupervisor(
  order: SupervisorOrder,
  r: UpRequest,
  notes: string[],
): Promise<{ready: {socket: string; created: boolean}} | {busy: {pid: number}}> {
  mkdirSync(order.dir, {recursive: true, mode: 0o700})
  const log = openSync(join(order.dir, 'supervisor.log'), 'a', 0o600)
  const child = spawn(process.execPath, [programPath('supervisor'), JSON.stringify(order)], {
    detached: true,
    stdio: ['ignore', log, log, 'pipe'],
    cwd: order.dir,
    env: passedOn(process.env),
  })
  closeSync(log)
  return new Promise((resolve, reject) => {
    let text = ''
    let settled = false
    const abort = (): void => {
      child.kill('SIGTERM')
    }
    r.signal?.addEventListener('abort', abort, {once: true})
    const settle = (run: () => void): void => {
      if (settled) return
      settled = true
      r.signal?.removeEventListener('abort', abort)
      child.unref()
      ;(child.stdio[3] as {destroy?(): void} | null)?.destroy?.()
      run()
    }
    child.stdio[3]?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        const line = JSON.parse(text.slice(0, end)) as SupervisorSays
        text = text.slice(end + 1)
        if ('progress' in line) r.onProgress?.(line.progress)
        else if ('note' in line) notes.push(line.note)
        else if ('failed' in line) settle(() => reject(ChronikError.fromShape(line.failed)))
        else settle(() => resolve(line))
      }
    })
    // Not `exit`: what it said last may still be in the pipe.
    child.on('close', (code, signal) => {
      settle(() => reject(ended(r, child.pid, signal, code)))
    })
    child.on('error', error => settle(() => reject(error)))
  })
}

/** A supervisor that said nothing at its end: somebody killed it, or it is broken. */
function ended(
  r: UpRequest,
  pid: number | undefined,
  signal: NodeJS.Signals | null,
  code: number | null,
): ChronikError {
  const {name, dir, here = ''} = r.place
  if (signal === null)
    return new ChronikError(
      'CHRONIK_SUPERVISOR_DIED',
      EXIT.bug,
      `The supervisor ended (exit ${code}) before it was ready: ${join(dir, 'supervisor.log')}`,
    )
  return new ChronikError(
    'CHRONIK_SUPERVISOR_KILLED',
    EXIT.labState,
    `${name}: its supervisor (pid ${pid}) got ${signal} while it was starting the nodes; they went down with it, data is kept.`,
    {next: `chronik cluster up${here}`},
  )
}
