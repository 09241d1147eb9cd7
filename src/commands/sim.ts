import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {availableParallelism} from 'node:os'
import {join} from 'node:path'
import {Flags, type Interfaces} from '@oclif/core'
import {ChronikError, EXIT, type ExitCode, messageOf, UsageError} from '../base/errors.ts'
import {oneLine} from '../base/one-line.ts'
import {programPath} from '../base/package-root.ts'
import {formatCount} from '../base/units.ts'
import type {Pool} from '../sim/pool.ts'
import type {Schedule} from '../sim/schedule.ts'
import type {Task, TaskDone} from '../sim/task.ts'
import {plantNamed} from '../verify/plants.ts'
import {BaseCommand, duration, whole} from './base.ts'
import {reachedText} from './render/sim-reached.ts'
import {selfTestFailed, selfTestText} from './render/sim-self-test.ts'
import {painted} from './terminal.ts'

const SEEDS = 20
const SEED_MAX = 4_294_967_295
/** A bug that is not found within so many seeds of its scenarios has escaped. */
const PLANT_SEEDS = 1_000
/** Seeds over which a harmless change has to stay green, and their simulated time. */
const CONTROL_SEEDS = 50
const SELF_TEST_MS = 8_000

const NOT_IN_SELF_TEST = ['seeds', 'seed', 'schedule', 'trace', 'shrink', 'faults', 'scenario', 'nodes'] as const

export default class Sim extends BaseCommand {
  static override summary = 'The broker in a simulated cluster: seeded faults, every invariant after every event.'
  static override usage =
    '[--seeds A..B | --seed S [--trace] | --schedule FILE] [-n N] [--for DUR] [--faults LIST] [--plant NAME] [--shrink] [--self-test]'
  static override examples = [
    'chronik sim --seeds 1..100',
    'chronik sim --seed 17 --trace',
    'chronik sim --plant ignore-hardstate --shrink',
  ]
  static override flags = {
    seeds: Flags.string({helpValue: 'A..B', summary: `these seeds (1..${SEEDS})`}),
    seed: whole({min: 0, max: SEED_MAX, helpValue: 'S', summary: 'one seed'}),
    schedule: Flags.string({helpValue: 'FILE', summary: 'a list of faults and operations, as --shrink writes it'}),
    trace: Flags.boolean({summary: 'a line an event'}),
    nodes: whole({char: 'n', min: 1, max: 9, summary: 'nodes (3)'}),
    for: duration({summary: 'simulated time of a seed (20s)'}),
    faults: Flags.string({helpValue: 'LIST', summary: 'only these kinds, with commas'}),
    scenario: Flags.string({helpValue: 'NAME', summary: 'only this one'}),
    plant: Flags.string({helpValue: 'NAME', summary: 'a broker with that bug (verify ls --plants): it has to fail'}),
    shrink: Flags.boolean({summary: 'write the smallest failing schedule to regressions/'}),
    'self-test': Flags.boolean({
      summary: `the invariants on trial: every planted bug × check, and harmless changes (seeds of ${SELF_TEST_MS / 1_000}s)`,
    }),
    workers: whole({min: 1, max: 64, summary: 'worker threads (one a core)'}),
  }

