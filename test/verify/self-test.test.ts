import {readFileSync} from 'node:fs'
import {describe, expect, it} from 'vitest'
import {selfTestText} from '../../src/commands/render/self-test.ts'
import {CHECKS} from '../../src/judge/checks/index.ts'
import {CONTROLS} from '../../src/plants/controls.ts'
import {PLANTS} from '../../src/plants/index.ts'
import {type SelfTest, SOUGHT, selfTestFailed} from '../../src/verify/self-test.ts'
import {SUITES} from '../../src/verify/suites.ts'

describe('verify --self-test', () => {
  it('each row names a bug, a suite, a step in which the check is made, and the check named for the bug is among its own', () => {
    for (const {plant, suite, step, checks} of SOUGHT) {
      const known = PLANTS.find(p => p.id === plant)
      expect(known, plant).toBeDefined()
      expect(checks.includes(known?.caughtBy ?? ''), `${plant}: ${known?.caughtBy}`).toBe(true)
      expect(
        checks.every(id => CHECKS.has(id)),
        plant,
      ).toBe(true)
      expect(
        SUITES.some(s => s.name === suite),
        suite,
      ).toBe(true)
      const steps = readFileSync(`labs/${suite}.ts`, 'utf8')
        .split(/await step\(/)
        .slice(1)
      expect(
        checks.some(id => steps[step - 1].includes(`'${id}'`)),
        `${plant}: ${suite} ${step} makes none of ${checks.join(' ')}`,
      ).toBe(true)
    }
    expect(new Set(SOUGHT.map(r => r.plant)).size).toBe(SOUGHT.length)
  })

  it('there are 20 harmless changes, none of which is called as a bug is', () => {
    expect(CONTROLS.length).toBeGreaterThanOrEqual(20)
    for (const {name} of CONTROLS)
      expect(
        PLANTS.some(p => p.name === name || p.id === name),
        name,
      ).toBe(false)
  })

  const sound: SelfTest = {
    plants: [{...SOUGHT[0], name: 'ignore-hardstate', caught: true, runs: 1, also: ['L8']}],
    controls: [{name: 'synced-twice', change: 'every file is synced twice', result: 'pass'}],
    vacuous: [],
    notSought: ['R05 commit-old-term-by-counting'],
  }

  it.each<[string, Partial<SelfTest>, RegExp]>([
    ['a bug that escaped', {plants: [{...sound.plants[0], caught: false}]}, /R04 .*ESCAPED/],
    [
      'a control that is accused',
      {controls: [{...sound.controls[0], result: 'fail', accused: {check: 'D1', seen: 'x\u001b[2J'}}]},
      /synced-twice is accused: D1 x/,
    ],
    [
      'a control that could not be seen',
      {controls: [{...sound.controls[0], result: 'unknown'}]},
      /synced-twice +unknown/,
    ],
    ['a vacuous check', {vacuous: ['D1']}, /VACUOUS {2}D1: no planted bug made it fail/],
  ])('%s fails, and is told', (_, change, told) => {
    expect(selfTestFailed(sound)).toBe(false)
    expect(selfTestText(sound, false)).toMatch(/^PASS {2}1 of 1 planted bugs caught/m)
    const bad = {...sound, ...change}
    expect(selfTestFailed(bad)).toBe(true)
    expect(selfTestText(bad, false)).toMatch(told)
    expect(selfTestText(bad, false)).not.toContain('\u001b')
    expect(selfTestText(bad, false)).toMatch(/^FAIL {2}/m)
  })
})
