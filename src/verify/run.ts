import {type ChildProcess, spawn} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {closeSync, openSync, statSync, truncateSync} from 'node:fs'
import {cpus} from 'node:os'
import {basename, join} from 'node:path'
import {createInterface} from 'node:readline'
import type {Readable} from 'node:stream'
import {ChronikError, EXIT, systemCode} from '../base/errors.ts'
import {oneLine} from '../base/one-line.ts'
import {packageVersion, programPath} from '../base/package-root.ts'
import type {EngineName, EngineOptions} from '../contracts/engine.ts'
import {worst} from '../judge/verdict.ts'
import {type ClusterPlace, runsRoot} from '../supervisor/registry.ts'
import type {HostLine, HostRequest, NumberedVerdict, StepReport} from './host-protocol.ts'
import {writeReports} from './report/json.ts'
import {countsOf, exitCodeOf, type Report} from './report/report.ts'
import {makeRunDir, pointLatest, prune, trim} from './runs.ts'
import type {LabModule} from './suites.ts'

/** A lab that hangs is ended after this long. */
const LAB_WITHIN_MS = 180_000
const LAB_WITHIN_MS_MAX = 3_600_000
const HEAP_MB = 1_024
/** What a lab may print, and how many checks it may make: more is a lab that has run wild. */
const PRINTED_BYTES_MAX = 64 << 20
const CHECKS_MAX = 10_000
const LOOK_EVERY_MS = 250

export interface RunRequest {
  lab: LabModule
  seed: string
  /** Undefined: a scratch cluster. */
  cluster?: ClusterPlace
  /** How that cluster was named on the command line: ` -c five`. */
  here?: string
  nodes?: number
  /** What the nodes of a scratch cluster run; undefined: the embedded broker. */
  engine?: EngineName
  engineOptions?: EngineOptions
  plant?: string
  powerLoss?: boolean
  rate?: number
  /** Only these steps of the lab, by title. */
  only?: string[]
  settings?: Record<string, number | string>
  failFast?: boolean
  keepAlways?: boolean
  /** The run folder itself, instead of one below RUNS. */
  out?: string
  withinMs?: number
  who: {name: string; pid: number}
}

export interface RunningSuite {
  readonly dir: string
  /** Settles when everything is written. Rejects only when chronik itself is broken. */
  readonly done: Promise<Report>
  /** Ends the lab early: heal, stop the scratch cluster, report what was judged so far. */
  interrupt(): void
  /** Ends the suite host at once; its scratch cluster ends because nobody holds it any more. */
  kill(): void
}

/** Six hex digits, as they are shown. */
export function drawSeed(): string {
  return randomBytes(3).toString('hex')
}

/** Runs one lab in a suite host and writes its reports. `tell` gets every line as it comes. */
export function startSuite(request: RunRequest, tell: (line: HostLine) => void): RunningSuite {
  const startedWallMs = Date.now()
  const begun = performance.now()
  const {dir, log} = runFolder(request, startedWallMs)
  const child = spawn(process.execPath, [`--max-old-space-size=${HEAP_MB}`, programPath('suite-host')], {
    stdio: ['pipe', log, log, 'pipe'],
    env: hostEnv(process.env),
  })
  closeSync(log)
  const heard = new Heard()
  const order: HostRequest = {
    module: request.lab.path,
    runDir: dir,
    seed: request.seed,
    ...(request.cluster ? {cluster: request.cluster} : {}),
    ...(request.nodes === undefined ? {} : {nodes: request.nodes}),
    ...(request.engine ? {engine: request.engine, engineOptions: request.engineOptions ?? {}} : {}),
    ...(request.plant ? {plant: request.plant} : {}),
    ...(request.powerLoss ? {powerLoss: true} : {}),
    ...(request.rate === undefined ? {} : {rate: request.rate}),
    ...(request.only ? {only: request.only} : {}),
    ...(request.settings ? {settings: request.settings} : {}),
    failFast: request.failFast ?? false,
    keepAlways: request.keepAlways ?? false,
    who: request.who,
  }
  child.stdin?.on('error', () => undefined)
  child.stdin?.write(`${JSON.stringify(order)}\n`)
  let withinMs = request.withinMs ?? LAB_WITHIN_MS
  let late = false
  let checks = 0
  const isLate = (): void => {
    late = true
    child.stdin?.write('interrupt\n')
    setTimeout(() => child.kill('SIGKILL'), 10_000).unref()
  }
  let timer = setTimeout(isLate, withinMs)
  /** A lab may say that it takes longer; what was typed on the command line stands. */
  const takesLonger = (ms: number): void => {
    if (request.withinMs !== undefined) return
    clearTimeout(timer)
    withinMs = Math.min(ms, LAB_WITHIN_MS_MAX)
    timer = setTimeout(isLate, withinMs - (performance.now() - begun))
  }
  let interrupted = false
  let wild: string | undefined
  const stop = (why: string): void => {
    wild ??= why
    child.kill('SIGKILL')
  }
  const looking = setInterval(() => {
    const {size} = statSync(join(dir, 'suite-host.log'), {throwIfNoEntry: false}) ?? {size: 0}
    if (size > PRINTED_BYTES_MAX) stop(`The lab printed more than ${PRINTED_BYTES_MAX >> 20} MB: suite-host.log`)
  }, LOOK_EVERY_MS)
  const done = ended(child, text => {
    if (wild !== undefined) return
    const line = hostLine(text)
    if (!line) return stop(`The lab wrote something that is no verdict where verdicts are told: ${text.slice(0, 80)}`)
    if (line.say === 'verdict' && ++checks > CHECKS_MAX) return stop(`The lab made more than ${CHECKS_MAX} checks`)
    heard.take(line)
    if (line.say === 'lab' && typeof line.withinMs === 'number') takesLonger(line.withinMs)
    tell(line)
  }).then(how => {
    clearTimeout(timer)
    clearInterval(looking)
    if (wild !== undefined) cutLog(join(dir, 'suite-host.log'))
    const {end} = heard
    const broken = end ? undefined : hostDied(how, join(dir, 'suite-host.log'), request.lab.foreign === true)
    const ran =
      wild === undefined ? undefined : {code: 'CHRONIK_LAB_WILD', message: oneLine(wild), exitCode: EXIT.unknown}
    const tooLate = late
      ? {code: 'CHRONIK_LAB_LATE', message: `The lab was not over after ${withinMs} ms`, exitCode: EXIT.unknown}
      : undefined
    const report = assemble(request, heard, {
      dir,
      startedWallMs,
      tookMs: Math.round(performance.now() - begun),
      interrupted: interrupted || (!late && (end?.interrupted ?? false)),
      error: ran ?? tooLate ?? (interrupted ? undefined : (broken ?? end?.error)),
    })
    try {
      writeReports(dir, report)
    } catch (error) {
      throw noRoom(dir, error)
    }
    if (report.result === 'pass' && !report.interrupted && !request.keepAlways) trim(dir)
    pointLatest(dir)
    if (request.out === undefined) prune()
    return report
  })
  return {
    dir,
    done,
    interrupt() {
      interrupted = true
      child.stdin?.write('interrupt\n')
    },
    kill() {
      interrupted = true
      child.kill('SIGKILL')
    },
  }
}

