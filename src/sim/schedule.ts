import type {NodeId} from '../base/ids.ts'
import type {RaftOptions} from '../raft/types.ts'
import type {DiskCallName} from './disk.ts'
import type {CrashPoint} from './machine.ts'

/** Who a fault is for: a node, or whoever leads (or follows in) a group when it comes, by its place among them. */
export type Who = NodeId | {leaderOf: string} | {followerOf: string; nth: number}

export type Fault =
  | {do: 'kill'; who: Who; downMs: number}
  | {do: 'power-loss'; who: Who; downMs: number}
  /** All of them at once, back one after the other. */
  | {do: 'power-loss-all'; downMs: number}
  | {do: 'stop'; who: Who; downMs: number}
  /** SIGSTOP; `clockMs`: its wall clock is moved meanwhile; `cutMs`: it stays cut off from the others so long after it goes on. */
  | {do: 'pause'; who: Who; forMs: number; clockMs?: number; cutMs?: number}
  /** Ends at a call to its disk; `again`: the next life ends at one too, during its recovery. */
  | {do: 'crash-at'; who: Who; point: CrashPoint; downMs: number; again?: CrashPoint}
  /** Ends when it becomes this in a group, `afterMs` later. */
  | {do: 'crash-as'; role: 'candidate' | 'leader'; group: string; afterMs: number; power: boolean; downMs: number}
  /** Cut off from the others, or paused, when it becomes this in a group, `afterMs` later. */
  | {
      do: 'hit-as'
      role: 'candidate' | 'leader'
      group: string
      afterMs: number
      how: 'isolate' | 'pause'
      forMs: number
    }
  | {do: 'cut'; from: Who; to: Who; bothWays: boolean; forMs: number}
  | {do: 'isolate'; who: Who; forMs: number}
  /** Two sides that do not hear each other; who is not named is on the second. */
  | {do: 'split'; one: readonly NodeId[]; forMs: number}
  | {do: 'shape'; from: Who; to: Who; delayMs: number; drop: number; double: number; reorder: number; forMs: number}
  /** Every connection between two nodes breaks; `midFrame`: the next thing that `who` writes to the other arrives in part, then its connection breaks. */
  | {do: 'reset'; who: Who; other: Who; midFrame?: boolean}
  | {do: 'clock-jump'; who: Who; byMs: number}
  | {do: 'clock-rate'; who: Who; permille: number; forMs: number}
  | {do: 'disk-error'; who: Who; call: DiskCallName; path: string; skip: number; downMs: number}
  | {do: 'disk-stall'; who: Who; call: DiskCallName; path: string; skip: number; stallMs: number}
  /** A read fails once: of what this life reads on, or (`recovering`) of what the next one reads at its start; it is killed for that. */
  | {do: 'read-error'; who: Who; path: string; skip: number; recovering: boolean; downMs: number}
  /** A sector in the middle of a log cannot be read any more, on the one machine of the budget of bad copies. */
  | {do: 'bad-sector'; who: Who}
  /** A write to a log of that machine, in the middle of it by now, went to another place: of the same file, of another log, of `groups.log`. */
  | {do: 'misdirect'; who: Who}
  /** One bit of a sound batch in the middle of a log flips, on the one machine of the budget of bad copies. */
  | {do: 'flip'; who: Who}
  /** What is damaged on that machine is moved aside and rebuilt from the other replicas (`chronik repair`). */
  | {do: 'repair'}
  /** One bit of the next record batch that a client sends to it flips on its way. */
  | {do: 'flip-sent'; who: Who}
  /** That machine comes back with an empty disk under its old id. */
  | {do: 'wipe'; who: Who; downMs: number}
  /** All are stopped cleanly, at once or one after the other, and started again. */
  | {do: 'restart-all'; rolling: boolean; downMs: number}
  /** A node more, one less, or one that gets an empty disk; when that can be done. */
  | {do: 'members'; what: 'add' | 'remove' | 'replace'; who: Who}
  | {do: 'disk-full'; who: Who; bytes: number; forMs: number}

export type Operation =
  /** `bytes`: its value is made so long. */
  | {
      do: 'send'
      client: string
      topic: string
      partition: number
      acks: -1 | 0 | 1
      idempotent: boolean
      bytes?: number
    }
  | {do: 'read'; client: string; topic: string; partition: number}
  | {do: 'list-end'; client: string; topic: string; partition: number}
  /** All but the newest `keep` records, as far as the client knows where the log ends. */
  | {do: 'delete-records'; client: string; topic: string; partition: number; keep: number}
  | {do: 'create-topic'; client: string; topic: string; partitions: number; replicationFactor: number}
  | {do: 'delete-topic'; client: string; topic: string}
  | {do: 'commit-offset'; client: string; group: string; topic: string; partition: number}
  | {do: 'read-offset'; client: string; group: string; topic: string; partition: number}

export type Scheduled = {atMs: number} & (Fault | Operation)

export type FaultKind = Fault['do']

/** Sizes of the Raft core, bytes and messages, that are others than a node has them. */
export type CoreSizes = Partial<
  Pick<RaftOptions, 'maxSizePerMessage' | 'maxInflightMessages' | 'maxCommittedSizePerReady'>
>

/** Everything that is done to a simulated cluster: plain data, made from a seed or read from a file, and shortened by shrinking. */
export interface Schedule {
  format: 'chronik-schedule-1'
  /** Of all delays, and of what each node draws. */
  seed: number
  scenario: string
  nodes: number
  /** Machines that can be added. */
  spares?: number
  /** How long operations and faults go on; then everything is healed and read back. */
  forMs: number
  segmentBytes: number
  /** Applied entries between two snapshots of a group that is compacted by them; absent: as a node has it by default. */
  snapshotEntries?: number
  /** A power loss also takes the synced bytes of sectors that were being written. */
  tornSectors?: boolean
  /** Engine and topic defaults that are others than a node has them. */
  settings?: Readonly<Record<string, number | string>>
  core?: Readonly<CoreSizes>
  topics: Array<{topic: string; partitions: number; replicationFactor: number}>
  /** In the order of their time. */
  list: Scheduled[]
}

const OPERATIONS: ReadonlySet<string> = new Set<Operation['do']>([
  'send',
  'read',
  'delete-records',
  'list-end',
  'create-topic',
  'delete-topic',
  'commit-offset',
  'read-offset',
])

export function isOperation(one: Fault | Operation): one is Operation {
  return OPERATIONS.has(one.do)
}
