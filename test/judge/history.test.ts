import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import type {Operation} from '../../src/judge/evidence.ts'
import {readHistory} from '../../src/judge/history.ts'

interface Written {
  partition: number
  producer: number
  result: 'ok' | 'fail' | 'info'
  /** Of an `info`: did it happen all the same? */
  happened: boolean
}

const written: fc.Arbitrary<Written> = fc.record({
  partition: fc.integer({min: 0, max: 2}),
  producer: fc.integer({min: 0, max: 1}),
  result: fc.constantFrom('ok', 'ok', 'ok', 'fail', 'info'),
  happened: fc.boolean(),
})

/** A log that does what it promises, and the history of clients that wrote to it, followed it and read it to the end. */
function soundHistory(writes: readonly Written[], page: number): {operations: Operation[]; logs: string[][]} {
  const operations: Operation[] = []
  const logs: string[][] = [[], [], []]
  const lives = new Map<string, number>()
  let ms = 0
  const add = (o: Omit<Operation, 'number' | 'invokedAtMs' | 'endedAtMs'>): void => {
    operations.push({number: operations.length + 1, invokedAtMs: ++ms, endedAtMs: ++ms, ...o})
  }
  for (const [i, w] of writes.entries()) {
    const name = `p${w.partition}.${w.producer}`
    const life = lives.get(name) ?? 1
    const value = `v${i}`
    const there = w.result === 'ok' || (w.result === 'info' && w.happened)
    if (there) logs[w.partition].push(value)
    add({
      process: `${name}.${life}`,
      do: 'send',
      topic: 't',
      partition: w.partition,
      value,
      result: w.result,
      ...(w.result === 'ok' ? {offset: logs[w.partition].length - 1} : {}),
    })
    if (w.result === 'info') lives.set(name, life + 1)
  }
  for (const [partition, log] of logs.entries())
    for (const [process, final, upTo] of [
      [`reader-${partition}`, false, Math.ceil(log.length / 2)],
      [`final-${partition}`, true, log.length],
    ] as const)
      for (let from = 0; from === 0 || from < upTo; from += page)
        add({
          process,
          do: 'read',
          topic: 't',
          partition,
          result: 'ok',
          from,
          highWatermark: log.length,
          ...(final ? {final} : {}),
          records: log.slice(from, Math.min(upTo, from + page)).map((value, n) => ({offset: from + n, value})),
        })
  return {operations, logs}
}

const histories = fc.tuple(fc.array(written, {minLength: 1, maxLength: 60}), fc.integer({min: 1, max: 20}))

describe('history', () => {
  it('aLogThatKeepsItsPromisesShowsNoAnomaly', () => {
    fc.assert(
      fc.property(histories, ([writes, page]) => {
        const {operations, logs} = soundHistory(writes, page)
        const reading = readHistory(operations)
        expect(reading.anomalies).toEqual([])
        expect(reading.undrained).toEqual([])
        expect(reading.acknowledged).toBe(writes.filter(w => w.result === 'ok').length)
        expect(reading.readBack).toBe(logs.flat().length)
      }),
      {numRuns: 300},
    )
  })

  it('anAcknowledgedRecordThatIsTakenOutIsAlwaysMissed', () => {
    fc.assert(
      fc.property(histories, fc.nat(), ([writes], pick) => {
        const {operations} = soundHistory(writes, 1_000)
        const sends = operations.filter(o => o.do === 'send' && o.result === 'ok')
        if (sends.length === 0) return
        const {value} = sends[pick % sends.length]
        for (const o of operations)
          if (o.records) {
            o.records = o.records.filter(r => r.value !== value)
            o.highWatermark = (o.records.at(-1)?.offset ?? -1) + 1
          }
        const missing = readHistory(operations).anomalies.filter(a => a.kind === 'lost-write' || a.kind === 'unseen')
        expect(missing.map(a => a.value)).toEqual([value])
      }),
      {numRuns: 300},
    )
  })

  it('aRecordThatIsThereTwiceIsAlwaysSeen', () => {
    fc.assert(
      fc.property(histories, fc.nat(), ([writes, page], pick) => {
        const {operations, logs} = soundHistory(writes, page)
        const full = logs.findIndex(log => log.length > 0)
        if (full < 0) return
        const value = logs[full][pick % logs[full].length]
        const last = operations.findLast(o => o.partition === full && o.final)
        last?.records?.push({offset: logs[full].length, value})
        expect(readHistory(operations).anomalies).toContainEqual(expect.objectContaining({kind: 'duplicate', value}))
      }),
      {numRuns: 300},
    )
  })

  it('twoNeighboursThatChangePlacesAreAlwaysSeen', () => {
    fc.assert(
      fc.property(histories, ([writes, page]) => {
        const {operations} = soundHistory(writes, page)
        const read = operations.find(o => o.final && (o.records?.length ?? 0) > 1)
        if (!read?.records) return
        const [a, b] = read.records
        ;[a.value, b.value] = [b.value, a.value]
        expect(readHistory(operations).anomalies.map(x => x.kind)).toContain('duplicate')
      }),
      {numRuns: 300},
    )
  })

  it('reads a hundred thousand operations', () => {
    const writes = Array.from(
      {length: 100_000},
      (_, i): Written => ({partition: i % 3, producer: i % 2, result: 'ok', happened: true}),
    )
    const reading = readHistory(soundHistory(writes, 1_000).operations)
    expect(reading).toMatchObject({acknowledged: 100_000, readBack: 100_000, anomalies: [], undrained: []})
  })

  it('a final read with a gap between its pages is no drain', () => {
    const {operations} = soundHistory(
      Array.from({length: 9}, (): Written => ({partition: 0, producer: 0, result: 'ok', happened: true})),
      3,
    )
    const pages = operations.filter(o => o.final && o.partition === 0)
    const without = operations.filter(o => o !== pages[1])
    expect(readHistory(without).undrained).toEqual(['t/0'])
  })

  it('a read that failed shows nothing', () => {
    const {operations} = soundHistory([{partition: 0, producer: 0, result: 'ok', happened: true}], 5)
    const all: Operation[] = [
      ...operations,
      {
        number: 99,
        process: 'r',
        do: 'read',
        topic: 't',
        partition: 0,
        invokedAtMs: 99,
        result: 'info',
        error: 'timeout',
      },
    ]
    expect(readHistory(all).anomalies).toEqual([])
  })
})
