import {join} from 'node:path'
import {hex32} from '../../../base/bytes.ts'
import {FileWindow} from '../../../inspect/file-window.ts'
import {hexView} from '../../../inspect/hex.ts'
import {alsoReadsAs, ENTRY_TYPES} from '../../../inspect/kinds.ts'
import {type Seen, walk} from '../../../inspect/walk.ts'
import {nodeFiles} from '../../../io/node/read-only-files.ts'

const HEX_BYTES_MAX = 256

/** A place on a disk as the page shows it: its bytes, and what they say. */
export interface ShownBytes {
  fields: Array<[name: string, value: string]>
  hex: string[]
  /** So many bytes more are not shown. */
  left: number
}

/** Undefined when the run folder does not hold the file (any more), or what is there cannot be read. */
export function bytesAt(dir: string, file: string, at: number): ShownBytes | undefined {
  // Names come from report.json: nothing above the run folder is ever opened.
  if (file.split('/').includes('..') || file.startsWith('/')) return undefined
  try {
    const path = join(dir, file)
    const stat = nodeFiles.stat(path)
    if (stat?.kind !== 'file' || at < 0 || at >= stat.size) return undefined
    const window = new FileWindow(nodeFiles, path, stat.size)
    const seen = walk(window, at).next().value as Seen | undefined
    if (!seen) return undefined
    const bytes = window.view(at, Math.min(seen.bytes, HEX_BYTES_MAX)).slice()
    return {fields: fieldsOf(seen), hex: hexView(bytes, at), left: seen.bytes - bytes.length}
  } catch {
    return undefined
  }
}

function fieldsOf(seen: Seen): ShownBytes['fields'] {
  const head: ShownBytes['fields'] = [
    ['bytes', String(seen.bytes)],
    [
      'CRC-32',
      seen.seen === 'record'
        ? `${hex32(seen.record.crc32)}, right`
        : seen.crc32 === undefined
          ? 'none'
          : `${hex32(seen.crc32)}, WRONG`,
    ],
  ]
  if (seen.seen === 'unsound') return [...head, ['unsound', seen.why]]
  const {said} = seen
  switch (said.kind) {
    case 'HardState': {
      const other = alsoReadsAs(said)
      return [
        ...head,
        ['kind', 'HardState'],
        ['term', String(said.term)],
        ['vote', said.vote === 0 ? '0 (for nobody)' : `${said.vote} (for n${said.vote})`],
        ['commit', String(said.commit)],
        ...(other ? ([['also reads as', other]] as ShownBytes['fields']) : []),
      ]
    }
    case 'Entry':
      return [
        ...head,
        ['kind', `Entry ${ENTRY_TYPES[said.entry.type]}`],
        ['term', String(said.term)],
        ['index', String(said.index)],
        ['says', seen.words],
      ]
    default:
      return [...head, ['kind', said.kind], ['says', seen.words]]
  }
}
