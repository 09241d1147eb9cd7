import type {NumberedVerdict} from './host-protocol.ts'
import {type Change, listChanges} from './plants.ts'
import type {Report} from './report/report.ts'
import {drawSeed, type RunningSuite, type RunRequest, startSuite} from './run.ts'
import {removeRun} from './runs.ts'
import {several} from './several.ts'
import {CONTROL, type Place, placesOf, requestFor, SOUGHT, type Sought} from './sought.ts'
import {findLab} from './suites.ts'

/** A bug that needs luck gets so many runs. */
const TRIES = 8
const AT_ONCE = 2

export interface PlantTried extends Sought {
  name: string
  caught: boolean
  runs: number
  /** Checks that are named for it and failed. */
  by: string[]
  /** Checks that failed besides those that are named. */
  also: string[]
}

export interface ControlTried extends Place {
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

/** Puts the verdicts on trial: each bug has to be caught at a check named for it, no harmless change may be accused. */
export async function selfTest(
  o: {who: RunRequest['who']; onRun(run: RunningSuite): void; stopped(): boolean},
  tell: (text: string) => void,
): Promise<SelfTest> {
  const listed = await listChanges()
  const failed = new Set<string>()
  const run = async (at: Place, what: Pick<RunRequest, 'plant' | 'settings'>): Promise<Report> => {
    const request = {...what, ...requestFor(at), lab: findLab(at.lab), seed: drawSeed(), who: o.who}
    const running = startSuite(request, () => undefined)
    o.onRun(running)
    const report = await running.done
    // Hundreds of failed runs would stay for ever.
    removeRun(running.dir)
    return report
  }
  const plants = SOUGHT.map((row, at) => async () => {
    const name = listed.find(p => p.id === row.plant)?.name ?? row.plant
    const by = new Set<string>()
    const also = new Set<string>()
    let runs = 0
    while (by.size === 0 && runs < TRIES && !o.stopped()) {
      const report = await run(row, {plant: name})
      runs++
      for (const {check, result} of checksOf(report)) {
        if (result !== 'fail') continue
        failed.add(check)
        if (row.checks.includes(check)) by.add(check)
        else also.add(check)
      }
    }
    const caught = by.size > 0
    tell(`${row.plant} ${name}: ${caught ? 'caught' : 'ESCAPED'} (${runs} ${runs === 1 ? 'run' : 'runs'})`)
    done.plants[at] = {...row, name, caught, runs, by: [...by], also: [...also].sort()}
  })
  const harmless: Array<Place & Change> = [
    ...placesOf([CONTROL, ...SOUGHT]).map(place => ({
      ...place,
      name: 'nothing',
      change: 'nothing: the broker as it is',
    })),
    ...listed.filter(c => c.harmless).map(c => ({...CONTROL, ...c})),
  ]
  const controls = harmless.map((control, at) => async () => {
    const {name, change, settings, lab, step, powerLoss} = control
    const what = settings ? {settings} : control.harmless ? {plant: name} : {}
    let report = await run(control, what)
    // What could not be seen on a busy machine is looked at once more; what fails, fails.
    if (report.result === 'unknown' && !o.stopped()) report = await run(control, what)
    const bad = checksOf(report).find(c => c.result === 'fail')
    tell(`${name}${control.harmless ? '' : ` (${lab})`}: ${bad ? `ACCUSED by ${bad.check}` : report.result}`)
    done.controls[at] = {
      lab,
      ...(step === undefined ? {} : {step}),
      ...(powerLoss ? {powerLoss} : {}),
      name,
      change,
      result: report.result,
      ...(bad ? {accused: {check: bad.check, seen: bad.seen}} : {}),
    }
  })
  const done: SelfTest = {plants: [], controls: [], vacuous: [], notSought: []}
  await several([...plants, ...controls], AT_ONCE, o.stopped, job => job())
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

function checksOf(report: Report): NumberedVerdict[] {
  return report.steps.flatMap(s => s.checks)
}
