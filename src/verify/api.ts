/**
 * `chronik/lab`: all that a verification script can touch. A lab is a module whose default export is made by `lab`;
 * `chronik verify ./my-lab.ts` runs it on a scratch cluster.
 */
import type {GroupName, Index, NodeId, Term} from '../base/ids.ts'
import type {Action, ActionResult, LinkShape, Selector} from '../contracts/action.ts'
import type {LinkView} from '../contracts/faults.ts'
import type {NodeSettings} from '../contracts/node-config.ts'
import type {GroupState, NodeLive} from '../contracts/node-state.ts'
import type {ClusterSnapshot, NodeReading} from '../contracts/supervisor-protocol.ts'
import type {DiskReading, Operation, PushedChange} from '../judge/evidence.ts'
import type {CheckId, Verdict} from '../judge/verdict.ts'
import type {NemesisFault} from '../supervisor/nemesis.ts'

export type {
  Action,
  ActionResult,
  CheckId,
  ClusterSnapshot,
  DiskReading,
  GroupName,
  GroupState,
  Index,
  LinkShape,
  LinkView,
  NemesisFault,
  NodeId,
  NodeLive,
  NodeReading,
  Operation,
  PushedChange,
  Selector,
  Term,
  Verdict,
}

export interface About {
  name: string
  /** Number of the suite's phase, where it has one. */
  phase?: number
  /** One sentence: what it proves. */
  proves: string
  /** Damages files of nodes: only on a cluster of its own, never on one that is named with `-c`. */
  damages?: boolean
  /** How many steps it has, where it is known beforehand: for whoever shows how far it is. */
  steps?: number
  /** Ended after so many ms, when `--timeout` says nothing else; absent: 3 minutes. At most an hour. */
  withinMs?: number
  /** The cluster that it wants; the command line's flags win. */
  cluster?: {
    nodes?: number
    settings?: Partial<NodeSettings>
    /** Disks of which power can be cut; every kill cuts it then, as with `--power-loss`. */
    disk?: 'lossy'
  }
}

export interface Lab {
  readonly chronikLab: 1
  readonly about: About
  run(trial: Trial): Promise<void>
}

/** Declares a lab. `run` gets a cluster that is up; what it checks makes the verdict. */
export function lab(nameOrAbout: string | About, run: (trial: Trial) => Promise<void>): Lab {
  const about = typeof nameOrAbout === 'string' ? {name: nameOrAbout, proves: nameOrAbout} : nameOrAbout
  return {chronikLab: 1, about, run}
}

/** The cluster at one moment: an answer of every node that gives one, beside the supervisor's picture. */
export interface ClusterState {
  /** Milliseconds of the lab's monotonic clock: comparable to `Ordered.atMs`, changes and operations. */
  atMs: number
  snapshot: ClusterSnapshot
  readings: readonly NodeReading[]
  /** What a node answered of a group (`__raft_metadata/0`); undefined: it answers nothing, or has no such group. */
  of(node: NodeId, group?: GroupName): GroupState | undefined
  /** Everything that nodes told by themselves since the lab began, in order of arrival. */
  changes: readonly PushedChange[]
}

/** Something to wait for: anything but undefined and false when it holds. */
export type Fact<T> = (state: ClusterState) => T | undefined | false

/** What an order did, with the times of the lab's clock. */
export interface Ordered extends ActionResult {
  /** When it was given. */
  atMs: number
  /** When its effect was proven. */
  doneAtMs: number
}

export interface Undoable extends Ordered {
  undo(): Promise<Ordered>
}

export interface NodeHandle {
  readonly id: NodeId
  /** SIGKILL. */
  kill(): Promise<Ordered>
  /**
   * It dies by itself, as by SIGKILL, when it reaches that named point (`cluster.crashPoints`). A node that is dead is started for it: so its recovery
   * is reached. Undefined: it did not get there in time; it is up, and will not die there.
   */
  dieAt(point: string, o: {withinMs: number}): Promise<Ordered | undefined>
  /** SIGTERM, grace, SIGKILL. */
  stop(): Promise<Ordered>
  pause(): Promise<Undoable>
  resume(): Promise<Ordered>
  /** Cuts it off from all other nodes; see `Cluster.partition`. */
  isolate(how?: CutHow): Promise<Undoable>
  start(): Promise<Ordered>
  /** A fresh answer of the node. */
  state(): Promise<NodeReading>
  /** A copy of its data directory, read by the independent reader. The node must be dead. */
  disk(): Promise<DiskReading>
  /** Its files, to be looked at and damaged. The node must be dead. */
  readonly files: NodeFiles
  /** SHA-256 over the committed part of every log that this node shares with the others, as its disk holds it. Comparable between nodes until the next order. */
  logHash(): Promise<string>
  /** Holds when the node has synced every entry that was committed anywhere when the waiting began. */
  readonly caughtUp: Fact<ClusterState>
  /** Holds when the node has opened or refused every group that its newest copy (`disk()`) holds: what recovery found is then told of all of them. */
  readonly opened: Fact<NodeLive>
}

