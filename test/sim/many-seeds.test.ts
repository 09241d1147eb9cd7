import {createHash} from 'node:crypto'
import {afterAll, describe, expect, it} from 'vitest'
import {programPath} from '../../src/base/package-root.ts'
import {Pool} from '../../src/sim/pool.ts'
import {runTask} from '../../src/sim/task.ts'

/** Seeds of 20 s of simulated time in every run of the tests; `npm run test:long` takes very many more. */
const SEEDS = Number(process.env.CHRONIK_SIM_SEEDS ?? 500)
const WORKERS = 2
/** Seeds that are run twice, once here and once in a worker. */
const TWICE = 20

const pool = new Pool(programPath('sim-worker'), WORKERS)
afterAll(() => pool.close())

/** A digest of the lines of a trace. */
function digest(): {take(lines: readonly string[]): void; sum(): string; lines: number} {
  const hash = createHash('sha256')
  return {
    lines: 0,
    take(lines) {
      this.lines += lines.length
      for (const line of lines) hash.update(`${line}\n`)
    },
    sum: () => hash.digest('hex'),
  }
}

describe('many seeds', () => {
  it(`sim: ${SEEDS} seeds of 20 s over all scenarios, no invariant is broken and writes are acknowledged`, async () => {
    let acknowledged = 0
    const scenarios = new Set<string>()
    const tasks = Array.from({length: SEEDS}, (_, i) => ({seed: i + 1}))
    await pool.each(tasks, done => {
      expect(done.violations, `chronik sim --seed ${done.seed} --trace`).toEqual([])
      acknowledged += done.acknowledged
      scenarios.add(done.scenario)
      return 'go on'
    })
    expect(acknowledged).toBeGreaterThan(SEEDS * 50)
    expect(scenarios.size).toBeGreaterThan(Math.min(SEEDS / 10, 10))
  }, 1_800_000)

  it(`sim: ${TWICE} seeds here and in workers, their traces are equal byte for byte`, async () => {
    for (let seed = 1; seed <= TWICE; seed++) {
      const task = {seed, forMs: 1_500, trace: true}
      const [here, there] = [digest(), digest()]
      await Promise.all([
        runTask({...task, number: seed}, line => here.take([line])),
        pool.run(task, lines => there.take(lines)),
      ])
      expect(here.lines, `seed ${seed}`).toBeGreaterThan(1_000)
      expect(there.sum(), `seed ${seed}`).toBe(here.sum())
    }
  }, 240_000)
})
