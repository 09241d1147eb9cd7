import type {NodeConfig} from '../contracts/node-config.ts'
import type {AttachedEngine, Engine, EngineCluster} from '../engines/engine.ts'
import {AttachedHandle} from './attached-handle.ts'
import type {NodeEvents, NodeHandle} from './node-handle.ts'
import {ProcessHandle} from './process-handle.ts'
import type {ProcessList} from './process-list.ts'

/** Of one node, whoever started it. */
export function handleOf(
  dir: string,
  config: NodeConfig,
  {engine, cluster}: {engine: Engine | AttachedEngine; cluster: EngineCluster},
  processes: ProcessList,
  events: NodeEvents,
): NodeHandle {
  // Only what the lab launches has anything to prepare.
  if ('launch' in engine) return new ProcessHandle(dir, config, {engine, cluster}, processes, events)
  return new AttachedHandle(config, {engine, cluster}, events)
}
