import {join, relative, resolve} from 'node:path'
import {Flags, type Interfaces} from '@oclif/core'
import {ChronikError, EXIT, type ExitCode, UsageError} from '../../base/errors.ts'
import {oneLine} from '../../base/one-line.ts'
import {packageVersion} from '../../base/package-root.ts'
import {ENGINE_NAMES} from '../../engines/index.ts'
import {worst} from '../../judge/verdict.ts'
import {notUp, readCluster, runsRoot} from '../../supervisor/registry.ts'
import {judgeElsewhere, parseLog} from '../../verify/elsewhere.ts'
import {failedRuns} from '../../verify/failed-runs.ts'
import type {HostLine} from '../../verify/host-protocol.ts'
import {plantNamed} from '../../verify/plants.ts'
import {writeSummary} from '../../verify/report/json.ts'
import {type Report, type SideBySide, type SummaryReport, worstExit} from '../../verify/report/report.ts'
import {sideBySide} from '../../verify/report/side-by-side.ts'
import {headLine, interruptedLine, type Look, lastLine, stepLines, tableLines} from '../../verify/report/tty.ts'
import {drawSeed, type RunningSuite, type RunRequest, startSuite} from '../../verify/run.ts'
import {makeRunDir} from '../../verify/runs.ts'
import {selfTest, selfTestFailed} from '../../verify/self-test.ts'
import {several, widthOf} from '../../verify/several.ts'
import {findLab, isBuiltIn, type LabModule, SUITES} from '../../verify/suites.ts'
import {BaseCommand, whole} from '../base.ts'
import {chosenEngines, engineFlags} from '../engine-choice.ts'
import {selfTestText} from '../render/self-test.ts'
import {spelled} from '../spelling.ts'
import {homely} from '../status-table.ts'
import {columns, painted} from '../terminal.ts'

export default class Verify extends BaseCommand {
  static override summary =
    'Prove recovery: pass or fail, with the bytes that show it. On a scratch cluster unless -c NAME is typed.'
  static override usage =
    'SUITE|FILE... [-n N] [-e ENGINE] [--seed S] [--plant NAME] [--power-loss] [--repeat N] [--rate R/s] [--fail-fast] [--rerun-failed] [--keep failed|always] [--out DIR] | --self-test'
  static override examples = [
    'chronik verify recovery',
    'chronik verify recovery --plant guess-payload-kind',
    'chronik verify recovery --from BEFORE AFTER --log 1=node1.log',
    'chronik verify ./my-lab.ts',
  ]
  static override strict = false
  static override flags = {
    nodes: whole({char: 'n', min: 1, max: 9, summary: 'nodes of the scratch cluster (3)'}),
    ...engineFlags,
    engine: Flags.string({
      char: 'e',
      helpValue: 'LIST',
      summary: `what a node runs: ${ENGINE_NAMES.join(', ')}; several of them: a column an engine`,
    }),
    phase: whole({min: 1, max: 99, summary: 'the suites of that phase'}),
    plant: Flags.string({helpValue: 'NAME', summary: 'run a build with that bug (verify ls --plants): it has to fail'}),
    'power-loss': Flags.boolean({summary: 'every kill is a power loss: what was not synced may go (lossy disks)'}),
    seed: Flags.string({helpValue: 'S', summary: 'of everything that is drawn: 1 to 16 of 0-9 a-f'}),
    repeat: whole({min: 1, max: 1_000, summary: 'so many runs'}),
    rate: Flags.string({helpValue: 'R/s', summary: 'writes a second (600/s)'}),
    'self-test': Flags.boolean({
      summary: 'the verdicts on trial: every planted bug has to be caught, no harmless change accused',
    }),
    'fail-fast': Flags.boolean({summary: 'stop at the first step with a failed check'}),
    'rerun-failed': Flags.boolean({
      summary: 'what did not pass when it was last run, again as it was: same seed, nodes, plant',
    }),
    keep: Flags.string({
      helpValue: 'WHEN',
      options: ['failed', 'always'],
      default: 'failed',
      summary: 'keep data and logs of the nodes: failed or always',
    }),
    from: Flags.string({
      helpValue: 'BEFORE',
      summary: 'judge the directories of a run made elsewhere: verify recovery --from BEFORE AFTER [--log N=PATH]...',
    }),
    log: Flags.string({
      helpValue: 'N=PATH',
      multiple: true,
      multipleNonGreedy: true,
      summary: 'with --from: what node N printed when it was started again',
    }),
    out: Flags.string({helpValue: 'DIR', summary: 'the folder for report.json, report.md, report.xml'}),
  }

