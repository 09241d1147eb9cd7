import {describe, expect, it} from 'vitest'
import type {GroupState} from '../../src/contracts/node-state.ts'
import {whenHolds} from '../../src/supervisor/when.ts'

const group = {role: 'candidate', term: 3, vote: 2, commit: 10, applied: 9, synced: 12} as GroupState

describe('kill --when', () => {
  it.each([
    ['hardstate.term>=3', true],
    ['hardstate.term>3', false],
    ['hardstate.term=3', true],
    ['hardstate.term=2', false],
    ['hardstate.vote=2', true],
    ['hardstate.commit>=11', false],
    // Entry 11 is in the log; whether it was the last one at a moment when somebody looked is chance.
    ['entry.index=11', true],
    ['entry.index=13', false],
    ['applied>8', true],
    [' role = candidate ', true],
    ['role=leader', false],
  ])('%s', (text, holds) => {
    expect(whenHolds(text)(group)).toBe(holds)
  })

  it.each([
    '',
    'term>=3',
    'hardstate.term',
    'hardstate.term>=x',
    'hardstate.term<3',
    'role>=leader',
    'role=boss',
    'constructor=1',
  ])('refused: %j', text => {
    expect(() => whenHolds(text)).toThrow('write hardstate.term>=3, entry.index=120 or role=candidate')
  })
})
