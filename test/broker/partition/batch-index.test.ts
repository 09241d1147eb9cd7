import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {BatchIndex} from '../../../src/broker/partition/batch-index.ts'

interface Batch {
  index: number
  baseOffset: number
  maxTimestampMs: number
}

/** Batches with gaps between their indexes, of one to four offsets, their times in any order and often none. */
const batches = fc
  .array(
    fc.record({
      gap: fc.integer({min: 1, max: 3}),
      count: fc.integer({min: 1, max: 4}),
      time: fc.integer({min: -1, max: 60}),
    }),
    {
      maxLength: 900,
      size: 'max',
    },
  )
  .map(list => {
    let index = 0
    let offset = 0
    return list.map(({count, gap, time}): Batch => {
      index += gap
      offset += count
      return {index, baseOffset: offset - count, maxTimestampMs: time}
    })
  })

function indexOf(list: readonly Batch[]): BatchIndex {
  const made = new BatchIndex()
  for (const {baseOffset, index, maxTimestampMs} of list) made.add(index, baseOffset, maxTimestampMs)
  return made
}

describe('batch index', () => {
  it('finds a time as one look at every batch does, from any offset on, also when the oldest are gone', () => {
    fc.assert(
      fc.property(batches, fc.nat({max: 70}), fc.nat({max: 2_000}), fc.nat({max: 900}), (all, time, from, dropTo) => {
        const made = indexOf(all)
        made.dropTo(dropTo)
        const list = all.filter(b => b.index > dropTo)
        const first = list.find((b, i) => b.maxTimestampMs >= time && (list[i + 1]?.baseOffset ?? Infinity) > from)
        expect(made.newerThan(time, from)).toEqual(first)
        const newest = Math.max(...list.map(b => b.maxTimestampMs))
        expect(made.newest).toEqual(list.find(b => b.maxTimestampMs === newest))
        expect(made.holding(from)).toBe((list.findLast(b => b.baseOffset <= from) ?? list[0])?.index)
      }),
      {numRuns: 300},
    )
  })

  it('gives the batches of a range of entries as a column each', () => {
    const made = indexOf([
      {index: 2, baseOffset: 0, maxTimestampMs: 5},
      {index: 4, baseOffset: 3, maxTimestampMs: -1},
      {index: 5, baseOffset: 4, maxTimestampMs: 9},
    ])
    expect(made.table(3, 5)).toEqual({indexes: [4, 5], baseOffsets: [3, 4], maxTimestampsMs: [-1, 9]})
    expect(made.table(6, 9)).toEqual({indexes: [], baseOffsets: [], maxTimestampsMs: []})
  })
})