  protected async execute(flags: Interfaces.InferredFlags<typeof Verify.flags>): Promise<ExitCode> {
    if (flags['self-test']) return this.#selfTest(flags)
    if (flags.from !== undefined) return this.#elsewhere(flags.from, flags)
    if (flags.log !== undefined) throw new UsageError('--log belongs to --from: chronik verify -h')
    const jobs: Job[] = flags['rerun-failed']
      ? await rerun(this.words, flags)
      : chosen(this.words, flags.phase).map(lab => ({lab}))
    const seed = flags.seed
    if (seed !== undefined && !/^[0-9a-f]{1,16}$/.test(seed))
      throw new UsageError(`--seed ${oneLine(seed)}: 1 to 16 of 0-9 a-f`)
    const rate = flags.rate === undefined ? undefined : perSecond(flags.rate)
    const plant = flags.plant === undefined ? undefined : await plantNamed(flags.plant)
    const repeat = flags.repeat ?? 1
    const engines = await chosenEngines(flags)
    const many = jobs.length * repeat * engines.length > 1
    const cluster = await this.#named({plant, nodes: flags.nodes, engine: flags.engine})
    const top = many && flags.out !== undefined ? makeRunDir('all', {out: flags.out, atWallMs: Date.now()}) : undefined
    const tasks = Array.from({length: repeat}, () => jobs.flatMap(j => engines.map(e => ({...j, ...e})))).flat()
    // Different suites run side by side when cores allow; the same one again and again is measured alone.
    const width = cluster || jobs.length === 1 ? 1 : widthOf()
    const running = new Set<RunningSuite>()
    let failed = false
    let interrupts = 0
    this.onInterrupt((_signal, times) => {
      interrupts = times
      if (times === 1) {
        this.#clearLine()
        this.note('Interrupted: healing, stopping, writing the report …')
        for (const run of running) run.interrupt()
      } else if (times === 2) for (const run of running) run.kill()
      else this.leave(EXIT.interrupted, 'Interrupted three times; what is left: chronik doctor')
    })
    const stop = (): boolean => interrupts > 0 || (failed && flags['fail-fast'])
    const reports = await several(tasks, width, stop, async ({engine, engineOptions, lab, ...as}, number) => {
      const request: RunRequest = {
        lab,
        seed: seed ?? drawSeed(),
        ...(cluster ? {cluster, here: this.here} : {}),
        ...(flags.nodes === undefined ? {} : {nodes: flags.nodes}),
        ...(engine && engine !== 'embedded' ? {engine, engineOptions} : {}),
        ...(plant ? {plant} : {}),
        ...(flags['power-loss'] ? {powerLoss: true} : {}),
        ...(rate === undefined ? {} : {rate}),
        ...as,
        failFast: flags['fail-fast'],
        keepAlways: flags.keep === 'always',
        ...(top
          ? {out: join(top, 'runs', `${number + 1}-${lab.name}`)}
          : flags.out === undefined
            ? {}
            : {out: flags.out}),
        ...(this.timeoutMs === 30_000 ? {} : {withinMs: this.timeoutMs}),
        who: this.asker,
      }
      const live = this.#live({...request, suite: lab.name}, {several: many, beside: width > 1})
      const run = startSuite(request, line => live.tell(line))
      running.add(run)
      live.dir = run.dir
      const report = await run.done.finally(() => running.delete(run))
      failed ||= report.result === 'fail'
      live.end(report)
      return {dir: run.dir, report}
    })
    const beside = engines.length > 1 ? besides(reports.map(r => r.report)) : []
    // Runs of several engines each have a folder of their own: their table gets one beside them.
    const summed = top ?? (beside.length > 0 ? makeRunDir('side-by-side', {atWallMs: Date.now()}) : undefined)
    if (summed) writeSummary(summed, {...summaryOf(summed, reports), ...(beside.length > 0 ? {engines: beside} : {})})
    if (!this.asJson) for (const table of beside) this.out(`\n${columns([['', ...table.columns], ...table.rows])}`)
    if (summed && beside.length > 0 && !this.asJson) this.out(`report ${homely(summed)}/report.md`)
    if (many && !this.asJson) this.#sum(reports.map(r => r.report))
    return worstExit(reports.map(r => r.report.exitCode))
  }