/** A process that somebody killed (or the system, for want of memory) gave no verdict; one that ended by itself is our bug. */
function hostDied(how: string, log: string, foreign: boolean): NonNullable<Report['error']> {
  const signal = /^signal (\w+)$/.exec(how)?.[1]
  // A built-in suite whose host ends is a bug of chronik; somebody's own lab may end its process as it likes.
  if (foreign && !signal)
    return {
      code: 'CHRONIK_HOST_DIED',
      message: `The lab ended without a verdict (${how}): ${log}`,
      exitCode: EXIT.unknown,
    }
  return signal
    ? {
        code: 'CHRONIK_HOST_KILLED',
        message: `The suite host got ${signal} before it gave a verdict: ${log}`,
        exitCode: EXIT.unknown,
      }
    : {
        code: 'CHRONIK_HOST_DIED',
        message: `The suite host ended without a verdict (${how}): ${log}`,
        exitCode: EXIT.bug,
      }
}

function runFolder(request: RunRequest, atWallMs: number): {dir: string; log: number} {
  let dir = request.out ?? runsRoot()
  try {
    dir = makeRunDir(request.lab.name, {out: request.out, atWallMs})
    return {dir, log: openSync(join(dir, 'suite-host.log'), 'a', 0o600)}
  } catch (error) {
    throw noRoom(dir, error)
  }
}

/** A disk that does not take the reports is the environment's fault, and the verdict was never given. */
export function noRoom(dir: string, error: unknown): unknown {
  const code = systemCode(error) ?? ''
  if (!/^(ENOSPC|EDQUOT|EROFS|EACCES|EIO)$/.test(code)) return error
  const why = code === 'ENOSPC' || code === 'EDQUOT' ? 'the disk is full' : code
  return new ChronikError(
    'CHRONIK_RUN_FOLDER',
    EXIT.environment,
    `The reports cannot be written to ${dir}: ${why}. Without them there is no verdict. --out DIR takes another folder`,
    {cause: error},
  )
}

/** What was said so far; a step that never ended counts as it stands. */
class Heard {
  lab: Extract<HostLine, {say: 'lab'}> | undefined
  cluster: Extract<HostLine, {say: 'cluster'}> | undefined
  end: Extract<HostLine, {say: 'end'}> | undefined
  readonly steps: StepReport[] = []
  open: StepReport | undefined

  take(line: HostLine): void {
    if (line.say === 'lab') this.lab = line
    else if (line.say === 'cluster') this.cluster = line
    else if (line.say === 'end') this.end = line
    else if (line.say === 'step')
      this.open = {number: line.number, title: line.title, result: 'unknown', tookMs: 0, note: '', checks: []}
    else if (line.say === 'verdict') this.open?.checks.push(line.verdict)
    else if (line.say === 'stepDone') {
      this.steps.push(line.step)
      this.open = undefined
    }
  }
}

