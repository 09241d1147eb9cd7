import {describe, expect, it} from 'vitest'
import {ReadBarrier} from '../../src/broker/read-barrier.ts'
import type {RawNode} from '../../src/raft/types.ts'

/** A core that only remembers what it was asked. */
function barrier(): {raft: {term: number; leader: number}; asked: Uint8Array[]; barrier: ReadBarrier} {
  const asked: Uint8Array[] = []
  const raft = {term: 3, leader: 1, readIndex: (context: Uint8Array) => void asked.push(context)}
  return {raft, asked, barrier: new ReadBarrier(raft as unknown as RawNode, 300)}
}

/** What a promise has settled to by now; undefined while it has not. */
async function settled(promise: Promise<boolean>): Promise<boolean | undefined> {
  let value: boolean | undefined
  void promise.then(v => {
    value = v
  })
  await Promise.resolve()
  await Promise.resolve()
  return value
}

describe('read-barrier', () => {
  it('reads of one turn share a question, and go on when its index is applied', async () => {
    const {asked, barrier: b} = barrier()
    const [one, two] = [b.wait(), b.wait()]
    b.ask(0)
    expect(asked).toHaveLength(1)
    b.settle(9, 0)
    expect(await settled(one)).toBeUndefined()
    b.confirmed(asked[0], 10)
    b.settle(9, 0)
    expect(await settled(one)).toBeUndefined()
    b.settle(10, 0)
    expect([await settled(one), await settled(two), b.idle]).toEqual([true, true, true])
  })

  it('a read that came after the question waits for the next one', async () => {
    const {asked, barrier: b} = barrier()
    const one = b.wait()
    b.ask(0)
    const two = b.wait()
    b.confirmed(asked[0], 5)
    b.settle(5, 0)
    expect([await settled(one), await settled(two)]).toEqual([true, undefined])
    b.ask(1)
    b.confirmed(asked[1], 6)
    b.settle(6, 1)
    expect(await settled(two)).toBe(true)
  })

  it.each([
    ['the term', {term: 4}],
    ['the leader', {leader: 2}],
    ['to no leader', {leader: 0}],
  ])('when %s changes before the answer, nobody may read', async (_what, change) => {
    const {raft, asked, barrier: b} = barrier()
    const one = b.wait()
    b.ask(0)
    Object.assign(raft, change)
    b.confirmed(asked[0], 5)
    b.settle(5, 0)
    expect(await settled(one)).toBe(false)
  })

  it('without a leader, without an answer in time, and when the group is closed: refused', async () => {
    const {raft, barrier: b} = barrier()
    const late = b.wait()
    b.ask(0)
    b.settle(99, 300)
    expect(await settled(late)).toBeUndefined()
    b.settle(99, 301)
    expect(await settled(late)).toBe(false)
    raft.leader = 0
    const nobody = b.wait()
    b.ask(400)
    expect(await settled(nobody)).toBe(false)
    const closed = b.wait()
    b.close()
    expect(await settled(closed)).toBe(false)
  })
})
