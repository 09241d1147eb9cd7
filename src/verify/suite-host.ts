import {mkdirSync, writeFileSync, writeSync} from 'node:fs'
import {copyFile, cp} from 'node:fs/promises'
import {basename, extname, join} from 'node:path'
import {performance} from 'node:perf_hooks'
import {pathToFileURL} from 'node:url'
import {ChronikError, EXIT, messageOf, UsageError} from '../base/errors.ts'
import {packageRoot} from '../base/package-root.ts'
import {SeededRandom} from '../base/random.ts'
import type {NodeSettings} from '../contracts/node-config.ts'
import {embedded} from '../engines/embedded.ts'
import {contractOf} from '../engines/index.ts'
import {worst} from '../judge/verdict.ts'
import type {SupervisorClient} from '../supervisor/client.ts'
import {connect} from '../supervisor/registry.ts'
import {scratch} from '../supervisor/up.ts'
import type {Lab} from './api.ts'
import {EvidenceBook} from './evidence-book.ts'
import type {HostLine, HostRequest} from './host-protocol.ts'
import {LabCluster} from './lab-cluster.ts'
import {LabTopics} from './lab-topics.ts'
import {lackingOf} from './lacking.ts'
import {HistoryFile} from './load/history-file.ts'
import {SteadyLoad} from './load/load.ts'
import {writeEvidence} from './stored-evidence.ts'
import {LabStopped, TrialRun} from './trial.ts'

const now = (): number => performance.now()

/** Runs one lab to its end and says everything on file descriptor 3. Never rejects. */
export async function runSuite(request: HostRequest, signal: AbortSignal): Promise<void> {
  const times: Record<string, number> = {}
  let end: Omit<Extract<HostLine, {say: 'end'}>, 'say'> = {times, table: [], interrupted: false, stopped: 0}
  try {
    const lab = await loadLab(request.module)
    say({say: 'lab', ...lab.about})
    if (request.cluster && lab.about.damages)
      throw new UsageError(`${lab.about.name} damages files: it runs on a cluster of its own, without -c`)
    end = await onCluster(request, lab, signal, times)
  } catch (thrown) {
    end = {...end, error: errorOf(thrown)}
  }
  say({say: 'end', ...end, interrupted: end.interrupted || signal.aborted})
}

