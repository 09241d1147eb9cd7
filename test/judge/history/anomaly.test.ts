import {describe, expect, it} from 'vitest'
import type {Operation} from '../../../src/judge/evidence.ts'
import {Anomalies} from '../../../src/judge/history/anomaly.ts'
import {type AnomalyKind, readHistory} from '../../../src/judge/history.ts'
import {Book} from '../evidence.ts'

const three = {0: 'a', 1: 'b', 2: 'c'}
const sent = (): Book => new Book().sent('a', 0).sent('b', 1).sent('c', 2)
const kinds = (operations: readonly Operation[]): string[] =>
  [...new Set(readHistory(operations).anomalies.map(a => a.kind))].sort()

/** Each anomaly planted, and beside it the nearest history that shows none. */
const PLANTED: Record<AnomalyKind, {planted: Book; also?: AnomalyKind[]; sound: Book}> = {
  'inconsistent-offsets': {
    planted: sent().read(0, {0: 'a', 1: 'x'}).sent('x', undefined, {result: 'info'}).drained(three, 3),
    also: ['vanished'],
    sound: sent().read(0, {0: 'a', 1: 'b'}).drained(three, 3),
  },
  duplicate: {
    planted: sent().drained({...three, 3: 'b'}, 4),
    sound: sent().read(0, {1: 'b'}).read(1, {1: 'b'}, {process: 'r2'}).drained(three, 3),
  },
  'retry-refused': {
    planted: sent()
      .sent('d', undefined, {result: 'info', idempotent: true, error: 'OUT_OF_ORDER_SEQUENCE_NUMBER'})
      .drained(three, 3),
    sound: sent()
      .sent('d', undefined, {result: 'info', idempotent: true, error: 'REQUEST_TIMED_OUT'})
      .drained(three, 3),
  },
  'lost-write': {
    planted: sent().drained({0: 'a', 2: 'c'}, 3),
    also: ['int-poll-skip'],
    sound: sent().sent('d', undefined, {result: 'info'}).drained(three, 3),
  },
  unseen: {
    planted: sent().drained({0: 'a', 1: 'b'}, 2),
    also: ['high-watermark-regress'],
    sound: sent().read(0, {0: 'a'}),
  },
  'nonmonotonic-send': {
    planted: new Book().sent('b', 1).sent('a', 0).sent('c', 2).drained(three, 3),
    also: ['realtime-order'],
    sound: sent().drained(three, 3),
  },
  'nonmonotonic-poll': {
    planted: sent().read(0, {0: 'a', 1: 'b'}).read(0, {0: 'a'}).drained(three, 3),
    sound: sent().read(0, {0: 'a', 1: 'b'}).read(0, {0: 'a'}, {reassigned: true}).drained(three, 3),
  },
  'int-nonmonotonic-poll': {
    planted: sent()
      .read(
        0,
        {},
        {
          records: [
            {offset: 1, value: 'b'},
            {offset: 0, value: 'a'},
          ],
        },
      )
      .drained(three, 3),
    sound: sent().read(0, three).drained(three, 3),
  },
  'poll-skip': {
    planted: sent().read(0, {0: 'a'}).read(2, {2: 'c'}).drained(three, 3),
    sound: sent().read(0, {0: 'a'}, {group: 'g'}).read(2, {2: 'c'}, {group: 'g'}).drained(three, 3),
  },
  'int-poll-skip': {
    // A member of a group may jump from poll to poll, and never inside one.
    planted: sent().read(0, {0: 'a', 2: 'c'}, {group: 'g'}).drained(three, 3),
    sound: new Book().sent('a', 0).sent('c', 2).drained({0: 'a', 2: 'c'}, 3),
  },
  vanished: {
    planted: sent().sent('x', undefined, {result: 'info'}).read(0, {3: 'x'}).drained(three, 3),
    sound: sent()
      .sent('x', undefined, {result: 'info'})
      .read(0, {3: 'x'})
      .drained({...three, 3: 'x'}, 4),
  },
  'aborted-read': {
    planted: sent()
      .sent('x', undefined, {result: 'fail', error: 'E'})
      .drained({...three, 3: 'x'}, 4),
    sound: sent().sent('x', undefined, {result: 'fail', error: 'E'}).drained(three, 3),
  },
  'phantom-read': {
    planted: sent().drained({...three, 3: 'ghost'}, 4),
    sound: new Book().read(0, {0: 'nobody of ours'}),
  },
  'realtime-order': {
    planted: new Book().sent('b', 1).sent('a', 0, {process: 'p2'}).sent('c', 2).drained(three, 3),
    // Under way at the same time: either order.
    sound: new Book()
      .sent('b', 1, {endedAtMs: 90})
      .sent('a', 0, {process: 'p2', endedAtMs: 91})
      .sent('c', 2, {endedAtMs: 92})
      .drained(three, 3),
  },
  'stale-high-watermark': {
    planted: sent().read(0, three, {highWatermark: 3}).read(3, {}, {highWatermark: 2}).drained(three, 3),
    sound: sent().read(0, {0: 'a'}, {highWatermark: 1}).read(1, {}, {highWatermark: 1}).drained(three, 3),
  },
  'stale-end': {
    planted: sent().did('list', {highWatermark: 2}).drained(three, 3),
    sound: sent().did('list', {highWatermark: 3}).drained(three, 3),
  },
  'high-watermark-regress': {
    planted: sent().read(0, three).drained({0: 'a', 1: 'b'}, 2),
    also: ['vanished'],
    sound: sent()
      .sent('d', 3, {acks: 1})
      .drained({...three, 3: 'd'}, 4),
  },
  'deleted-too-much': {
    planted: sent().did('delete', {offset: 1, logStart: 2}).drained({2: 'c'}, 3),
    also: ['lost-write'],
    sound: sent().read(0, {0: 'a'}).did('delete', {offset: 2, logStart: 2}).read(2, {2: 'c'}).drained({2: 'c'}, 3),
  },
  'deleted-read': {
    planted: sent().did('delete', {offset: 2, logStart: 2}).read(0, three).drained({2: 'c'}, 3),
    // It may have happened, or not yet.
    sound: sent().did('delete', {offset: 2, result: 'info'}).read(0, three).drained(three, 3),
  },
  'group-offset-regress': {
    planted: sent().did('commit', {group: 'g', offset: 2}).did('committed', {group: 'g'}),
    sound: sent()
      .did('commit', {group: 'g', offset: 2})
      .did('commit', {group: 'g', offset: 3, result: 'info'})
      .did('committed', {group: 'g', offset: 3}),
  },
  'stale-group-offset': {
    planted: sent()
      .did('commit', {group: 'g', offset: 1})
      .did('commit', {group: 'g', offset: 2})
      .did('committed', {group: 'g', offset: 1})
      .did('committed', {group: 'g', offset: 2}),
    sound: sent().did('commit', {group: 'g', offset: 2}).did('committed', {group: 'g', offset: 2}),
  },
  'offset-beyond-log': {
    planted: sent().did('commit', {group: 'g', offset: 9}).did('committed', {group: 'g', offset: 9}).drained(three, 3),
    sound: sent().did('commit', {group: 'g', offset: 3}).did('committed', {group: 'g', offset: 3}).drained(three, 3),
  },
}

