import {basename, join, resolve} from 'node:path'
import {hex32, toHex} from '../../base/bytes.ts'
import {formatCount} from '../../base/units.ts'
import {FileWindow} from '../../inspect/file-window.ts'
import {type Codecs, loadCodec, plainCodecs} from '../../inspect/kafka/codecs.ts'
import {
  type KafkaFile,
  kafkaFiles,
  readEpochCheckpoint,
  readMetaProperties,
  readQuorumState,
} from '../../inspect/kafka/files.ts'
import {type RecordSaid, recordsOf, recordsProblem} from '../../inspect/kafka/records.ts'
import {type KafkaSeen, walkKafka} from '../../inspect/kafka/segment.ts'
import type {FaultyBytes} from '../../inspect/verify.ts'
import {nodeFiles} from '../../io/node/read-only-files.ts'
import type {Printer} from '../render/printer.ts'
import {sanitise, shortened} from '../render/sanitise.ts'
import {homely} from '../status-table.ts'
import {nodeDirs} from './sources.ts'

const VALUE_SHOWN_MAX = 200
/** A larger batch is not opened. */
const OPENED_BYTES_MAX = 128 * 1024 * 1024

/**
 * The files of Apache Kafka that the words name; undefined when one of them names none. Nodes, or no word at all, mean the metadata logs of the cluster in
 * `clusterDir`, where that runs Kafka.
 */
export function kafkaWords(words: readonly string[], clusterDir: string): KafkaFile[] | undefined {
  const found: KafkaFile[] = []
  const dirs = nodeDirs(clusterDir)
  for (const word of words.length > 0 ? words : [...dirs.keys()].map(n => `n${n}`)) {
    const node = /^(?:node|n)?([1-9]\d{0,3})$/.exec(word)?.[1]
    const dir = dirs.get(Number(node))
    if (node !== undefined && dir === undefined) return undefined
    const path = dir === undefined ? resolve(word) : metadataDir(dir)
    const files = kafkaFiles(nodeFiles, path)
    if (files.length === 0) return undefined
    found.push(...files)
  }
  return found.length > 0 ? found : undefined
}

/** A node's folder of the lab holds Kafka's own as `data`; elsewhere it is that itself. */
function metadataDir(dir: string): string {
  const own = join(dir, '__cluster_metadata-0')
  return nodeFiles.stat(own) ? own : join(dir, 'data', '__cluster_metadata-0')
}

export interface KafkaSelection {
  json: boolean
  /** Offsets, both ends included. */
  offsets?: {from: number; to: number}
  /** The batch that holds this byte, alone. */
  at?: number
  tail?: number
}

/** `wal dump` of Kafka's files: batches with their records, decoded where their schema is known; small files in a line. */
export async function dumpKafka(files: readonly KafkaFile[], printer: Printer, o: KafkaSelection): Promise<void> {
  const codecs = plainCodecs()
  for (const [i, file] of files.entries()) {
    if (i > 0 && !o.json) await printer.line('')
    if (!o.json) await printer.line(`${sanitise(file.partition)}  ${sanitise(homely(file.path))}`)
    if (file.kind !== 'segment' && file.kind !== 'snapshot') {
      await printer.line(smallFile(file, o.json))
      continue
    }
    await dumpLog(file, codecs, printer, o)
  }
}

function isMetadata(file: KafkaFile): boolean {
  return file.kind === 'snapshot' || file.partition.startsWith('__cluster_metadata')
}

