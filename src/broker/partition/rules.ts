import type {Index, Offset} from '../../base/ids.ts'
import {KafkaError} from '../../formats/kafka/errors.ts'
import {type BatchRefusal, checkBatch} from '../../formats/record-batch.ts'
import type {BatchIndex} from './batch-index.ts'
import type {SequenceCheck} from './producers.ts'

export type Acks = -1 | 0 | 1

/** How far clients see: these go together. */
interface Shown {
  /** The high watermark, given the offset behind all that is applied. */
  highWatermark(nextOffset: Offset, batches: BatchIndex): Offset
  /** The last Raft index that is read for them; the log's own last one may not be committed. */
  lastIndex(batches: BatchIndex, log: {lastIndex(): Index}): Index
}

/** Decisions of a partition that a planted bug may replace. */
export interface PartitionRules {
  /** What an append is answered after; `internal` marks the coordinator's own. -1: committed · 1: synced here · 0: at once. */
  answersAfter(acks: Acks, internal: boolean): Acks
  /** Does the producer table take in the batch at `index`? `recovered` is the last index that this life found in its log. */
  remembers(index: Index, recovered: Index): boolean
  /** What is done about a batch, given what its sequence says. */
  sequence(check: SequenceCheck): SequenceCheck
  /** What is wrong with a producer's batch, if anything is. */
  refusal(batch: Uint8Array): BatchRefusal | undefined
  shown: Shown
  /** Raft index of the batch at which reading from `offset` begins; `epochStart` is the first offset of the leader's own epoch. */
  begins(batches: BatchIndex, offset: Offset, epochStart: Offset): Index | undefined
  /** The batches of one answer, as they come from the log. */
  answered(batches: readonly Uint8Array[]): Uint8Array[]
  /** What writes are told that still wait when a leader stops leading: whoever leads next may have them. */
  deposed(): number
  /** The newest time of the batch at `index`, as the time index keeps it. */
  timeOf(index: Index, recovered: Index, timestampMs: number): number
}

export const defaultPartitionRules: PartitionRules = {
  answersAfter: acks => acks,
  remembers: () => true,
  sequence: check => check,
  refusal: checkBatch,
  shown: {highWatermark: nextOffset => nextOffset, lastIndex: batches => batches.lastIndex},
  begins: (batches, offset) => batches.holding(offset),
  answered: batches => [...batches],
  deposed: () => KafkaError.NOT_LEADER_OR_FOLLOWER,
  timeOf: (_index, _recovered, timestampMs) => timestampMs,
}
