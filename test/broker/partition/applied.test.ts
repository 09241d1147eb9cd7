import {describe, expect, it} from 'vitest'
import {utf8} from '../../../src/base/bytes.ts'
import {AppliedState} from '../../../src/broker/partition/applied.ts'
import {defaultPartitionRules} from '../../../src/broker/partition/rules.ts'
import type {Entry} from '../../../src/formats/eraftpb.ts'
import {CONTEXT_BATCH} from '../../../src/formats/metadata-command.ts'
import {decodePartitionState, encodePartitionState} from '../../../src/formats/partition-state.ts'
import {encodeBatch, stampBatch} from '../../../src/formats/record-batch.ts'

const OFFSETS = '__consumer_offsets'

/** A replica's state, and entries for it one after the other. */
class Life {
  readonly state: AppliedState
  index = 0

  constructor(topic: string) {
    this.state = new AppliedState(topic, 0)
  }

  put(records: Array<[key: string, value?: string]>, producer?: {id: number; sequence: number}): Entry {
    const data = encodeBatch({
      records: records.map(([key, value]) => ({
        key: utf8(key),
        timestamp: 1_000,
        ...(value === undefined ? {} : {value: utf8(value)}),
      })),
      ...(producer ? {producerId: producer.id, producerEpoch: 0, baseSequence: producer.sequence} : {}),
    })
    stampBatch(data, this.state.nextOffset, 3)
    const entry: Entry = {type: 0, term: 3, index: ++this.index, data, context: CONTEXT_BATCH}
    this.state.apply(entry)
    return entry
  }

  values(): Record<string, string> {
    const all = this.state.values?.all() ?? []
    return Object.fromEntries(all.map(({key, value}) => [Buffer.from(key).toString(), Buffer.from(value).toString()]))
  }
}

describe('what a partition has applied', () => {
  it('a snapshot restored elsewhere goes on as the one it was taken from: offsets, producers, epochs, newest records, digest', () => {
    const one = new Life(OFFSETS)
    one.put(
      [
        ['a', '1'],
        ['b', '1'],
      ],
      {id: 7, sequence: 0},
    )
    one.put(
      [
        ['a', '2'],
        ['c', '1'],
      ],
      {id: 7, sequence: 2},
    )
    one.put([['c']])
    const two = new Life(OFFSETS)
    two.put([['x', 'y']])
    two.state.restore(encodePartitionState(one.state.state()))
    expect([two.state.nextOffset, two.state.digest, two.state.epochs]).toEqual([
      5,
      one.state.digest,
      [{epoch: 3, startOffset: 0}],
    ])
    expect(two.values()).toEqual({a: '2', b: '1'})
    const batch = {producerId: 7, producerEpoch: 0, baseSequence: 2, count: 2}
    expect(two.state.producers.overlay().check(batch)).toMatchObject({baseOffset: 2})
    two.index = one.index
    for (const life of [one, two]) life.put([['b']])
    expect(Buffer.compare(encodePartitionState(one.state.state()), encodePartitionState(two.state.state()))).toBe(0)
  })

  it('goes on from the states at the ends of segments as if it had applied all that lies before: offsets, times, producers, digest', () => {
    const one = new Life('orders')
    const ends: Parameters<AppliedState['resume']>[0][number][] = []
    for (let segment = 0; segment < 3; segment++) {
      const low = one.index + 1
      for (let n = 0; n < 4; n++) one.put([['k', `${segment}.${n}`]], {id: 7, sequence: 4 * segment + n})
      // As it is read back from a sidecar.
      const state = decodePartitionState(encodePartitionState(one.state.state()))
      ends.push({index: one.index, state, batches: one.state.batches.table(low, one.index)})
    }
    const two = new Life('orders')
    two.state.resume(ends, one.index)
    two.index = one.index
    const last = one.put([['k', 'x']], {id: 7, sequence: 12})
    two.state.apply(last)
    expect(encodePartitionState(two.state.state())).toEqual(encodePartitionState(one.state.state()))
    expect(two.state.batches).toEqual(one.state.batches)
    expect(two.state.logStartOffset).toBe(0)
    const batch = {producerId: 7, producerEpoch: 0, baseSequence: 12, count: 1}
    expect(two.state.producers.overlay().check(batch)).toMatchObject({baseOffset: 12})
  })

  it('a planted bug that forgets producers or times of what lay in the log forgets those of sidecars too', () => {
    const one = new Life('orders')
    one.put([['k', 'v']], {id: 7, sequence: 0})
    const ends = [{index: 1, state: one.state.state(), batches: one.state.batches.table(1, 1)}]
    const two = new Life('orders')
    two.state.resume(ends, 1, {
      ...defaultPartitionRules,
      remembers: (index, recovered) => index > recovered,
      timeOf: () => 0,
    })
    expect(two.state.producers.all()).toEqual([])
    expect(two.state.batches.newest?.maxTimestampMs).toBe(0)
  })

  it('what is dropped from the log is not shown any more, and the log start is the first batch that is there', () => {
    const {state} = ((life: Life) => {
      life.put([
        ['a', '1'],
        ['b', '1'],
      ])
      life.put([['a', '2']])
      return life
    })(new Life(OFFSETS))
    expect([state.logStartOffset, state.batches.length]).toEqual([0, 2])
    state.dropped(1)
    expect([state.logStartOffset, state.batches.holding(0)]).toEqual([2, 2])
    state.dropped(2)
    expect([state.logStartOffset, state.batches.holding(0)]).toEqual([3, undefined])
  })

  it('records are kept by key in __consumer_offsets alone', () => {
    expect(new AppliedState('orders', 0).values).toBeUndefined()
  })
})
