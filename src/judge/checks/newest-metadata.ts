import type {NodeId} from '../../base/ids.ts'
import type {MetadataReading} from '../evidence.ts'
import {type Judgement, unknown} from '../verdict.ts'
import {nodeWords} from '../words.ts'

/** The newest answer of each node about topics; or, when one gave none, that nothing can be said. */
export function newestMetadata(
  metadata: readonly MetadataReading[],
  nodes: readonly NodeId[],
  expected: string,
): {newest: Map<NodeId, MetadataReading>} | {missing: Judgement} {
  const newest = new Map(metadata.map(m => [m.node, m]))
  const missing = nodes.filter(n => !newest.has(n))
  if (missing.length === 0) return {newest}
  const seen = `no answer of ${nodeWords(missing)}`
  return {missing: unknown({expected, seen, because: 'every node has to be asked', nodes: missing})}
}