describe('anomalies', () => {
  for (const [kind, {planted, also = [], sound}] of Object.entries(PLANTED)) {
    it(`${kind}: planted, it is named, and no other`, () => {
      expect(kinds(planted.operations)).toEqual([kind, ...also].sort())
      const named = readHistory(planted.operations).anomalies.find(a => a.kind === kind)
      expect(named?.text).not.toBe('')
      for (const number of named?.operations ?? [0]) expect(planted.operations[number - 1]?.number).toBe(number)
    })
    it(`${kind}: its nearest sound neighbour shows none`, () => {
      expect(kinds(sound.operations)).toEqual([])
    })
  }

  it('a value that its clients sent twice is told, so that nobody judges duplicates by it', () => {
    expect(readHistory(sent().sent('a', undefined, {result: 'info'}).operations).sentTwice).toEqual(['a'])
  })

  it('a fetch that lags is a figure: how many answers, records, milliseconds', () => {
    const {lag, anomalies} = readHistory(sent().read(0, {0: 'a'}, {highWatermark: 1}).drained(three, 3).operations)
    expect(anomalies).toEqual([])
    expect(lag).toEqual({answers: 1, records: 2, ms: 3})
  })

  it('of one kind a thousand are kept in words, and all are counted', () => {
    const anomalies = new Anomalies()
    let asked = 0
    for (let n = 0; n < 5_000; n++)
      anomalies.add('duplicate', () => {
        asked++
        return {key: 't/0', text: 'x', operations: []}
      })
    expect([asked, anomalies.list.length, anomalies.counts.duplicate]).toEqual([1_000, 1_000, 5_000])
  })

  it('offsets that lie far apart are sorted instead of laid out', () => {
    const far = new Book().sent('a', 0).sent('b', 4_000_000_000)
    expect(kinds(far.drained({0: 'a', 4000000000: 'b'}, 4_000_000_001).operations)).toEqual([])
    const skip = new Book().sent('a', 0).sent('b', 1_000_000_000).sent('c', 4_000_000_000)
    const drained = skip.drained({0: 'a', 4000000000: 'c'}, 4_000_000_001)
    expect(kinds(drained.operations)).toEqual(['int-poll-skip', 'lost-write'])
  })

  it('a history that went on is read again', () => {
    const book = sent()
    expect(readHistory(book.operations).acknowledged).toBe(3)
    book.sent('d', 3)
    expect(readHistory(book.operations).acknowledged).toBe(4)
  })

  it('acks=1 and 0 promise nothing: what is lost with its leader, and what takes its place, is no anomaly', () => {
    const lost = new Book()
      .sent('a', 0, {process: 'one', acks: 1})
      .sent('b', 1, {process: 'one', acks: 1})
      .sent('z', undefined, {process: 'none', acks: 0})
      .sent('c', 0)
      .sent('d', 1, {process: 'one', acks: 1})
      .drained({0: 'c', 1: 'd'}, 2)
    const reading = readHistory(lost.operations)
    expect(reading.anomalies).toEqual([])
    // With acks=0 nobody acknowledges.
    expect(reading.acknowledged).toBe(4)
    const kept = new Book().sent('a', 0).sent('c', 0).drained({0: 'c'}, 1)
    expect(readHistory(kept.operations).anomalies.map(a => a.kind)).toContain('lost-write')
  })
})
