import {describe, expect, it} from 'vitest'
import {METADATA_GROUP} from '../../src/base/ids.ts'
import {planted, plantOf} from '../../src/plants/index.ts'
import {scenarioNamed} from '../../src/sim/aimed-scenarios.ts'
import {generate} from '../../src/sim/generate.ts'
import {runSchedule} from '../../src/sim/run.ts'
import {MEMBERS} from '../../src/sim/scenarios.ts'
import {isOperation, type Schedule, type Scheduled} from '../../src/sim/schedule.ts'

const leader = {leaderOf: METADATA_GROUP}

/** Clients that write and read all the time; a node more, the leader dies, the one that leads then is removed, and another gets an empty disk. */
function changes(): Schedule {
  const drawn = generate({seed: 5, scenario: MEMBERS, forMs: 9_000})
  const list: Scheduled[] = [
    ...drawn.list.filter(one => isOperation(one)),
    {atMs: 1_500, do: 'members', what: 'add', who: 1},
    {atMs: 1_600, do: 'kill', who: leader, downMs: 400},
    {atMs: 3_500, do: 'members', what: 'remove', who: leader},
    {atMs: 3_700, do: 'isolate', who: {leaderOf: 'orders/0'}, forMs: 500},
    {atMs: 6_000, do: 'members', what: 'replace', who: {leaderOf: 'orders/1'}},
  ]
  return {...drawn, list: list.sort((a, b) => a.atMs - b.atMs)}
}

describe('members that change', () => {
  it('sim: a leader that half of its members elected is seen (L7q), whoever else leads', async () => {
    const plant = plantOf('R12')
    const schedule = generate({seed: 1, scenario: scenarioNamed('halves'), forMs: 4_000})
    const parts = plant ? {parts: planted(plant)} : {}
    const {violations} = await runSchedule({schedule, ...parts, stopAt: v => v.check === 'L7q', eventsMax: 100_000})
    expect(violations.find(v => v.check === 'L7q')?.text).toMatch(/in term \d+ by the votes of \d \d of 1 2 3 4$/)
    expect((await runSchedule({schedule})).violations).toEqual([])
  }, 60_000)

  it('sim: a node is added, the leader removed, another replaced, with deaths between: nothing is lost, and all end equal', async () => {
    const result = await runSchedule({schedule: changes()})
    expect(result.violations).toEqual([])
    for (const what of ['add', 'remove', 'replace']) expect(result.reached.get(`members ${what}`), what).toBe(1)
    expect(result.acknowledged).toBeGreaterThan(20)
  }, 60_000)

  it('sim: a leader that is taken out and leads on is seen (L7)', async () => {
    const plant = plantOf('M05')
    const {violations} = await runSchedule({schedule: changes(), ...(plant ? {parts: planted(plant)} : {})})
    expect(violations.map(v => v.check)).toEqual(['L7'])
  }, 60_000)
})
