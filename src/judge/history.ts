import type {Offset} from '../base/ids.ts'
import type {Operation} from './evidence.ts'
import {Anomalies, type Anomaly, type AnomalyKind} from './history/anomaly.ts'
import {type Columns, eachShown, type PartitionColumns, promised, toColumns} from './history/columns.ts'
import {deletions} from './history/deletions.ts'
import {type Drain, finalDrain} from './history/drain.ts'
import {groupOffsets} from './history/groups.ts'
import {pollOrder, refusedRetries, sendOrder} from './history/order.ts'
import {type Lag, realTime} from './history/real-time.ts'

export type {Anomaly, AnomalyKind, Lag}

/** A client history after one pass over it. */
export interface HistoryReading {
  acknowledged: number
  failed: number
  /** May have happened: timeouts, lost connections, and what was never answered. */
  undecided: number
  /** Distinct records that the final drain read. */
  readBack: number
  /** Partitions that were written to and never read to their end: `topic/partition`. */
  undrained: string[]
  /** The first of each kind, in words. */
  anomalies: Anomaly[]
  /** All of each kind. */
  counts: Partial<Record<AnomalyKind, number>>
  lag: Lag
  /** Values that were sent twice: the client's own mistake, after which duplicates say nothing. */
  sentTwice: string[]
  /** Questions for the end of a log, and for group offsets, that were answered. */
  questions: {ends: number; groupOffsets: number}
}

const known = new WeakMap<readonly Operation[], {length: number; settled: number; reading: HistoryReading}>()

/**
 * Reads a history as VERIFICATION section 4 says: a partition is an append-only log with unique values, so that its version order can be read off the
 * offsets. Linear in operations and records, but for sorting by time. Several checks ask for the same history: it is read once.
 */
export function readHistory(history: readonly Operation[]): HistoryReading {
  let settled = 0
  for (const o of history) if (o.result !== 'open') settled++
  const before = known.get(history)
  if (before && before.length === history.length && before.settled === settled) return before.reading
  const reading = readAnew(history)
  known.set(history, {length: history.length, settled, reading})
  return reading
}

function readAnew(history: readonly Operation[]): HistoryReading {
  const c = toColumns(history)
  const anomalies = new Anomalies()
  const places = new Places(c)
  const lag: Lag = {answers: 0, records: 0, ms: 0}
  const undrained: string[] = []
  const ends = new Map<string, Offset>()
  const drains: Drain[] = []
  for (const p of c.partitions) {
    inconsistentOffsets(p, c, anomalies)
    places.read(p)
    const drain = finalDrain(p, c)
    drains.push(drain)
    if (drain.complete) ends.set(p.key, drain.end)
    if (p.sends.length > 0 && !drain.complete) undrained.push(p.key)
    if (drain.complete) vanished(p, c, drain, anomalies)
    refusedRetries(p, c, anomalies)
    sendOrder(p, c, anomalies)
    pollOrder(p, c, anomalies)
    realTime(p, c, drain, anomalies, lag)
    deletions(p, c, anomalies)
  }
  // A value may be read elsewhere than where it was sent: what is missing is known only when everything has been looked at.
  for (const [n, p] of c.partitions.entries()) missing(p, c, places, drains[n].complete, anomalies)
  places.judge(anomalies)
  groupOffsets(c, ends, anomalies)
  return {...countsOf(c, drains), undrained, anomalies: anomalies.list, counts: anomalies.counts, lag}
}

function countsOf(c: Columns, drains: readonly Drain[]) {
  let acknowledged = 0
  let failed = 0
  let undecided = 0
  let listed = 0
  for (const p of c.partitions) {
    for (const at of p.sends) {
      const {result, acks} = c.history[at]
      // With acks=0 nobody answers.
      if (result === 'ok') acknowledged += acks === 0 ? 0 : 1
      else if (result === 'fail') failed++
      else undecided++
    }
    for (const at of p.lists) if (c.history[at].result === 'ok') listed++
  }
  const drained = new Uint8Array(c.values.length)
  let readBack = 0
  for (const {valueAt} of drains)
    for (const id of valueAt)
      if (id >= 0 && drained[id] === 0) {
        drained[id] = 1
        readBack++
      }
  let groupOffsetsAsked = 0
  for (const places of c.groups.values())
    for (const at of places) if (c.history[at].do === 'committed' && c.history[at].result === 'ok') groupOffsetsAsked++
  return {
    acknowledged,
    failed,
    undecided,
    readBack,
    sentTwice: c.sentTwice,
    questions: {ends: listed, groupOffsets: groupOffsetsAsked},
  }
}

function inconsistentOffsets(p: PartitionColumns, c: Columns, anomalies: Anomalies): void {
  const others = new Map<number, Map<number, number>>()
  eachShown(p, c.history, (offset, value, at) => {
    const slot = p.slotOf(offset)
    const id = c.ids.get(value) as number
    if (p.valueAt[slot] === id) return
    const here = others.get(slot) ?? new Map<number, number>()
    others.set(slot, here)
    if (!here.has(id)) here.set(id, at)
  })
  for (const [slot, more] of others)
    anomalies.add('inconsistent-offsets', () => ({
      key: p.key,
      offset: p.offsetOf(slot),
      text: `${p.key} offset ${p.offsetOf(slot)} was shown as ${[p.valueAt[slot], ...more.keys()]
        .slice(0, 3)
        .map(id => c.values[id])
        .join(' and as ')}`,
      operations: [p.shownBy[slot], ...[...more.values()].slice(0, 7)].map(at => c.history[at].number),
    }))
}

