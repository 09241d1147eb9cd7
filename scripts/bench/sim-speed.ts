// What bench-sim measures, in a process of its own; prints one JSON line.
// Usage: sim-speed.ts seeds WORKER_PROGRAM WORKERS FROM TO [SCENARIO] | sim-speed.ts bare EVENTS
import {Pool} from '../../src/sim/pool.ts'
import type {Task, TaskDone} from '../../src/sim/task.ts'
import {World} from '../../src/sim/world.ts'

/** Runs before the measured ones, for each worker: code is compiled while it runs. */
const WARM = 3
/** Events that wait at a time, as in a cluster of three. */
const WAITING = 60

const [what, ...given] = process.argv.slice(2)
console.log(JSON.stringify(what === 'bare' ? await bare(Number(given[0])) : await seeds(given)))

async function seeds([program, workers, from, to, scenario]: string[]): Promise<unknown> {
  const pool = new Pool(program, Number(workers))
  const about = scenario === undefined ? {} : {scenario}
  await run(pool, tasks(1_000_001, 1_000_000 + WARM * Number(workers), about))
  const begun = performance.now()
  const done = await run(pool, tasks(Number(from), Number(to), about))
  const seconds = (performance.now() - begun) / 1_000
  await pool.close()
  const sum = (of: (d: TaskDone) => number): number => done.reduce((n, d) => n + of(d), 0)
  return {seeds: done.length, seconds, steps: sum(d => d.steps), simulated: sum(d => d.simulated) / 1e6}
}

function tasks(from: number, to: number, about: {scenario?: string}): Array<Omit<Task, 'number'>> {
  return Array.from({length: to - from + 1}, (_, i) => ({...about, seed: from + i}))
}

async function run(pool: Pool, all: Array<Omit<Task, 'number'>>): Promise<TaskDone[]> {
  const done: TaskDone[] = []
  await pool.each(all, one => {
    if (one.violations.length > 0)
      throw new Error(`seed ${one.seed}: ${one.violations[0].check} ${one.violations[0].text}`)
    done.push(one)
    return 'go on'
  })
  return done
}

/** The same loop with nothing in it: each event makes the next one. */
async function bare(events: number): Promise<unknown> {
  const world = new World()
  let left = events
  const next = (n: number): void => {
    if (--left > 0) world.schedule(1 + ((n * 7_919) % 997), undefined, 'bare', '', 0, () => next(n + 1))
  }
  for (let i = 0; i < WAITING; i++) next(i)
  const begun = performance.now()
  await world.run(Number.MAX_SAFE_INTEGER, () => left <= 0)
  return {seconds: (performance.now() - begun) / 1_000, steps: world.steps}
}
