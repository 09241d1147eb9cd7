import type {NodeId} from '../base/ids.ts'

/**
 * How a node is started: a JSON file whose path is the program's only argument (mode 0600).
 * The lab writes it before each start; the node never writes it.
 */
export interface NodeConfig {
  formatVersion: 1
  clusterId: string
  clusterName: string
  node: NodeId
  dataDir: string
  /** The directory id that the lab knows of it; what counts for the node is its own `node.json`. */
  directoryId?: string
  /** Where the node keeps what it has not synced, outside of `dataDir` (`--disk lossy`); absent: its disk is plain. */
  unsyncedDir?: string
  /** Where Kafka clients are told to dial this node. */
  kafka: {host: string; port: number}
  /** Where Kafka clients are answered, when a relay stands before it; absent: at `kafka` itself. */
  kafkaListen?: {path: string}
  raft: {host: string; port: number}
  /** Shared proof that a peer belongs to this cluster; hex. */
  secret: string
  /** Unix socket of the control protocol. */
  controlPath: string
  /** Every *other* member: where its Raft port is dialled from here (a relay, or the node itself), and where its Kafka port is advertised. */
  peers: Array<{
    node: NodeId
    raft: {host: string; port: number} | {path: string}
    kafka: {host: string; port: number}
    /** The directory that it has as far as the lab knows; the cluster's own metadata knows better. */
    directoryId?: string
  }>
  /** Voters of the metadata group at birth, this node included. */
  voters: NodeId[]
  /** File descriptor on which one JSON line is written when the node is ready or has refused to start (`ReadyLine`); absent: none. */
  readyFd?: number
  /** The named point at which it dies in this life, recovery included; absent: at none. */
  dieAt?: string
  /** Exit when standard input closes (the supervisor died). */
  exitOnStdinEnd: boolean
  settings: NodeSettings
}

/** Engine and topic defaults that `--set K=V` can change; names as the user types them. */
export interface NodeSettings {
  /** `normal`, or `calm`: 5 times as slow. */
  timing: 'normal' | 'calm'
  /** `relay`: every link and every client's connection goes through the supervisor, which can cut and shape it. `direct`: for benchmarks. */
  links: 'relay' | 'direct'
  /** How much is gathered for one write and sync: entries, bytes and time (docs/formats.md). */
  'wal.profile': 'low' | 'medium' | 'high' | 'ultra'
  'segment.bytes': number
  /** A segment that is older is not written to any more. */
  'segment.ms': number
  /** Defaults of topics; -1: no bound. */
  'retention.ms': number
  'retention.bytes': number
  'log.retention.check.interval.ms': number
  /** Applied entries after which the metadata group and `__consumer_offsets` are compacted by a snapshot. */
  'snapshot.interval.entries': number
  'min.insync.replicas': number
  'default.replication.factor': number
  'num.partitions': number
  'auto.create.topics.enable': boolean
  'replica.lag.time.max.ms': number
  'message.max.bytes': number
}

export const DEFAULT_SETTINGS: NodeSettings = {
  timing: 'normal',
  links: 'relay',
  'wal.profile': 'low',
  'segment.bytes': 250_000_000,
  'segment.ms': 1_800_000,
  'retention.ms': 604_800_000,
  'retention.bytes': -1,
  'log.retention.check.interval.ms': 30_000,
  'snapshot.interval.entries': 1_000,
  'min.insync.replicas': 2,
  'default.replication.factor': 3,
  'num.partitions': 3,
  'auto.create.topics.enable': true,
  'replica.lag.time.max.ms': 1_500,
  'message.max.bytes': 1_048_588,
}

/** What a starting node says once on `readyFd`. */
export type ReadyLine =
  | {ready: {pid: number; incarnation: string; kafkaPort: number; raftPort: number; controlPath: string}}
  | {failed: {code: string; message: string; exitCode: number}}

/** The last line of a node whose supervisor is no more: when the command line asks since when, this is where it looks. */
export const SUPERVISOR_GONE = 'The supervisor is gone: this node ends.'

/** `node.json` in a data directory: whose it is. Made by the lab before the first start; a broker never makes one. */
export interface NodeIdentity {
  formatVersion: 1
  clusterId: string
  node: NodeId
  /** 16 random bytes, hex. */
  directoryId: string
}
