import {expect, test} from 'vitest'
import {ByteQueue} from '../../src/base/byte-queue.ts'

const bytes = Uint8Array.from({length: 60}, (_, i) => i)

test('byte queue: a stream cut at any two places, every piece comes out whole', () => {
  for (let a = 0; a <= bytes.length; a++)
    for (let b = a; b <= bytes.length; b += 7) {
      const queue = new ByteQueue()
      for (const chunk of [bytes.subarray(0, a), bytes.subarray(a, b), bytes.subarray(b)]) queue.push(chunk)
      const out: number[] = []
      for (const n of [1, 0, 4, 30, 2, 23]) out.push(...(queue.take(n) ?? []))
      expect(out).toEqual([...bytes])
      expect(queue.length).toBe(0)
    }
})

test('byte queue: more asked for than there is, nothing is taken', () => {
  const queue = new ByteQueue()
  queue.push(bytes.subarray(0, 5))
  queue.push(bytes.subarray(5, 9))
  expect(queue.take(10)).toBeUndefined()
  expect(queue.peek(7)).toEqual(bytes.subarray(0, 7))
  expect(queue.take(9)).toEqual(bytes.subarray(0, 9))
})

test('byte queue: a piece within one chunk is a view, one across two is a copy', () => {
  const queue = new ByteQueue()
  const first = bytes.slice(0, 10)
  queue.push(first)
  queue.push(bytes.slice(10, 20))
  expect(queue.take(6)?.buffer).toBe(first.buffer)
  expect(queue.take(8)?.buffer).not.toBe(first.buffer)
})
