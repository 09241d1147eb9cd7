import {createHash} from 'node:crypto'
import type {GroupName, Index} from '../base/ids.ts'
import type {NodeLive} from '../contracts/node-state.ts'
import type {GroupReading} from '../inspect/reading.ts'

/** Of each log the indexes that every node which tells of it holds, committed and synced. */
export type SharedLogs = ReadonlyMap<GroupName, {from: Index; to: Index}>

/**
 * A node may know that an entry is committed before its own disk has it (the others are a majority), and may have compacted what others still hold:
 * neither makes logs differ.
 */
export function sharedLogs(nodes: readonly Pick<NodeLive, 'groups'>[]): SharedLogs {
  const shared = new Map<GroupName, {from: Index; to: Index}>()
  for (const {groups} of nodes)
    for (const g of groups) {
      const to = Math.min(g.commit, g.synced)
      const known = shared.get(g.group)
      shared.set(g.group, {
        from: Math.max(known?.from ?? 0, g.firstIndex),
        to: Math.min(known?.to ?? to, to),
      })
    }
  return shared
}

/** SHA-256 (hex) over the shared part of what one disk holds: terms, and the values of clients' records. */
export function hashOfLogs(
  shared: SharedLogs,
  groups: readonly Pick<GroupReading, 'group' | 'lastIndex' | 'terms'>[],
  records: readonly {group: GroupName; index: Index; offset: number; value: unknown}[],
): string {
  const hash = createHash('sha256')
  for (const {group, lastIndex, terms} of [...groups].sort((a, b) => (a.group < b.group ? -1 : 1))) {
    const part = shared.get(group)
    if (!part || part.to < part.from) continue
    hash.update(`${group} ${Math.min(lastIndex, part.to)}\n`)
    terms.forEach((run, i) => {
      const next = terms[i + 1]?.from ?? Number.POSITIVE_INFINITY
      if (run.from <= part.to && next > part.from) hash.update(`${Math.max(run.from, part.from)} ${run.term}\n`)
    })
    for (const r of records)
      if (r.group === group && r.index >= part.from && r.index <= part.to)
        hash.update(`${r.index} ${r.offset} ${r.value}\n`)
  }
  return hash.digest('hex')
}
