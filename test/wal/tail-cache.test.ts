import {expect, test} from 'vitest'
import type {Entry} from '../../src/formats/eraftpb.ts'
import {TailBudget, TailCache} from '../../src/wal/tail-cache.ts'

const MORE = Number.MAX_SAFE_INTEGER

function entries(first: number, count: number, bytes: number, term = 1): Entry[] {
  return Array.from({length: count}, (_, i) => ({
    type: 0,
    term,
    index: first + i,
    data: new Uint8Array(bytes),
    context: Uint8Array.of(1),
  }))
}

test('tail cache: many logs written in turn, together they never take more than the budget', () => {
  const budget = new TailBudget(50_000)
  const tails = Array.from({length: 20}, () => new TailCache(budget, 1))
  for (let index = 1; index <= 40; index++)
    for (const tail of tails) {
      tail.append(entries(index, 1, 900))
      expect(budget.bytes).toBeLessThanOrEqual(50_000)
      expect(budget.bytes).toBe(tails.reduce((sum, t) => sum + t.bytes, 0))
      expect(tail.slice(index, index + 1, MORE)).toHaveLength(1)
    }
})

test('tail cache: memory is short, the log written to longest ago gives first, its oldest entries first', () => {
  const budget = new TailBudget(10_000)
  const [quiet, busy] = [new TailCache(budget, 1), new TailCache(budget, 1)]
  quiet.append(entries(1, 8, 900))
  busy.append(entries(1, 3, 900))
  expect(quiet.slice(1, 2, MORE)).toBeUndefined()
  expect(quiet.slice(2, 9, MORE)).toHaveLength(7)
  expect(busy.slice(1, 4, MORE)).toHaveLength(3)
})

test('tail cache: one entry larger than the budget, it alone stays', () => {
  const budget = new TailBudget(1_000)
  const tail = new TailCache(budget, 1)
  tail.append(entries(1, 3, 5_000))
  expect(tail.slice(2, 3, MORE)).toBeUndefined()
  expect(tail.slice(3, 4, MORE)).toHaveLength(1)
})

test('tail cache: everything given away, the next append is found again', () => {
  const budget = new TailBudget(2_500)
  const [a, b] = [new TailCache(budget, 1), new TailCache(budget, 1)]
  a.append(entries(1, 2, 900))
  b.append(entries(1, 2, 1_000))
  expect(a.bytes).toBe(0)
  expect(a.slice(2, 3, MORE)).toBeUndefined()
  a.append(entries(3, 1, 900))
  expect(a.slice(3, 4, MORE)?.[0].index).toBe(3)
})

test('tail cache: entries overwritten by another leader, the budget counts the new ones alone', () => {
  const budget = new TailBudget(100_000)
  const tail = new TailCache(budget, 1)
  tail.append(entries(1, 10, 1_000, 1))
  tail.append(entries(4, 2, 500, 2))
  expect(tail.slice(1, 6, MORE)?.map(e => e.term)).toEqual([1, 1, 1, 2, 2])
  expect(budget.bytes).toBe(tail.bytes)
  expect(tail.bytes).toBe(3 * 1_100 + 2 * 600)
})

test('tail cache: a log is closed, its memory is free', () => {
  const budget = new TailBudget(100_000)
  const tail = new TailCache(budget, 1)
  tail.append(entries(1, 10, 1_000))
  tail.close()
  expect(budget.bytes).toBe(0)
})