async function onCluster(
  request: HostRequest,
  lab: Lab,
  signal: AbortSignal,
  times: Record<string, number>,
): Promise<Omit<Extract<HostLine, {say: 'end'}>, 'say'>> {
  const beganMs = now()
  const powerLoss = request.powerLoss === true || lab.about.cluster?.disk === 'lossy'
  const up = await cluster({...request, powerLoss}, lab, signal)
  times.upMs = Math.round(now() - beganMs)
  const {client, snapshot} = up
  const contract = contractOf({engine: snapshot.engine, runs: snapshot.attached?.runs})
  const seed = new SeededRandom(request.seed).u32()
  const book = new EvidenceBook(now)
  const history = new HistoryFile(join(request.runDir, 'history.jsonl'), now)
  const lab_ = new LabCluster({
    client,
    snapshot,
    book,
    runDir: request.runDir,
    seed,
    signal,
    mayDamage: !request.cluster,
    powerLoss,
  })
  const addressOf = (node: number) =>
    lab_.snapshot().nodes.find(n => n.id === node)?.kafka ?? {host: '127.0.0.1', port: 0}
  const load = new SteadyLoad({
    history,
    tag: `${request.seed}-${Math.floor(Date.now() / 1_000).toString(36)}`,
    rate: request.rate,
    now,
    // A node that sleeps takes a connection and never answers: kafkajs would ask it for ever.
    bootstrap: () =>
      lab_.snapshot().nodes.flatMap(n => (n.state === 'paused' ? [] : [`${n.kafka.host}:${n.kafka.port}`])),
    addressOf,
    replicas: () => snapshot.nodes.length,
    // An engine that is loaded with acks=1 alone speaks too little of the protocol for another client.
    secondClient: contract.rules.loadAcks === 'all',
    signal,
    window: w => book.window(w),
    search: async values => lab_.search(values),
  })
  book.evidence.history = history.operations
  const trial = new TrialRun({
    cluster: lab_,
    load,
    topics: new LabTopics({
      nodes: () => lab_.snapshot().nodes.flatMap(n => (n.state === 'up' ? [n.id] : [])),
      addressOf,
      replicas: () => load.replicas,
      now,
      keep: order => book.topicOrder(order),
    }),
    seed,
    signal,
    book,
    about: () => ({
      nodes: snapshot.nodes.map(n => n.id),
      quorum: snapshot.quorum,
      replicas: load.replicas,
      leaderWithinMs: contract.rules.leaderWithinMs,
      losesUnsynced: powerLoss,
      ...(snapshot.attached ? {lacking: lackingOf(snapshot)} : {}),
      ...(contract === embedded.contract
        ? {}
        : {engine: {metadataGroup: contract.metadataGroup, rules: contract.rules}}),
    }),
    again: '',
    title: lab.about.name,
    failFast: request.failFast,
    only: request.only,
    say,
  })
  let error: unknown
  try {
    await lab_.watch()
    const {
      cluster: scratchy,
      name,
      nodes,
      engine,
    } = {
      cluster: request.cluster === undefined,
      name: snapshot.cluster,
      nodes: snapshot.nodes.length,
      engine: snapshot.engine,
    }
    say({say: 'cluster', cluster: {scratch: scratchy, name, nodes, engine}})
    if (request.cluster) await client.hold(`verify ${lab.about.name}`)
    if (signal.aborted) throw new LabStopped('interrupted')
    await Promise.race([lab.run(trial), aborted(signal)])
  } catch (thrown) {
    if (!signal.aborted) trial.failed(thrown)
    error = thrown instanceof LabStopped || isVerdict(thrown) ? undefined : thrown
  }
  trial.close()
  await load.abandon().catch(() => undefined)
  const result = worst(trial.verdicts.map(v => v.result))
  // What failed stays to be looked at.
  if (request.cluster && result === 'pass') await load.cleanUp().catch(() => undefined)
  const stopped = await leave(request, client, lab_, {keep: result !== 'pass' || request.keepAlways || signal.aborted})
  history.close()
  writeFileSync(
    join(request.runDir, 'events.jsonl'),
    book.evidence.events.map(e => `${JSON.stringify(e)}\n`).join(''),
    {mode: 0o600},
  )
  writeEvidence(request.runDir, {
    evidence: book.evidence,
    judged: trial.judged,
    wallAtZeroMs: Math.round(performance.timeOrigin),
  })
  writeFileSync(join(request.runDir, 'plan.json'), `${JSON.stringify(plan(request, lab_), null, 2)}\n`, {mode: 0o600})
  Object.assign(times, trial.times)
  return {
    times,
    load: load.report(),
    table: book.beforeAfter(
      snapshot.nodes.map(n => n.id),
      snapshot.group,
    ),
    interrupted: signal.aborted,
    stopped,
    ...(error === undefined || signal.aborted ? {} : {error: errorOf(error)}),
  }
}

/** The lab's own failure is already a verdict; only what is no verdict ends the run with an error. */
function isVerdict(thrown: unknown): boolean {
  return thrown instanceof ChronikError && (thrown.code === 'CHRONIK_NOT_SEEN' || thrown.code === 'CHRONIK_LAB')
}

async function cluster(request: HostRequest, lab: Lab, signal: AbortSignal) {
  if (request.cluster) {
    const client = await connect(request.cluster, request.who)
    return {client, snapshot: await client.snapshot()}
  }
  return scratch(
    {
      nodes: request.nodes ?? lab.about.cluster?.nodes ?? 3,
      ...(request.engine ? {engine: request.engine, engineOptions: request.engineOptions ?? {}} : {}),
      ...(request.plant ? {plant: request.plant} : {}),
      ...(request.powerLoss ? {disk: 'lossy' as const} : {}),
      settings: {...lab.about.cluster?.settings, ...(request.settings as Partial<NodeSettings>)},
      seed: request.seed,
      wait: true,
      onProgress: text => say({say: 'progress', text}),
      signal,
    },
    request.who,
  )
}

