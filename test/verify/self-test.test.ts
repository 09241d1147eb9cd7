import {readdirSync, readFileSync} from 'node:fs'
import {describe, expect, it} from 'vitest'
import {selfTestText} from '../../src/commands/render/self-test.ts'
import {CHECKS} from '../../src/judge/checks/index.ts'
import {CONTROLS} from '../../src/plants/controls.ts'
import {PLANTS} from '../../src/plants/index.ts'
import {type SelfTest, selfTestFailed} from '../../src/verify/self-test.ts'
import {CONTROL, placesOf, SOUGHT} from '../../src/verify/sought.ts'

/** The checks that a lab makes, or one step of it. */
function made(lab: string, step: string | undefined): string[] {
  const source = readFileSync(`labs/${lab}.ts`, 'utf8')
  const parts =
    step === undefined ? [source] : source.split(/await step\(/).filter(part => part.startsWith(`'${step}'`))
  expect(parts, `${lab}: ${step}`).toHaveLength(1)
  return [...parts[0].matchAll(/'([DHLPE]\d+[a-z]?)'/g)].map(match => match[1])
}

describe('verify --self-test', () => {
  it('each row names a bug, a lab, a step in which the check is made, and the check named for the bug is among its own', () => {
    for (const {plant, lab, step, checks} of SOUGHT) {
      const known = PLANTS.find(p => p.id === plant)
      expect(known, plant).toBeDefined()
      expect(checks.includes(known?.caughtBy ?? ''), `${plant}: ${known?.caughtBy}`).toBe(true)
      expect(
        checks.every(id => CHECKS.has(id)),
        plant,
      ).toBe(true)
      expect(
        made(lab, step).filter(id => checks.includes(id)),
        `${plant}: ${lab} ${step ?? ''}`,
      ).not.toEqual([])
    }
    expect(new Set(SOUGHT.map(r => r.plant)).size).toBe(SOUGHT.length)
    expect(made(CONTROL.lab, CONTROL.step)).toContain('D7')
  })

  it('every scenario of labs/trials has a row', () => {
    const scenarios = readdirSync('labs/trials').map(file => `trials/${file.replace(/\.ts$/, '')}`)
    expect(scenarios.filter(lab => !SOUGHT.some(row => row.lab === lab))).toEqual([])
  })

  it('where several bugs are sought the broker without one is looked at once', () => {
    expect(placesOf(SOUGHT).length).toBeLessThan(SOUGHT.length)
    expect(placesOf([...SOUGHT, ...SOUGHT])).toEqual(placesOf(SOUGHT))
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
    plants: [{...SOUGHT[0], name: 'ignore-hardstate', caught: true, runs: 1, by: ['D8'], also: ['L8']}],
    controls: [{...CONTROL, name: 'synced-twice', change: 'every file is synced twice', result: 'pass'}],
    vacuous: [],
    notSought: ['R05 commit-old-term-by-counting'],
  }

  it.each<[string, Partial<SelfTest>, RegExp]>([
    ['a bug that escaped', {plants: [{...sound.plants[0], caught: false}]}, /R01 .*ESCAPED/],
    [
      'a control that is accused',
      {controls: [{...sound.controls[0], result: 'fail', accused: {check: 'D1', seen: 'x\u001b[2J'}}]},
      /synced-twice is accused in recovery: D1 x/,
    ],
    [
      'a control that could not be seen',
      {controls: [{...sound.controls[0], result: 'unknown'}]},
      /synced-twice .*unknown/,
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
