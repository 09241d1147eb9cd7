import {equalBytes} from '../base/bytes.ts'
import type {Index, NodeId, Term} from '../base/ids.ts'
import {type BatchMark, decodeBatchMark} from '../formats/batch-mark.ts'
import {
  type ConfState,
  decodeConfState,
  decodeHardState,
  decodeSnapshotMetadata,
  encodeConfState,
  encodeHardState,
  encodeSnapshotMetadata,
  type HardState,
} from '../formats/eraftpb.ts'
import {WalKind} from '../formats/wal-record.ts'
import {type EntryShape, readEntryShape} from './entry-shape.ts'
import type {FileWindow} from './file-window.ts'
import type {SeenRecord} from './scan.ts'

/** What a sound record says. */
export type Said = {
  /** Why these bytes are not what an eraftpb writer would write, though they parse. */
  oddly?: string
  /** Unmarked records: the other reading that these bytes allow, and that the base offset rules out. */
  ambiguous?: string
} & (
  | {kind: 'Entry'; entry: EntryShape; term: Term; index: Index}
  | ({kind: 'HardState'} & HardState)
  | {kind: 'ConfState'; confState: ConfState}
  | {kind: 'SnapshotMarker'; term: Term; index: Index; installed: boolean}
  | {kind: 'BatchMark'; mark: BatchMark}
  /** Bytes that chronik does not claim to understand. */
  | {kind: 'Opaque'; why: string}
)

export const ENTRY_TYPES = ['Normal', 'ConfChange', 'ConfChangeV2'] as const

/** Payloads of these kinds are small: one that is longer is none. */
const SMALL_BYTES = 64 * 1024

/**
 * What a record is. The flags byte decides. An unmarked one (flag 0, files of other writers) is asked of both decoders, and only
 * its base offset tells an Entry (its index) from a HardState (0): the payload alone cannot.
 */
export function decide(window: FileWindow, record: SeenRecord): Said {
  if (record.version === 1) return {kind: 'Opaque', why: 'version 1'}
  try {
    switch (record.flag) {
      case WalKind.Unmarked:
        return decideUnmarked(window, record)
      case WalKind.Entry:
        return decideEntry(window, record)
      case WalKind.HardState: {
        const data = small(window, record)
        const {term, vote, commit} = decodeHardState(data)
        return told({kind: 'HardState', term, vote, commit}, data, encodeHardState({term, vote, commit}))
      }
      case WalKind.ConfState: {
        const data = small(window, record)
        const confState = decodeConfState(data)
        return told({kind: 'ConfState', confState}, data, encodeConfState(confState))
      }
      case WalKind.SnapshotMarker: {
        const data = small(window, record)
        const {index, term} = decodeSnapshotMetadata(data)
        const installed = record.recordCount === 1
        return told({kind: 'SnapshotMarker', index, term, installed}, data, encodeSnapshotMetadata({index, term}))
      }
      case WalKind.BatchMark: {
        const mark = decodeBatchMark(small(window, record))
        mark.logId = mark.logId.slice()
        return {kind: 'BatchMark', mark}
      }
      default:
        return {kind: 'Opaque', why: `kind ${record.flag}`}
    }
  } catch (error) {
    return {kind: 'Opaque', why: `its payload does not parse: ${(error as Error).message}`}
  }
}

function small(window: FileWindow, record: SeenRecord): Uint8Array {
  if (record.dataBytes > SMALL_BYTES) throw new Error(`${record.dataBytes} bytes`)
  return window.view(record.dataAt, record.dataBytes)
}

const ODDLY = 'it parses, but is not written as eraftpb writes it'

function told(said: Said, data: Uint8Array, again: Uint8Array): Said {
  if (!equalBytes(data, again)) said.oddly = ODDLY
  return said
}

function decideEntry(window: FileWindow, record: SeenRecord): Said {
  const entry = readEntryShape(window, record.dataAt, record.dataAt + record.dataBytes)
  if (entry.type > 2) return {kind: 'Opaque', why: `entry type ${entry.type}`}
  if (entry.index !== record.baseOffset || entry.index !== record.lastOffset)
    return {kind: 'Opaque', why: `entry ${entry.index} in a record of index ${record.baseOffset}`}
  const said: Said = {kind: 'Entry', entry, term: entry.term, index: entry.index}
  if (!entry.canonical) said.oddly = ODDLY
  return said
}

function decideUnmarked(window: FileWindow, record: SeenRecord): Said {
  const entry = asEntry(window, record)
  const state = asHardState(window, record)
  if (record.baseOffset === 0 && record.lastOffset === 0) {
    if (!state) return {kind: 'Opaque', why: 'neither a HardState nor an Entry'}
    const other = entry && entry.index > 0 ? {ambiguous: `Entry ${entryWords(entry)}`} : {}
    return {kind: 'HardState', ...state, ...other}
  }
  if (!entry || entry.type > 2) return {kind: 'Opaque', why: 'neither a HardState nor an Entry'}
  if (entry.index !== record.baseOffset || entry.index !== record.lastOffset)
    return {kind: 'Opaque', why: `reads as entry ${entry.index}, its offset is ${record.baseOffset}`}
  const other = state ? {ambiguous: `HardState term ${state.term} vote ${state.vote} commit ${state.commit}`} : {}
  return {kind: 'Entry', entry, term: entry.term, index: entry.index, ...other}
}

function asEntry(window: FileWindow, record: SeenRecord): EntryShape | undefined {
  try {
    const entry = readEntryShape(window, record.dataAt, record.dataAt + record.dataBytes)
    return entry.canonical ? entry : undefined
  } catch {
    return undefined
  }
}

function asHardState(window: FileWindow, record: SeenRecord): HardState | undefined {
  try {
    const data = small(window, record)
    const state = decodeHardState(data)
    return equalBytes(data, encodeHardState(state)) ? state : undefined
  } catch {
    return undefined
  }
}

/** What a reader that tries Entry first makes of a HardState: `Entry ConfChange term 1 index 22`; undefined when of nothing. */
export function alsoReadsAs(state: {term: Term; vote: NodeId; commit: Index}): string | undefined {
  if (state.commit === 0) return undefined
  return `Entry ${entryWords({type: state.term, term: state.vote, index: state.commit})}`
}

function entryWords(entry: {type: number; term: number; index: number}): string {
  return `${ENTRY_TYPES[entry.type] ?? `type ${entry.type}`} term ${entry.term} index ${entry.index}`
}
