import {readdirSync, readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {describe, expect, it} from 'vitest'
import {runSchedule} from '../../src/sim/run.ts'
import type {Schedule} from '../../src/sim/schedule.ts'

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'regressions')

/** Schedules under which the broker once did something wrong, as small as `chronik sim --shrink` made them. */
describe('regressions', () => {
  for (const name of readdirSync(folder).filter(f => f.endsWith('.json')))
    it(`sim: ${name.slice(0, -5)}, no invariant is broken any more`, async () => {
      const schedule = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Schedule
      expect((await runSchedule({schedule})).violations).toEqual([])
    }, 60_000)
})