async function dumpLog(file: KafkaFile, codecs: Codecs, printer: Printer, o: KafkaSelection): Promise<void> {
  const window = new FileWindow(nodeFiles, file.path, file.bytes)
  const metadata = isMetadata(file) || (await looksLikeMetadata(file, codecs))
  let batches = 0
  let records = 0
  let unsound = 0
  let torn = 0
  const held: string[][] = []
  for (const seen of walkKafka(window)) {
    if (seen.seen === 'batch') batches++
    else if (seen.end) torn++
    else unsound++
    const lines: string[] = []
    const opened = seen.seen === 'batch' ? await open(file, seen, codecs, metadata) : {records: [], why: undefined}
    records += seen.seen === 'batch' ? seen.header.recordCount : 0
    if (!isWanted(seen, o)) continue
    lines.push(o.json ? JSON.stringify(batchJson(seen, file, opened.why)) : batchRow(seen, opened.why))
    for (const record of opened.records)
      if (!o.offsets || (record.offset >= o.offsets.from && record.offset <= o.offsets.to))
        lines.push(
          o.json ? JSON.stringify({file: file.path, batchAt: seen.at, kind: 'Record', ...record}) : recordRow(record),
        )
    if (o.tail === undefined) for (const line of lines) await printer.line(line)
    else if (o.tail > 0) {
      held.push(lines)
      if (held.length > o.tail) held.shift()
    }
  }
  for (const lines of held) for (const line of lines) await printer.line(line)
  if (o.json || o.at !== undefined) return
  const words = [
    `${formatCount(batches)} batches`,
    `${formatCount(records)} records`,
    `${formatCount(window.size)} bytes`,
  ]
  if (unsound > 0) words.push(`${formatCount(unsound)} CORRUPT`)
  words.push(
    torn > 0 ? 'its end is no sound batch' : unsound > 0 ? 'its end is sound' : 'every CRC right, no torn tail',
  )
  await printer.line(words.join(', '))
}

/** A metadata log in a folder of another name: its first record that is no control record tells. */
async function looksLikeMetadata(file: KafkaFile, codecs: Codecs): Promise<boolean> {
  let looked = 0
  for (const seen of walkKafka(new FileWindow(nodeFiles, file.path, Math.min(file.bytes, 1 << 20)))) {
    if (++looked > 50) return false
    if (seen.seen !== 'batch' || seen.header.control) continue
    const {records, why} = await open(file, seen, codecs, true)
    return why === undefined && records.length > 0 && records.every(r => r.type !== undefined && r.why === undefined)
  }
  return false
}

async function open(file: KafkaFile, seen: KafkaSeen & {seen: 'batch'}, codecs: Codecs, metadata: boolean) {
  await needed(seen, codecs)
  const all = batchBytes(file, seen)
  return typeof all === 'string' ? {records: [], why: all} : recordsOf(all, seen.header, codecs, metadata)
}

/** A segment names its codecs batch by batch: most name none, and each takes a while to load. */
async function needed({header}: KafkaSeen & {seen: 'batch'}, codecs: Codecs): Promise<void> {
  if (header.compression !== undefined && !(header.compression in codecs)) await loadCodec(codecs, header.compression)
}

function batchBytes(file: KafkaFile, {at, bytes}: KafkaSeen): Uint8Array | string {
  if (bytes > OPENED_BYTES_MAX) return `${formatCount(bytes)} bytes are too many to be opened`
  const all = new Uint8Array(bytes)
  return all.subarray(0, nodeFiles.readAt(file.path, at, all))
}

function isWanted(seen: KafkaSeen, {at, offsets}: KafkaSelection): boolean {
  if (at !== undefined) return seen.at <= at && at < seen.at + seen.bytes
  if (!offsets || seen.seen === 'unsound') return true
  const {baseOffset, lastOffsetDelta} = seen.header
  return baseOffset <= offsets.to && baseOffset + lastOffsetDelta >= offsets.from
}

function batchRow(seen: KafkaSeen, why: string | undefined): string {
  const place = `${String(seen.at).padStart(6)}  ${String(seen.bytes).padStart(6)}`
  if (seen.seen === 'unsound')
    return `${place}  ${seen.header ? 'BAD' : '-  '}  ${sanitise(seen.why)}${seen.end ? ' (to the end of the file)' : ''}`
  const h = seen.header
  const cells = [
    `offset ${h.baseOffset}${h.lastOffsetDelta > 0 ? `-${h.baseOffset + h.lastOffsetDelta}` : ''}`,
    `epoch ${h.leaderEpoch}`,
    `${formatCount(h.recordCount)} record${h.recordCount === 1 ? '' : 's'}`,
    h.control ? 'control' : '',
    h.transactional ? 'transactional' : '',
    h.compression === 'none' ? '' : (h.compression ?? 'unknown codec'),
    h.producerId >= 0 ? `producer ${h.producerId} epoch ${h.producerEpoch} sequence ${h.baseSequence}` : '',
    why === undefined ? '' : `CANNOT BE READ: ${sanitise(why)}`,
  ]
  return `${place}  ok   ${cells.filter(Boolean).join('  ')}`
}

