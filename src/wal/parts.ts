import {decodeEntry, type Entry, type HardState} from '../formats/eraftpb.ts'
import type {WalRecord} from '../formats/wal-record.ts'
import type {Disk} from '../io/ports.ts'

/** Decisions of the WAL that a planted bug may replace. */
export interface WalParts {
  /** Which kind a sound record is. */
  payloadKind(record: WalRecord): number
  decodeEntry(data: Uint8Array): Entry
  /** Is a log refused whose records contradict each other? */
  refusesBrokenFold(): boolean
  /** Of the entries that the fold left (count), how many are kept. */
  keptEntries(count: number): number
  /** The HardState a log starts from, given what the fold found and the last index. */
  recoveredHardState(found: HardState, lastIndex: number): HardState
  /** Order of the segment files. */
  segmentOrder(a: {name: string; number: number}, b: {name: string; number: number}): number
  /** What a new segment's head says of the HardState: what is synced; `newest` may still wait. */
  headHardState(synced: HardState, newest: HardState): HardState
  /** The disk as the logs use it. */
  disk(disk: Disk): Disk
}

export const defaultWalParts: WalParts = {
  payloadKind: record => record.kind,
  decodeEntry,
  refusesBrokenFold: () => true,
  keptEntries: count => count,
  recoveredHardState: found => found,
  segmentOrder: (a, b) => a.number - b.number,
  headHardState: synced => synced,
  disk: disk => disk,
}
