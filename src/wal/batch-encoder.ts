import {EMPTY} from '../base/bytes.ts'
import {encodeBatchMark} from '../formats/batch-mark.ts'
import {type Entry, encodeEntry, encodeHardState, entrySize} from '../formats/eraftpb.ts'
import {ProtobufWriter} from '../formats/protobuf.ts'
import {topicBytes, WalKind, walRecordSize} from '../formats/wal-record.ts'
import type {BatchContent, RecordBytes} from './parts.ts'

const BUFFER_BYTES_KEPT = 256 * 1024

/** One batch as it goes to the disk, and where in it each entry's record lies: offset, bytes, offset, bytes, … */
interface Encoded {
  bytes: Uint8Array
  places: number[]
}

/** Lays out the batches of one group. One is written at a time, so its memory is used again by the next. */
export class BatchEncoder {
  readonly #topic: Uint8Array
  readonly #partition: number
  readonly #logId: Uint8Array
  readonly #write: RecordBytes['write']
  readonly #entryBytes = new ProtobufWriter()
  #buffer = EMPTY

  constructor(topic: string, partition: number, logId: Uint8Array, {write}: RecordBytes) {
    this.#topic = topicBytes(topic)
    this.#partition = partition
    this.#logId = logId
    this.#write = write
  }

  /** For byte `at` of a segment; `lastIndex` of the log before it. The bytes are good until the next call. */
  encode({entries, hardState}: BatchContent, at: number, lastIndex: number): Encoded {
    const topicBytes = this.#topic.length
    const state = hardState ? encodeHardState(hardState) : undefined
    let recordBytes = state ? walRecordSize(topicBytes, state.length) : 0
    for (const entry of entries) recordBytes += walRecordSize(topicBytes, entrySize(entry))
    const mark = {logId: this.#logId, at, lastIndex, predecessorBytes: 0}
    const {data, batchBytes} = encodeBatchMark(mark, recordBytes, topicBytes)
    const bytes = this.#room(batchBytes)
    const places: number[] = []
    let end = this.#record(bytes, 0, WalKind.BatchMark, data, 0, 0)
    for (const entry of entries) {
      this.#entryBytes.reset()
      const begun = end
      const payload = encodeEntry(entry, this.#entryBytes).written()
      end = this.#record(bytes, end, WalKind.Entry, payload, entry.index, recordsOf(entry))
      places.push(begun, end - begun)
    }
    if (state) end = this.#record(bytes, end, WalKind.HardState, state, 0, 1)
    return {bytes, places}
  }

  #room(bytes: number): Uint8Array {
    if (bytes > BUFFER_BYTES_KEPT) return new Uint8Array(bytes)
    if (this.#buffer.length < bytes) this.#buffer = new Uint8Array(Math.min(BUFFER_BYTES_KEPT, 2 * bytes))
    return this.#buffer.subarray(0, bytes)
  }

  #record(into: Uint8Array, at: number, kind: WalKind, data: Uint8Array, offset: number, count: number): number {
    return this.#write(into, at, kind, this.#topic, this.#partition, data, offset, count)
  }
}

/** Kafka records in an entry, as its record's count says: the batch's own count, 1 for a metadata command, 0 for no-ops and changes of configuration. */
function recordsOf(entry: Entry): number {
  if (entry.type !== 0 || entry.context.length === 0) return 0
  if (entry.context[0] !== 1) return 1
  const d = entry.data
  return d.length >= 61 ? (d[57] << 24) | (d[58] << 16) | (d[59] << 8) | d[60] : 1
}
