import {type BrokerParts, defaultBrokerParts} from '../broker/parts.ts'
import type {Control} from '../plants/control.ts'
import {CONTROLS} from '../plants/controls.ts'
import {planted, plantOf} from '../plants/index.ts'
import type {Plant} from '../plants/plant.ts'
import {scenarioNamed} from './aimed-scenarios.ts'
import {generate} from './generate.ts'
import {runSchedule} from './run.ts'
import type {Schedule} from './schedule.ts'
import {traceLine} from './trace.ts'
import type {Violation} from './truth.ts'

/** One run, as it is handed to a worker: plain data. */
export interface Task {
  number: number
  /** The list is made from this seed, … */
  seed?: number
  forMs?: number
  nodes?: number
  faults?: readonly string[]
  scenario?: string
  /** … or is this one. */
  schedule?: Schedule
  /** The broker has this bug. The run goes on until the check that has to catch it fires. */
  plant?: string
  /** The broker differs by this harmless change. */
  control?: string
  trace?: boolean
}

export interface TaskDone {
  number: number
  seed: number
  scenario: string
  violations: Violation[]
  steps: number
  /** Simulated time, µs. */
  simulated: number
  acknowledged: number
  reached: Array<[string, number]>
  schedule: Schedule
}

export async function runTask(task: Task, onTrace: (line: string) => void, pulse?: Int32Array): Promise<TaskDone> {
  const plant = task.plant === undefined ? undefined : knownPlant(task.plant)
  const control = task.control === undefined ? undefined : knownControl(task.control)
  const schedule = task.schedule ?? scheduleOf(task)
  const caught = plant && namedFor(plant)
  const result = await runSchedule({
    schedule,
    parts: partsOf(plant, control),
    settings: control?.settings,
    // Logs that contradict each other may send each other messages without end.
    ...(plant ? {eventsMax: 20_000 + 12 * schedule.forMs} : {}),
    stopAt: v => !caught || caught.includes(v.check),
    ...(pulse ? {pulse} : {}),
    ...(task.trace ? {onStep: step => onTrace(traceLine(step))} : {}),
  })
  return {
    number: task.number,
    seed: schedule.seed,
    scenario: schedule.scenario,
    violations: result.violations,
    steps: result.steps,
    simulated: result.simulated,
    acknowledged: result.acknowledged,
    reached: [...result.reached],
    schedule,
  }
}

export function scheduleOf(task: Task): Schedule {
  const plant = task.plant === undefined ? undefined : knownPlant(task.plant)
  const seed = task.seed ?? 1
  const names = task.scenario !== undefined ? [task.scenario] : (plant?.scenarios ?? [])
  const name = names[seed % Math.max(1, names.length)]
  const scenario = name === undefined ? undefined : scenarioNamed(name)
  if (name !== undefined && !scenario) throw new Error(`no scenario ${name}`)
  return generate({
    seed,
    scenario,
    ...(task.forMs === undefined ? {} : {forMs: task.forMs}),
    ...(task.nodes === undefined ? {} : {nodes: task.nodes}),
    ...(task.faults ? {faults: task.faults} : {}),
  })
}

/** The checks of which one has to catch a plant. */
export function namedFor(plant: Plant): readonly string[] {
  return plant.caughtInSim ?? [plant.caughtBy]
}

function partsOf(plant: Plant | undefined, control: Control | undefined): BrokerParts | undefined {
  return plant ? planted(plant) : control?.parts?.(defaultBrokerParts)
}

function knownControl(name: string): Control {
  const control = CONTROLS.find(c => c.name === name)
  if (!control) throw new Error(`no control ${name}`)
  return control
}

function knownPlant(word: string): Plant {
  const plant = plantOf(word)
  if (!plant) throw new Error(`no planted bug ${word}`)
  return plant
}
