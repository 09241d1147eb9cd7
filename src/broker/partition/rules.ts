import type {Index} from '../../base/ids.ts'
import type {SequenceCheck} from './producers.ts'

export type Acks = -1 | 0 | 1

/** Decisions of a partition that a planted bug may replace. */
export interface PartitionRules {
  /** What an append is answered after; `internal` marks the coordinator's own. -1: committed · 1: synced here · 0: at once. */
  answersAfter(acks: Acks, internal: boolean): Acks
  /** Does the producer table take in the batch at `index`? `recovered` is the last index that this life found in its log. */
  remembers(index: Index, recovered: Index): boolean
  /** What is done about a batch, given what its sequence says. */
  sequence(check: SequenceCheck): SequenceCheck
}

export const defaultPartitionRules: PartitionRules = {
  answersAfter: acks => acks,
  remembers: () => true,
  sequence: check => check,
}
