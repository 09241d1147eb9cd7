import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {Inflights} from '../../src/raft/inflights.ts'
import {Progress} from '../../src/raft/progress.ts'

describe('inflights', () => {
  it('the ring counts like a plain list', () => {
    const action = fc.oneof(
      fc.record({add: fc.integer({min: 1, max: 3}), bytes: fc.integer({min: 0, max: 50})}),
      fc.record({free: fc.integer({min: 0, max: 5})}),
      fc.constant({reset: true}),
    )
    const bounds = [fc.integer({min: 1, max: 9}), fc.integer({min: 0, max: 120})] as const
    fc.assert(
      fc.property(...bounds, fc.array(action, {maxLength: 80}), (max, maxBytes, actions) => {
        const ring = new Inflights(max, maxBytes)
        let list: Array<{index: number; bytes: number}> = []
        let last = 0
        const full = () =>
          list.length >= max || (maxBytes > 0 && list.reduce((sum, one) => sum + one.bytes, 0) >= maxBytes)
        for (const a of actions) {
          if ('add' in a) {
            if (full()) continue
            last += a.add
            ring.add(last, a.bytes)
            list.push({index: last, bytes: a.bytes})
          } else if ('free' in a) {
            const to = (list[0]?.index ?? 0) + a.free
            ring.freeTo(to)
            list = list.filter(one => one.index > to)
          } else {
            ring.reset()
            list = []
          }
          expect([ring.count, ring.full]).toEqual([list.length, full()])
        }
      }),
    )
  })

  it('nothing goes into a full window', () => {
    const ring = new Inflights(1, 0)
    ring.add(5, 1)
    expect(() => ring.add(6, 1)).toThrow('full window')
  })
})

describe('progress', () => {
  const member = (max = 3) => new Progress(2, 8, false, new Inflights(max, 0))

  it('probe: one append with entries, then an answer or a heartbeat’s is waited for; empty ones do not pause', () => {
    const p = member()
    p.sent(0, 0)
    expect(p.paused).toBe(false)
    p.sent(2, 10)
    expect([p.paused, p.next]).toEqual([true, 8])
  })

  it('replicate: next runs ahead until the window is full, and an acknowledgement opens it', () => {
    const p = member(2)
    p.maybeUpdate(7)
    p.becomeReplicate()
    p.sent(3, 10)
    p.sent(1, 10)
    expect([p.next, p.paused]).toEqual([12, true])
    expect(p.maybeUpdate(10)).toBe(true)
    p.inflights.freeTo(10)
    expect([p.match, p.next, p.paused]).toEqual([10, 12, false])
  })

  it('snapshot: nothing is sent, and a probe begins behind the snapshot', () => {
    const p = member()
    p.becomeSnapshot(20)
    expect([p.paused, p.next]).toEqual([true, 21])
    p.becomeProbe()
    expect([p.state, p.next, p.pendingSnapshot]).toEqual(['probe', 21, 0])
  })

  it('a snapshot that failed is forgotten: the probe begins behind the match', () => {
    const p = member()
    p.maybeUpdate(7)
    p.becomeSnapshot(20)
    p.pendingSnapshot = 0
    p.becomeProbe()
    expect(p.next).toBe(8)
  })

  it('a refusal of an earlier append is stale, a hint never leads below the match', () => {
    const p = member()
    p.maybeUpdate(4)
    expect(p.maybeDecrease(3, 1)).toBe(false)
    expect(p.maybeDecrease(7, 1)).toBe(true)
    expect(p.next).toBe(5)
    p.becomeReplicate()
    expect(p.maybeDecrease(4, 2)).toBe(false)
  })

  it('whatever happens, match stays below next', () => {
    const index = fc.integer({min: 0, max: 30})
    const action = fc.oneof(
      fc.record({ack: index}),
      fc.record({refused: index, hint: index}),
      fc.record({snapshot: index}),
      fc.record({to: fc.constantFrom('probe', 'replicate')}),
    )
    fc.assert(
      fc.property(fc.array(action, {maxLength: 60}), actions => {
        const p = member()
        for (const a of actions) {
          if ('ack' in a) p.maybeUpdate(a.ack)
          else if ('refused' in a) p.maybeDecrease(a.refused, a.hint)
          // A leader sends a snapshot of more than it knows the member to have.
          else if ('snapshot' in a) p.becomeSnapshot(Math.max(a.snapshot, p.match))
          else if (a.to === 'probe') p.becomeProbe()
          else p.becomeReplicate()
          expect(p.next).toBeGreaterThan(p.match)
        }
      }),
    )
  })
})
