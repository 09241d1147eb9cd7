import type {NodeId} from '../base/ids.ts'

/** What commands of the user's own do to a node of a cluster that the lab did not start. */
export const EXEC_VERBS = ['kill', 'stop', 'start', 'pause', 'resume', 'fetch'] as const

export type ExecVerb = (typeof EXEC_VERBS)[number]

/** The node that a broker is; none, as brokers tell it by a negative number, stays none. */
export function nodeOfBroker(broker: number, shift = 0): NodeId {
  return broker < 0 ? broker : broker + shift
}

/** What a node may turn out to run. */
export type Runs = 'embedded' | 'kafka' | 'chronik-server'

/** A cluster that the lab did not start, as `cluster attach` was told of it; remembered with the cluster. */
export interface AttachedOptions {
  /** Whose rules hold for its nodes, by what they answered; absent: nobody's that are known here. */
  runs?: Runs
  /** Nodes are numbered one above their brokers: there is a broker 0, and as a leader or a vote 0 is nobody. */
  shift?: 1
  nodes: AttachedNode[]
  /** A shell's command a verb; the places in it are filled for each node. */
  exec: Partial<Record<ExecVerb, string>>
  /** Where those commands are run. */
  cwd: string
}

export interface AttachedNode {
  node: NodeId
  /** Where its broker says that clients reach it. */
  host: string
  port: number
  /** Its data directory, where this machine can read it while the node is dead. */
  dataDir?: string
  /** What it prints, likewise. */
  logFile?: string
}
