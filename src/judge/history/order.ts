import type {Anomalies} from './anomaly.ts'
import {type Columns, type PartitionColumns, promised} from './columns.ts'

/** As all the client libraries name the error. */
const OUT_OF_ORDER = 'OUT_OF_ORDER_SEQUENCE_NUMBER'

/** A producer numbers its batches, and waits for each: what it sends, again or for the first time, is known or the next one (KIP-98). */
export function refusedRetries(p: PartitionColumns, c: Columns, anomalies: Anomalies): void {
  for (const at of p.sends) {
    const {acks, error, idempotent, number, process, value} = c.history[at]
    if (!idempotent || acks !== -1 || error !== OUT_OF_ORDER) continue
    anomalies.add('retry-refused', () => ({
      key: p.key,
      value,
      text: `${process} sent ${value} to ${p.key} and was told that it is out of order`,
      operations: [number],
    }))
  }
}

/** One process sends one record after another: a later send must not get a lower offset. */
export function sendOrder(p: PartitionColumns, c: Columns, anomalies: Anomalies): void {
  const last = new Map<string, number>()
  for (const at of p.sends) {
    const o = c.history[at]
    if (!promised(o) || o.offset === undefined) continue
    const place = last.get(o.process)
    const before = place === undefined ? undefined : c.history[place]
    if (before?.offset !== undefined && o.offset <= before.offset && (before.endedAtMs ?? 0) <= o.invokedAtMs)
      anomalies.add('nonmonotonic-send', () => ({
        key: p.key,
        value: o.value,
        offset: o.offset,
        text: `${o.process} sent ${before.value} (offset ${before.offset}), then ${o.value}, which got offset ${o.offset}`,
        operations: [before.number, o.number],
      }))
    last.set(o.process, at)
  }
}

/**
 * One process reads a partition from front to back: each record is the next one that exists. From poll to poll a member of a group may jump, because
 * partitions move between members; inside one poll nobody may.
 */
export function pollOrder(p: PartitionColumns, c: Columns, anomalies: Anomalies): void {
  const last = new Map<string, {rank: number; slot: number; at: number}>()
  const gone = rankBelow(p, p.deletedTo)
  for (const at of p.reads) {
    const o = c.history[at]
    if (!o.records) continue
    let before = o.reassigned ? undefined : last.get(o.process)
    for (const {offset} of o.records) {
      const slot = p.slotOf(offset)
      const rank = p.rank[slot]
      const within = before?.at === at
      // What was deleted may be passed over, as far as it was deleted.
      const jumped = before && rank > before.rank && rank <= gone
      if (before && !jumped && rank !== before.rank + 1 && (within || o.group === undefined)) {
        const {rank: lower, slot: from, at: earlier} = before
        const back = rank <= lower
        anomalies.add(kindOf(back, within), () => ({
          key: p.key,
          offset,
          text: `${o.process} read ${p.key} offset ${p.offsetOf(from)}, then ${offset}${back ? '' : `: ${rank - lower - 1} records between them were passed over`}`,
          operations: within ? [o.number] : [c.history[earlier].number, o.number],
        }))
      }
      before = {rank, slot, at}
    }
    if (before) last.set(o.process, before)
  }
}

/** How many of the offsets that were shown lie below this one. */
function rankBelow(p: PartitionColumns, offset: number): number {
  if (offset === 0) return 0
  let exist = 0
  for (let slot = 0; slot < p.slots && p.offsetOf(slot) < offset; slot++) if (p.valueAt[slot] >= 0) exist++
  return exist
}

function kindOf(back: boolean, within: boolean) {
  if (back) return within ? 'int-nonmonotonic-poll' : 'nonmonotonic-poll'
  return within ? 'int-poll-skip' : 'poll-skip'
}