const RUNNING: ReadonlySet<string> = new Set(['starting', 'up', 'paused', 'refused'])

/** Leaves the cluster as it is to be left: a named one whole, a scratch one gone, with its logs and data kept when they are wanted. */
async function leave(
  request: HostRequest,
  client: SupervisorClient,
  cluster: LabCluster,
  o: {keep: boolean},
): Promise<number> {
  try {
    if (request.cluster) {
      await client.act({do: 'heal', start: true}).catch(() => undefined)
      await client.release().catch(() => undefined)
      client.close()
      return 0
    }
    const running = cluster.snapshot().nodes.filter(n => RUNNING.has(n.state)).length
    await keepLogs(request.runDir, cluster)
    if (o.keep) {
      // Ended without warning: what lies there then is what a crash would have left.
      await client.act({do: 'kill', who: {role: 'all'}}).catch(() => undefined)
      await keepLogs(request.runDir, cluster)
      await keep(request.runDir, cluster)
    }
    await client.shutdown('kill').catch(() => undefined)
    client.close()
    return running
  } catch {
    client.close()
    return 0
  }
}

/** What the nodes printed: the reports show it. Of a passed run it goes again when they are written. */
async function keepLogs(runDir: string, cluster: LabCluster): Promise<void> {
  mkdirSync(join(runDir, 'nodes'), {recursive: true, mode: 0o700})
  for (const node of cluster.snapshot().nodes)
    await copyFile(node.logFile, join(runDir, 'nodes', `n${node.id}.log`)).catch(() => undefined)
}

async function keep(runDir: string, cluster: LabCluster): Promise<void> {
  for (const node of cluster.snapshot().nodes) {
    const filter = (path: string): boolean => !path.endsWith('.sock')
    await cp(node.dataDir, join(runDir, 'nodes', `n${node.id}-end`), {recursive: true, filter}).catch(() => undefined)
  }
}

function plan(request: HostRequest, cluster: LabCluster) {
  const {settings, nodes, quorum, engine, cluster: name} = cluster.snapshot()
  return {
    suite: basename(request.module, extname(request.module)),
    seed: request.seed,
    cluster: name,
    scratch: request.cluster === undefined,
    engine,
    quorum,
    settings,
    nodes: nodes.map(n => ({id: n.id, kafka: n.kafka, raft: n.raft})),
  }
}

/** A built-in lab, or one of a user: code that runs because it was named. TypeScript is taken as it is. */
async function loadLab(module: string): Promise<Lab> {
  let loaded: {default?: unknown}
  if (/\.mjs$/.test(module)) loaded = await import(pathToFileURL(module).href)
  else {
    // By name, so that the bundler leaves it where it is installed.
    const name = 'jiti'
    const {createJiti} = (await import(name)) as typeof import('jiti')
    const jiti = createJiti(pathToFileURL(module).href, {
      alias: {'chronik/lab': join(packageRoot(), 'dist', 'lab.mjs')},
      fsCache: false,
      moduleCache: true,
    })
    loaded = (await jiti.import(module)) as {default?: unknown}
  }
  const lab = loaded.default as Partial<Lab> | undefined
  if (lab?.chronikLab !== 1 || typeof lab.run !== 'function')
    throw new ChronikError('CHRONIK_NO_LAB', EXIT.usage, `${module} has no default export made by lab() of chronik/lab`)
  return lab as Lab
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(new LabStopped('interrupted'))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, {once: true})
  })
}

function errorOf(thrown: unknown): {code: string; message: string; exitCode: number; next?: string} {
  if (thrown instanceof ChronikError) return thrown.toShape()
  return {code: 'CHRONIK_LAB_FAILED', message: messageOf(thrown), exitCode: EXIT.unknown}
}

/** Synchronous: what was said is out, whatever happens next. */
function say(line: HostLine): void {
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`)
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(3, bytes, at)
    } catch (error) {
      const {code} = error as NodeJS.ErrnoException
      if (code === 'EAGAIN') continue
      if (code === 'EPIPE' || code === 'EBADF') return
      throw error
    }
  }
}
