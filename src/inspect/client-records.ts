import {fromUtf8} from '../base/bytes.ts'
import type {GroupName, Index} from '../base/ids.ts'
import {METADATA_TOPIC, OFFSETS_TOPIC} from '../base/ids.ts'
import {BATCH_HEADER_BYTES, iterateRecords, readBatchHeader} from '../formats/record-batch.ts'
import type {ReadOnlyFiles} from '../io/ports.ts'
import {type EntryFound, TAG_BATCH} from './batches.ts'
import type {FoldListener} from './fold.ts'
import {readGroup} from './group.ts'
import {isKafkaNode, readKafkaRecords} from './kafka/node.ts'
import {groupPlaces, namer} from './node.ts'
import type {RecordFound} from './reading.ts'

/** A larger batch is not opened: no client of chronik can have sent it. */
const BATCH_BYTES_MAX = 128 * 1024 * 1024

/** Where each live entry with data lies. Memory grows with the log: made only where it is asked for. */
export class EntryPlaces implements FoldListener {
  #places: Array<{entry: EntryFound; file: string}> = []

  append(entry: EntryFound, file: string): void {
    let last = this.#places.length - 1
    while (last >= 0 && this.#places[last].entry.index >= entry.index) last--
    this.#places.length = last + 1
    this.#places.push({entry: {...entry}, file})
  }

  drop(index: Index, all: boolean): void {
    this.#places = all ? [] : this.#places.filter(p => p.entry.index > index)
  }

  all(): ReadonlyArray<{entry: EntryFound; file: string}> {
    return this.#places
  }
}

/**
 * The records that clients wrote, as they lie in the logs of a data directory: by group, in log order, entries that were overwritten left
 * out. Only values in `wanted` when it is given. Compressed batches are passed over: their values cannot be seen.
 */
export function readClientRecords(
  files: ReadOnlyFiles,
  dataDir: string,
  wanted: ReadonlySet<string> | undefined,
): RecordFound[] {
  const name = namer(dataDir)
  if (isKafkaNode(files, dataDir)) return readKafkaRecords(files, dataDir, name, wanted)
  const found: RecordFound[] = []
  for (const place of groupPlaces(files, dataDir)) {
    if (place.topic === METADATA_TOPIC || place.topic === OFFSETS_TOPIC) continue
    const places = new EntryPlaces()
    readGroup(files, place, name, places)
    for (const {entry, file} of places.all())
      if (entry.tag === TAG_BATCH && entry.dataBytes <= BATCH_BYTES_MAX)
        found.push(...recordsOf(files, place.group, entry, file, name, wanted))
  }
  return found
}

function* recordsOf(
  files: ReadOnlyFiles,
  group: GroupName,
  entry: EntryFound,
  file: string,
  name: (path: string) => string,
  wanted: ReadonlySet<string> | undefined,
): Generator<RecordFound> {
  const data = new Uint8Array(entry.dataBytes)
  if (files.readAt(file, entry.dataAt, data) < data.length || data.length < BATCH_HEADER_BYTES) return
  const header = readBatchHeader(data)
  if (header.magic !== 2 || header.compression !== 'none' || header.control) return
  for (const {offset, value} of iterateRecords(data)) {
    const text = value ? fromUtf8(value) : ''
    if (!wanted || wanted.has(text))
      yield {file: name(file), at: entry.at, bytes: entry.bytes, value: text, group, offset, index: entry.index}
  }
}
