import type {Index, Term} from '../base/ids.ts'
import type {BatchMark} from '../formats/batch-mark.ts'
import type {ConfState, HardState} from '../formats/eraftpb.ts'

/** Where an entry's record lies; its payload is not kept. */
export interface BatchEntry {
  index: Index
  term: Term
  at: number
  bytes: number
}

/** One sound batch: its mark, and what its records say. */
export interface Batch {
  at: number
  end: number
  mark: BatchMark
  /** A mark alone with record count 1: nothing follows it in its segment. */
  seal: boolean
  entries: BatchEntry[]
  hardState?: HardState
  confState?: ConfState
  marker?: {index: number; term: number; installed: boolean}
  records: number
}
