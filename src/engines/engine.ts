import type {ChildProcess} from 'node:child_process'
import type {ExecVerb} from '../contracts/attached.ts'
import type {EngineContract, EngineName, EngineOptions} from '../contracts/engine.ts'
import type {InsideAnswers, InsideOrder} from '../contracts/inside.ts'
import type {NodeConfig, ReadyLine} from '../contracts/node-config.ts'
import type {MembersOrder} from '../contracts/node-control.ts'
import type {GroupChange, NodeLive} from '../contracts/node-state.ts'
import type {NodeReading} from '../contracts/supervisor-protocol.ts'
import type {Ended} from './attached/command.ts'

/**
 * What a node runs. Supervisor, checks, dashboard and reports know an engine by this and nothing else; docs/engines.md tells how to add one.
 * An engine holds no state of a cluster: what it has to know is handed to it.
 */
export interface Engine {
  readonly name: EngineName
  readonly contract: EngineContract
  readonly ports: EnginePorts
  /** What is there and what is missing; asks nothing of the network and starts nothing that lasts. */
  availability(options: EngineOptions): Promise<Availability>
  /** Before each start of a node: what its data directory needs, when it holds nothing but `node.json`. What is missing later on is not made anew. */
  prepare(node: NodeConfig, cluster: EngineCluster): void
  /** Called before each start: writes the node's configuration beside its data, and says what to run. */
  launch(node: NodeConfig, cluster: EngineCluster): NodeLaunch
  /** Follows one life of a node, from its start to its end. */
  attend(node: NodeConfig, life: ProcessLife): Attendance
}

/** What nodes run that the lab did not start: nothing is prepared or launched, and whatever is done to them is done by commands of the user's own. */
export interface AttachedEngine {
  readonly name: 'attached'
  /** Follows one life of a node, from the first answer of its broker to the last. */
  attend(node: NodeConfig, life: Life, cluster: EngineCluster): AttachedAttendance
  /** Runs the command for a verb; refused when there is none. How it ended is told, whatever it was. */
  order(
    verb: ExecVerb,
    node: NodeConfig,
    cluster: EngineCluster,
    o: {dir?: string; signal?: AbortSignal},
  ): Promise<Ended & {command: string}>
}

/** The cluster as far as an engine has to know it. */
export interface EngineCluster {
  dir: string
  plant?: string
  options: EngineOptions
}

export interface EnginePorts {
  /** First Kafka port of the first choice; the Raft ports lie `raftOffset` above. */
  kafka: number
  raftOffset: number
  /** Between the ports of two nodes. */
  step: number
  /** What a node listens on besides, above its Kafka port. */
  more: number[]
}

/** How a node's process is started: plain data. */
export interface NodeLaunch {
  command: string
  args: string[]
  /** Added to what every node is given of the environment. */
  env?: Record<string, string>
  /** True for programs that do not end by themselves when their supervisor is gone: a guard beside them sees to it. */
  guarded: boolean
}

/** One life of a node's process, as its attendant sees it. */
export interface Life {
  /** 0: it is no process of this machine's that is known. */
  pid: number
  logFile: string
  /** Byte of the log at which this life begins. */
  logFrom: number
  /** It is known to be held still: that it does not answer is no end. */
  held?(): boolean
  /** A new picture of the node. */
  took(live: NodeLive): void
  /** The node told of a change of one group. */
  changed(change: GroupChange): void
}

/** One life of a process of the lab's own. */
export interface ProcessLife extends Life {
  child: ChildProcess
}

export interface Attendance {
  /** Where live state comes from. */
  readonly source: NodeReading['source']
  /** Its first word; undefined when it ended, or said nothing that is understood. */
  readonly ready: Promise<ReadyLine | undefined>
  /** Begins to watch; settles with the first picture, or when there will be none. Called once, after `ready`. */
  watch(): Promise<void>
  /** A picture taken now; undefined when none came in time. */
  ask(withinMs: number): Promise<NodeLive | undefined>
  /** What its log says, of nodes that tell of their recovery nowhere else. */
  told?(): NodeReading['told']
  /** Makes the node suffer from within; what it measured. Absent: this engine cannot. Rejects with the node's own error, or when there is no answer in time. */
  inject?<O extends InsideOrder>(order: O, withinMs: number): Promise<InsideAnswers[O['call']]>
  /** Tells the node of a change of the members. Absent: this engine cannot. Rejects as `inject` does. */
  members?(order: MembersOrder, withinMs: number): Promise<void>
  /** The process is gone. */
  close(): void
}

export interface AttachedAttendance extends Attendance {
  /** Settles when this life is over: how that was seen. */
  readonly gone: Promise<string>
}

export interface Availability {
  name: EngineName
  available: boolean
  /** What was found: version, place. */
  found: string
  /** What is missing, and how to get it; empty when nothing is. */
  missing: string
  next?: string
}