function recordRow(r: RecordSaid): string {
  const what = r.type
    ? `${r.type} ${r.fields ? JSON.stringify(r.fields, plain) : ''}`
    : `key ${r.key ?? '-'}  value ${r.value ?? '-'}`
  const why = r.why === undefined ? '' : `  (${r.why})`
  return `        offset ${r.offset}  ${shortened(sanitise(what), VALUE_SHOWN_MAX)}${sanitise(why)}`
}

function plain(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? toHex(value) : value
}

function batchJson(seen: KafkaSeen, file: KafkaFile, why: string | undefined): Record<string, unknown> {
  const place = {file: file.path, at: seen.at, bytes: seen.bytes}
  const {header} = seen
  const about = header && {
    crc32c: hex32(header.crc),
    baseOffset: header.baseOffset,
    lastOffset: header.baseOffset + header.lastOffsetDelta,
    leaderEpoch: header.leaderEpoch,
    records: header.recordCount,
    compression: header.compression ?? null,
    control: header.control,
    transactional: header.transactional,
    producerId: header.producerId,
    producerEpoch: header.producerEpoch,
    baseSequence: header.baseSequence,
  }
  if (seen.seen === 'unsound')
    return {...place, crcOk: false, kind: 'RecordBatch', ...about, why: seen.why, toTheEnd: seen.end}
  return {...place, crcOk: true, kind: 'RecordBatch', ...about, ...(why === undefined ? {} : {why})}
}

function smallFile(file: KafkaFile, json: boolean): string {
  const found =
    file.kind === 'quorum-state'
      ? readQuorumState(nodeFiles, file.path)
      : file.kind === 'meta.properties'
        ? readMetaProperties(nodeFiles, file.path)
        : readEpochCheckpoint(nodeFiles, file.path)
  const said = typeof found === 'string' ? {why: found} : {said: found}
  if (json) return JSON.stringify({file: file.path, kind: file.kind, ...said})
  return `${basename(file.path)}  ${sanitise(typeof found === 'string' ? `CANNOT BE READ: ${found}` : JSON.stringify(found))}`
}

/** `wal verify` of Kafka's files. */
export interface KafkaCheck {
  file: KafkaFile
  word: 'OK' | 'TORN' | 'CORRUPT'
  batches: number
  records: number
  faulty: FaultyBytes[]
}

/** A log that ends in anything but a sound batch is torn: Kafka cuts it there at its next start. Everything else is damage. */
export async function checkKafka(files: readonly KafkaFile[]): Promise<KafkaCheck[]> {
  const checks: KafkaCheck[] = []
  const codecs = plainCodecs()
  for (const file of files) {
    const check: KafkaCheck = {file, word: 'OK', batches: 0, records: 0, faulty: []}
    checks.push(check)
    if (file.kind !== 'segment' && file.kind !== 'snapshot') {
      const line = JSON.parse(smallFile(file, true)) as {why?: string}
      if (line.why !== undefined) check.faulty.push({at: 0, bytes: file.bytes, why: line.why, torn: false})
    } else await checkLog(check, codecs)
    if (check.faulty.some(f => !f.torn)) check.word = 'CORRUPT'
    else if (check.faulty.length > 0) check.word = 'TORN'
  }
  return checks
}

async function checkLog(check: KafkaCheck, codecs: Codecs): Promise<void> {
  const {file} = check
  for (const seen of walkKafka(new FileWindow(nodeFiles, file.path, file.bytes))) {
    const {at, bytes} = seen
    if (seen.seen === 'unsound') {
      // A snapshot is renamed into place when it is whole: no crash leaves one torn. A whole batch with a wrong CRC is no tear either.
      const torn = seen.end && file.kind === 'segment' && seen.header === undefined
      check.faulty.push({at, bytes, why: seen.why, torn})
      continue
    }
    check.batches++
    check.records += seen.header.recordCount
    await needed(seen, codecs)
    const all = batchBytes(file, seen)
    const why = typeof all === 'string' ? all : recordsProblem(all, seen.header, codecs)
    if (why !== undefined) check.faulty.push({at, bytes, why, torn: false})
  }
}