function assemble(
  request: RunRequest,
  heard: Heard,
  o: {dir: string; startedWallMs: number; tookMs: number; interrupted: boolean; error?: Report['error']},
): Report {
  const again = againCommand(request)
  const steps = [...heard.steps, ...(heard.open ? [heard.open] : [])].map(s => ({
    ...s,
    checks: s.checks.map((c): NumberedVerdict => ({...c, again: c.again || again})),
  }))
  const verdicts = steps.flatMap(s => s.checks)
  const result = worst(verdicts.map(v => v.result))
  const exitCode = exitCodeOf({verdicts, interrupted: o.interrupted, error: o.error})
  return {
    schema: 1,
    ...machine(),
    run: basename(o.dir),
    suite: heard.lab?.name ?? request.lab.name,
    ...(heard.lab?.phase === undefined ? {} : {phase: heard.lab.phase}),
    proves: heard.lab?.proves ?? '',
    startedAt: new Date(o.startedWallMs).toISOString(),
    tookMs: o.tookMs,
    result: result === 'pass' && (o.error || o.interrupted) ? 'unknown' : result,
    exitCode,
    counts: countsOf(verdicts),
    interrupted: o.interrupted,
    ...(o.interrupted && steps.length > 0 ? {interruptedIn: steps[steps.length - 1].number} : {}),
    ...(heard.cluster ? {cluster: heard.cluster.cluster} : {}),
    seed: request.seed,
    ...(request.plant ? {plant: request.plant} : {}),
    ...(request.powerLoss ? {powerLoss: true as const} : {}),
    steps,
    table: heard.end?.table ?? [],
    times: {...heard.end?.times, totalMs: o.tookMs},
    ...(heard.end?.load ? {load: heard.end.load} : {}),
    ...(o.error ? {error: o.error} : {}),
    again,
    ...(heard.end ? {stopped: heard.end.stopped} : {}),
  }
}

/** What judged: the version of chronik, and the machine it ran on. */
export function machine(): Pick<Report, 'chronik' | 'machine'> {
  const {platform, arch, version} = process
  return {chronik: packageVersion(), machine: {platform, arch, node: version.slice(1), cpus: cpus().length}}
}

/** The one command that repeats the run. */
export function againCommand(
  r: Pick<
    RunRequest,
    'lab' | 'seed' | 'cluster' | 'here' | 'nodes' | 'engine' | 'engineOptions' | 'plant' | 'powerLoss' | 'rate'
  >,
): string {
  const words = ['chronik verify', quoted(r.lab.typed)]
  if (r.cluster) words.push(r.here?.trim() || `-c ${r.cluster.name}`)
  if (r.nodes !== undefined) words.push(`-n ${r.nodes}`)
  if (r.engine) words.push(`--engine ${r.engine}`)
  if (r.engineOptions?.binary) words.push(`--binary ${quoted(r.engineOptions.binary)}`)
  if (r.engineOptions?.kafkaHome) words.push(`--kafka-home ${quoted(r.engineOptions.kafkaHome)}`)
  if (r.plant) words.push(`--plant ${r.plant}`)
  if (r.powerLoss) words.push('--power-loss')
  if (r.rate !== undefined) words.push(`--rate ${r.rate}/s`)
  words.push(`--seed ${r.seed}`)
  return words.join(' ')
}

/** As one word of a shell. */
export function quoted(word: string): string {
  return /^[\w./@:=+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** A lab is code that somebody named, no more: of the environment it gets what programs need, nothing that may be a secret. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'LC_ALL',
  'TZ',
  'TERM',
  'TMPDIR',
  'XDG_STATE_HOME',
  'XDG_RUNTIME_DIR',
  'XDG_CACHE_HOME',
  'JAVA_HOME',
  'NODE_ENV',
  'CHRONIK_TEST_RUN',
]

export function hostEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(PASSED_ON.flatMap(name => (env[name] === undefined ? [] : [[name, env[name]]])))
}

/** What a lab flooded is cut: its beginning says enough. */
function cutLog(path: string): void {
  if ((statSync(path, {throwIfNoEntry: false})?.size ?? 0) > PRINTED_BYTES_MAX) truncateSync(path, 1 << 20)
}

/** One line of the suite host; undefined when it is none. */
function hostLine(text: string): HostLine | undefined {
  try {
    const line = JSON.parse(text) as HostLine | null
    return typeof line?.say === 'string' ? line : undefined
  } catch {
    return undefined
  }
}

function ended(child: ChildProcess, take: (text: string) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({input: child.stdio[3] as Readable})
    let how = ''
    let drained = false
    const settle = (): void => {
      if (drained && how) resolve(how)
    }
    lines.on('line', take)
    lines.on('close', () => {
      drained = true
      settle()
    })
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      how = signal ? `signal ${signal}` : `exit ${code}`
      settle()
    })
  })
}