  protected async execute(flags: Interfaces.InferredFlags<typeof Sim.flags>): Promise<ExitCode> {
    const chosen = [flags.seeds, flags.seed, flags.schedule].filter(x => x !== undefined)
    if (chosen.length > 1) throw new UsageError('--seeds, --seed and --schedule exclude each other')
    if (flags.trace && flags.seed === undefined && flags.schedule === undefined)
      throw new UsageError('--trace is for one run', 'chronik sim --seed 1 --trace')
    if (flags['self-test'])
      for (const other of NOT_IN_SELF_TEST)
        if (flags[other])
          throw new UsageError(`--self-test and --${other} exclude each other`, 'chronik sim --self-test')
    const plant = flags.plant === undefined ? undefined : await plantNamed(flags.plant)
    const {ALL_SCENARIOS, faultKinds} = await import('../sim/aimed-scenarios.ts')
    const faults = flags.faults?.split(',')
    const kinds = faultKinds()
    for (const kind of faults ?? [])
      if (!kinds.includes(kind)) throw new UsageError(`No fault "${oneLine(kind)}". There are: ${kinds.join(', ')}`)
    const scenario = ALL_SCENARIOS.find(s => s.name === flags.scenario)
    if (flags.scenario !== undefined && !scenario)
      throw new UsageError(
        `No scenario "${oneLine(flags.scenario)}". There are: ${ALL_SCENARIOS.map(s => s.name).join(', ')}`,
      )
    const {nodesMin = 1} = scenario ?? {}
    if (flags.nodes !== undefined && flags.nodes < nodesMin)
      throw new UsageError(`--scenario ${flags.scenario} is for ${nodesMin} nodes and more, not for ${flags.nodes}`)
    const about: Omit<Task, 'number'> = {
      ...(flags.for === undefined ? {} : {forMs: flags.for}),
      ...(flags.nodes === undefined ? {} : {nodes: flags.nodes}),
      ...(faults ? {faults} : {}),
      ...(flags.scenario === undefined ? {} : {scenario: flags.scenario}),
      ...(plant === undefined ? {} : {plant}),
    }
    const {Pool} = await import('../sim/pool.ts')
    const pool = new Pool(programPath('sim-worker'), flags.workers ?? availableParallelism())
    try {
      if (flags['self-test']) return await this.#selfTest(pool, plant, flags.for ?? SELF_TEST_MS)
      if (flags.schedule !== undefined) return await this.#one(pool, {...about, schedule: read(flags.schedule)}, flags)
      if (flags.seed !== undefined) return await this.#one(pool, {...about, seed: flags.seed}, flags)
      const [first, last] = range(flags.seeds ?? `1..${plant === undefined ? SEEDS : PLANT_SEEDS}`)
      return await this.#many(pool, about, first, last, flags)
    } finally {
      await pool.close()
    }
  }

  async #one(pool: Pool, task: Omit<Task, 'number'>, flags: {trace: boolean; shrink: boolean}): Promise<ExitCode> {
    const begun = performance.now()
    const done = await pool.run(
      {...task, ...(flags.trace ? {trace: true} : {})},
      flags.trace ? lines => this.out(lines.join('\n')) : undefined,
    )
    if (this.asJson) this.json(plain(done))
    else if (!flags.trace || done.violations.length > 0) {
      this.#verdict(done)
      if (done.violations.length === 0) this.#figures([done], performance.now() - begun)
    }
    if (done.violations.length > 0 && flags.shrink) await this.#shrink(pool, task, done)
    return done.violations.length > 0 ? EXIT.failed : EXIT.ok
  }

  async #many(
    pool: Pool,
    about: Omit<Task, 'number'>,
    first: number,
    last: number,
    flags: {shrink: boolean},
  ): Promise<ExitCode> {
    const begun = performance.now()
    const all: TaskDone[] = []
    let failed: TaskDone | undefined
    let told = begun
    function* tasks(): Generator<Omit<Task, 'number'>> {
      for (let seed = first; seed <= last; seed++) yield {...about, seed}
    }
    await pool.each(tasks(), done => {
      all.push(done)
      if (this.asJson) this.json(plain(done))
      if (performance.now() - told > 1_000) {
        told = performance.now()
        this.note(`${rate(all, told - begun)}, seed ${done.seed} of ${first}..${last}`)
      }
      // With a bug on, other checks may fire before the one that has to.
      failed = done.violations.length > 0 ? done : undefined
      return failed ? 'stop' : 'go on'
    })
    if (!this.asJson) {
      if (failed) this.#verdict(failed)
      const {faultKinds} = await import('../sim/aimed-scenarios.ts')
      const {scenario, plant, faults} = about
      this.#figures(all, performance.now() - begun, scenario || plant ? [] : (faults ?? faultKinds()))
    }
    if (failed && flags.shrink) await this.#shrink(pool, {...about, seed: failed.seed}, failed)
    return failed ? EXIT.failed : EXIT.ok
  }

  async #selfTest(pool: Pool, plant: string | undefined, forMs: number): Promise<ExitCode> {
    const {selfTest} = await import('../sim/self-test.ts')
    const {SIM_CHECKS} = await import('../sim/checks.ts')
    const about = {forMs, seedsMax: PLANT_SEEDS, controlSeeds: CONTROL_SEEDS, ...(plant === undefined ? {} : {plant})}
    const result = await selfTest(pool, about, text => this.note(text))
    if (this.asJson) {
      for (const row of result.plants) this.json({plant: row})
      for (const row of result.controls) this.json({control: row})
      this.json({vacuous: result.vacuous, failed: selfTestFailed(result)})
    } else this.out(selfTestText(result, SIM_CHECKS, this.colour))
    return selfTestFailed(result) ? EXIT.failed : EXIT.ok
  }

  #verdict(done: TaskDone): void {
    const {violations, seed, scenario} = done
    if (violations.length === 0) {
      this.out(`${painted('PASS', 'good', this.colour)}  seed ${seed} (${scenario})  ${formatCount(done.steps)} events`)
      return
    }
    for (const {check, text, event, at} of violations)
      this.out(
        `${painted('FAIL', 'bad', this.colour)}  seed ${seed} (${scenario})  ${check} at event ${event}, ${(at / 1e6).toFixed(6)} s\n  ${oneLine(text)}`,
      )
    this.out(`  Again: ${this.hint(again(this.argv, seed))}`)
  }

  /** `kinds`: the faults that could have come. */
  #figures(all: readonly TaskDone[], tookMs: number, kinds: readonly string[] = []): void {
    if (this.quiet) return
    const sum = (of: (d: TaskDone) => number): number => all.reduce((n, d) => n + of(d), 0)
    this.out(
      `${rate(all, tookMs)}; ${(sum(d => d.simulated) / 1_000 / tookMs).toFixed(1)} × real time, ${formatCount(sum(d => d.acknowledged))} writes acknowledged`,
    )
    const reached = new Map<string, number>()
    for (const {reached: one} of all) for (const [what, n] of one) reached.set(what, (reached.get(what) ?? 0) + n)
    this.out(reachedText(reached, kinds))
  }

  async #shrink(pool: Pool, task: Omit<Task, 'number'>, done: TaskDone): Promise<void> {
    const {shrink} = await import('../sim/shrink.ts')
    const check = done.violations.at(-1)?.check as string
    let runs = 0
    const fails = async (schedule: Schedule): Promise<boolean> => {
      runs++
      const {violations} = await pool.run({...task, schedule})
      return violations.some(v => v.check === check)
    }
    const smallest = await shrink(done.schedule, fails, text => this.note(`shrinking: ${text}`))
    const name = `${task.plant ?? 'seed'}-${done.seed}-${check}`.toLowerCase()
    mkdirSync('regressions', {recursive: true})
    const path = join('regressions', `${name}.json`)
    writeFileSync(path, `${JSON.stringify(smallest, undefined, 1)}\n`)
    if (this.asJson) this.json({shrunk: path, entries: smallest.list.length, runs})
    else
      this.out(
        `Shrunk to ${smallest.list.length} of ${done.schedule.list.length} entries in ${runs} runs: ${path}\n  Again: ${this.hint(`chronik sim --schedule ${path}${task.plant === undefined ? '' : ` --plant ${task.plant}`}`)}`,
      )
  }
}

