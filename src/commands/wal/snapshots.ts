import {basename, resolve} from 'node:path'
import {UsageError} from '../../base/errors.ts'
import {formatCount} from '../../base/units.ts'
import {isSnapshotName, readSnapshot, type SnapshotSeen} from '../../inspect/snapshot.ts'
import {nodeFiles} from '../../io/node/read-only-files.ts'
import type {Printer} from '../render/printer.ts'
import {sanitise, shortened} from '../render/sanitise.ts'
import {homely} from '../status-table.ts'

const STATE_SHOWN_MAX = 400

/** The snapshot files that the words name; undefined when none does. They are shown by themselves. */
export function snapshotWords(words: readonly string[]): string[] | undefined {
  const named = words.filter(word => isSnapshotName(basename(word)) && nodeFiles.stat(resolve(word))?.kind === 'file')
  if (named.length === 0) return undefined
  if (named.length < words.length) throw new UsageError('Snapshots and segments are shown one at a time.')
  return named.map(word => resolve(word))
}

/** `wal dump` of snapshot files: every field, and whether its hash and its CRC are right. */
export async function dumpSnapshots(paths: readonly string[], printer: Printer, asJson: boolean): Promise<void> {
  for (const [i, path] of paths.entries()) {
    const seen = readSnapshot(nodeFiles, path)
    if (asJson) {
      await printer.line(JSON.stringify(snapshotJson(seen)))
      continue
    }
    if (i > 0) await printer.line('')
    await printer.line(`${sanitise(homely(path))}  ${formatCount(seen.bytes)} bytes`)
    for (const [name, words] of fieldLines(seen)) await printer.line(`  ${name.padEnd(12)}${words}`)
  }
}

function fieldLines(seen: SnapshotSeen): Array<[string, string]> {
  const {confState, crc32, crcOk, dataBytes, index, state, stateHash, stateHashOk, term, why} = seen
  const lines: Array<[string, string]> = [
    ['index', index === undefined ? '-' : `${index}  term ${term}`],
    ['voters', confState ? list(confState.voters) : '-'],
  ]
  if (confState && confState.learners.length > 0) lines.push(['learners', list(confState.learners)])
  if (confState && confState.votersOutgoing.length > 0) lines.push(['outgoing', list(confState.votersOutgoing)])
  lines.push(['data', `${formatCount(dataBytes ?? 0)} bytes`])
  for (const [name, value] of Object.entries(state ?? {}))
    lines.push([`  ${name}`, shortened(sanitise(Array.isArray(value) ? list(value) : String(value)), STATE_SHOWN_MAX)])
  lines.push(
    ['state hash', stateHash === undefined ? 'missing' : `${stateHash}  ${stateHashOk ? 'ok' : 'WRONG'}`],
    ['crc32', crc32 === undefined ? 'missing' : `${crc32}  ${crcOk ? 'ok' : 'WRONG'}`],
    ['verdict', why === undefined ? 'OK' : `CORRUPT: ${sanitise(why)}`],
  )
  return lines
}

const list = (all: readonly unknown[]): string => (all.length === 0 ? 'none' : all.map(String).join(' '))

/** One snapshot file for programs; docs/commands-json.md. */
export function snapshotJson({bytes, path, why, ...fields}: SnapshotSeen): Record<string, unknown> {
  return {
    file: path,
    kind: 'snapshot',
    bytes,
    verdict: why === undefined ? 'OK' : 'CORRUPT',
    ...fields,
    ...(why === undefined ? {} : {why}),
  }
}
