import type {Index, Term} from '../base/ids.ts'
import {decodeEntry, type Entry, type HardState} from '../formats/eraftpb.ts'
import {scanWalRecord, type WalRecord, writeWalRecord} from '../formats/wal-record.ts'
import type {Disk} from '../io/ports.ts'
import type {EntryIndex} from './entry-index.ts'
import {decide, type Facts, type Rule} from './rules.ts'

/** How records are understood: these go together, for one reader meets all of them. */
export interface RecordReading {
  /** Which kind a sound record is. */
  payloadKind(record: WalRecord): number
  decodeEntry(data: Uint8Array): Entry
  /** Is a log refused whose records contradict each other? */
  refusesBrokenFold(): boolean
}

export interface PlacedEntry {
  index: Index
  term: Term
  /** Segment, byte in it and length of its record. */
  segment: number
  place: number
  bytes: number
}

export interface BatchContent {
  entries: readonly Entry[]
  hardState: HardState | undefined
}

/** How records are written and read back: what one protects, the other checks. */
export interface RecordBytes {
  write: typeof writeWalRecord
  scan: typeof scanWalRecord
}

interface Start {
  hardState: HardState
  first: Index
  last: Index
}

/** Decisions of the WAL that a planted bug may replace. */
export interface WalParts {
  reading: RecordReading
  records: RecordBytes
  /** Are the sound records of a batch kept whose end is torn? */
  keepsHalf(): boolean
  /** The HardState and the last index that a log starts from, given what the fold found. */
  recovered(found: Start): Start
  /** Which rule decides what becomes of a group's directory. */
  decide(facts: Facts): Rule
  /** An entry of the log in file order takes its place in the fold. */
  place(index: EntryIndex, entry: PlacedEntry): void
  /** The batches that units which wait together are written in, each with a sync of its own. */
  batches(all: BatchContent): readonly BatchContent[]
  /** Order of the segment files. */
  segmentOrder(a: {name: string; number: number}, b: {name: string; number: number}): number
  /** What a new segment's head says of the HardState: what is synced; `newest` may still wait. */
  headHardState(synced: HardState, newest: HardState): HardState
  /** Where a new segment's head says that the log begins. */
  headMarker(marker: {index: Index; term: Term}): {index: Index; term: Term}
  /** Of the finished snapshot files of a group, the one that is kept; `named` is the one that the newest head names. */
  keptSnapshot(names: readonly string[], named: string): string
  /** Does an installed snapshot take the place of entries behind it, too? */
  installDropsTail(): boolean
  /** The disk as the logs use it. */
  disk(disk: Disk): Disk
}

export const defaultWalParts: WalParts = {
  reading: {
    payloadKind: record => record.kind,
    decodeEntry,
    refusesBrokenFold: () => true,
  },
  records: {write: writeWalRecord, scan: scanWalRecord},
  keepsHalf: () => false,
  recovered: found => found,
  decide,
  place: (index, {index: at, term, segment, place, bytes}) => {
    index.truncate(at)
    index.push(term, segment, place, bytes)
  },
  batches: all => [all],
  segmentOrder: (a, b) => a.number - b.number,
  headHardState: synced => synced,
  headMarker: marker => marker,
  keptSnapshot: (_names, named) => named,
  installDropsTail: () => true,
  disk: disk => disk,
}
