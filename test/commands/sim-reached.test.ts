import {describe, expect, it} from 'vitest'
import {reachedText} from '../../src/commands/render/sim-reached.ts'
import {stateOf} from '../../src/sim/states.ts'

describe('what a simulation reached', () => {
  it('faults, those that never came too, where nodes died, and states, each under its title', () => {
    const reached = new Map([
      ['leader', 12],
      ['crash before sync', 3],
      ['judged D1 pass', 9],
      ['fault kill', 4],
      ['EIO in sync', 1],
    ])
    expect(reachedText(reached, ['cut', 'kill']).split('\n')).toEqual([
      'FAULT  TIMES',
      'cut        0',
      'kill       4',
      '',
      'NODE DIED    TIMES',
      'before sync      3',
      '',
      'STATE        TIMES',
      'EIO in sync      1',
      'leader          12',
    ])
  })

  it('a title without rows is left out', () => {
    expect(reachedText(new Map([['leader', 1]]), [])).toBe('STATE   TIMES\nleader      1')
  })

  it('lines of a node that tell a state, and lines that tell none', () => {
    expect(stateOf('cut 512 bytes at wal/a/0/wal_0_0.log@1024: torn')).toBe('cut a torn end')
    expect(stateOf('orders/0 installed a snapshot of index 9 term 2, 80 bytes')).toBe('installed a snapshot')
    expect(stateOf('handed over 0 of 2 leaderships')).toBeUndefined()
    expect(stateOf('became leader at term 3')).toBeUndefined()
  })
})
