import type {Offset} from '../base/ids.ts'
import type {Operation} from './evidence.ts'

/** What a history shows that must not be. Each names the operations that it rests on. */
export interface Anomaly {
  kind:
    | 'inconsistent-offsets'
    | 'duplicate'
    | 'lost-write'
    | 'unseen'
    | 'nonmonotonic-send'
    | 'nonmonotonic-poll'
    | 'poll-skip'
    | 'vanished'
    | 'aborted-read'
    | 'phantom-read'
  /** `topic/partition`. */
  key: string
  value?: string
  offset?: Offset
  /** In words, with the values. */
  text: string
  operations: number[]
}

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
  anomalies: Anomaly[]
}

interface Partition {
  key: string
  /** offset → value → operations that showed it. */
  shown: Map<Offset, Map<string, number[]>>
  sends: Operation[]
  reads: Operation[]
  /** Offsets that exist, in order: the version order. */
  order: Offset[]
  rank: Map<Offset, number>
}

/**
 * Reads a history as VERIFICATION section 4 says: a partition is an append-only log with unique values, so that its version order can be read off the
 * offsets, and everything else is sorting. O(n log n).
 */
export function readHistory(history: readonly Operation[]): HistoryReading {
  const anomalies: Anomaly[] = []
  const partitions = [...byPartition(history).values()]
  const sentAs = new Map<string, Operation>()
  for (const o of history) if (o.do === 'send' && o.value !== undefined) sentAs.set(o.value, o)
  const seenAt = new Map<string, Array<{key: string; offset: Offset; operation: number}>>()
  let readBack = 0
  const undrained: string[] = []
  for (const p of partitions) {
    inconsistentOffsets(p, anomalies)
    const reads = valuesRead(p)
    for (const [value, at] of reads) {
      const list = seenAt.get(value)
      if (list) list.push(...at.map(a => ({key: p.key, ...a})))
      else
        seenAt.set(
          value,
          at.map(a => ({key: p.key, ...a})),
        )
    }
    const drain = finalDrain(p)
    readBack += drain.values.size
    if (p.sends.length > 0 && !drain.complete) undrained.push(p.key)
    missing(p, reads, drain.complete, anomalies)
    if (drain.complete) vanished(p, drain, anomalies)
    sendOrder(p, anomalies)
    pollOrder(p, anomalies)
  }
  for (const [value, places] of seenAt) {
    const send = sentAs.get(value)
    const where = distinctPlaces(places, send)
    if (where.size > 1)
      anomalies.push({
        kind: 'duplicate',
        key: places[0].key,
        value,
        text: `${value} stands at ${[...where].join(' and ')}`,
        operations: [...(send ? [send.number] : []), ...places.slice(0, 4).map(p => p.operation)],
      })
    if (send?.result === 'fail')
      anomalies.push({
        kind: 'aborted-read',
        key: places[0].key,
        value,
        offset: places[0].offset,
        text: `${value} was refused (${send.error ?? 'error'}) and is read at ${places[0].key} offset ${places[0].offset}`,
        operations: [send.number, places[0].operation],
      })
    if (!send && sentAs.size > 0)
      anomalies.push({
        kind: 'phantom-read',
        key: places[0].key,
        value,
        offset: places[0].offset,
        text: `${value.slice(0, 60)} at ${places[0].key} offset ${places[0].offset} was never sent`,
        operations: [places[0].operation],
      })
  }
  const sends = history.filter(o => o.do === 'send')
  return {
    acknowledged: sends.filter(o => o.result === 'ok').length,
    failed: sends.filter(o => o.result === 'fail').length,
    undecided: sends.filter(o => o.result === 'info' || o.result === 'open').length,
    readBack,
    undrained,
    anomalies,
  }
}

function byPartition(history: readonly Operation[]): Map<string, Partition> {
  const found = new Map<string, Partition>()
  for (const o of history) {
    const key = `${o.topic}/${o.partition}`
    let p = found.get(key)
    if (!p) {
      p = {key, shown: new Map(), sends: [], reads: [], order: [], rank: new Map()}
      found.set(key, p)
    }
    if (o.do === 'send') p.sends.push(o)
    else p.reads.push(o)
    if (o.do === 'send' && o.result === 'ok' && o.offset !== undefined && o.value !== undefined)
      show(p, o.offset, o.value, o.number)
    for (const r of o.records ?? []) show(p, r.offset, r.value, o.number)
  }
  for (const p of found.values()) {
    p.order = [...p.shown.keys()].sort((a, b) => a - b)
    for (const [rank, offset] of p.order.entries()) p.rank.set(offset, rank)
  }
  return found
}

function show(p: Partition, offset: Offset, value: string, operation: number): void {
  let values = p.shown.get(offset)
  if (!values) {
    values = new Map()
    p.shown.set(offset, values)
  }
  const operations = values.get(value)
  if (operations) {
    if (operations.length < 8) operations.push(operation)
  } else values.set(value, [operation])
}

function inconsistentOffsets(p: Partition, anomalies: Anomaly[]): void {
  for (const [offset, values] of p.shown)
    if (values.size > 1)
      anomalies.push({
        kind: 'inconsistent-offsets',
        key: p.key,
        offset,
        text: `${p.key} offset ${offset} was shown as ${[...values.keys()].slice(0, 3).join(' and as ')}`,
        operations: [...values.values()].map(operations => operations[0]),
      })
}

