import type {Index, Term} from '../base/ids.ts'
import type {RecoveryReport} from '../contracts/node-state.ts'
import type {ConfState, Entry, HardState, Snapshot} from '../formats/eraftpb.ts'
import type {RaftStorage, Ready} from '../raft/types.ts'

/** Damage that a node must not start from. */
export interface Damage {
  file: string
  /** Byte where the sound part of the file ends, or the mark of the batch that breaks the fold. */
  at: number
  why: string
}

/** One group's log on a Disk. It answers the core from memory and writes in batches: one write and one sync for all that waits. */
export interface GroupLog extends RaftStorage {
  /** Settles after its own bytes are synced, in the order of the calls. A failed sync never settles: the node exits 74. */
  append(unit: NonNullable<Ready['append']>): Promise<void>
  /** Entries low … high - 1 as stored, at least one, else up to `bytesMax`; from memory when they are there. */
  read(low: Index, high: Index, bytesMax: number): Promise<Entry[]>
  /** Index of the last entry whose bytes are synced. */
  readonly syncedIndex: Index
  /** The HardState that is synced. */
  readonly syncedHardState: HardState
  readonly report: RecoveryReport
  figures(): LogFigures
  /** Waits for what is queued, writes the idle mark, syncs, closes the files. */
  close(): Promise<void>
}

export interface LogFigures {
  /** Batches written, units in them, syncs, bytes, and total milliseconds spent in syncs, since the start. */
  batches: number
  units: number
  syncs: number
  bytes: number
  syncMs: number
  segments: number
}

/** How a log is opened. */
export interface GroupLogOptions {
  /** Data directory relative paths: `wal/{topic}/{partition}` (metadata: `wal/__meta/__raft_metadata/0`). */
  dir: string
  topic: string
  partition: number
  /** As groups.log lists it; undefined when the group is not listed (first start). */
  logId?: Uint8Array
  /** Written into the first head at birth. */
  birthConfState: ConfState
  segmentBytesMax: number
  /** Bytes of payload kept in memory behind the last entry, so that followers and fetches need no read. */
  tailBytesMax: number
}

export interface BornLog {
  logId: Uint8Array
}

/** Read positions: kept in memory, per entry. */
export interface EntryPosition {
  term: Term
  segment: number
  at: number
  bytes: number
}

export type {ConfState, Entry, HardState, Snapshot}
