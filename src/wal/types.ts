import type {GroupName, Index} from '../base/ids.ts'
import type {RecoveryReport} from '../contracts/node-state.ts'
import type {ConfState, Entry, HardState, Snapshot, SnapshotMetadata} from '../formats/eraftpb.ts'
import type {SegmentState} from '../formats/sidecar.ts'
import type {Clock, Disk} from '../io/ports.ts'
import type {EntriesWanted, RaftStorage, Ready} from '../raft/types.ts'
import type {CommitTurns} from './commit-turns.ts'
import type {WalParts} from './parts.ts'
import type {Reserve} from './reserve.ts'
import type {SegmentChecks} from './segment-checks.ts'
import type {TailBudget} from './tail-cache.ts'

/** Damage that a node must not start from. */
export interface Damage {
  file: string
  /** Byte where the sound part of the file ends, or the mark of the batch that breaks the fold. */
  at: number
  why: string
}

export type WriteUnit = NonNullable<Ready['append']>

/** One group's log on a Disk. It answers the core from memory and writes in batches: one write and one sync for all that waits. */
export interface GroupLog extends RaftStorage {
  /**
   * Settles after its own bytes are synced, in the order of the calls; a snapshot in it takes the place of the whole log. After a failed sync it never
   * settles: the node exits 74. While the disk is full it waits, and `voted` is called when at least its term and vote are synced.
   */
  append(unit: WriteUnit, voted?: () => void): Promise<void>
  /**
   * This node's own snapshot of what it applied: its file is made durable, the log begins behind it, segments that hold nothing else are removed.
   * Settles when the head that names it is synced; to false when there was no room for it, or the log begins behind it already.
   */
  compact(snapshot: Snapshot): Promise<boolean>
  /** The snapshot that the log began behind when it was opened. */
  readonly recovered: Snapshot | undefined
  /**
   * Entries low … high - 1 as stored, at least one, else up to `bytesMax`; from memory when they are there. None when the log begins behind `low` by
   * now.
   */
  read(low: Index, high: Index, bytesMax: number): Promise<Entry[]>
  /** Its segments, oldest first: their bytes, and the index of the first entry in each or behind it. */
  segments(): Array<{bytes: number; first: Index}>
  /** Is this entry the first of its segment? */
  beginsSegment(index: Index): boolean
  /** What sidecars say was applied at the ends of the oldest segments, in their order: of what is committed, all of it. */
  readonly states: readonly SegmentState[]
  /** A machine has become the newest of `states`: this life applies what follows. Before the core is made of this log. */
  resume(): void
  /** Where this life goes on applying: what `resume` took. */
  readonly resumed: SnapshotMetadata | undefined
  /**
   * What was applied at the end of a segment, which is `state.metadata.index`, is kept in its sidecar. `batches` is asked, at once, for those of indexes
   * from `low` to that one.
   */
  keepState(state: Snapshot, batches: (low: Index) => SegmentState['batches']): void
  /** Index of the last entry whose bytes are synced. */
  readonly syncedIndex: Index
  /** The HardState that is synced. */
  readonly syncedHardState: HardState
  readonly report: RecoveryReport
  /** So much waits to be written that clients have to wait. */
  readonly crowded: boolean
  figures(): LogFigures
  /** Waits for what is queued, writes the idle mark, syncs, closes the files. */
  close(): Promise<void>
}

export interface LogFigures {
  /** Batches written, each with one sync; units, entries and bytes in them; milliseconds that their writes and syncs took; since the start. */
  batches: number
  units: number
  writes: number
  bytes: number
  syncMs: number
  /** Entries that wait for the next batch. */
  waiting: number
  segments: number
}

/** How a log is opened. Paths are relative to the Disk. */
export interface GroupLogOptions {
  group: GroupName
  topic: string
  partition: number
  /** Where the segments are. */
  dir: string
  snapshotDir: string
  /** As groups.log lists it; undefined when the group is not listed. */
  logId?: Uint8Array
  /** 8 random bytes for a log that is born now. */
  newLogId: Uint8Array
  /** Written into the first head at birth. */
  birthConfState: ConfState
  /** … and the HardState there; absent: all 0. */
  birthHardState?: HardState
  segmentBytesMax: number
  /** A segment that is older is not written to any more; undefined: whatever its age. */
  segmentMsMax?: number
  /** Memory, shared by all logs of a node, for the newest entries' payload, so that followers and fetches need no read. */
  tails: TailBudget
  parts: WalParts
  disk: Disk
  clock: Clock
  /** Do sealed segments get sidecars? Only where a machine hands over its states: whatever else is in the log is read again to be applied. */
  sidecars: boolean
  /** When sealed segments are read that no start has to read; shared by all logs of a node. */
  checks: SegmentChecks
  /** Whose batch is next, and how it gathers; shared by all logs of a node. */
  turns: CommitTurns
  /** What a full disk still takes; shared by all logs of a node. */
  reserve: Reserve
  /** Called between the synced first head and the first use: the group must be listed durably when it settles. */
  listed(logId: Uint8Array): Promise<void>
  /** A failed write or sync is final: the node ends. */
  fail(error: unknown, file: string): void
  /** The disk has no room (true), or has room again (false). */
  full(full: boolean): void
  /** Entries that were answered `pending` are in memory now. */
  fetched(want: EntriesWanted): void
}
