import {basename} from 'node:path'
import {formatCount} from '../../base/units.ts'
import {groupPlaces} from '../../inspect/node.ts'
import type {SidecarCheck} from '../../inspect/sidecar.ts'
import {type Phantoms, type SegmentCheck, type SnapshotCheck, verifyGroup} from '../../inspect/verify.ts'
import {nodeFiles} from '../../io/node/read-only-files.ts'
import {sanitise} from '../render/sanitise.ts'
import {snapshotJson} from './snapshots.ts'
import type {WalSource} from './sources.ts'

/** `open`: the end of a file that is being written just now · `UNREADABLE`: the system does not give its bytes. */
export type CheckWord = SegmentCheck['word'] | 'open' | 'UNREADABLE'

export interface Checked extends Omit<SegmentCheck, 'word'> {
  source: WalSource
  word: CheckWord
}

export interface CheckedSnapshot extends SnapshotCheck {
  source: WalSource
}

export interface CheckedSidecar extends SidecarCheck {
  source: WalSource
}

export interface CheckedGroups {
  segments: Checked[]
  snapshots: CheckedSnapshot[]
  sidecars: CheckedSidecar[]
}

const PHANTOMS_SHOWN = 40

/** How long a file that ends in a torn batch is given to show that it is being written. */
const SECOND_LOOK_MS = 120

/** Every segment of every source with its verdict. What looks torn or damaged is looked at twice: its owner may be writing it. */
export async function checkSources(sources: readonly WalSource[]): Promise<CheckedGroups> {
  const checked: CheckedGroups = {segments: [], snapshots: [], sidecars: []}
  for (const source of sources) {
    let checks = check(source)
    if (
      [...checks.segments, ...checks.snapshots, ...checks.sidecars].some(c => c.word === 'TORN' || c.word === 'CORRUPT')
    ) {
      await new Promise(done => setTimeout(done, SECOND_LOOK_MS))
      const again = check(fresh(source))
      for (const second of again.segments) {
        const first = checks.segments.find(c => c.path === second.path)
        // Torn twice, at another place or in another length: it was written between the looks.
        if (second.word === 'TORN' && first && first.bytes !== second.bytes) second.word = 'open'
      }
      checks = again
    }
    checked.segments.push(...checks.segments)
    checked.snapshots.push(...checks.snapshots)
    checked.sidecars.push(...checks.sidecars)
  }
  return checked
}

function fresh(source: WalSource): WalSource {
  if (source.single) {
    const [segment] = source.place.segments
    return {
      ...source,
      place: {...source.place, segments: [{...segment, bytes: nodeFiles.stat(segment.path)?.size ?? 0}]},
    }
  }
  const {dir, group} = source.place
  const place = groupPlaces(nodeFiles, source.root).find(p => p.group === group && p.dir === dir)
  return place ? {...source, place} : source
}

function check(source: WalSource): CheckedGroups {
  try {
    const {segments, sidecars, snapshots} = verifyGroup(nodeFiles, source.place, source.single)
    return {
      segments: segments.map(c => ({...c, source})),
      snapshots: snapshots.map(c => ({...c, source})),
      sidecars: sidecars.map(c => ({...c, source})),
    }
  } catch (error) {
    const why = (error as Error).message
    const path = source.place.segments[0]?.path ?? source.place.dir
    const faulty = [{at: 0, bytes: 0, why, torn: false}]
    const nothing = {records: 0, batches: 0, entries: 0, sealed: false}
    return {segments: [{source, path, bytes: 0, word: 'UNREADABLE', ...nothing, faulty}], snapshots: [], sidecars: []}
  }
}

const state = (s: Phantoms['really']['hardState']): string =>
  s ? `term ${s.term} vote ${s.vote} commit ${s.commit}` : 'no HardState'

/** What is wrong with a segment, a line a place; for a sound one nothing. */
export function faultLines({faulty, path, phantoms}: Checked): string[] {
  const file = sanitise(basename(path))
  const lines = faulty.map(
    ({at, bytes, torn, why}) =>
      `${file}@${at}  ${formatCount(bytes)} bytes${torn && !why.startsWith('torn') ? ', torn' : ''}: ${sanitise(why)}`,
  )
  if (!phantoms) return lines
  const {at, guessed, really, records} = phantoms
  const shown = at.slice(0, PHANTOMS_SHOWN).join(' ')
  lines.push(
    `${formatCount(records)} HardState${records === 1 ? ' also reads' : 's also read'} as entries: ${file}@${shown}${records > PHANTOMS_SHOWN ? ' …' : ''}`,
    `  a reader that tries Entry first recovers ${formatCount(guessed.entries)} "entries", ${state(guessed.hardState)}`,
    `  what is there: ${formatCount(really.entries)} entries, ${state(really.hardState)} (their base offset tells)`,
  )
  return lines
}

/** One segment for programs; docs/commands-json.md. */
export function checkJson({source, ...c}: Checked): Record<string, unknown> {
  return {
    ...(source.node === undefined ? {} : {node: source.node}),
    group: source.place.group,
    file: c.path,
    bytes: c.bytes,
    verdict: c.word,
    records: c.records,
    batches: c.batches,
    entries: c.entries,
    firstIndex: c.firstIndex ?? null,
    lastIndex: c.lastIndex ?? null,
    firstTerm: c.firstTerm ?? null,
    lastTerm: c.lastTerm ?? null,
    sealed: c.sealed,
    faulty: c.faulty,
    ...(c.phantoms ? {ambiguous: c.phantoms} : {}),
  }
}

/** One snapshot file of a group for programs. */
export function snapshotCheckJson({source, word, ...seen}: CheckedSnapshot): Record<string, unknown> {
  const {node, place} = source
  return {...(node === undefined ? {} : {node}), group: place.group, ...snapshotJson(seen), verdict: word}
}

/** One sidecar of a group for programs. */
export function sidecarCheckJson({source, word, path, ...seen}: CheckedSidecar): Record<string, unknown> {
  const {node, place} = source
  return {
    ...(node === undefined ? {} : {node}),
    group: place.group,
    file: path,
    kind: 'sidecar',
    verdict: word,
    ...seen,
  }
}
