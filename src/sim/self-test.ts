import type {Control} from '../plants/control.ts'
import {CONTROLS} from '../plants/controls.ts'
import {PLANTS} from '../plants/index.ts'
import type {Plant} from '../plants/plant.ts'
import {SIM_CHECKS} from './checks.ts'
import type {Pool} from './pool.ts'
import {namedFor, type TaskDone} from './task.ts'

/** What became of one planted bug. */
export interface PlantRow {
  id: string
  name: string
  /** The checks of which one has to catch it. */
  named: readonly string[]
  /** By check: the number of seeds up to the first at which it fired. */
  fired: Record<string, number>
  /** Seeds that were run. */
  seeds: number
  caught: boolean
}

export interface ControlRow {
  name: string
  change: string
  seeds: number
  /** What a check said of it, with the seed. */
  accused?: {seed: number; check: string; text: string}
  acknowledged: number
}

export interface SelfTestOptions {
  /** Only this plant, by its name, and no control. */
  plant?: string
  /** A bug that is not caught within so many seeds has escaped. */
  seedsMax: number
  controlSeeds: number
  /** Simulated time of a seed, ms. */
  forMs?: number
}

export interface SelfTest {
  plants: PlantRow[]
  controls: ControlRow[]
  /** Checks that no planted bug made fail: they may hold of anything. Told when all plants were run. */
  vacuous: string[]
  /** Seeds that the median bug took. */
  medianSeeds: number
}

/** Puts the invariants on trial: every planted bug has to be caught by the check named for it, and no harmless change accused. */
export async function selfTest(pool: Pool, options: SelfTestOptions, tell: (text: string) => void): Promise<SelfTest> {
  const plants: PlantRow[] = []
  const controls: ControlRow[] = []
  const jobs = [
    ...PLANTS.filter(p => options.plant === undefined || p.name === options.plant).map((plant, at) => async () => {
      plants[at] = await search(pool, plant, options)
      const {caught, seeds, id, name} = plants[at]
      tell(`${id} ${name}: ${caught ? 'caught' : 'ESCAPED'} in ${seeds} seeds`)
    }),
    ...(options.plant === undefined ? CONTROLS : []).map((control, at) => async () => {
      controls[at] = await acquit(pool, control, options)
      tell(`${control.name}: ${controls[at].accused ? `ACCUSED by ${controls[at].accused?.check}` : 'green'}`)
    }),
  ]
  // A search goes from seed to seed, so that its figures are the same with any number of workers.
  const lane = async (): Promise<void> => {
    for (let job = jobs.shift(); job; job = jobs.shift()) await job()
  }
  await Promise.all(Array.from({length: pool.size}, lane))
  // A check that always comes second is on trial, too: where it is named, the search goes on until it has failed.
  if (options.plant === undefined)
    for (const check of vacuous(plants)) {
      const row = plants.find(p => p.named.includes(check))
      if (row) await goOn(pool, row, [check], options)
    }
  return {
    plants,
    controls,
    vacuous: options.plant === undefined ? vacuous(plants) : [],
    medianSeeds: medianSeeds(plants),
  }
}

async function search(pool: Pool, plant: Plant, options: SelfTestOptions): Promise<PlantRow> {
  const named = namedFor(plant)
  const row: PlantRow = {id: plant.id, name: plant.name, named, fired: {}, seeds: 0, caught: false}
  row.caught = await goOn(pool, row, named, options)
  return row
}

/** Seed after seed, until one of these checks has failed. False: none did. */
async function goOn(
  pool: Pool,
  row: PlantRow,
  checks: readonly string[],
  {seedsMax, forMs}: SelfTestOptions,
): Promise<boolean> {
  const failed = (): boolean => checks.some(check => row.fired[check] !== undefined)
  while (!failed() && row.seeds < seedsMax) {
    const seed = ++row.seeds
    const done = await pool.run({seed, plant: row.name, ...(forMs === undefined ? {} : {forMs})})
    for (const {check} of done.violations) row.fired[check] ??= seed
  }
  return failed()
}

async function acquit(pool: Pool, control: Control, {controlSeeds, forMs}: SelfTestOptions): Promise<ControlRow> {
  const {name, change} = control
  const row: ControlRow = {name, change, seeds: 0, acknowledged: 0}
  while (!row.accused && row.seeds < controlSeeds) {
    const seed = ++row.seeds
    const done: TaskDone = await pool.run({seed, control: name, ...(forMs === undefined ? {} : {forMs})})
    row.acknowledged += done.acknowledged
    const [first] = done.violations
    if (first) row.accused = {seed, check: first.check, text: first.text}
  }
  return row
}

function vacuous(plants: readonly PlantRow[]): string[] {
  return SIM_CHECKS.map(c => c.id).filter(id => !plants.some(p => p.fired[id] !== undefined))
}

function medianSeeds(plants: readonly PlantRow[]): number {
  const seeds = plants.map(p => p.seeds).sort((a, b) => a - b)
  return seeds.length === 0 ? 0 : seeds[seeds.length >> 1]
}
