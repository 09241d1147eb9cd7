import {describe, expect, it} from 'vitest'
import type {Action, ActionResult} from '../../src/contracts/action.ts'
import {nemesis} from '../../src/verify/lab-nemesis.ts'

const SPEC = {faults: ['kill', 'partition', 'disk'] as const, everyMs: 1_000, forMs: 6_000}

/** A world whose clock goes on when somebody waits; `answers` says what an order does. */
function played(seed: string, answers: (action: Action) => Partial<ActionResult> = () => ({}), over = () => false) {
  let ms = 0
  const acts: Array<{atMs: number; action: Action}> = []
  const done = nemesis(SPEC, seed, {
    nodes: [1, 2, 3],
    now: () => ms,
    pause: async wait => {
      ms += Math.max(0, wait)
    },
    over,
    act: async action => {
      acts.push({atMs: ms, action})
      const at = ms
      ms += 100
      return {did: [{node: 1, effect: 'done'}], lines: ['done'], next: [], ...answers(action), atMs: at, doneAtMs: ms}
    },
  })
  return done.then(({faults}) => ({faults, acts}))
}

describe('faults drawn for a lab', () => {
  it('the same seed: the same faults at the same moments; another: others', async () => {
    const once = await played('7f')
    expect(await played('7f')).toEqual(once)
    expect((await played('80')).faults).not.toEqual(once.faults)
    expect(once.acts.map(a => a.atMs)).toEqual([500, 1_500, 2_500, 3_500, 4_500, 5_500, 6_000])
  })

  it('in the end everything is healed, and nodes that were killed are started', async () => {
    expect((await played('7f')).acts.at(-1)?.action).toEqual({do: 'heal', start: true})
    const stopped = await played('7f', undefined, () => true)
    expect(stopped.acts.map(a => a.action)).toEqual([{do: 'heal', start: true}])
  })

  it('no kill waits for the next leader: the next fault has its moment', async () => {
    const kills = (await played('7f')).acts.filter(a => a.action.do === 'kill')
    expect(kills.length).toBeGreaterThan(0)
    for (const {action} of kills) expect(action).toMatchObject({patienceMs: 0})
  })

  it('what was refused, was not seen in force or was so already has not landed, and the others go on', async () => {
    const {faults} = await played('7f', action => {
      if (action.do === 'kill') throw new Error('n2 is on fire')
      return action.do === 'disk' ? {did: [{node: 1, effect: 'disk', note: 'not seen'}]} : {}
    })
    for (const {fault, landed, lines} of faults) {
      expect(landed, fault).toBe(fault === 'partition')
      if (fault === 'kill') expect(lines).toEqual(['n2 is on fire'])
    }
    expect(faults).toHaveLength(6)
  })
})
