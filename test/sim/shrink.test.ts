import {describe, expect, it} from 'vitest'
import {scenarioNamed} from '../../src/sim/aimed-scenarios.ts'
import {generate} from '../../src/sim/generate.ts'
import type {Schedule} from '../../src/sim/schedule.ts'
import {shrink} from '../../src/sim/shrink.ts'

describe('shrinking', () => {
  it('shrink: only the entries that the failure needs are left, with the shortest times', async () => {
    const schedule = generate({seed: 7, forMs: 8_000, scenario: scenarioNamed('restarts')})
    const needed = schedule.list.filter(one => 'downMs' in one && one.downMs > 100).slice(0, 2)
    expect(needed).toHaveLength(2)
    let runs = 0
    const fails = async (s: Schedule): Promise<boolean> => {
      runs++
      return needed.every(n =>
        s.list.some(one => one.atMs === n.atMs && one.do === n.do && 'downMs' in one && one.downMs >= 40),
      )
    }
    const smallest = await shrink(schedule, fails, () => {})
    expect(smallest.list.map(one => [one.atMs, one.do])).toEqual(needed.map(one => [one.atMs, one.do]))
    for (const one of smallest.list) expect('downMs' in one && one.downMs).toBeLessThan(80)
    expect(smallest.forMs).toBeLessThanOrEqual(schedule.forMs)
    expect(runs).toBeLessThan(600)
    expect(smallest.seed).toBe(schedule.seed)
  })
})
