import {dirname} from 'node:path'
import type {NodeConfig} from '../contracts/node-config.ts'
import type {Links} from './links.ts'
import type {NodeHandle} from './node-handle.ts'
import {nodeConfigs} from './plan.ts'
import type {ClusterSpec} from './spec.ts'

/** After the specification has other nodes, or says other things of them: what is kept for each of them is the same again. */
export async function followSpec(of: {
  spec: ClusterSpec
  dir: string
  /** Changed in place. */
  nodes: NodeHandle[]
  links: Links | undefined
  make(config: NodeConfig): NodeHandle
}): Promise<void> {
  const {spec, dir, nodes, links} = of
  const configs = nodeConfigs(dir, spec, dirname(nodes[0].config.controlPath))
  const left = nodes.filter(n => !configs.some(c => c.node === n.config.node))
  for (const n of left) nodes.splice(nodes.indexOf(n), 1)
  for (const config of configs) {
    const known = nodes.find(n => n.config.node === config.node)
    if (known) Object.assign(known.config, config)
    else nodes.push(of.make(config))
  }
  links?.nodes(configs)
  // Links of a new one to those that run are open at once.
  await Promise.all(nodes.filter(n => n.running).map(n => links?.up(n.config.node)))
}
