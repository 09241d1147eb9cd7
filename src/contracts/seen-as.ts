import {METADATA_GROUP} from '../base/ids.ts'
import type {ClusterSnapshot, NodeReading} from './supervisor-protocol.ts'

/** The same picture for another group: role, term, … taken from fresh answers of the nodes. */
export function seenAs(
  snapshot: ClusterSnapshot,
  readings: ReadonlyArray<Pick<NodeReading, 'node' | 'live'>>,
  group: string,
): ClusterSnapshot {
  if (group === METADATA_GROUP || group === snapshot.group) return snapshot
  const states = new Map(readings.map(r => [r.node, r.live?.groups.find(g => g.group === group)]))
  const leader = [...states]
    .filter(([, g]) => g?.role === 'leader')
    .sort((a, b) => (b[1]?.term ?? 0) - (a[1]?.term ?? 0))[0]
  const last = leader?.[1]?.lastIndex
  const nodes = snapshot.nodes.map(node => {
    const g = states.get(node.id)
    const lag = last !== undefined && g ? Math.max(0, last - g.synced) : undefined
    return {
      ...node,
      role: g?.role,
      term: g?.term,
      vote: g?.vote,
      commit: g?.commit,
      applied: g?.applied,
      lastIndex: g?.lastIndex,
      lag,
      serving: g?.serving,
    }
  })
  return {...snapshot, group, leader: leader?.[0] ?? 0, leaderTerm: leader?.[1]?.term ?? 0, nodes}
}
