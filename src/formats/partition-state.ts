import {EMPTY} from '../base/bytes.ts'
import type {Offset, Term} from '../base/ids.ts'
import {ProtobufError, ProtobufReader, ProtobufWriter} from './protobuf.ts'

const VERSION = 1

/** What a replica of a partition has applied, as its snapshots hold it. */
export interface PartitionState {
  /** Below it nothing is shown to clients, whether it is still there or not. */
  logStart: Offset
  nextOffset: Offset
  /** Running digest of the entries that were applied. */
  digest: number
  /** Where each leader epoch begins, ascending. */
  epochs: ReadonlyArray<{epoch: Term; startOffset: Offset}>
  /** The last batches of each idempotent producer, by producer id. */
  producers: readonly ProducerState[]
  /** `__consumer_offsets`: the newest record of each key, by key. Empty elsewhere. */
  values: ReadonlyArray<{key: Uint8Array; value: Uint8Array}>
}

export interface ProducerState {
  id: number
  epoch: number
  batches: ReadonlyArray<{firstSequence: number; lastSequence: number; baseOffset: Offset}>
}

/**
 * {1 format version (1), 2 log start, 3 next offset, 4 digest (fixed32), 5 epochs{1 epoch, 2 start offset}, 6 producers{1 id, 2 epoch,
 * 3 batches{1 first sequence, 2 last sequence, 3 base offset}}, 7 values{1 key, 2 value}}: the same state gives the same bytes.
 */
export function encodePartitionState(state: PartitionState): Uint8Array {
  const w = new ProtobufWriter(1024)
  w.numberField(1, VERSION)
  w.numberField(2, state.logStart)
  w.numberField(3, state.nextOffset)
  w.fixed32Field(4, state.digest)
  const inner = new ProtobufWriter(256)
  for (const {epoch, startOffset} of state.epochs) {
    inner.reset()
    inner.numberField(1, epoch)
    inner.numberField(2, startOffset)
    w.messageField(5, inner.written())
  }
  const batch = new ProtobufWriter(64)
  for (const {id, epoch, batches} of state.producers) {
    inner.reset()
    inner.numberField(1, id)
    inner.numberField(2, epoch)
    for (const {firstSequence, lastSequence, baseOffset} of batches) {
      batch.reset()
      batch.numberField(1, firstSequence)
      batch.numberField(2, lastSequence)
      batch.numberField(3, baseOffset)
      inner.messageField(3, batch.written())
    }
    w.messageField(6, inner.written())
  }
  for (const {key, value} of state.values) {
    inner.reset()
    inner.bytesField(1, key)
    inner.bytesField(2, value)
    w.messageField(7, inner.written())
  }
  return w.finish()
}

/** Throws ProtobufError when the bytes are no such state. Keys and values are views of them. */
export function decodePartitionState(bytes: Uint8Array): PartitionState {
  const r = new ProtobufReader(bytes)
  let version = 0
  const epochs: Array<{epoch: Term; startOffset: Offset}> = []
  const producers: ProducerState[] = []
  const values: Array<{key: Uint8Array; value: Uint8Array}> = []
  const state = {logStart: 0, nextOffset: 0, digest: 0, epochs, producers, values}
  while (r.next()) {
    if (r.field === 1) version = r.number()
    else if (r.field === 2) state.logStart = r.number()
    else if (r.field === 3) state.nextOffset = r.number()
    else if (r.field === 4) state.digest = r.fixed32()
    else if (r.field === 5) epochs.push(epochIn(r.nested()))
    else if (r.field === 6) producers.push(producerIn(r.nested()))
    else if (r.field === 7) values.push(valueIn(r.nested()))
    else r.skip()
  }
  if (version !== VERSION)
    throw new ProtobufError(0, `a partition's state of version ${version}, this reads ${VERSION}`)
  return state
}

function epochIn(r: ProtobufReader): {epoch: Term; startOffset: Offset} {
  const found = {epoch: 0, startOffset: 0}
  while (r.next()) {
    if (r.field === 1) found.epoch = r.number()
    else if (r.field === 2) found.startOffset = r.number()
    else r.skip()
  }
  return found
}

function producerIn(r: ProtobufReader): ProducerState {
  const batches: Array<ProducerState['batches'][number]> = []
  const found = {id: 0, epoch: 0, batches}
  while (r.next()) {
    if (r.field === 1) found.id = r.number()
    else if (r.field === 2) found.epoch = r.number()
    else if (r.field === 3) batches.push(batchIn(r.nested()))
    else r.skip()
  }
  return found
}

function batchIn(r: ProtobufReader): ProducerState['batches'][number] {
  const found = {firstSequence: 0, lastSequence: 0, baseOffset: 0}
  while (r.next()) {
    if (r.field === 1) found.firstSequence = r.number()
    else if (r.field === 2) found.lastSequence = r.number()
    else if (r.field === 3) found.baseOffset = r.number()
    else r.skip()
  }
  return found
}

function valueIn(r: ProtobufReader): {key: Uint8Array; value: Uint8Array} {
  const found: PartitionState['values'][number] = {key: EMPTY, value: EMPTY}
  while (r.next()) {
    if (r.field === 1) found.key = r.view()
    else if (r.field === 2) found.value = r.view()
    else r.skip()
  }
  return found
}