  /** Directories and logs of a run that happened somewhere else. */
  #elsewhere(before: string, flags: Interfaces.InferredFlags<typeof Verify.flags>): ExitCode {
    const [suite, after, ...more] = this.words
    const other = ['nodes', 'engine', 'phase', 'plant', 'power-loss', 'seed', 'repeat', 'rate'].find(
      name => (flags as Record<string, unknown>)[name] !== undefined,
    )
    if (suite !== 'recovery' || after === undefined || more.length > 0)
      throw new UsageError(
        '--from takes the suite recovery and two folders, each with node1, node2, …',
        'chronik verify recovery --from BEFORE AFTER --log 1=node1.log',
      )
    if (other !== undefined || flags['rerun-failed'] || this.placeTyped)
      throw new UsageError(
        `--from judges what lies in directories: ${other ? `--${other}` : 'that'} means nothing there`,
      )
    const logs = new Map((flags.log ?? []).map(parseLog))
    const live = this.#live(
      {suite, seed: '0', ...(flags.out === undefined ? {} : {out: flags.out})},
      {several: false, beside: false},
    )
    const report = judgeElsewhere(
      {before, after, logs, out: flags.out, keepAlways: flags.keep === 'always'},
      dir => {
        live.dir = dir
      },
      line => live.tell(line),
    )
    live.end(report)
    return report.exitCode
  }

  /** The cluster that was typed on this very command line: nothing else is ever touched. */
  async #named(o: {plant?: string; nodes?: number; engine?: string}) {
    if (!this.placeTyped) return undefined
    if (o.plant || o.nodes !== undefined || o.engine !== undefined)
      throw new UsageError('--plant, --nodes and --engine are for scratch clusters; a named one is taken as it is')
    const place = this.place()
    const entry = readCluster(place)
    if (entry.state !== 'up') throw notUp(entry)
    const question = `This kills every node of ${place.name} and starts it again. Go on?`
    if (!(await this.ask(question, `verify kills every node of ${place.name}. Without a terminal it needs --yes`)))
      throw new ChronikError('CHRONIK_NOT_CONFIRMED', EXIT.usage, 'Nothing was done.')
    return place
  }

  /** Runs the matrix on scratch clusters of its own; what it is asked besides would change what is tried. */
  async #selfTest(flags: Record<string, unknown>): Promise<ExitCode> {
    // What is always given, and what changes nothing of the trial.
    const alone = ['self-test', 'json', 'quiet', 'yes', 'no-color', 'timeout', 'keep']
    const other = Object.keys(flags).find(
      name => flags[name] !== undefined && flags[name] !== false && !alone.includes(name),
    )
    if (this.words.length > 0 || other !== undefined)
      throw new UsageError(
        '--self-test runs alone: it says itself which suites, steps and planted bugs',
        'chronik verify --self-test',
      )
    const running = new Set<RunningSuite>()
    let interrupts = 0
    this.onInterrupt((_signal, times) => {
      interrupts = times
      for (const run of running) times === 1 ? run.interrupt() : run.kill()
    })
    const result = await selfTest(
      {
        who: this.asker,
        onRun: run => {
          running.add(run)
          void run.done.finally(() => running.delete(run))
        },
        stopped: () => interrupts > 0,
      },
      text => this.note(text),
    )
    if (this.asJson) this.json({...result, failed: selfTestFailed(result)})
    else this.out(spelled(selfTestText(result, this.colour)))
    if (interrupts > 0) return EXIT.interrupted
    return selfTestFailed(result) ? EXIT.failed : EXIT.ok
  }

  /** What is printed while a suite runs: its lines as they come (`beside` others: all of them when it ends), and after it the table and the sum. */
  #live(
    request: Pick<RunRequest, 'out' | 'seed' | 'plant' | 'powerLoss'> & {suite: string},
    o: {several: boolean; beside: boolean},
  ) {
    const state = {dir: ''}
    const kept: string[] = []
    const look = (): Look => ({
      paint: (text, tone) => painted(text, tone, this.colour),
      runPath: homely(o.several || request.out !== undefined ? state.dir : join(runsRoot(), 'latest')),
    })
    const print = (lines: readonly string[]): void => {
      this.#clearLine()
      if (this.asJson) return
      for (const line of lines) this.out(spelled(line))
    }
    const during = (lines: readonly string[]): void => {
      if (o.beside) kept.push(...lines)
      else print(lines)
    }
    const name = o.beside ? `${request.suite}  ` : ''
    return {
      set dir(dir: string) {
        state.dir = dir
      },
      tell: (line: HostLine): void => {
        if (line.say === 'cluster') during([headLine({...request, cluster: line.cluster})])
        else if (line.say === 'stepDone') during(stepLines(line.step, look()))
        else if (line.say === 'step') this.#running(`${name}${line.number}  ${oneLine(line.title)}`)
        else if (line.say === 'progress') this.#running(`${name}${oneLine(line.text)}`)
      },
      end: (report: Report): void => {
        this.#clearLine()
        if (this.asJson) {
          this.json(report)
          return
        }
        const l = look()
        print(kept)
        print(tableLines(report.table, l))
        if (report.error && !report.interrupted) process.stderr.write(`${spelled(oneLine(report.error.message))}\n`)
        if (report.result !== 'pass' && !report.interrupted) print([`report ${l.runPath}/report.md`])
        if (report.interrupted) process.stderr.write(`${interruptedLine(report, l)}\n`)
        else print([lastLine(report, l)])
      },
    }
  }

  #sum(reports: readonly Report[]): void {
    const of = (result: Report['result']): number => reports.filter(r => r.result === result).length
    this.out(`${reports.length} runs: ${of('pass')} passed, ${of('fail')} failed, ${of('unknown')} unknown`)
  }

  /** What is going on, on a line of its own that goes again. */
  #running(text: string): void {
    if (!this.#lively) return
    process.stderr.write(`\r\u001b[K..    ${text}`)
  }

  #clearLine(): void {
    if (this.#lively) process.stderr.write('\r\u001b[K')
  }

  get #lively(): boolean {
    return process.stderr.isTTY === true && !this.quiet && !this.asJson && process.env.TERM !== 'dumb'
  }
}

