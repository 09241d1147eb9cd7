import {describe, expect, it} from 'vitest'
import {wantedLogStart} from '../../../src/broker/partition/retention-rule.ts'

const DAY = 86_400_000
const segment = (endOffset: number | undefined, days: number, bytes = 100) => ({
  bytes,
  endOffset,
  maxTimestampMs: days < 0 ? -1 : days * DAY,
})
const FOUR = [segment(10, 1), segment(20, 2), segment(30, 3), segment(40, 4)]
const KEEP_ALL = {retentionMs: -1, retentionBytes: -1}

describe('what retention lets go', () => {
  it('nothing without bounds, and of nothing nothing', () => {
    expect(wantedLogStart(FOUR, KEEP_ALL, 100 * DAY)).toBeUndefined()
    expect(wantedLogStart([], {retentionMs: 0, retentionBytes: 0}, DAY)).toBeUndefined()
  })

  it('segments whose newest record is older than retention.ms, from the oldest on, the last one too', () => {
    const at = (days: number) => wantedLogStart(FOUR, {...KEEP_ALL, retentionMs: 7 * DAY}, days * DAY)
    expect([at(8), at(9), at(10.5), at(11), at(12)]).toEqual([undefined, 10, 30, 30, 40])
  })

  it('an old segment behind a newer one stays: what goes is a beginning of the log', () => {
    expect(wantedLogStart([segment(10, 9), segment(20, 1)], {...KEEP_ALL, retentionMs: DAY}, 5 * DAY)).toBeUndefined()
  })

  it('records without a time, and of times to come, do not grow old', () => {
    const policy = {...KEEP_ALL, retentionMs: 1}
    expect(wantedLogStart([segment(10, -1)], policy, 9 * DAY)).toBeUndefined()
    expect(wantedLogStart([segment(10, 10)], policy, 9 * DAY)).toBeUndefined()
  })

  it('segments without which the others still hold retention.bytes, never the last', () => {
    const of = (retentionBytes: number) => wantedLogStart(FOUR, {...KEEP_ALL, retentionBytes}, 0)
    expect([of(301), of(300), of(299), of(200), of(100), of(1), of(0)]).toEqual([undefined, 10, 10, 20, 30, 30, 30])
  })

  it('a segment without batches stops nothing, and is nothing to begin behind', () => {
    const policy = {...KEEP_ALL, retentionMs: DAY}
    expect(wantedLogStart([segment(undefined, -1), segment(20, 1), segment(30, 9)], policy, 5 * DAY)).toBe(20)
    expect(wantedLogStart([segment(undefined, -1), segment(20, 5)], policy, 5 * DAY)).toBeUndefined()
  })
})
