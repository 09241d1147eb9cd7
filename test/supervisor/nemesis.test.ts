import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {drawNemesis, NEMESIS_FAULTS} from '../../src/supervisor/nemesis.ts'
import {requestOf} from '../../src/supervisor/request.ts'

const asked = (seed: string, faults = NEMESIS_FAULTS.slice()) => ({
  faults,
  everyMs: 1_000,
  forMs: 60_000,
  seed,
  nodes: [1, 2, 3],
})

describe('nemesis', () => {
  it('the same seed draws the same faults, another one others', () => {
    expect(drawNemesis(asked('7f3a91'))).toEqual(drawNemesis(asked('7f3a91')))
    expect(drawNemesis(asked('7f3a91'))).not.toEqual(drawNemesis(asked('7f3a92')))
  })

  it('draws every kind that is listed and no other, now the leader and now a node', () => {
    const steps = drawNemesis({...asked('1'), forMs: 300_000})
    expect(new Set(steps.map(s => s.action.do))).toEqual(new Set(NEMESIS_FAULTS))
    const only = drawNemesis(asked('1', ['kill', 'link']))
    expect(new Set(only.map(s => s.action.do))).toEqual(new Set(['kill', 'link']))
    const whom = new Set(steps.map(s => JSON.stringify('who' in s.action ? s.action.who : undefined)))
    expect(whom.size).toBeGreaterThan(4)
  })

  it('each is an action that the supervisor takes, on nodes that exist, and over before the next begins (any seed)', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-f]{1,16}$/), fc.integer({min: 100, max: 5_000}), (seed, everyMs) => {
        const steps = drawNemesis({...asked(seed), everyMs})
        expect(steps.length).toBe(Math.floor((60_000 - Math.round(everyMs / 2) - 1) / everyMs) + 1)
        for (const {atMs, action} of steps) {
          expect(requestOf(JSON.stringify({id: 1, call: 'act', action}))).not.toHaveProperty('wrong')
          if ('forMs' in action && action.forMs !== undefined) expect(action.forMs).toBeLessThan(everyMs)
          expect(atMs).toBeLessThan(60_000)
          if (action.do === 'link') expect(action.from).not.toBe(action.to)
        }
      }),
      {numRuns: 25},
    )
  })
})