type Job = Pick<RunRequest, 'lab'> & Partial<Pick<RunRequest, 'seed' | 'nodes' | 'plant' | 'powerLoss'>>

/** Which labs are meant. `all` is every suite that exists; without any the suites are listed. */
function chosen(words: readonly string[], phase: number | undefined): LabModule[] {
  const built = SUITES.filter(s => isBuiltIn(s.name)).map(s => s.name)
  if (words.length === 0 && phase === undefined)
    throw new UsageError(
      `Which suite? There is: ${built.join(', ')}, or a file such as ./my-lab.ts`,
      'chronik verify recovery',
    )
  const named = words.flatMap(word => (word === 'all' ? built : [word]))
  const ofPhase = phase === undefined ? [] : SUITES.filter(s => s.phase === phase).map(s => s.name)
  if (phase !== undefined && ofPhase.length === 0)
    throw new UsageError(`No suite of phase ${phase}.`, 'chronik verify ls')
  if (words.length > 0 && phase !== undefined) {
    const other = named.find(name => !ofPhase.includes(name))
    if (other)
      throw new UsageError(
        `${oneLine(other)} is not of phase ${phase}; that is ${ofPhase.join(', ')}`,
        'chronik verify ls',
      )
  }
  return [...new Set(named.length > 0 ? named : ofPhase)].map(word => findLab(word))
}

/** What did not pass when it was last run. Everything about it is as it was then. */
async function rerun(words: readonly string[], flags: Record<string, unknown>): Promise<Job[]> {
  const other = ['phase', 'seed', 'plant', 'power-loss', 'nodes'].find(name => flags[name] !== undefined)
  if (words.length > 0 || other !== undefined)
    throw new UsageError('--rerun-failed takes suites, seeds, nodes and plants from the runs that failed')
  const failed = failedRuns()
  if (failed.length === 0)
    throw new ChronikError(
      'CHRONIK_NOTHING_FAILED',
      EXIT.unknown,
      'Nothing to run again: no newest run did not pass.',
      {
        next: 'chronik report ls',
      },
    )
  return Promise.all(
    failed.map(async ({typed, plant, ...as}) => ({
      lab: findLab(typed),
      ...as,
      ...(plant === undefined ? {} : {plant: await plantNamed(plant)}),
    })),
  )
}

/** `50/s` */
function perSecond(text: string): number {
  const match = /^(\d{1,6})(\/s)?$/.exec(text)
  const rate = match ? Number(match[1]) : 0
  if (rate < 1 || rate > 100_000) throw new UsageError(`--rate ${oneLine(text)}: writes a second, such as 50/s`)
  return rate
}

function summaryOf(top: string, reports: ReadonlyArray<{dir: string; report: Report}>): SummaryReport {
  return {
    schema: 1,
    chronik: packageVersion(),
    result: worst(reports.map(r => r.report.result)),
    exitCode: worstExit(reports.map(r => r.report.exitCode)),
    runs: reports.map(({dir, report}) => ({
      dir: relative(resolve(top), dir),
      suite: report.suite,
      seed: report.seed,
      result: report.result,
      exitCode: report.exitCode,
      counts: report.counts,
      tookMs: report.tookMs,
      ...(report.cluster ? {engine: report.cluster.engine} : {}),
    })),
  }
}

/** One table for each suite that ran on several engines. */
function besides(reports: readonly Report[]): SideBySide[] {
  const suites = [...new Set(reports.map(r => r.suite))]
  return suites.map(suite => sideBySide(reports.filter(r => r.suite === suite)))
}