function valuesRead(p: Partition): Map<string, Array<{offset: Offset; operation: number}>> {
  const found = new Map<string, Array<{offset: Offset; operation: number}>>()
  for (const o of p.reads)
    for (const {offset, value} of o.records ?? []) {
      const at = found.get(value)
      if (!at) found.set(value, [{offset, operation: o.number}])
      else if (!at.some(a => a.offset === offset)) at.push({offset, operation: o.number})
    }
  return found
}

interface Drain {
  values: Set<string>
  offsets: Map<Offset, string>
  complete: boolean
  end: Offset
  operations: number[]
}

/** The reads marked final: together they must go from the log start to the high watermark without a break. */
function finalDrain(p: Partition): Drain {
  const drain: Drain = {values: new Set(), offsets: new Map(), complete: false, end: 0, operations: []}
  let next: Offset | undefined
  for (const o of p.reads) {
    if (!o.final || o.result !== 'ok') continue
    if (next !== undefined && o.from !== undefined && o.from !== next) return {...drain, complete: false}
    drain.operations.push(o.number)
    next = o.from ?? next ?? 0
    for (const {offset, value} of o.records ?? []) {
      drain.values.add(value)
      drain.offsets.set(offset, value)
      next = offset + 1
    }
    drain.end = Math.max(drain.end, o.highWatermark ?? 0)
    drain.complete = o.highWatermark !== undefined && next >= o.highWatermark
  }
  return drain
}

/** Acknowledged, and read by nobody. At or below the highest offset that anybody read it is lost; above it, unseen. */
function missing(p: Partition, reads: Map<string, unknown>, drained: boolean, anomalies: Anomaly[]): void {
  let highest = -1
  for (const o of p.reads) for (const {offset} of o.records ?? []) if (offset > highest) highest = offset
  for (const o of p.sends) {
    if (o.result !== 'ok' || o.value === undefined || reads.has(o.value)) continue
    const lost = o.offset !== undefined && o.offset <= highest
    if (!lost && !drained) continue
    anomalies.push({
      kind: lost ? 'lost-write' : 'unseen',
      key: p.key,
      value: o.value,
      offset: o.offset,
      text: `${o.value} was acknowledged at ${p.key} offset ${o.offset ?? '?'} and ${lost ? `is not there, though offset ${highest} was read` : 'was never read'}`,
      operations: [o.number],
    })
  }
}

/** Read once, and not there when everything was read at the end: it had been shown before it was committed, or was lost. */
function vanished(p: Partition, drain: Drain, anomalies: Anomaly[]): void {
  for (const o of p.reads) {
    if (o.final) continue
    for (const {offset, value} of o.records ?? [])
      if (drain.offsets.get(offset) !== value)
        anomalies.push({
          kind: 'vanished',
          key: p.key,
          value,
          offset,
          text: `${value} was read at ${p.key} offset ${offset}, which in the end ${drain.offsets.has(offset) ? `holds ${drain.offsets.get(offset)}` : 'holds nothing'}`,
          operations: [o.number, ...drain.operations.slice(0, 1)],
        })
  }
}

/** One process sends one record after another: a later send must not get a lower offset. */
function sendOrder(p: Partition, anomalies: Anomaly[]): void {
  const last = new Map<string, Operation>()
  for (const o of [...p.sends].sort((a, b) => a.invokedAtMs - b.invokedAtMs || a.number - b.number)) {
    if (o.result !== 'ok' || o.offset === undefined) continue
    const before = last.get(o.process)
    if (before?.offset !== undefined && o.offset <= before.offset && (before.endedAtMs ?? 0) <= o.invokedAtMs)
      anomalies.push({
        kind: 'nonmonotonic-send',
        key: p.key,
        value: o.value,
        offset: o.offset,
        text: `${o.process} sent ${before.value} (offset ${before.offset}), then ${o.value}, which got offset ${o.offset}`,
        operations: [before.number, o.number],
      })
    last.set(o.process, o)
  }
}

/** One process reads a partition from front to back: each record is the next one that exists. */
function pollOrder(p: Partition, anomalies: Anomaly[]): void {
  const last = new Map<string, {rank: number; offset: Offset; operation: number}>()
  for (const o of p.reads) {
    for (const {offset} of o.records ?? []) {
      const rank = p.rank.get(offset) as number
      const before = last.get(o.process)
      if (before && rank !== before.rank + 1)
        anomalies.push({
          kind: rank <= before.rank ? 'nonmonotonic-poll' : 'poll-skip',
          key: p.key,
          offset,
          text:
            rank <= before.rank
              ? `${o.process} read ${p.key} offset ${before.offset}, then ${offset}`
              : `${o.process} read ${p.key} offset ${before.offset}, then ${offset}: ${rank - before.rank - 1} records between them were passed over`,
          operations: [before.operation, o.number],
        })
      last.set(o.process, {rank, offset, operation: o.number})
    }
  }
}

function distinctPlaces(
  places: ReadonlyArray<{key: string; offset: Offset}>,
  send: Operation | undefined,
): Set<string> {
  const where = new Set(places.map(p => `${p.key} offset ${p.offset}`))
  if (send?.result === 'ok' && send.offset !== undefined)
    where.add(`${send.topic}/${send.partition} offset ${send.offset}`)
  return where
}
