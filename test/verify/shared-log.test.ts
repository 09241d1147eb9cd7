import {describe, expect, it} from 'vitest'
import {hashOfLogs, sharedLogs} from '../../src/verify/shared-log.ts'
import {group, METADATA} from '../judge/evidence.ts'

const node = (o: {commit: number; synced: number; firstIndex?: number}) => ({
  groups: [group({group: METADATA, firstIndex: 1, ...o})],
})
const records = (values: string[]) => values.map((value, i) => ({group: METADATA, index: i + 1, offset: i, value}))
const hash = (shared: ReturnType<typeof sharedLogs>, values: string[], o: {from?: number} = {}) =>
  hashOfLogs(
    shared,
    [{group: METADATA, lastIndex: values.length, terms: [{from: o.from ?? 1, term: 1}]}],
    records(values).slice((o.from ?? 1) - 1),
  )

describe('the part of a log that nodes share', () => {
  it('ends where one of them has synced nothing more yet, though it knows of more that is committed', () => {
    const shared = sharedLogs([node({commit: 3, synced: 3}), node({commit: 3, synced: 2})])
    expect(hash(shared, ['a', 'b', 'c'])).toBe(hash(shared, ['a', 'b']))
  })

  it('begins behind what one of them has compacted', () => {
    const shared = sharedLogs([node({commit: 3, synced: 3}), node({commit: 3, synced: 3, firstIndex: 2})])
    expect(hash(shared, ['a', 'b', 'c'])).toBe(hash(shared, ['a', 'b', 'c'], {from: 2}))
  })

  it('tells an entry that is another one, or missing', () => {
    const shared = sharedLogs([node({commit: 3, synced: 3})])
    const whole = hash(shared, ['a', 'b', 'c'])
    expect(hash(shared, ['a', 'x', 'c'])).not.toBe(whole)
    expect(hash(shared, ['a', 'b'])).not.toBe(whole)
  })
})
