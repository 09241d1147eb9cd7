import {type GroupName, groupAddress} from '../base/ids.ts'
import type {EvidenceSet} from './evidence.ts'

/** What tells of a group, and of which topic it is. */
interface OfTopic {
  group: GroupName
  topicId?: string
}

const known = new WeakMap<EvidenceSet, EvidenceSet>()

/**
 * The evidence with the groups of deleted topics under names of their own (`orders/0@1f…`), where another topic was made under their name: they are other
 * groups, with terms and logs that begin anew. The one that was made last keeps the name.
 */
export function byTopic(evidence: EvidenceSet): EvidenceSet {
  const before = known.get(evidence)
  if (before) return before
  const own = renamed(evidence)
  known.set(evidence, own)
  return own
}

function renamed(evidence: EvidenceSet): EvidenceSet {
  /** By name, each id of a topic with the moment at which it was first told of. */
  const ids = new Map<GroupName, Map<string, number>>()
  const note = ({group, topicId}: OfTopic, atMs: number): void => {
    if (topicId === undefined) return
    const here = ids.get(group) ?? new Map<string, number>()
    here.set(topicId, Math.min(atMs, here.get(topicId) ?? atMs))
    ids.set(group, here)
  }
  for (const r of evidence.readings) for (const g of r.live?.groups ?? []) note(g, r.monotonicMs)
  for (const c of evidence.changes) note(c, c.atMs)
  for (const d of evidence.disks) for (const g of d.groups) note(g, d.copiedAtMs)
  if ([...ids.values()].every(of => of.size < 2)) return evidence
  const newest = new Map<GroupName, string>()
  for (const [group, of] of ids) newest.set(group, [...of].sort(([, a], [, b]) => b - a)[0][0])
  const named = <T extends OfTopic>(g: T): T =>
    g.topicId === undefined || newest.get(g.group) === g.topicId ? g : {...g, group: groupAddress(g.group, g.topicId)}
  return {
    ...evidence,
    readings: evidence.readings.map(r => (r.live ? {...r, live: {...r.live, groups: r.live.groups.map(named)}} : r)),
    changes: evidence.changes.map(named),
    disks: evidence.disks.map(d => ({...d, groups: d.groups.map(named)})),
  }
}
