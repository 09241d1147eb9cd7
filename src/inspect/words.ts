import {fromUtf8} from '../base/bytes.ts'
import {ConfChangeType} from '../formats/eraftpb.ts'
import {describeMetadataCommand} from '../formats/metadata-command.ts'
import {ProtobufReader} from '../formats/protobuf.ts'
import {BATCH_HEADER_BYTES, readBatchHeader} from '../formats/record-batch.ts'
import {decodeWalRecordV1} from '../formats/wal-record-v1.ts'
import {TAG_BATCH} from './batches.ts'
import type {EntryShape} from './entry-shape.ts'
import {type FileWindow, WINDOW_BYTES} from './file-window.ts'
import type {Said} from './kinds.ts'
import type {SeenRecord} from './scan.ts'

const TAG_LOG_START = 2
const TAG_METADATA = 3

/** What a record says, in words for a table; text from the disk in it is not yet fit for a terminal. */
export function describe(window: FileWindow, record: SeenRecord, said: Said): string {
  const words = plainWords(window, record, said)
  return said.ambiguous ? `${words}  (AMBIGUOUS: also reads as ${said.ambiguous})` : words
}

function plainWords(window: FileWindow, record: SeenRecord, said: Said): string {
  switch (said.kind) {
    case 'Entry':
      return describeEntry(window, said.entry)
    case 'HardState':
      return `vote ${said.vote}  commit ${said.commit}`
    case 'ConfState':
      return confStateWords(said.confState)
    case 'SnapshotMarker':
      return said.index === 0 ? 'no snapshot' : said.installed ? 'installed from a leader' : 'taken here'
    case 'BatchMark':
      return record.recordCount === 1
        ? 'seal: nothing follows in this segment'
        : `batch of ${said.mark.batchBytes} bytes, log ends at ${said.mark.lastIndex}`
    case 'Opaque':
      return record.version === 1 ? v1Words(window, record) : `${record.dataBytes} bytes (${said.why})`
  }
}

function describeEntry(window: FileWindow, entry: EntryShape): string {
  const whole = entry.dataBytes <= WINDOW_BYTES
  const data = window.view(entry.dataAt, whole ? entry.dataBytes : BATCH_HEADER_BYTES)
  if (entry.type === 1) return `ConfChange ${confChange(data)}`
  if (entry.type === 2) return `ConfChangeV2 ${confChangeV2(data)}`
  const tag = entry.context.length === 1 ? entry.context[0] : 0
  if (entry.dataBytes === 0) return tag === 0 ? "(empty: the new leader's first entry)" : '0 bytes'
  if (tag === TAG_METADATA && whole) return describeMetadataCommand(data)
  if (tag === TAG_BATCH && data.length >= BATCH_HEADER_BYTES) return batchWords(data)
  if (tag === TAG_LOG_START) return `log start, ${entry.dataBytes} bytes`
  return `${entry.dataBytes} bytes`
}

function batchWords(data: Uint8Array): string {
  const header = readBatchHeader(data)
  if (header.magic !== 2) return `${data.length} bytes (record batch of magic ${header.magic})`
  const packed = header.compression === 'none' ? '' : `, ${header.compression ?? 'unknown compression'}`
  const producer = header.producerId >= 0 ? `, producer ${header.producerId} sequence ${header.baseSequence}` : ''
  const records = `${header.recordCount} record${header.recordCount === 1 ? '' : 's'}`
  return `${header.control ? 'control batch, ' : ''}${records}, base offset ${header.baseOffset}${producer}${packed}`
}

const CHANGES = Object.fromEntries(Object.entries(ConfChangeType).map(([name, number]) => [number, name]))

function change(type: number, node: number): string {
  return `${CHANGES[type] ?? `change ${type}`} n${node}`
}

/** eraftpb ConfChange{1 id, 2 change_type, 3 node_id, 4 context}. */
function confChange(data: Uint8Array): string {
  let type = 0
  let node = 0
  try {
    for (const r = new ProtobufReader(data); r.next(); )
      if (r.field === 2) type = r.number()
      else if (r.field === 3) node = r.number()
      else r.skip()
    return change(type, node)
  } catch {
    return `${data.length} bytes`
  }
}

/** eraftpb ConfChangeV2{1 transition, 2 changes{1 change_type, 2 node_id}, 3 context}. */
function confChangeV2(data: Uint8Array): string {
  const changes: string[] = []
  try {
    for (const r = new ProtobufReader(data); r.next(); ) {
      if (r.field !== 2) {
        r.skip()
        continue
      }
      let type = 0
      let node = 0
      for (const inner = new ProtobufReader(r.view()); inner.next(); )
        if (inner.field === 1) type = inner.number()
        else if (inner.field === 2) node = inner.number()
        else inner.skip()
      changes.push(change(type, node))
    }
    return changes.length > 0 ? changes.join(', ') : 'leave joint'
  } catch {
    return `${data.length} bytes`
  }
}

function confStateWords(state: {voters: number[]; learners: number[]; votersOutgoing: number[]}): string {
  const list = (ids: number[]): string => ids.map(id => `n${id}`).join(' ') || 'none'
  const learners = state.learners.length > 0 ? `  learners ${list(state.learners)}` : ''
  const outgoing = state.votersOutgoing.length > 0 ? `  outgoing ${list(state.votersOutgoing)}` : ''
  return `voters ${list(state.voters)}${learners}${outgoing}`
}

function v1Words(window: FileWindow, record: SeenRecord): string {
  const fields = decodeWalRecordV1(window.view(record.at, record.bytes))
  if (typeof fields === 'string') return 'version 1'
  const key = fields.key ? `, key ${fromUtf8(fields.key.subarray(0, 64))}` : ''
  return `version 1, offset ${record.baseOffset}${key}, value ${record.dataBytes} bytes`
}
