import type {Offset} from '../../base/ids.ts'
import type {Columns, PartitionColumns} from './columns.ts'

/** The reads marked final: together they must go from where the first began to the high watermark without a break. */
export interface Drain {
  /** Slot → value id that it showed, -1 none. */
  valueAt: Int32Array
  complete: boolean
  /** The high watermark that it reached. */
  end: Offset
  /** Place of its first read; -1 when there was none. */
  first: number
  last: number
}

export function finalDrain(p: PartitionColumns, c: Columns): Drain {
  const drain: Drain = {valueAt: new Int32Array(p.slots).fill(-1), complete: false, end: 0, first: -1, last: -1}
  let next: Offset | undefined
  for (const at of p.reads) {
    const o = c.history[at]
    if (!o.final || o.result !== 'ok') continue
    if (next !== undefined && o.from !== undefined && o.from !== next) return {...drain, complete: false}
    if (drain.first < 0) drain.first = at
    drain.last = at
    next = o.from ?? next ?? 0
    for (const {offset, value} of o.records ?? []) {
      drain.valueAt[p.slotOf(offset)] = c.ids.get(value) as number
      next = offset + 1
    }
    drain.end = Math.max(drain.end, o.highWatermark ?? 0)
    drain.complete = o.highWatermark !== undefined && next >= o.highWatermark
  }
  return drain
}