/** A named place in the broker at which a node can be made to die: `metadata-wal.sync.before`. */
export interface CrashPoint {
  name: string
  means: string
}

export interface CutHow {
  /** Only what comes to them, or only what they send. Absent: both. */
  oneWay?: 'in' | 'out'
  /** Clients do not reach them either. */
  clients?: boolean
}

/** One sound record in a file of a log. */
export interface FileRecord {
  group: GroupName
  /** Below the node's data directory. */
  file: string
  /** Number of the file among those of its group, from 0. */
  segment: number
  at: number
  bytes: number
  kind: 'BatchMark' | 'Entry' | 'HardState' | 'ConfState' | 'SnapshotMarker' | 'other'
  /** Of an Entry. */
  index?: Index
}

/** The data directory of a node that is dead. What is done to it counts as a fault. */
export interface NodeFiles {
  /** Keeps a copy of the whole directory; `restore` puts it back as it was. */
  save(): Promise<{restore(): Promise<void>}>
  /** Every file below it that its recovery reads or lists. */
  all(): Array<{file: string; bytes: number}>
  /** Every sound record of its logs, by group, in the order of the files. */
  records(): FileRecord[]
  /** Ends the file before byte `at`: what was synced and acknowledged may go with it. */
  cut(file: string, at: number): Promise<void>
  /** Adds `bytes` bytes of a batch to the last file of a log, as a write leaves them that a crash cut off before it was synced. False: the log ends otherwise already. */
  tear(group: GroupName, bytes: number): Promise<boolean>
  /** Takes every file away: the node comes back with an empty disk, as one that the others do not know. */
  wipe(): Promise<void>
  /** Takes the file away. */
  drop(file: string): Promise<void>
  /** Turns one bit of byte `at` over. */
  flip(file: string, at: number): Promise<void>
}

/** Faults that are drawn with the lab's seed: the same seed, the same faults at the same moments. */
export interface NemesisSpec {
  faults: readonly NemesisFault[]
  /** From one to the next; each is over before the next begins. */
  everyMs: number
  /** In all. */
  forMs: number
}

export interface NemesisDone {
  /** In the order in which they were done. `landed`: it was seen in force. */
  faults: Array<{fault: string; command: string; landed: boolean; lines: string[]}>
  /** The end of it: every fault undone, every node started. */
  healed: Ordered
}

export interface Cluster {
  readonly nodes: readonly NodeHandle[]
  /** How long what takes an election may take with this engine, ms: 5 s with the embedded broker. */
  readonly patienceMs: number
  /** The acks that this engine is loaded with when nothing else is meant: chronik-server 2.5.0 answers no acks=all in a cluster. */
  readonly acks: '1' | 'all'
  /** Every kill is a power loss (`--power-loss`, or a lab whose disks are lossy): what a node has not synced may be gone after it. */
  readonly losesPower: boolean
  /** Every point at which a node can be made to die, in the order of `chronik fault points`; none where the engine is a program of its own. */
  readonly crashPoints: readonly CrashPoint[]
  node(id: NodeId): NodeHandle
  /** The leader of a group (`__raft_metadata/0`), once there is one that serves, and is none of those excepted. */
  leader(group?: GroupName, except?: readonly NodeHandle[]): Promise<NodeHandle>
  /** One of its followers, drawn by the seed. */
  follower(group?: GroupName): Promise<NodeHandle>
  act(action: Action): Promise<Ordered>
  /** `losesAll`: a power loss takes all that was not synced, not a drawn part of it. */
  kill(who: Selector, how?: {losesAll?: boolean}): Promise<Ordered>
  start(who?: Selector): Promise<Ordered>
  restart(who: Selector): Promise<Ordered>
  /** Cuts nodes off from the others, or groups from each other (`[[1, 2], [3]]`: clients reach only the first). Done when it was seen that nothing passes. */
  partition(who: Selector | readonly NodeId[][], how?: CutHow): Promise<Undoable>
  /** Makes the link from one node to another slow, lossy or narrow: that direction alone. */
  link(from: NodeId, to: NodeId, shape: LinkShape): Promise<Undoable>
  /** Every link, and clients to each node, measured now. */
  links(): Promise<LinkView[]>
  /** From now on every sync on the disks of these nodes takes so much longer, until they die or it is undone. */
  slowDisks(who: Selector, byMs: number): Promise<Undoable>
  /** Draws faults, one after another, and heals all of them in the end, kills and stops too. */
  nemesis(spec: NemesisSpec): Promise<NemesisDone>
  /** Undoes every fault but kills and stops. */
  heal(): Promise<Ordered>
  /** Copies of the data directories of all nodes, which must be dead. */
  disks(): Promise<DiskReading[]>
  snapshot(): ClusterSnapshot
  ask(id: NodeId): Promise<NodeReading>
  /** What every node says of topics, kept as evidence for L9. */
  topics(): Promise<void>
  /** Waits for a fact. Not seen in time: the step fails with what was last seen. */
  until<T>(fact: Fact<T>, o: {withinMs: number}): Promise<T>
  /** As `until`, but undefined when not seen in time: for checks that judge that themselves. */
  seen<T>(fact: Fact<T>, o: {withinMs: number}): Promise<T | undefined>
}

