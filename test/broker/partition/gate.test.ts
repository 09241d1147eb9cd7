import {describe, expect, it} from 'vitest'
import {Gate} from '../../../src/broker/partition/gate.ts'

describe('the gate before a crowded log', () => {
  it('nobody overtakes who waits, and each is let in while it is open', async () => {
    let room = 1
    const came: number[] = []
    const gate = new Gate(() => room === 0)
    const enter = (n: number): Promise<number> =>
      gate.enter(async () => {
        room--
        came.push(n)
        return n
      })
    const all = [1, 2, 3, 4].map(enter)
    expect(came).toEqual([1])
    room = 2
    const fifth = enter(5)
    expect(came).toEqual([1])
    gate.look()
    expect(came).toEqual([1, 2, 3])
    room = 9
    gate.look()
    expect(came).toEqual([1, 2, 3, 4, 5])
    expect(await Promise.all([...all, fifth])).toEqual([1, 2, 3, 4, 5])
  })
})