/** Where each value was read: the first place, and those that differ from it. */
class Places {
  readonly #c: Columns
  readonly #partition: Int32Array
  readonly #offset: Float64Array
  readonly #by: Int32Array
  readonly #more = new Map<number, Array<{partition: number; offset: Offset; by: number}>>()

  constructor(c: Columns) {
    this.#c = c
    this.#partition = new Int32Array(c.values.length)
    this.#offset = new Float64Array(c.values.length)
    this.#by = new Int32Array(c.values.length).fill(-1)
  }

  read(p: PartitionColumns): void {
    const {history, ids, partitions} = this.#c
    const partition = partitions.indexOf(p)
    for (const at of p.reads)
      for (const {offset, value} of history[at].records ?? []) {
        const id = ids.get(value) as number
        if (this.#by[id] < 0) {
          this.#partition[id] = partition
          this.#offset[id] = offset
          this.#by[id] = at
        } else if (this.#offset[id] !== offset || this.#partition[id] !== partition) {
          const more = this.#more.get(id) ?? []
          if (!more.some(m => m.partition === partition && m.offset === offset)) more.push({partition, offset, by: at})
          this.#more.set(id, more)
        }
      }
  }

  wasRead(id: number): boolean {
    return this.#by[id] >= 0
  }

  judge(anomalies: Anomalies): void {
    const {values, history, partitions, sentBy} = this.#c
    const nobodySent = sentBy.every(at => at < 0)
    for (let id = 0; id < values.length; id++) {
      const by = this.#by[id]
      if (by < 0) continue
      const value = values[id]
      const key = partitions[this.#partition[id]].key
      const offset = this.#offset[id]
      const send = sentBy[id] < 0 ? undefined : history[sentBy[id]]
      const more = this.#more.get(id)
      const elsewhere =
        send?.result === 'ok' &&
        send.offset !== undefined &&
        (send.offset !== offset || `${send.topic}/${send.partition}` !== key)
      if (more || elsewhere)
        anomalies.add('duplicate', () => ({
          key,
          value,
          text: `${value} stands at ${this.#where(id, send).join(' and ')}`,
          operations: [
            ...(send ? [send.number] : []),
            history[by].number,
            ...(more ?? []).slice(0, 3).map(m => history[m.by].number),
          ],
        }))
      if (send?.result === 'fail')
        anomalies.add('aborted-read', () => ({
          key,
          value,
          offset,
          text: `${value} was refused (${send.error ?? 'error'}) and is read at ${key} offset ${offset}`,
          operations: [send.number, history[by].number],
        }))
      if (!send && !nobodySent)
        anomalies.add('phantom-read', () => ({
          key,
          value,
          offset,
          text: `${value.slice(0, 60)} at ${key} offset ${offset} was never sent`,
          operations: [history[by].number],
        }))
    }
  }

  #where(id: number, send: Operation | undefined): string[] {
    const {partitions} = this.#c
    const where = new Set([`${partitions[this.#partition[id]].key} offset ${this.#offset[id]}`])
    for (const m of this.#more.get(id) ?? []) where.add(`${partitions[m.partition].key} offset ${m.offset}`)
    if (send?.result === 'ok' && send.offset !== undefined)
      where.add(`${send.topic}/${send.partition} offset ${send.offset}`)
    return [...where]
  }
}

/** Acknowledged with acks=all, and read by nobody. At or below the highest offset that anybody read it is lost; above it, unseen. */
function missing(p: PartitionColumns, c: Columns, places: Places, drained: boolean, anomalies: Anomalies): void {
  let highest = -1
  for (const at of p.reads) for (const {offset} of c.history[at].records ?? []) if (offset > highest) highest = offset
  for (const at of p.sends) {
    const o = c.history[at]
    if (!promised(o) || o.value === undefined || places.wasRead(c.ids.get(o.value) as number)) continue
    if (o.offset !== undefined && o.offset < p.deletedTo) continue
    const lost = o.offset !== undefined && o.offset <= highest
    if (!lost && !drained) continue
    anomalies.add(lost ? 'lost-write' : 'unseen', () => ({
      key: p.key,
      value: o.value,
      offset: o.offset,
      text: `${o.value} was acknowledged at ${p.key} offset ${o.offset ?? '?'} and ${lost ? `is not there, though offset ${highest} was read` : 'was never read'}`,
      operations: [o.number],
    }))
  }
}

/** Read once, and not there when everything was read at the end: it had been shown before it was committed, or was lost. */
function vanished(p: PartitionColumns, c: Columns, drain: Drain, anomalies: Anomalies): void {
  for (const at of p.reads) {
    const o = c.history[at]
    if (o.final) continue
    for (const {offset, value} of o.records ?? []) {
      const there = drain.valueAt[p.slotOf(offset)]
      if (there === c.ids.get(value) || (there < 0 && offset < p.deletedTo)) continue
      anomalies.add('vanished', () => ({
        key: p.key,
        value,
        offset,
        text: `${value} was read at ${p.key} offset ${offset}, which in the end holds ${there >= 0 ? c.values[there] : 'nothing'}`,
        operations: [o.number, ...(drain.first < 0 ? [] : [c.history[drain.first].number])],
      }))
    }
  }
}
