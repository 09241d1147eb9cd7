import {type GroupName, METADATA_GROUP} from '../base/ids.ts'
import {seenAs} from '../contracts/seen-as.ts'
import type {ClusterSnapshot, NodeView} from '../contracts/supervisor-protocol.ts'
import type {Model} from './model.ts'

/** The newest picture, with role, term, … of the group that is shown. */
export function focused(model: Model): ClusterSnapshot | undefined {
  const {snapshot, group} = model
  if (!snapshot) return undefined
  // What a dead node said last is no role that it plays now.
  const readings = snapshot.nodes.map(n => ({node: n.id, live: isRunning(n) ? n.live : undefined}))
  return seenAs(snapshot, readings, group)
}

export function isRunning(node: NodeView): boolean {
  return node.pid !== undefined
}

/** Every group that some node tells of: the metadata group, then the others by name. */
export function groupsOf(snapshot: ClusterSnapshot): GroupName[] {
  const names = new Set<GroupName>()
  for (const node of snapshot.nodes) for (const g of node.live?.groups ?? []) names.add(g.group)
  names.delete(METADATA_GROUP)
  names.delete(snapshot.group)
  return [METADATA_GROUP, ...[...names].sort(byNameThenNumber)]
}

function byNameThenNumber(a: string, b: string): number {
  const [x, y] = [a, b].map(name => ({topic: name.slice(0, name.lastIndexOf('/')), n: Number(name.split('/').at(-1))}))
  return x.topic === y.topic ? x.n - y.n : x.topic < y.topic ? -1 : 1
}
