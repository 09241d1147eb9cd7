import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {EMPTY} from '../../src/base/bytes.ts'
import {type Entry, EntryType, NO_CONF_STATE, type Snapshot} from '../../src/formats/eraftpb.ts'
import {Unstable} from '../../src/raft/unstable.ts'

const entry = (index: number, term = 1): Entry => ({type: EntryType.Normal, term, index, data: EMPTY, context: EMPTY})
const entries = (from: number, to: number, term = 1): Entry[] =>
  Array.from({length: to - from + 1}, (_, i) => entry(from + i, term))
const snapshot = (index: number, term: number): Snapshot => ({
  data: EMPTY,
  metadata: {confState: {...NO_CONF_STATE}, index, term},
})

describe('unstable', () => {
  it('a snapshot alone gives first and last index and the term at its own, until it is stable', () => {
    const u = new Unstable(1, undefined)
    u.restore(snapshot(9, 4))
    expect([u.firstIndex, u.lastIndex, u.term(9), u.term(8), u.term(10)]).toEqual([10, 9, 4, undefined, undefined])
    u.stableSnapshotTo(8)
    expect(u.snapshot).toBeDefined()
    u.stableSnapshotTo(9)
    expect([u.snapshot, u.firstIndex, u.lastIndex]).toEqual([undefined, undefined, undefined])
  })

  it('entries are handed out once', () => {
    const u = new Unstable(5, undefined)
    u.truncateAndAppend(entries(5, 7))
    expect(u.next().map(e => e.index)).toEqual([5, 6, 7])
    u.acceptInProgress()
    expect([u.hasNext, u.next()]).toEqual([false, []])
    u.truncateAndAppend(entries(8, 8))
    expect(u.next().map(e => e.index)).toEqual([8])
  })

  it('what replaces entries on their way is handed out again, and their answer does not make it stable', () => {
    const lines: string[] = []
    const u = new Unstable(5, line => lines.push(line))
    u.truncateAndAppend(entries(5, 8, 1))
    u.acceptInProgress()
    u.truncateAndAppend(entries(7, 7, 2))
    expect([u.next().map(e => [e.index, e.term]), u.lastIndex]).toEqual([[[7, 2]], 7])
    u.stableTo(8, 1)
    u.stableTo(7, 1)
    expect(u.length).toBe(3)
    expect(lines.slice(1)).toEqual([
      'entry at index 8 missing from unstable log; ignoring',
      'entry at (index,term)=(7,1) mismatched with entry at (7,2) in unstable log; ignoring',
    ])
    u.stableTo(6, 1)
    expect([u.offset, u.length]).toEqual([7, 1])
  })

  it('entries that begin before all unstable ones replace them', () => {
    const u = new Unstable(5, undefined)
    u.truncateAndAppend(entries(5, 8))
    u.acceptInProgress()
    u.truncateAndAppend(entries(3, 4, 2))
    expect([u.offset, u.offsetInProgress, u.lastIndex]).toEqual([3, 3, 4])
  })

  it('an answer for a snapshot’s index is not one for entries', () => {
    const u = new Unstable(1, undefined)
    u.restore(snapshot(9, 4))
    u.truncateAndAppend(entries(10, 11, 4))
    u.stableTo(9, 4)
    expect([u.offset, u.length]).toEqual([10, 2])
  })

  it('any sequence of appends and answers holds what a map holds', () => {
    const action = fc.oneof(
      fc.record({at: fc.integer({min: 0, max: 6}), count: fc.integer({min: 1, max: 4})}),
      fc.record({stable: fc.integer({min: 0, max: 8}), guess: fc.boolean()}),
      fc.constant({accept: true}),
    )
    fc.assert(
      fc.property(fc.array(action, {maxLength: 40}), actions => {
        const u = new Unstable(10, undefined)
        const map = new Map<number, number>()
        let next = 10
        let term = 1
        let stable = 9
        for (const a of actions) {
          if ('at' in a) {
            const first = Math.max(stable + 1, next - a.at)
            term++
            u.truncateAndAppend(entries(first, first + a.count - 1, term))
            for (let i = first; i < next; i++) map.delete(i)
            for (let i = 0; i < a.count; i++) map.set(first + i, term)
            next = first + a.count
          } else if ('stable' in a) {
            const index = stable + a.stable
            const known = map.get(index)
            u.stableTo(index, a.guess ? (known ?? 1) : -1)
            if (a.guess && known !== undefined) {
              for (let i = stable + 1; i <= index; i++) map.delete(i)
              stable = index
            }
          } else u.acceptInProgress()
          const held = u.length === 0 ? [] : u.slice(u.offset, u.offset + u.length)
          expect(held.map(e => [e.index, e.term])).toEqual([...map].sort((x, y) => x[0] - y[0]))
          expect(u.offsetInProgress).toBeGreaterThanOrEqual(u.offset)
        }
      }),
    )
  })
})
