import type {Offset} from '../../base/ids.ts'
import type {Operation} from '../evidence.ts'
import type {Anomalies} from './anomaly.ts'
import {type Columns, type PartitionColumns, promised} from './columns.ts'
import type {Drain} from './drain.ts'

/** How far answers lagged behind what was complete before they were asked: allowed for Fetch, which needs no quorum. */
export interface Lag {
  /** Answers that missed an acknowledged record. */
  answers: number
  /** The most records that one of them missed. */
  records: number
  /** The longest time that such a record had been acknowledged. A lower bound. */
  ms: number
}

/** Highest value so far of a series in order of time. */
class Heights {
  readonly #times: number[] = []
  readonly #heights: number[] = []
  readonly #places: number[] = []

  add(atMs: number, height: number, place: number): void {
    if (height <= (this.#heights.at(-1) ?? Number.NEGATIVE_INFINITY)) return
    this.#times.push(atMs)
    this.#heights.push(height)
    this.#places.push(place)
  }

  /** The highest that was there before `atMs`; undefined: nothing was. */
  before(atMs: number): {height: number; place: number} | undefined {
    const n = firstAtLeast(this.#times, atMs) - 1
    return n < 0 ? undefined : {height: this.#heights[n], place: this.#places[n]}
  }

  /** When it first was `height` or higher. */
  reached(height: number): number | undefined {
    return this.#times[firstAtLeast(this.#heights, height)]
  }
}

function firstAtLeast(sorted: readonly number[], wanted: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle] < wanted) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * What was complete before something began must be seen by it (VERIFICATION section 4.7): the order of acknowledged sends respects real time; the high
 * watermark that clients are told never falls; a question for the end of the log is answered as of now. acks=all only: the others promise less.
 */
export function realTime(p: PartitionColumns, c: Columns, drain: Drain, anomalies: Anomalies, lag: Lag): void {
  const sent = heightsOf(p.sends, c, o => (promised(o) ? o.offset : undefined))
  for (const at of p.sends) {
    const o = c.history[at]
    if (!promised(o) || o.offset === undefined) continue
    const before = sent.before(o.invokedAtMs)
    if (before && before.height >= o.offset) {
      const earlier = c.history[before.place]
      anomalies.add('realtime-order', () => ({
        key: p.key,
        value: o.value,
        offset: o.offset,
        text: `${earlier.value} was acknowledged at ${p.key} offset ${earlier.offset} before ${o.value} was sent, which got offset ${o.offset}`,
        operations: [earlier.number, o.number],
      }))
    }
  }
  const asked = [...p.reads, ...p.lists]
  const told = heightsOf(asked, c, o => (o.result === 'ok' ? o.highWatermark : undefined))
  for (const at of asked) {
    const o = c.history[at]
    if (o.result !== 'ok' || o.highWatermark === undefined) continue
    const high = o.highWatermark
    const earlier = told.before(o.invokedAtMs)
    if (earlier && earlier.height > high)
      anomalies.add('stale-high-watermark', () => ({
        key: p.key,
        offset: high,
        text: `${o.process} was told that ${p.key} ends at ${high}, after ${c.history[earlier.place].process} had been told ${earlier.height}`,
        operations: [c.history[earlier.place].number, o.number],
      }))
    const acked = sent.before(o.invokedAtMs)
    if (!acked || acked.height < high) continue
    lag.answers++
    lag.records = Math.max(lag.records, acked.height + 1 - high)
    lag.ms = Math.max(lag.ms, o.invokedAtMs - (sent.reached(high) ?? o.invokedAtMs))
    if (o.do === 'list')
      anomalies.add('stale-end', () => ({
        key: p.key,
        offset: high,
        text: `${o.process} asked where ${p.key} ends and was told ${high}, after offset ${acked.height} had been acknowledged`,
        operations: [c.history[acked.place].number, o.number],
      }))
  }
  if (!drain.complete) return
  const highest = sent.before(c.history[drain.last].invokedAtMs)
  if (highest && highest.height >= drain.end)
    anomalies.add('high-watermark-regress', () => ({
      key: p.key,
      offset: highest.height,
      text: `in the end ${p.key} ends at ${drain.end}, though offset ${highest.height} had been acknowledged`,
      operations: [c.history[highest.place].number, c.history[drain.last].number],
    }))
}

function heightsOf(places: readonly number[], c: Columns, heightOf: (o: Operation) => Offset | undefined): Heights {
  const ended = places.filter(at => c.history[at].endedAtMs !== undefined && heightOf(c.history[at]) !== undefined)
  const endOf = (at: number): number => c.history[at].endedAtMs as number
  // Operations end nearly in the order in which they began.
  ended.sort((a, b) => endOf(a) - endOf(b))
  const heights = new Heights()
  for (const at of ended) heights.add(endOf(at), heightOf(c.history[at]) as number, at)
  return heights
}