export interface LoadSpec {
  /** Writes a second over all producers. */
  rate?: number
  /** `mixed`: each partition has an idempotent and a plain producer with acks=all, one with acks=1 and one with acks=0; only acks=all counts as acknowledged. */
  acks?: 'all' | '1' | '0' | 'mixed'
  topic?: string
  partitions?: number
  /** Producers of each kind a partition (1): so many writes may be under way at once. */
  producers?: number
  /** Consumer groups (0) of one member each, that commits what it has read, while another client asks what is committed: for H11. */
  groups?: number
  /** Only idempotent producers: each repeats its write until it is answered. */
  idempotent?: true
  /** Nodes that hold each partition; as many as there are, three at most, when not given. */
  replicas?: number
}

/** What the clients did, every operation of it, read back to the end. */
export interface History {
  topic: string
  operations: readonly Operation[]
  acknowledged: number
  readBack: number
}

export interface NodeReader {
  /** Asks for what comes next; kept in the history as any read. Gives what was answered, in words. */
  read(o: {withinMs: number}): Promise<string>
}

export interface Load {
  /** The Raft group of a partition of its topic (0), for `cluster.leader`. */
  group(partition?: number): GroupName
  /** Idempotent and plain producers (half of the plain ones of a second client library), one of each a partition, one write after another; and a reader a partition. */
  start(spec?: LoadSpec): Promise<void>
  /** Waits until so many more writes were acknowledged, on every partition at least one. Kept as evidence for L8w. Gives the number seen in time. */
  acknowledged(n: number, o: {withinMs: number; what?: string}): Promise<number>
  /** A reader that asks this node, over a connection that is open from now on, and nobody else, whoever leads. */
  readerOf(node: NodeHandle, partition?: number): Promise<NodeReader>
  /** Waits until so many more writes with acks=all were sent, answered or not. Gives the number seen in time. */
  tried(n: number, o: {withinMs: number}): Promise<number>
  /** Milliseconds from `sinceMs` until a write was acknowledged on every partition again; undefined when there is one that has none. */
  stoodMs(sinceMs: number): number | undefined
  /** Stops writing, reads every partition from its start to its high watermark, looks on the disks for what is missing. */
  stop(): Promise<History>
}

export interface Check {
  /** Judges by the checks of these ids (docs/report.md lists them), on what this step has collected. */
  (...checks: CheckId[]): Promise<Verdict[]>
  /** The lab's own comparison. */
  equal(title: string, a: unknown, b: unknown): Verdict
  /** The lab's own statement: true, false, or undefined when it could not be seen. */
  that(title: string, holds: boolean | undefined, o: {expected: string; seen: string}): Verdict
  /** Every check of a client history in one verdict. */
  history(title: string, h: History): Verdict
}

/** Orders about topics, each through one node that is named; every one is kept as evidence for L9a. */
export interface Topics {
  /** True when it was acknowledged. A topic of `partitions` (1), on as many nodes as the cluster's default says. */
  create(name: string, through: NodeHandle, o?: {partitions?: number}): Promise<boolean>
  remove(name: string, through: NodeHandle): Promise<boolean>
  /** Writes `records` (100) records of 1 KiB to its partition 0 and has all of them deleted (DeleteRecords). True when that was acknowledged. */
  shorten(name: string, o?: {records?: number}): Promise<boolean>
  /** Is it among the topics that this node tells a client of? Undefined: it did not answer. */
  toldBy(node: NodeHandle, name: string): Promise<boolean | undefined>
}

export interface Trial {
  cluster: Cluster
  topics: Topics
  load: Load
  check: Check
  /** A numbered step. Checks belong to the step in which they are made. */
  step(title: string, run: () => Promise<unknown>): Promise<void>
  /** Drawn from the command line's `--seed`. */
  seed: number
  /** Aborted when the run is interrupted. */
  signal: AbortSignal
  /** A few words that stand behind the step's line. */
  note(text: string): void
  /** A figure for the report, in milliseconds. */
  time(name: string, ms: number | undefined): void
  /** The lab's monotonic clock, ms. */
  now(): number
}
