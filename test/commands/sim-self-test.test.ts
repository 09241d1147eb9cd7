import {describe, expect, it} from 'vitest'
import {selfTestFailed, selfTestText} from '../../src/commands/render/sim-self-test.ts'
import type {SelfTest} from '../../src/sim/self-test.ts'

const CHECKS = [
  {id: 'D5', holds: 'one vote a term'},
  {id: 'L1', holds: 'one leader a term'},
  {id: 'S1', holds: 'nothing is promised before it is synced'},
]

const green: SelfTest = {
  plants: [
    {id: 'R01', name: 'vote-before-sync', named: ['D5', 'L1'], fired: {S1: 1, D5: 12}, seeds: 12, caught: true},
    {id: 'R12', name: 'half', named: ['L1'], fired: {L1: 3}, seeds: 3, caught: true},
  ],
  controls: [{name: 'synced-twice', change: 'every file is synced twice', seeds: 50, acknowledged: 900}],
  vacuous: [],
  medianSeeds: 12,
}

describe('chronik sim --self-test', () => {
  it('prints plant × check: the seed at which each fired, the named ones marked', () => {
    expect(selfTestText(green, CHECKS, false)).toBe(
      [
        'PLANT                    SEEDS   D5  L1  S1',
        'R01    vote-before-sync     12  12*  -   1',
        'R12    half                  3       3*',
        '',
        'CONTROL       SEEDS         WHAT IT CHANGES',
        'synced-twice     50  green  every file is synced twice',
        '',
        'PASS  2 of 2 planted bugs caught at a check named for them, median 12 seeds; 1 of 1 controls green; 0 vacuous checks; 65 seeds',
      ].join('\n'),
    )
    expect(selfTestFailed(green)).toBe(false)
  })

  it('fails when a bug escaped, a control is accused or a check is vacuous', () => {
    const [r01] = green.plants
    const escaped: SelfTest = {...green, plants: [{...r01, fired: {S1: 1}, seeds: 1_000, caught: false}]}
    const accused: SelfTest = {
      ...green,
      controls: [{...green.controls[0], accused: {seed: 7, check: 'L8', text: 'nobody serves'}}],
    }
    const vacuous: SelfTest = {...green, vacuous: ['L1']}
    for (const [result, words] of [
      [escaped, /R01 +vote-before-sync +ESCAPED +- +- +1/],
      [accused, /ACCUSED by L8[\s\S]*synced-twice is accused at seed 7: L8 nobody serves/],
      [vacuous, /VACUOUS {2}L1: no planted bug made it fail/],
    ] as const) {
      expect(selfTestFailed(result)).toBe(true)
      expect(selfTestText(result, CHECKS, false)).toMatch(words)
      expect(selfTestText(result, CHECKS, false)).toContain('FAIL  ')
    }
  })
})
