import type {Offset} from '../../base/ids.ts'
import type {Operation} from '../evidence.ts'

/** What was shown of one partition: lists hold places in the history, in its order. */
export interface PartitionColumns {
  key: string
  sends: number[]
  reads: number[]
  /** Questions for the end of the log. */
  lists: number[]
  /** Orders to delete what lies below an offset. */
  deletes: number[]
  /** Below it records may be gone because somebody asked for that, whatever was answered; 0 nobody did. */
  deletedTo: Offset
  /** Offset → slot. Slots are as many as offsets that were shown, or the whole range where that is dense; in the order of offsets. */
  slotOf(offset: Offset): number
  offsetOf(slot: number): Offset
  slots: number
  /** Slot → the first value that was shown there (its id, from 0), -1 none. */
  valueAt: Int32Array
  /** Slot → place of the operation that showed it first. */
  shownBy: Int32Array
  /** Slot → place in the version order: how many offsets exist below it. */
  rank: Int32Array
}

/**
 * A history in columns: values are numbered, so that everything else is arithmetic on typed arrays. A million operations take
 * some tens of megabytes beside the operations themselves.
 */
export interface Columns {
  history: readonly Operation[]
  partitions: PartitionColumns[]
  /** Value → its id. */
  ids: Map<string, number>
  values: string[]
  /** Value id → place of its send, -1 when nobody sent it. */
  sentBy: Int32Array
  /** Values that were sent twice: the history's own assumption is broken. */
  sentTwice: string[]
  /** Operations on group offsets, by `group topic/partition`. */
  groups: Map<string, number[]>
}

/** At most so many times as many slots as shown offsets, else the offsets are sorted. */
const SPARSE = 4

export function toColumns(history: readonly Operation[]): Columns {
  const byKey = new Map<string, Map<number, PartitionColumns>>()
  const partitions: PartitionColumns[] = []
  const groups = new Map<string, number[]>()
  const ids = new Map<string, number>()
  const values: string[] = []
  const idOf = (value: string): number => {
    const known = ids.get(value)
    if (known !== undefined) return known
    ids.set(value, values.length)
    return values.push(value) - 1
  }
  for (let at = 0; at < history.length; at++) {
    const o = history[at]
    const ofTopic = byKey.get(o.topic) ?? new Map<number, PartitionColumns>()
    byKey.set(o.topic, ofTopic)
    let p = ofTopic.get(o.partition)
    if (!p) {
      p = emptyPartition(`${o.topic}/${o.partition}`)
      ofTopic.set(o.partition, p)
      partitions.push(p)
    }
    if (o.do === 'send') {
      p.sends.push(at)
      if (o.value !== undefined) idOf(o.value)
    } else if (o.do === 'read') {
      p.reads.push(at)
      if (o.records) for (const r of o.records) idOf(r.value)
    } else if (o.do === 'list') p.lists.push(at)
    else if (o.do === 'delete') {
      p.deletes.push(at)
      p.deletedTo = Math.max(p.deletedTo, o.offset ?? 0)
    } else {
      const key = `${o.group ?? ''} ${p.key}`
      const known = groups.get(key)
      if (known) known.push(at)
      else groups.set(key, [at])
    }
  }
  const sentBy = new Int32Array(values.length).fill(-1)
  const sentTwice: string[] = []
  for (const p of partitions)
    for (const at of p.sends) {
      const {value} = history[at]
      if (value === undefined) continue
      const id = ids.get(value) as number
      if (sentBy[id] >= 0) sentTwice.push(value)
      else sentBy[id] = at
    }
  for (const p of partitions) place(p, history, ids)
  return {history, partitions, ids, values, sentBy, sentTwice, groups}
}

/** acks=all, the only promise that outlives a leader. */
export function promised(o: Operation): boolean {
  return o.result === 'ok' && (o.acks ?? -1) === -1
}

/** Everything that showed a value at an offset, in the order of the history: sends that were promised it, and records that were read. */
export function eachShown(
  p: PartitionColumns,
  history: readonly Operation[],
  see: (offset: Offset, value: string, at: number) => void,
): void {
  for (const at of p.sends) {
    const o = history[at]
    if (promised(o) && o.offset !== undefined && o.value !== undefined) see(o.offset, o.value, at)
  }
  for (const at of p.reads) {
    const {records} = history[at]
    if (records) for (const r of records) see(r.offset, r.value, at)
  }
}

function place(p: PartitionColumns, history: readonly Operation[], ids: ReadonlyMap<string, number>): void {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  let shown = 0
  eachShown(p, history, offset => {
    if (offset < low) low = offset
    if (offset > high) high = offset
    shown++
  })
  if (shown === 0) return
  const range = high - low + 1
  if (range <= SPARSE * shown + 1_024) {
    p.slots = range
    p.slotOf = offset => offset - low
    p.offsetOf = slot => low + slot
  } else sparse(p, history, shown)
  p.valueAt = new Int32Array(p.slots).fill(-1)
  p.shownBy = new Int32Array(p.slots).fill(-1)
  p.rank = new Int32Array(p.slots)
  eachShown(p, history, (offset, value, at) => {
    const slot = p.slotOf(offset)
    if (p.valueAt[slot] >= 0) return
    p.valueAt[slot] = ids.get(value) as number
    p.shownBy[slot] = at
  })
  for (let slot = 0, exist = 0; slot < p.slots; slot++) {
    p.rank[slot] = exist
    if (p.valueAt[slot] >= 0) exist++
  }
}

function sparse(p: PartitionColumns, history: readonly Operation[], shown: number): void {
  const all = new Float64Array(shown)
  let n = 0
  eachShown(p, history, offset => {
    all[n++] = offset
  })
  all.sort()
  const slot = new Map<Offset, number>()
  const distinct: Offset[] = []
  for (const offset of all) if (!slot.has(offset)) slot.set(offset, distinct.push(offset) - 1)
  p.slots = distinct.length
  p.slotOf = offset => slot.get(offset) as number
  p.offsetOf = at => distinct[at]
}

function emptyPartition(key: string): PartitionColumns {
  return {
    key,
    sends: [],
    reads: [],
    lists: [],
    deletes: [],
    deletedTo: 0,
    slotOf: () => -1,
    offsetOf: () => -1,
    slots: 0,
    valueAt: new Int32Array(0),
    shownBy: new Int32Array(0),
    rank: new Int32Array(0),
  }
}
