import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, it} from 'vitest'
import {Pool} from '../../src/sim/pool.ts'

const dir = mkdtempSync(join(tmpdir(), 'chronik-pool-'))
afterAll(() => rmSync(dir, {recursive: true, force: true}))

/** A worker that is over with seven events, and then does `what`; the second task it answers at once. */
function worker(what: string): string {
  const path = join(dir, 'worker.mjs')
  writeFileSync(
    path,
    `import {parentPort, workerData} from 'node:worker_threads'
parentPort.on('message', task => {
  if (task.seed === 2) {
    Atomics.store(workerData.pulse, 0, 48_000)
    return parentPort.postMessage({done: {...task, violations: []}})
  }
  if (task.seed === 3) for (;;) {}
  Atomics.store(workerData.pulse, 0, 7)
  ${what}
})`,
  )
  return path
}

it('a run of which one event never ends fails, and the next one gets another worker', async () => {
  const pool = new Pool(worker('for (;;) {}'), 1, 500)
  const [spins, next] = await Promise.all([pool.run({seed: 1}), pool.run({seed: 2})])
  await pool.close()
  const [{check, text}] = spins.violations
  // A worker that is slow to start is ended before its first event.
  expect([check, text]).toEqual(['P5', expect.stringMatching(/^event [18] has not ended for 500 ms: a node spins$/)])
  expect([spins.seed, spins.schedule.format]).toEqual([1, 'chronik-schedule-1'])
  expect(next.violations).toEqual([])
})

it('the events of a run are counted from its own beginning', async () => {
  const pool = new Pool(worker(''), 1, 500)
  const [, spins] = await Promise.all([pool.run({seed: 2}), pool.run({seed: 3})])
  await pool.close()
  expect(spins.violations[0].event).toBe(1)
})

it('a run that ends with an error of its own is refused', async () => {
  const pool = new Pool(worker("throw new Error('no such plant')"), 1)
  await expect(pool.run({seed: 1})).rejects.toThrow('a simulation ended with no such plant')
  await pool.close()
})
