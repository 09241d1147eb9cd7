import type {Anomalies} from './anomaly.ts'
import type {Columns, PartitionColumns} from './columns.ts'

/** What was deleted because somebody asked for it (DeleteRecords, KIP-107): no more than that goes, and it stays gone once it was acknowledged. */
export function deletions(p: PartitionColumns, c: Columns, anomalies: Anomalies): void {
  if (p.deletes.length === 0) return
  const {history} = c
  for (const at of p.deletes) {
    const {logStart, number} = history[at]
    if (logStart !== undefined && logStart > p.deletedTo)
      anomalies.add('deleted-too-much', () => ({
        key: p.key,
        offset: logStart,
        text: `${p.key} was to lose what lies below ${p.deletedTo} at most, and begins at ${logStart}`,
        operations: [number],
      }))
  }
  const done = p.deletes
    .map(at => history[at])
    .filter(o => o.result === 'ok' && o.endedAtMs !== undefined && o.offset !== undefined)
    .sort((a, b) => (a.endedAtMs as number) - (b.endedAtMs as number))
  for (const at of p.reads) {
    const o = history[at]
    const first = o.records?.[0]
    if (!first) continue
    const before = done.findLast(d => (d.endedAtMs as number) < o.invokedAtMs && (d.offset as number) > first.offset)
    if (before)
      anomalies.add('deleted-read', () => ({
        key: p.key,
        value: first.value,
        offset: first.offset,
        text: `${first.value} was read at ${p.key} offset ${first.offset}, after everything below ${before.offset} had been deleted`,
        operations: [before.number, o.number],
      }))
  }
}
