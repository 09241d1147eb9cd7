import {copyFileSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {basename, join, resolve} from 'node:path'
import {performance} from 'node:perf_hooks'
import {UsageError} from '../base/errors.ts'
import {type GroupName, METADATA_GROUP, type NodeId} from '../base/ids.ts'
import {oneLine} from '../base/one-line.ts'
import {contract as chronikServer} from '../engines/chronik-server/contract.ts'
import {contract as kafka} from '../engines/kafka/contract.ts'
import {readKafkaLog} from '../engines/kafka/told.ts'
import {readRecovery} from '../engines/log-phrases.ts'
import {isKafkaNode} from '../inspect/kafka/node.ts'
import {nodeFiles} from '../io/node/read-only-files.ts'
import {runCheck} from '../judge/check.ts'
import {CHECKS} from '../judge/checks/index.ts'
import {type About, type EvidenceSet, emptyEvidence} from '../judge/evidence.ts'
import {worst} from '../judge/verdict.ts'
import {collectDisk} from './collect.ts'
import {EvidenceBook} from './evidence-book.ts'
import type {ClusterReport, HostLine, NumberedVerdict, StepReport} from './host-protocol.ts'
import {writeReports} from './report/json.ts'
import {countsOf, exitCodeOf, type Report} from './report/report.ts'
import {machine, noRoom, quoted} from './run.ts'
import {makeRunDir, pointLatest, prune, trim} from './runs.ts'
import {countsOfKinds, type Judged, writeEvidence} from './stored-evidence.ts'
import {SUITES} from './suites.ts'

/** As in a run of the lab's own: logs that go on for so long after a restart have to show a leader. Kafka's own timing is as slow as its rules say. */
const LEADER_WITHIN_MS = 5_000
/** Logs above this are not read into memory. */
const LOG_BYTES_MAX = 512 << 20

/** A run that happened somewhere else: the nodes' directories from before and after it, and what they printed when they were started again. */
export interface Elsewhere {
  /** Folders that hold node1, node2, … (or n1, n2, …). */
  before: string
  after: string
  logs: ReadonlyMap<NodeId, string>
  /** The run folder itself, instead of one below RUNS. */
  out?: string
  keepAlways?: boolean
}

/**
 * Judges those directories and logs with the checks of `recovery`, and writes the reports of a run. `began` is told the run folder first; `tell` gets
 * every line as it comes.
 */
export function judgeElsewhere(o: Elsewhere, began: (dir: string) => void, tell: (line: HostLine) => void): Report {
  const before = nodeFolders(o.before, 'BEFORE')
  const after = nodeFolders(o.after, 'AFTER')
  for (const [node, path] of o.logs) {
    if (!before.has(node)) throw new UsageError(`--log ${node}=…: ${oneLine(o.before)} holds no node${node}`)
    const bytes = statSync(path, {throwIfNoEntry: false})
    if (!bytes?.isFile()) throw new UsageError(`--log ${node}=${oneLine(path)}: there is no such file`)
    if (bytes.size > LOG_BYTES_MAX)
      throw new UsageError(`--log ${node}=${oneLine(path)}: more than ${LOG_BYTES_MAX >> 20} MB; cut it to the restart`)
  }
  const startedWallMs = Date.now()
  const trial = new DirectoryTrial(startedWallMs)
  let dir = o.out ?? ''
  try {
    dir = makeRunDir('recovery', {out: o.out, atWallMs: startedWallMs})
    began(dir)
    return trial.run(o, {dir, before, after}, tell)
  } catch (error) {
    throw noRoom(dir, error)
  }
}

function nodeFolders(dir: string, what: string): Map<NodeId, string> {
  const found = new Map<NodeId, string>()
  if (!statSync(dir, {throwIfNoEntry: false})?.isDirectory()) throw new UsageError(`${what}: no folder ${oneLine(dir)}`)
  for (const name of readdirSync(dir)) {
    const node = Number(/^n(?:ode)?(\d{1,9})$/.exec(name)?.[1] ?? 0)
    if (node > 0 && statSync(join(dir, name)).isDirectory()) found.set(node, join(dir, name))
  }
  if (found.size === 0) throw new UsageError(`${what}: ${oneLine(dir)} holds no folder node1, node2, …`)
  return new Map([...found].sort(([a], [b]) => a - b))
}

class DirectoryTrial {
  readonly #book = new EvidenceBook(() => performance.now())
  readonly #startedWallMs: number
  readonly #beganMs = performance.now()
  readonly #steps: StepReport[] = []
  readonly #judged: Judged[] = []

  constructor(startedWallMs: number) {
    this.#startedWallMs = startedWallMs
  }

  run(
    o: Elsewhere,
    at: {dir: string; before: Map<NodeId, string>; after: Map<NodeId, string>},
    tell: (line: HostLine) => void,
  ): Report {
    const {dir, before, after} = at
    const nodes = [...before.keys()]
    const {evidence} = this.#book
    for (const [node, path] of before) this.#disk(dir, node, path, 'before')
    const engine = engineOf(evidence, [...before.values()])
    const own = engine === 'embedded' ? undefined : {kafka, 'chronik-server': chronikServer}[engine]
    const metadata = own?.metadataGroup ?? METADATA_GROUP
    const cluster: ClusterReport = {
      scratch: false,
      name: basename(resolve(o.before)),
      nodes: nodes.length,
      engine,
      directories: {before: resolve(o.before), after: resolve(o.after)},
    }
    tell({say: 'cluster', cluster})
    const about: About = {
      nodes,
      quorum: Math.floor(nodes.length / 2) + 1,
      replicas: nodes.length,
      leaderWithinMs: engine === 'kafka' ? kafka.rules.leaderWithinMs : LEADER_WITHIN_MS,
      losesUnsynced: false,
      oneMoment: true,
      ...(own ? {engine: {metadataGroup: metadata, rules: own.rules}} : {}),
    }
    const again = againWords(o)
    const step = (title: string, from: Partial<Record<'disks', number>>, ids: string[], note: string): void => {
      this.#step({title, from, ids, note, about, again}, tell)
    }
    step('what lay on the disks', {}, ['D1', 'D2', 'D3', 'D4', 'D5'], sumOf(evidence, metadata))
    for (const node of nodes) this.#log(dir, node, o.logs.get(node), engine === 'kafka' ? readKafkaLog : readRecovery)
    step('what the nodes recovered', {}, ['D8', 'D8e'], '')
    const first = evidence.disks.length
    for (const [node, path] of after) this.#disk(dir, node, path, 'after')
    step('the disks after it', {disks: first}, ['D1', 'D2', 'D3', 'D4', 'D5'], '')
    step('before and after', {}, ['D9', 'L8o'], '')
    const report = this.#report(dir, cluster, {nodes, metadata, again})
    writeEvidence(dir, {evidence, judged: this.#judged, wallAtZeroMs: Math.round(performance.timeOrigin)})
    const plan = {suite: 'recovery', engine: cluster.engine, ...cluster.directories, logs: [...o.logs.values()]}
    writeFileSync(join(dir, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`, {mode: 0o600})
    writeReports(dir, report)
    if (report.result === 'pass' && !o.keepAlways) trim(dir)
    pointLatest(dir)
    if (o.out === undefined) prune()
    return report
  }

  #disk(runDir: string, node: NodeId, dataDir: string, which: 'before' | 'after'): void {
    const after = which === 'before' ? lifeBefore(node) : ''
    const name = join('nodes', `n${node}-${which}`)
    this.#book.disk(collectDisk({node, dataDir, runDir, after, atMs: this.#book.now(), name}))
  }

  /** The restart as this log tells of it; a log without a recovery leaves the node silent. */
  #log(runDir: string, node: NodeId, path: string | undefined, read: typeof readRecovery): void {
    const file = join('nodes', `n${node}.log`)
    const told = path === undefined ? undefined : read(readFileSync(path), file)
    if (path !== undefined) copyFileSync(path, join(runDir, file))
    const incarnation = `n${node} from ${file}@${told?.began.at ?? 0}`
    const monotonicMs = this.#book.now()
    this.#book.started({node, incarnation, previous: lifeBefore(node), orderedAtMs: monotonicMs})
    const wallMs = told?.began.wallMs ?? this.#startedWallMs
    const why = path === undefined ? `no log was given (--log ${node}=PATH)` : 'its log tells of no recovery'
    const said = told ? {told} : {why}
    this.#book.readings([{node, source: 'log', pushed: false, incarnation, monotonicMs, wallMs, ...said}])
  }

  #step(
    o: {
      title: string
      from: Partial<Record<'disks', number>>
      ids: string[]
      note: string
      about: About
      again: string
    },
    tell: (line: HostLine) => void,
  ): void {
    const number = this.#steps.length + 1
    const beganMs = this.#book.now()
    tell({say: 'step', number, title: o.title})
    const {evidence} = this.#book
    const seen: EvidenceSet = {...evidence, disks: evidence.disks.slice(o.from.disks ?? 0)}
    const checks = o.ids.map((id, n): NumberedVerdict => {
      const check = CHECKS.get(id)
      if (!check) throw new Error(`no check ${id}`)
      this.#judged.push({
        number: `${number}.${n + 1}`,
        check: id,
        from: {...countsOfKinds(emptyEvidence()), disks: o.from.disks ?? 0},
        to: countsOfKinds(evidence),
        atMs: this.#book.now(),
        about: o.about,
      })
      return {...runCheck(check, seen, o.about, o.again), number: `${number}.${n + 1}`}
    })
    const step: StepReport = {
      number,
      title: o.title,
      result: worst(checks.map(c => c.result)),
      atMs: Math.round(beganMs),
      tookMs: Math.round(this.#book.now() - beganMs),
      note: o.note,
      checks,
    }
    this.#steps.push(step)
    for (const verdict of checks) tell({say: 'verdict', step: number, verdict})
    tell({say: 'stepDone', step})
  }

  #report(
    dir: string,
    cluster: ClusterReport,
    {nodes, metadata, again}: {nodes: NodeId[]; metadata: GroupName; again: string},
  ): Report {
    const verdicts = this.#steps.flatMap(s => s.checks)
    const tookMs = Math.round(performance.now() - this.#beganMs)
    const suite = SUITES.find(s => s.name === 'recovery')
    return {
      schema: 1,
      ...machine(),
      run: basename(dir),
      suite: 'recovery',
      ...(suite?.phase === undefined ? {} : {phase: suite.phase}),
      proves: 'Nodes that were started again on these disks recovered what lay there, and nothing of it is gone.',
      startedAt: new Date(this.#startedWallMs).toISOString(),
      tookMs,
      result: worst(verdicts.map(v => v.result)),
      exitCode: exitCodeOf({verdicts, interrupted: false}),
      counts: countsOf(verdicts),
      interrupted: false,
      cluster,
      seed: '0',
      steps: this.#steps,
      table: this.#book.beforeAfter(nodes, metadata),
      times: {totalMs: tookMs},
      again,
    }
  }
}

function lifeBefore(node: NodeId): string {
  return `n${node} before the copies`
}

/** Whose directories they are, by what lies in them. */
function engineOf({disks}: EvidenceSet, folders: readonly string[]): 'embedded' | 'kafka' | 'chronik-server' {
  if (folders.some(dir => isKafkaNode(nodeFiles, dir))) return 'kafka'
  const marked = disks.some(d => d.groups.some(g => g.records > 0 && !g.guessed && g.undecodable.length === 0))
  return marked ? 'embedded' : 'chronik-server'
}

function sumOf({disks}: EvidenceSet, metadata: GroupName): string {
  const groups = disks.flatMap(d => d.groups.filter(g => g.group === metadata))
  const entries = groups.reduce((sum, g) => sum + g.entries, 0)
  return `${entries} entries, ${groups.length} disks`
}

function againWords(o: Elsewhere): string {
  const logs = [...o.logs].map(([node, path]) => ` --log ${quoted(`${node}=${path}`)}`).join('')
  return `chronik verify recovery --from ${quoted(o.before)} ${quoted(o.after)}${logs}`
}

/** `1=PATH`, `n1=PATH` or `node1=PATH`. */
export function parseLog(text: string): [NodeId, string] {
  const match = /^(?:n(?:ode)?)?(\d{1,9})=(.+)$/s.exec(text)
  if (!match || Number(match[1]) < 1)
    throw new UsageError(`--log ${oneLine(text)}: a node and its log, such as 1=n1.log`)
  return [Number(match[1]), match[2]]
}
