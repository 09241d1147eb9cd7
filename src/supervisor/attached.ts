import {randomBytes} from 'node:crypto'
import {join} from 'node:path'
import type {NodeId} from '../base/ids.ts'
import {type AttachedOptions, EXEC_VERBS} from '../contracts/attached.ts'
import type {EngineOptions} from '../contracts/engine.ts'
import {DEFAULT_SETTINGS, type NodeConfig} from '../contracts/node-config.ts'
import type {ClusterSnapshot} from '../contracts/supervisor-protocol.ts'
import type {ClusterSpec} from './spec.ts'

/** The folder of copies of files that a command fetched. */
export const FETCHED = 'fetched'

/** The specification of a cluster that the lab did not start; ids are drawn as for any other. */
export function attachedSpec(name: string, attached: AttachedOptions): ClusterSpec {
  const hex = (bytes: number): string => randomBytes(bytes).toString('hex')
  return {
    formatVersion: 1,
    name,
    clusterId: hex(16),
    engine: 'attached',
    engineOptions: {attached},
    seed: hex(3),
    secret: hex(32),
    createdWallMs: Date.now(),
    nodes: attached.nodes.map(({node, port}) => ({id: node, directoryId: hex(16), kafkaPort: port, raftPort: port})),
    settings: DEFAULT_SETTINGS,
  }
}

/** Where its nodes are, in the words of every other cluster. Of a Raft port nothing is known: 0. */
export function attachedConfigs(dir: string, spec: ClusterSpec, {nodes}: AttachedOptions): NodeConfig[] {
  return nodes.map(({node, host, port}) => ({
    formatVersion: 1,
    clusterId: spec.clusterId,
    clusterName: spec.name,
    node,
    dataDir: dataDirOf(dir, spec, node),
    kafka: {host, port},
    raft: {host, port: 0},
    secret: spec.secret,
    controlPath: '',
    peers: nodes
      .filter(n => n.node !== node)
      .map(n => ({node: n.node, raft: {host: n.host, port: 0}, kafka: {host: n.host, port: n.port}})),
    voters: nodes.map(n => n.node),
    exitOnStdinEnd: false,
    settings: spec.settings,
  }))
}

/** Where a node's files are, or would be: its own folder, the one that was named for it, or the copies that a command fetches. */
export function dataDirOf(clusterDir: string, spec: ClusterSpec | undefined, node: NodeId): string {
  const attached = spec?.engineOptions?.attached
  if (!attached) return join(clusterDir, `node${node}`)
  return attached.nodes.find(n => n.node === node)?.dataDir ?? join(clusterDir, FETCHED, `n${node}`)
}

/** Where what a node prints is: with its cluster, or where it was said to be. */
export function logFileOf(clusterDir: string, options: EngineOptions | undefined, node: NodeId): string {
  const told = options?.attached?.nodes.find(n => n.node === node)?.logFile
  return told ?? join(clusterDir, `node${node}.log`)
}

/** What whoever looks at such a cluster has to know: whose rules hold, what can be done, and whose files can be read. */
export function attachedView({exec, nodes, runs, shift}: AttachedOptions): ClusterSnapshot['attached'] {
  return {
    ...(runs ? {runs} : {}),
    ...(shift ? {shift} : {}),
    verbs: EXEC_VERBS.filter(verb => exec[verb] !== undefined),
    files: nodes.filter(n => n.dataDir !== undefined || exec.fetch !== undefined).map(n => n.node),
    logs: nodes.filter(n => n.logFile !== undefined).map(n => n.node),
  }
}
