import {describe, expect, it} from 'vitest'
import {EMPTY} from '../../src/base/bytes.ts'
import {type Entry, EntryType, entrySize, NO_CONF_STATE} from '../../src/formats/eraftpb.ts'
import {RaftLog} from '../../src/raft/log.ts'
import type {EntriesWanted} from '../../src/raft/types.ts'
import {MemoryLog} from './conformance/storage.ts'

const entry = (index: number, term: number, type: Entry['type'] = EntryType.Normal): Entry => ({
  type,
  term,
  index,
  data: new Uint8Array(10),
  context: EMPTY,
})
const run = (from: number, ...terms: number[]): Entry[] => terms.map((term, i) => entry(from + i, term))
const want = (low: number, high: number): EntriesWanted => ({low, high, why: 'send', to: 2})
const SIZE = entrySize(entry(1, 1))

/** A log whose storage holds `stable` behind a snapshot at `before`. */
function logOf(stable: Entry[], {before = 0, max = 1e9} = {}): {log: RaftLog; storage: MemoryLog} {
  const storage = new MemoryLog(
    () => ({data: EMPTY, metadata: {confState: {...NO_CONF_STATE}, index: before, term: 1}}),
    entrySize,
  )
  if (before) storage.applySnapshot({data: EMPTY, metadata: {confState: {...NO_CONF_STATE}, index: before, term: 1}})
  storage.append(stable)
  return {log: new RaftLog(storage, {maxApplyingBytes: max, entrySize}), storage}
}

describe('log', () => {
  it.each([
    ['what is there already changes nothing', 2, 2, run(3, 2), [1, 2, 2, 3], 3],
    ['new entries go behind', 4, 3, run(5, 3, 3), [1, 2, 2, 3, 3, 3], 6],
    ['a conflict drops all behind it', 2, 2, run(3, 4), [1, 2, 4], 3],
    ['an overlap keeps the common part', 1, 1, run(2, 2, 2, 3, 3), [1, 2, 2, 3, 3], 5],
    ['another term before: refused', 4, 2, run(5, 3), [1, 2, 2, 3], undefined],
    ['a gap: refused', 5, 3, run(6, 3), [1, 2, 2, 3], undefined],
  ] as const)('an append (paper 5.3): %s', (_title, index, term, news, terms, last) => {
    const {log} = logOf(run(1, 1, 2, 2, 3))
    expect(log.maybeAppend(index, term, [...news], 0)).toBe(last)
    expect(terms.map((_, i) => log.term(i + 1))).toEqual(terms)
    expect(log.lastIndex).toBe(terms.length)
  })

  it('the commit index follows the leader, but never beyond what this append proves', () => {
    const {log} = logOf(run(1, 1, 1, 1, 1))
    log.maybeAppend(2, 1, [], 4)
    expect(log.committed).toBe(2)
    log.maybeAppend(2, 1, run(3, 1), 9)
    expect(log.committed).toBe(3)
  })

  it('a committed entry is never overwritten', () => {
    const {log} = logOf(run(1, 1, 1, 1))
    log.commitTo(3)
    expect(() => log.maybeAppend(1, 1, run(2, 2), 0)).toThrow('a committed entry is never overwritten')
  })

  it('a refusal steps over whole terms', () => {
    const {log} = logOf(run(1, 1, 1, 1, 4, 4, 5, 5))
    expect(log.findConflictByTerm(7, 3)).toEqual({index: 3, term: 1})
    expect(log.findConflictByTerm(7, 4)).toEqual({index: 5, term: 4})
    expect(log.findConflictByTerm(7, 0)).toEqual({index: 0, term: 0})
  })

  it('a compacted log ends the search where it begins, without a term', () => {
    const {log} = logOf(run(11, 5, 5), {before: 10})
    expect(log.findConflictByTerm(12, 2)).toEqual({index: 10, term: 1})
    expect(log.findConflictByTerm(12, 0)).toEqual({index: 9, term: 0})
  })

  it('terms are known from the index before the first to the last', () => {
    const {log} = logOf(run(11, 5, 5), {before: 10})
    log.append(run(13, 6))
    expect([9, 10, 11, 13, 14].map(i => log.term(i))).toEqual([undefined, 1, 5, 6, undefined])
  })

  it.each([
    [0, [1]],
    [SIZE, [1]],
    [2 * SIZE, [1, 2]],
    [3 * SIZE - 1, [1, 2]],
    [3 * SIZE, [1, 2, 3]],
    [100 * SIZE, [1, 2, 3, 4]],
  ])('a slice of at most %i bytes across the end of the storage', (max, indexes) => {
    const {log} = logOf(run(1, 1, 1))
    log.append(run(3, 1, 1))
    expect((log.slice(1, 5, max, want(1, 5)) as Entry[]).map(e => e.index)).toEqual(indexes)
  })

  it('what is compacted is said to be, before anything else', () => {
    const {log} = logOf(run(11, 5), {before: 10})
    expect(log.slice(10, 10, 1, want(10, 10))).toBe('compacted')
    expect(log.slice(11, 11, 1, want(11, 11))).toEqual([])
  })

  it('unstable entries are applied only where that is allowed', () => {
    const {log} = logOf(run(1, 1))
    log.append(run(2, 1))
    log.commitTo(2)
    expect((log.nextCommitted(false) as Entry[]).map(e => e.index)).toEqual([1])
    expect((log.nextCommitted(true) as Entry[]).map(e => e.index)).toEqual([1, 2])
  })

  it('applying waits while too many bytes are handed out, and goes on when some are applied', () => {
    const {log} = logOf(run(1, 1, 1, 1, 1), {max: 2 * SIZE})
    log.commitTo(4)
    const first = log.nextCommitted(false) as Entry[]
    expect(first.map(e => e.index)).toEqual([1, 2])
    log.acceptApplying(first, false)
    expect([log.hasNextCommitted(false), log.nextCommitted(false)]).toEqual([false, []])
    log.appliedTo(1, SIZE)
    expect((log.nextCommitted(false) as Entry[]).map(e => e.index)).toEqual([3])
  })

  it('behind a snapshot that is not stable nothing is applied', () => {
    const {log} = logOf(run(1, 1))
    log.commitTo(1)
    log.restore({data: EMPTY, metadata: {confState: {...NO_CONF_STATE}, index: 5, term: 2}})
    log.append(run(6, 2))
    log.commitTo(6)
    expect(log.hasNextCommitted(true)).toBe(false)
    expect([log.firstIndex, log.lastIndex, log.term(5)]).toEqual([6, 6, 2])
  })

  it('applied never moves beyond commit, nor back', () => {
    const {log} = logOf(run(1, 1, 1))
    log.commitTo(1)
    expect(() => log.appliedTo(2, 0)).toThrow('applied moves forward')
    log.appliedTo(1, 0)
    expect(() => log.appliedTo(0, 0)).toThrow('applied moves forward')
  })

  it('a change of the configuration that is committed and not applied is found, page by page', () => {
    const {log} = logOf([...run(1, 1, 1), entry(3, 1, EntryType.ConfChangeV2)], {max: SIZE})
    expect(log.hasUnappliedChange()).toBe(false)
    log.commitTo(2)
    expect(log.hasUnappliedChange()).toBe(false)
    log.commitTo(3)
    expect(log.hasUnappliedChange()).toBe(true)
    log.appliedTo(3, 0)
    expect(log.hasUnappliedChange()).toBe(false)
  })
})
