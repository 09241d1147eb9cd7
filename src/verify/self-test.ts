import {execFile} from 'node:child_process'
import {rmSync} from 'node:fs'
import {promisify} from 'node:util'
import {programPath} from '../base/package-root.ts'
import type {Report} from './report/report.ts'
import {drawSeed, type RunningSuite, type RunRequest, startSuite} from './run.ts'
import {findLab} from './suites.ts'

/** Where a planted bug is sought on real processes, and the checks of which one has to catch it there. */
export interface Sought {
  plant: string
  suite: string
  /** The step that holds the named check. */
  step: number
  checks: readonly string[]
  powerLoss?: true
}

/** One row a bug that real processes show within a few runs. Steps are those of `labs/`. */
export const SOUGHT: readonly Sought[] = [
  {plant: 'R04', suite: 'recovery', step: 1, checks: ['D8', 'L2']},
  {plant: 'R06', suite: 'wal', step: 1, checks: ['D7'], powerLoss: true},
  {plant: 'W01', suite: 'recovery', step: 3, checks: ['D8', 'D2']},
  {plant: 'W04', suite: 'wal', step: 2, checks: ['D1', 'D7']},
  {plant: 'W08', suite: 'wal', step: 1, checks: ['D3', 'D7'], powerLoss: true},
  {plant: 'W12', suite: 'wal', step: 1, checks: ['D3', 'D8', 'D8e']},
  {plant: 'W17', suite: 'recovery', step: 3, checks: ['D8', 'L3']},
]

/** The step in which a harmless change has to stay green: everybody dies, and everybody is looked at. */
const CONTROL: Pick<Sought, 'suite' | 'step'> = {suite: 'recovery', step: 3}
/** A bug that needs luck gets so many runs. */
const TRIES = 8
const AT_ONCE = 2

export interface PlantTried extends Sought {
  name: string
  caught: boolean
  runs: number
  /** Checks that failed besides those that are named. */
  also: string[]
}

export interface ControlTried {
  name: string
  change: string
  result: Report['result']
  /** What accused it: check and what was seen. */
  accused?: {check: string; seen: string}
}

export interface SelfTest {
  plants: PlantTried[]
  controls: ControlTried[]
  /** Checks of which each is the first that is named for a bug, and that no bug made fail. */
  vacuous: string[]
  /** Planted bugs for which there is no row: simulation alone puts them on trial. */
  notSought: string[]
}

interface Listed {
  id?: string
  name: string
  change: string
  settings?: Record<string, number | string>
  harmless?: true
}

/** Puts the verdicts on trial: each bug has to be caught at a check named for it, no harmless change may be accused. */
export async function selfTest(
  o: {who: RunRequest['who']; onRun(run: RunningSuite): void; stopped(): boolean},
  tell: (text: string) => void,
): Promise<SelfTest> {
  const listed = await listAll()
  const failed = new Set<string>()
  const run = async (what: Omit<RunRequest, 'lab' | 'seed' | 'who'> & {suite: string}): Promise<Report> => {
    const {suite, ...request} = what
    const running = startSuite({...request, lab: findLab(suite), seed: drawSeed(), who: o.who}, () => undefined)
    o.onRun(running)
    const report = await running.done
    // Hundreds of failed runs would stay for ever.
    rmSync(running.dir, {recursive: true, force: true})
    return report
  }
  const plants = SOUGHT.map((row, at) => async () => {
    const name = listed.find(p => p.id === row.plant)?.name ?? row.plant
    const also = new Set<string>()
    let caught = false
    let runs = 0
    while (!caught && runs < TRIES && !o.stopped()) {
      const {suite, step, powerLoss} = row
      const report = await run({suite, plant: name, only: [step], ...(powerLoss ? {powerLoss} : {})})
      runs++
      for (const {check, result} of report.steps.flatMap(s => s.checks)) {
        if (result !== 'fail') continue
        failed.add(check)
        if (row.checks.includes(check)) caught = true
        else also.add(check)
      }
    }
    tell(`${row.plant} ${name}: ${caught ? 'caught' : 'ESCAPED'} (${runs} ${runs === 1 ? 'run' : 'runs'})`)
    done.plants[at] = {...row, name, caught, runs, also: [...also].sort()}
  })
  const controls = listed
    .filter(c => c.harmless)
    .map(({name, change, settings}, at) => async () => {
      const {suite, step} = CONTROL
      const request = settings ? {settings} : {plant: name}
      let report = await run({suite, only: [step], ...request})
      // What could not be seen on a busy machine is looked at once more; what fails, fails.
      if (report.result === 'unknown' && !o.stopped()) report = await run({suite, only: [step], ...request})
      const bad = report.steps.flatMap(s => s.checks).find(c => c.result === 'fail')
      tell(`${name}: ${bad ? `ACCUSED by ${bad.check}` : report.result}`)
      done.controls[at] = {
        name,
        change,
        result: report.result,
        ...(bad ? {accused: {check: bad.check, seen: bad.seen}} : {}),
      }
    })
  const done: SelfTest = {plants: [], controls: [], vacuous: [], notSought: []}
  const jobs = [...plants, ...controls]
  await Promise.all(
    Array.from({length: AT_ONCE}, async () => {
      for (let job = jobs.shift(); job && !o.stopped(); job = jobs.shift()) await job()
    }),
  )
  const named = new Set(SOUGHT.map(row => row.checks[0]))
  return {
    plants: done.plants.filter(Boolean),
    controls: done.controls.filter(Boolean),
    vacuous: [...named].filter(check => !failed.has(check)).sort(),
    notSought: listed.flatMap(p => (p.id && !SOUGHT.some(row => row.plant === p.id) ? [`${p.id} ${p.name}`] : [])),
  }
}

/** A bug that escaped, a control that is not green, a check that nothing made fail. */
export function selfTestFailed({plants, controls, vacuous}: SelfTest): boolean {
  return plants.some(p => !p.caught) || controls.some(c => c.result !== 'pass') || vacuous.length > 0
}

async function listAll(): Promise<Listed[]> {
  const {stdout} = await promisify(execFile)(process.execPath, [programPath('node-planted'), '--list-all'], {
    timeout: 10_000,
  })
  return stdout
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as Listed)
}
