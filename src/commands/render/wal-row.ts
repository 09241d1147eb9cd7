import {hex32} from '../../base/bytes.ts'
import {ENTRY_TYPES, type Said} from '../../inspect/kinds.ts'
import type {Seen} from '../../inspect/walk.ts'
import {sanitise, shortened} from './sanitise.ts'

/** Kinds as a table shows them: the column is as wide as `HardState`. */
const SHORT: Partial<Record<Said['kind'], string>> = {SnapshotMarker: 'Snapshot'}
const WORDS_MAX = 400

export const KIND_NAMES = ['Entry', 'HardState', 'ConfState', 'SnapshotMarker', 'BatchMark', 'Opaque'] as const
export type KindName = (typeof KIND_NAMES)[number]

export function kindOf(seen: Seen): KindName {
  if (seen.seen === 'record') return seen.said.kind
  return seen.flag !== undefined && seen.flag >= 1 && seen.flag <= 5 ? KIND_NAMES[seen.flag - 1] : 'Opaque'
}

/** Width of the AT column for a file of this size: it comes from the file, not from the rows. */
export function atWidth(fileBytes: number): number {
  return Math.max(6, String(fileBytes).length)
}

export function rowHead(width: number): string {
  return `${'AT'.padStart(width)}  BYTES  CRC  KIND       TERM  INDEX  WHAT`
}

/** `  3035    117  ok   Entry         1     23  create topic orders, 3 partitions` */
export function walRow(seen: Seen, width: number, words = wordsOf(seen)): string {
  const crc = seen.seen === 'record' ? 'ok ' : seen.crc32 === undefined ? '-  ' : 'BAD'
  const kind = kindOf(seen)
  const cells = [
    String(seen.at).padStart(width),
    String(seen.bytes).padStart(5),
    crc,
    (seen.seen === 'unsound' && kind === 'Opaque' ? '?' : (SHORT[kind] ?? kind)).padEnd(9),
    text(termOf(seen)).padStart(4),
    text(indexOf(seen)).padStart(5),
    words,
  ]
  return cells.join('  ').trimEnd()
}

/** ` n2  wal_0_0.log@4021    63 B  crc ok  HardState  term 4  vote 2  commit 58`: rows of many files among each other. */
export function walLine(seen: Seen, node: string, file: string, words = wordsOf(seen)): string {
  const term = termOf(seen)
  const index = indexOf(seen)
  const type = seen.seen === 'record' && seen.said.kind === 'Entry' && seen.said.entry.type === 0 ? 'Normal' : ''
  const cells = [
    node,
    `${sanitise(file)}@${seen.at}`.padEnd(17),
    `${String(seen.bytes).padStart(4)} B`,
    seen.seen === 'record' ? 'crc ok ' : 'UNSOUND',
    (SHORT[kindOf(seen)] ?? kindOf(seen)).padEnd(9),
    term === undefined ? '' : `term ${term}`,
    index === undefined ? '' : `index ${index}`,
    type,
    words,
  ]
  return cells.filter(c => c !== '').join('  ')
}

function wordsOf(seen: Seen): string {
  return shortened(sanitise(seen.seen === 'record' ? seen.words : seen.why), WORDS_MAX)
}

export function termOf(seen: Seen): number | undefined {
  if (seen.seen !== 'record') return undefined
  const {said} = seen
  return said.kind === 'Entry' || said.kind === 'HardState' || said.kind === 'SnapshotMarker' ? said.term : undefined
}

export function indexOf(seen: Seen): number | undefined {
  if (seen.seen !== 'record') return undefined
  const {said} = seen
  return said.kind === 'Entry' || said.kind === 'SnapshotMarker' ? said.index : undefined
}

function text(n: number | undefined): string {
  return n === undefined ? '' : String(n)
}

/** One record for programs; docs/commands-json.md. Numbers beyond 2^53 are strings of digits. */
export function walJson(seen: Seen, where: {node?: number; group: string; file: string}): Record<string, unknown> {
  const head = {...(where.node === undefined ? {} : {node: where.node}), group: where.group, file: where.file}
  const place = {at: seen.at, bytes: seen.bytes}
  const crc = (n: number | undefined) => (n === undefined ? {} : {crc32: hex32(n)})
  if (seen.seen === 'unsound')
    return {...head, ...place, ...crc(seen.crc32), crcOk: false, kind: kindOf(seen), why: seen.why}
  const {record, said} = seen
  return {
    ...head,
    ...place,
    ...crc(record.crc32),
    crcOk: true,
    kind: said.kind,
    ...fields(said),
    ...(said.kind === 'Opaque'
      ? {dataBytes: record.dataBytes, why: said.why, baseOffset: whole(record.baseOffset)}
      : {}),
    ...(said.kind === 'BatchMark' ? {seal: record.recordCount === 1} : {}),
    ...(said.ambiguous ? {ambiguous: said.ambiguous} : {}),
  }
}

function whole(n: number | bigint): number | string {
  return typeof n === 'bigint' ? n.toString() : n
}

function fields(said: Said): Record<string, unknown> {
  switch (said.kind) {
    case 'Entry':
      return {type: ENTRY_TYPES[said.entry.type], term: said.term, index: said.index, dataBytes: said.entry.dataBytes}
    case 'HardState':
      return {term: said.term, vote: said.vote, commit: said.commit}
    case 'ConfState':
      return {voters: said.confState.voters, learners: said.confState.learners}
    case 'SnapshotMarker':
      return {term: said.term, index: said.index, installed: said.installed}
    case 'BatchMark':
      return {
        batchBytes: said.mark.batchBytes,
        lastIndex: said.mark.lastIndex,
        predecessorBytes: said.mark.predecessorBytes,
      }
    case 'Opaque':
      return {}
  }
}
