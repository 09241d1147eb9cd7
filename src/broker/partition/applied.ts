import {type Index, OFFSETS_TOPIC, type Offset, type Term} from '../../base/ids.ts'
import {invariant} from '../../base/invariant.ts'
import {type Entry, EntryType} from '../../formats/eraftpb.ts'
import {decodeLogStart} from '../../formats/log-start.ts'
import {CONTEXT_BATCH, CONTEXT_LOG_START} from '../../formats/metadata-command.ts'
import {decodePartitionState, type PartitionState} from '../../formats/partition-state.ts'
import {readBatchHeader} from '../../formats/record-batch.ts'
import type {SegmentState} from '../../formats/sidecar.ts'
import {BatchIndex} from './batch-index.ts'
import {LastValues} from './last-values.ts'
import {Producers} from './producers.ts'
import {defaultPartitionRules, type PartitionRules} from './rules.ts'

/** What a partition's replica has applied: a function of the committed entries alone. */
export class AppliedState {
  nextOffset: Offset = 0
  /** The batches that lie in the log. */
  readonly batches = new BatchIndex()
  readonly producers = new Producers()
  #epochs: Array<{epoch: Term; startOffset: Offset}> = []
  #digest = 0
  #logStart: Offset = 0
  readonly #topic: string
  readonly #partition: number
  /** Only where old records are kept by key. */
  readonly values: LastValues | undefined

  constructor(topic: string, partition: number) {
    this.#topic = topic
    this.#partition = partition
    this.values = topic === OFFSETS_TOPIC ? new LastValues() : undefined
  }

  get epochs(): ReadonlyArray<{epoch: Term; startOffset: Offset}> {
    return this.#epochs
  }

  /** Equal on every replica that applied the same entries: 32 bits are enough to tell those apart that parted by accident. */
  get digest(): number {
    return this.#digest
  }

  /** The first offset that clients are shown. */
  get logStartOffset(): Offset {
    return Math.max(this.#logStart, this.batches.firstOffset ?? this.nextOffset)
  }

  /** `recovered`: the last index that this life found in its log. */
  apply(entry: Entry, recovered: Index = 0, rules: PartitionRules = defaultPartitionRules): void {
    const last = this.#epochs[this.#epochs.length - 1]
    if (!last || entry.term > last.epoch) this.#epochs.push({epoch: entry.term, startOffset: this.nextOffset})
    if (entry.type === EntryType.Normal && entry.context[0] === CONTEXT_LOG_START[0]) {
      const offset = decodeLogStart(entry.data)
      this.#logStart = Math.max(this.#logStart, Math.min(offset, this.nextOffset))
      this.#digest = mixed(this.#digest, entry.index, entry.term, offset >>> 0)
      return
    }
    if (entry.type !== EntryType.Normal || entry.context[0] !== CONTEXT_BATCH[0]) {
      this.#digest = mixed(this.#digest, entry.index, entry.term, 0)
      return
    }
    const header = readBatchHeader(entry.data, 0)
    invariant(header.baseOffset === this.nextOffset, 'base offset is the next offset on apply', {
      topic: this.#topic,
      partition: this.#partition,
      index: entry.index,
      baseOffset: header.baseOffset,
      nextOffset: this.nextOffset,
    })
    const count = header.lastOffsetDelta + 1
    this.batches.add(entry.index, header.baseOffset, rules.timeOf(entry.index, recovered, header.maxTimestamp))
    if (rules.remembers(entry.index, recovered)) this.producers.add({...header, count}, header.baseOffset)
    this.values?.apply(entry.data)
    this.nextOffset += count
    this.#digest = mixed(this.#digest, entry.index, entry.term, header.crc)
  }

  /** A copy: it does not change when more is applied. */
  state(): PartitionState {
    return {
      logStart: this.#logStart,
      nextOffset: this.nextOffset,
      digest: this.#digest,
      epochs: [...this.#epochs],
      producers: this.producers.all(),
      values: this.values?.all() ?? [],
    }
  }

  /** Throws ProtobufError when the bytes are no snapshot of a partition; then nothing has changed. */
  restore(bytes: Uint8Array): void {
    this.#become(decodePartitionState(bytes))
  }

  /** What was applied at the end of each of the oldest segments: the newest counts, and the batches of all of them lie in the log. */
  resume(
    ends: ReadonlyArray<{state: PartitionState; index: Index; batches: SegmentState['batches']}>,
    recovered: Index,
    rules: PartitionRules = defaultPartitionRules,
  ): void {
    const newest = ends[ends.length - 1]
    this.#become(newest.state)
    if (!rules.remembers(newest.index, recovered)) this.producers.restore([])
    for (const {batches} of ends)
      for (const [i, index] of batches.indexes.entries())
        this.batches.add(index, batches.baseOffsets[i], rules.timeOf(index, recovered, batches.maxTimestampsMs[i]))
  }

  #become({digest, epochs, logStart, nextOffset, producers, values}: PartitionState): void {
    this.nextOffset = nextOffset
    this.#logStart = logStart
    this.#digest = digest
    this.#epochs = [...epochs]
    this.producers.restore(producers)
    this.values?.restore(values)
    this.batches.dropTo(Number.MAX_SAFE_INTEGER)
  }

  /** The log begins behind `index` now. */
  dropped(index: Index): void {
    this.batches.dropTo(index)
  }
}

function mixed(digest: number, index: Index, term: Term, crc: number): number {
  let h = Math.imul(digest ^ (index >>> 0), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13) ^ (term >>> 0), 0xc2b2ae35)
  h = Math.imul(h ^ (h >>> 16) ^ crc, 0x27d4eb2f)
  return (h ^ (h >>> 15)) >>> 0
}
