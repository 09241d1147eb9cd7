import {describe, expect, it} from 'vitest'
import {FullDisk} from '../../src/broker/full-disk.ts'
import {FakeClock} from '../helpers/fake-clock.ts'

function node(): {clock: FakeClock; full: FullDisk; told: boolean[]; asked: () => number} {
  const clock = new FakeClock()
  const told: boolean[] = []
  let asked = 0
  const group = {handOver: () => ++asked > 0}
  const full = new FullDisk({clock, handOverMs: 300, groups: () => [group, group], changed: f => told.push(f)})
  return {clock, full, told, asked: () => asked}
}

describe('a full disk', () => {
  it('hardening 36: whatever the node leads is handed over, again and again, until no log waits for room', async () => {
    const {clock, full, told, asked} = node()
    full.told('a/0', true)
    full.told('b/0', true)
    expect([told, asked()]).toEqual([[true], 2])
    await clock.advance(300)
    expect(asked()).toBe(4)
    full.told('a/0', false)
    await clock.advance(300)
    // One log still waits.
    expect([told, asked()]).toEqual([[true], 6])
    full.told('b/0', false)
    await clock.advance(1_000)
    expect([told, asked(), clock.timers]).toEqual([[true, false], 6, 0])
    full.told('a/0', false)
    expect(told).toEqual([true, false])
  })
})