function rate(all: readonly TaskDone[], tookMs: number): string {
  const steps = all.reduce((n, d) => n + d.steps, 0)
  const seeds = all.length === 1 ? '1 seed' : `${all.length} seeds`
  return `${seeds}, ${((all.length * 1_000) / tookMs).toFixed(1)} seeds/s, ${formatCount(Math.round((steps * 1_000) / tookMs))} events/s`
}

function plain({schedule: _schedule, reached, ...done}: TaskDone): unknown {
  return {...done, reached: Object.fromEntries(reached)}
}

/** The command that repeats one seed of the run that was typed. */
function again(typed: readonly string[], seed: number): string {
  const kept: string[] = []
  for (let i = 0; i < typed.length; i++) {
    const word = typed[i]
    if (/^--(seeds|seed|workers)$/.test(word)) i++
    else if (!/^--(seeds|seed|workers)=/.test(word) && !/^--(shrink|trace)$/.test(word)) kept.push(word)
  }
  const own = kept.some(word => word.startsWith('--schedule')) ? [] : ['--seed', String(seed)]
  return ['chronik sim', ...own, '--trace', ...kept].join(' ')
}

function range(text: string): [number, number] {
  const match = /^(\d{1,10})\.\.(\d{1,10})$/.exec(text)
  const [first, last] = match ? [Number(match[1]), Number(match[2])] : [1, 0]
  if (first > last || last > SEED_MAX) throw new UsageError(`--seeds ${oneLine(text)}: A..B, from 0 to ${SEED_MAX}`)
  return [first, last]
}

function read(path: string): Schedule {
  let schedule: Schedule
  try {
    schedule = JSON.parse(readFileSync(path, 'utf8')) as Schedule
  } catch (error) {
    throw new UsageError(`${oneLine(path)}: ${oneLine(messageOf(error))}`)
  }
  if (schedule?.format !== 'chronik-schedule-1' || !Array.isArray(schedule.list))
    throw new ChronikError('CHRONIK_USAGE', EXIT.usage, `${oneLine(path)} is no schedule of chronik sim`)
  return schedule
}
