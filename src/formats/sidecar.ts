import {EMPTY} from '../base/bytes.ts'
import {crc32} from '../base/crc32.ts'
import type {Index, Offset, Term} from '../base/ids.ts'
import {decodeSnapshot, encodeSnapshot, type Snapshot} from './eraftpb.ts'
import {ProtobufReader, ProtobufWriter} from './protobuf.ts'

const VERSION = 1
/** The difference of two times below it, doubled, is still exact. */
const TIME_END_MS = 2 ** 51

/** Where the entries lie that a segment leaves in the log when it is sealed: those of `first` and the indexes behind it, a column each. */
export interface EntryTable {
  first: Index
  terms: Term[]
  /** Bytes in the segment at which their records begin, and lengths of these. */
  ats: number[]
  lengths: number[]
}

/** The record batches of a partition by their entries' indexes, ascending: where each begins for Kafka's clients, and its newest time. */
export interface BatchTable {
  indexes: Index[]
  baseOffsets: Offset[]
  maxTimestampsMs: number[]
}

/** What a machine had applied at the end of a segment, and the batches in that segment. */
export interface SegmentState {
  state: Snapshot
  batches: BatchTable
}

/** What stands beside a sealed segment, so that a start need not read it: a cache, made anew from the segment when it is not here or does not fit. */
export interface Sidecar extends SegmentState {
  logId: Uint8Array
  segment: number
  /** Of the segment: its length, where its seal stands, the CRC-32 of all its bytes, the batches and records in it (marks are records too). */
  bytes: number
  sealAt: number
  crc32: number
  segmentBatches: number
  records: number
  entries: EntryTable
}

/**
 * One message: {1 format version (1), 2 log id, 3 segment number, 4 length, 5 where the seal stands, 6 CRC-32 of the segment (fixed32), 7 batches,
 * 8 records, 9 entry table, 10 batch table, 11 state (eraftpb Snapshot), 16 last: CRC-32 (fixed32) over all bytes before its tag}.
 */
export function encodeSidecar(sidecar: Omit<Sidecar, 'entries' | 'batches'>, entries: Uint8Array, batches: Uint8Array) {
  const state = encodeSnapshot(sidecar.state)
  const w = new ProtobufWriter(entries.length + batches.length + state.length + 128)
  w.numberField(1, VERSION)
  w.bytesField(2, sidecar.logId)
  w.numberField(3, sidecar.segment)
  w.numberField(4, sidecar.bytes)
  w.numberField(5, sidecar.sealAt)
  w.fixed32Field(6, sidecar.crc32)
  w.numberField(7, sidecar.segmentBatches)
  w.numberField(8, sidecar.records)
  w.bytesField(9, entries)
  w.bytesField(10, batches)
  w.bytesField(11, state)
  w.fixed32Field(16, crc32(w.written()))
  return w.finish()
}

/** The sidecar that these bytes are, or why they are none. Its log id and state are views of `bytes`. */
export function decodeSidecar(bytes: Uint8Array): Sidecar | string {
  const found: Omit<Sidecar, 'crc32' | 'entries' | 'batches' | 'state'> & Partial<Sidecar> = {
    logId: EMPTY,
    segment: 0,
    bytes: 0,
    sealAt: 0,
    segmentBatches: 0,
    records: 0,
  }
  let version = 0
  let sound: boolean | undefined
  try {
    const r = new ProtobufReader(bytes)
    while (r.next()) {
      if (sound !== undefined) return 'bytes follow its CRC'
      if (r.field === 1) version = r.number()
      else if (r.field === 2) found.logId = r.view()
      else if (r.field === 3) found.segment = r.number()
      else if (r.field === 4) found.bytes = r.number()
      else if (r.field === 5) found.sealAt = r.number()
      else if (r.field === 6) found.crc32 = r.fixed32()
      else if (r.field === 7) found.segmentBatches = r.number()
      else if (r.field === 8) found.records = r.number()
      else if (r.field === 9) found.entries = entriesIn(r.nested())
      else if (r.field === 10) found.batches = batchesIn(r.nested())
      else if (r.field === 11) found.state = decodeSnapshot(r.nested())
      else if (r.field === 16) sound = r.fixed32() === crc32(bytes.subarray(0, r.tagAt))
      else r.skip()
    }
  } catch (error) {
    return `it does not parse (${(error as Error).message})`
  }
  if (sound === undefined) return 'it has no CRC'
  if (!sound) return 'its CRC is wrong'
  if (version !== VERSION) return `it is of version ${version}, this reads ${VERSION}`
  const {entries, batches = {indexes: [], baseOffsets: [], maxTimestampsMs: []}, state} = found
  if (found.crc32 === undefined || !entries || !state) return 'it lacks a field'
  return {...found, crc32: found.crc32, entries, batches, state}
}

/** Undefined when terms or places fall, as in no sound log. First index, number of entries, and for each its term less that before it, the bytes between it and the record before it, its length: varints. */
export function encodeEntryTable({ats, first, lengths, terms}: EntryTable): Uint8Array | undefined {
  const w = new ProtobufWriter(6 * terms.length + 16)
  w.varint(first)
  w.varint(terms.length)
  let term = 0
  let end = 0
  for (let i = 0; i < terms.length; i++) {
    if (terms[i] < term || ats[i] < end) return undefined
    w.varint(terms[i] - term)
    w.varint(ats[i] - end)
    w.varint(lengths[i])
    term = terms[i]
    end = ats[i] + lengths[i]
  }
  return w.finish()
}

function entriesIn(r: ProtobufReader): EntryTable {
  const table: EntryTable = {first: r.varint(), terms: [], ats: [], lengths: []}
  const count = r.varint()
  let term = 0
  let end = 0
  for (let i = 0; i < count; i++) {
    term += r.varint()
    const at = end + r.varint()
    const length = r.varint()
    table.terms.push(term)
    table.ats.push(at)
    table.lengths.push(length)
    end = at + length
  }
  return table
}

/** Undefined when there are numbers that it cannot hold (a client's time beyond all sense). Number of batches, and for each what its index and its base offset are more than those before it, and its time than the time before (zigzag): varints. */
export function encodeBatchTable({baseOffsets, indexes, maxTimestampsMs}: BatchTable): Uint8Array | undefined {
  const w = new ProtobufWriter(6 * indexes.length + 16)
  w.varint(indexes.length)
  let index = 0
  let offset = 0
  let time = 0
  for (let i = 0; i < indexes.length; i++) {
    const ms = maxTimestampsMs[i]
    if (indexes[i] < index || baseOffsets[i] < offset || ms < -1 || ms >= TIME_END_MS) return undefined
    w.varint(indexes[i] - index)
    w.varint(baseOffsets[i] - offset)
    const later = ms - time
    w.varint(later >= 0 ? 2 * later : -2 * later - 1)
    index = indexes[i]
    offset = baseOffsets[i]
    time = ms
  }
  return w.finish()
}

function batchesIn(r: ProtobufReader): BatchTable {
  const table: BatchTable = {indexes: [], baseOffsets: [], maxTimestampsMs: []}
  const count = r.varint()
  let index = 0
  let offset = 0
  let time = 0
  for (let i = 0; i < count; i++) {
    index += r.varint()
    offset += r.varint()
    const later = r.varint()
    time += later % 2 === 0 ? later / 2 : -(later + 1) / 2
    table.indexes.push(index)
    table.baseOffsets.push(offset)
    table.maxTimestampsMs.push(time)
  }
  return table
}
