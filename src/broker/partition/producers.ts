import type {Offset} from '../../base/ids.ts'
import {KafkaError} from '../../formats/kafka/errors.ts'
import type {ProducerState} from '../../formats/partition-state.ts'

/** Batches remembered a producer, as many as a Kafka producer may have in flight (KIP-98). */
const BATCHES_KEPT = 5
const SEQUENCES = 2 ** 31

/** What a record batch says of its producer; `producerId` -1: none. */
export interface ProducerBatch {
  producerId: number
  producerEpoch: number
  baseSequence: number
  /** Offsets that the batch takes. */
  count: number
}

export interface KnownBatch {
  firstSequence: number
  lastSequence: number
  baseOffset: Offset
}

interface Producer {
  epoch: number
  batches: KnownBatch[]
}

/** Fresh: append it. Known: it lies in the log at this offset. Else the error code. */
export type SequenceCheck = 'fresh' | KnownBatch | {error: number}

/** The producer table of one partition: the last batches of each idempotent producer, so that a retry is answered and not appended again. */
export class Producers {
  readonly #producers = new Map<number, Producer>()

  /** A copy that can run ahead of this one: the leader's, for what is proposed and not yet committed. */
  overlay(): ProducersOverlay {
    return new ProducersOverlay(this)
  }

  get(producerId: number): Producer | undefined {
    return this.#producers.get(producerId)
  }

  add(batch: ProducerBatch, baseOffset: Offset): void {
    if (batch.producerId < 0 || batch.baseSequence < 0) return
    this.#producers.set(batch.producerId, appended(this.#producers.get(batch.producerId), batch, baseOffset))
  }

  /** By producer id. */
  all(): ProducerState[] {
    return [...this.#producers].sort(([a], [b]) => a - b).map(([id, {batches, epoch}]) => ({id, epoch, batches}))
  }

  restore(producers: Iterable<ProducerState>): void {
    this.#producers.clear()
    for (const {batches, epoch, id} of producers) this.#producers.set(id, {epoch, batches: [...batches]})
  }
}

/** The table as it will be when everything proposed is committed. Dropped when this node stops leading. */
export class ProducersOverlay {
  readonly #below: Producers
  readonly #ahead = new Map<number, Producer>()

  constructor(below: Producers) {
    this.#below = below
  }

  check(batch: ProducerBatch): SequenceCheck {
    if (batch.producerId < 0 || batch.baseSequence < 0) return 'fresh'
    const known = this.#ahead.get(batch.producerId) ?? this.#below.get(batch.producerId)
    if (!known) return 'fresh'
    if (batch.producerEpoch < known.epoch) return {error: KafkaError.INVALID_PRODUCER_EPOCH}
    if (batch.producerEpoch > known.epoch)
      return batch.baseSequence === 0 ? 'fresh' : {error: KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER}
    const last = lastSequenceOf(batch)
    const same = known.batches.find(b => b.firstSequence === batch.baseSequence && b.lastSequence === last)
    if (same) return same
    const newest = known.batches[known.batches.length - 1]
    if (!newest || batch.baseSequence === (newest.lastSequence + 1) % SEQUENCES) return 'fresh'
    return {error: KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER}
  }

  add(batch: ProducerBatch, baseOffset: Offset): void {
    if (batch.producerId < 0 || batch.baseSequence < 0) return
    const known = this.#ahead.get(batch.producerId) ?? this.#below.get(batch.producerId)
    this.#ahead.set(batch.producerId, appended(known, batch, baseOffset))
  }
}

function lastSequenceOf(batch: ProducerBatch): number {
  return (batch.baseSequence + batch.count - 1) % SEQUENCES
}

function appended(known: Producer | undefined, batch: ProducerBatch, baseOffset: Offset): Producer {
  const added = {firstSequence: batch.baseSequence, lastSequence: lastSequenceOf(batch), baseOffset}
  const kept = known && known.epoch === batch.producerEpoch ? known.batches.slice(1 - BATCHES_KEPT) : []
  return {epoch: batch.producerEpoch, batches: [...kept, added]}
}
