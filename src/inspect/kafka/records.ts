import {fromUtf8} from '../../base/bytes.ts'
import {readKRaftVersionRecord} from '../../formats/kafka/generated/kraft-version-record.ts'
import {readLeaderChangeMessage} from '../../formats/kafka/generated/leader-change-message.ts'
import {METADATA_RECORDS} from '../../formats/kafka/generated/metadata-records.ts'
import {readSnapshotFooterRecord} from '../../formats/kafka/generated/snapshot-footer-record.ts'
import {readSnapshotHeaderRecord} from '../../formats/kafka/generated/snapshot-header-record.ts'
import {readVotersRecord} from '../../formats/kafka/generated/voters-record.ts'
import {WireReader} from '../../formats/kafka/wire.ts'
import {BATCH_HEADER_BYTES, type BatchHeader, iterateRecords, type KafkaRecord} from '../../formats/record-batch.ts'
import type {Codecs} from './codecs.ts'

/** A record of a Kafka log, and what it means where that is known. */
export interface RecordSaid {
  offset: number
  timestamp: number
  keyBytes: number
  valueBytes: number
  /** Control and metadata records: their name and their fields. */
  type?: string
  fields?: object
  /** Topic records: as text. */
  key?: string
  value?: string
  /** Why the value cannot be read. */
  why?: string
}

type Read = (r: WireReader, version: number) => object

/** Control record types (KIP-98, KIP-595, KIP-630, KIP-853); transaction markers hold no more than a version and a coordinator epoch. */
const CONTROL: ReadonlyArray<readonly [string, Read | undefined]> = [
  ['Abort', undefined],
  ['Commit', undefined],
  ['LeaderChange', readLeaderChangeMessage],
  ['SnapshotHeader', readSnapshotHeaderRecord],
  ['SnapshotFooter', readSnapshotFooterRecord],
  ['KRaftVersion', readKRaftVersionRecord],
  ['KRaftVoters', readVotersRecord],
]

/**
 * The records of a whole batch. `metadata`: those of the KRaft metadata log. A sentence when the batch cannot be opened, or holds another
 * number of records than its header says.
 */
export function recordsOf(
  bytes: Uint8Array,
  header: BatchHeader,
  codecs: Codecs,
  metadata: boolean,
): {records: RecordSaid[]; why?: string} {
  const records: RecordSaid[] = []
  const why = eachRecord(bytes, header, codecs, record => records.push(said(record, header, metadata)))
  return why === undefined ? {records} : {records, why}
}

/** Why a whole batch cannot be opened, or holds another number of records than its header says; undefined when it is as it says. */
export function recordsProblem(bytes: Uint8Array, header: BatchHeader, codecs: Codecs): string | undefined {
  return eachRecord(bytes, header, codecs, () => {})
}

function eachRecord(
  bytes: Uint8Array,
  header: BatchHeader,
  codecs: Codecs,
  run: (record: KafkaRecord) => void,
): string | undefined {
  let plain = bytes
  if (header.compression !== 'none') {
    const unpack = header.compression && codecs[header.compression]
    if (!unpack) return `its codec (${header.compression ?? header.attributes & 7}) is not known here`
    try {
      const unpacked = unpack(bytes.subarray(BATCH_HEADER_BYTES))
      plain = new Uint8Array(BATCH_HEADER_BYTES + unpacked.length)
      plain.set(bytes.subarray(0, BATCH_HEADER_BYTES))
      plain.set(unpacked, BATCH_HEADER_BYTES)
      const view = new DataView(plain.buffer)
      view.setInt32(8, plain.length - 12)
      view.setInt16(21, view.getInt16(21) & ~7)
    } catch (error) {
      return `it cannot be unpacked (${header.compression}): ${(error as Error).message}`
    }
  }
  let count = 0
  for (const record of iterateRecords(plain)) {
    count++
    run(record)
  }
  return count === header.recordCount ? undefined : `its header says ${header.recordCount} records, ${count} are there`
}

function said(record: KafkaRecord, header: BatchHeader, metadata: boolean): RecordSaid {
  const {key, offset, timestamp, value} = record
  const base: RecordSaid = {offset, timestamp, keyBytes: key?.length ?? -1, valueBytes: value?.length ?? -1}
  try {
    if (header.control) return {...base, ...control(key, value)}
    if (metadata && value) return {...base, ...metadataRecord(value)}
  } catch (error) {
    return {...base, why: (error as Error).message}
  }
  if (key) base.key = fromUtf8(key)
  if (value) base.value = fromUtf8(value)
  return base
}

function control(key: Uint8Array | undefined, value: Uint8Array | undefined): Partial<RecordSaid> {
  if (!key || key.length < 4) return {why: 'a control record without a type'}
  const k = new WireReader(key)
  k.int16()
  const type = k.int16()
  const [name, read] = CONTROL[type] ?? [`control ${type}`, undefined]
  if (!value || value.length < 2) return {type: name}
  if (type < 2) {
    const r = new WireReader(value)
    return {type: name, fields: {version: r.int16(), coordinatorEpoch: r.int32()}}
  }
  if (!read) return {type: name}
  // Its version is its first field, and says how the rest is read.
  const version = new DataView(value.buffer, value.byteOffset, value.byteLength).getInt16(0)
  return {type: name, fields: read(new WireReader(value), version)}
}

/** A metadata record is framed by three varints: frame version 1, the record's key, its version (KIP-631). */
function metadataRecord(value: Uint8Array): Partial<RecordSaid> {
  const r = new WireReader(value)
  const frame = r.varint()
  if (frame > 1) return {why: `frame version ${frame}`}
  const key = r.varint()
  const version = r.varint()
  const known = METADATA_RECORDS.get(key)
  if (!known) return {type: `record ${key}`, why: 'a kind of record that is not known here'}
  if (version > known.last) return {type: known.name, why: `version ${version} is newer than what is known here`}
  return {type: known.name, fields: known.read(r, version)}
}
