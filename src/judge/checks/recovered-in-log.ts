import type {NodeId} from '../../base/ids.ts'
import type {LogLine, LogTold} from '../../contracts/node-state.ts'
import type {DiskReading, GroupReading, Place} from '../evidence.ts'
import type {Cite, VerdictLine} from '../verdict.ts'
import {count, hardStateWords, nodeWords, placeCite, placeWords, seeCommand} from '../words.ts'

/** A node whose log says of its recovery something else than what its disk holds. */
export interface SaidWrongly {
  disk: DiskReading
  onDisk: GroupReading
  log: LogTold
}

/** Widest text of a line that stays within 80 columns. */
const WIDE = 68

function logPlace(log: LogTold, line: LogLine): Place {
  return {file: log.file, at: line.at, bytes: line.bytes}
}

function logCite(node: NodeId, log: LogTold, line: LogLine, note: string): Cite {
  return {kind: 'place', node, file: log.file, at: line.at, bytes: line.bytes, note: `source: log, ${note}`}
}

/** The HardState recovered is the one that a reader ends with that takes records for entries wherever it can. */
function tookPhantoms({onDisk, log}: SaidWrongly): boolean {
  const {guessed} = onDisk
  const told = log.hardState
  if (!guessed || guessed.phantomCount === 0 || !told) return false
  const {term, vote, commit} = guessed.hardState ?? {term: 0, vote: 0, commit: 0}
  return told.term === term && told.vote === vote && told.commit === commit
}

/** Disk beside log, node by node, and what both together show. */
export function hardStateLines(all: readonly SaidWrongly[]): VerdictLine[] {
  const lines: VerdictLine[] = []
  for (const {disk, onDisk, log} of all) {
    const at = onDisk.hardState
    const words = at ? hardStateWords(at) : 'no HardState'
    lines.push(
      {
        label: `n${disk.node}`,
        text: `disk  ${words.padEnd(26)}  ${at ? `${placeWords(at)}, ${at.bytes} bytes${onDisk.guessed ? ', crc ok' : ''}` : ''}`.trimEnd(),
      },
      {label: '', text: `node  ${said(log).padEnd(26)}  ${log.hardState ? placeOf(log, log.hardState) : ''}`.trimEnd()},
    )
  }
  const phantom = all.find(tookPhantoms)
  if (phantom) lines.push(...labelled('cause', phantomCause(phantom)))
  const again = votesAgain(all)
  if (again) lines.push(...labelled('so', again))
  const shown = all.find(wentBack) ?? all.find(p => p.onDisk.hardState)
  if (shown?.onDisk.hardState) lines.push({label: 'see', text: seeCommand(shown.disk.dir, shown.onDisk.hardState)})
  return lines
}

function wentBack({onDisk, log}: SaidWrongly): boolean {
  return onDisk.hardState !== undefined && (log.hardState?.term ?? onDisk.hardState.term) < onDisk.hardState.term
}

/** Why, in a sentence, when the bytes explain what was recovered. */
export function hardStateCause(all: readonly SaidWrongly[]): string | undefined {
  const phantom = all.find(tookPhantoms)
  return phantom && phantomCause(phantom)
}

function phantomCause({onDisk}: SaidWrongly): string {
  const last = onDisk.guessed?.hardState
  return last
    ? `a HardState with a commit also reads as an Entry, and was taken for one; the last that does not is ${placeWords(last)}, ${hardStateWords(last)}`
    : 'every HardState also reads as an Entry, and was taken for one'
}

/** A node that goes back in term can vote again where its disk has a vote. */
function votesAgain(all: readonly SaidWrongly[]): string | undefined {
  const back = all.flatMap(({disk, onDisk, log}) => {
    const {term, vote} = log.hardState ?? {term: Number.POSITIVE_INFINITY}
    const voted = onDisk.votes
      .filter(v => v.vote !== 0 && (v.term > term || (v.term === term && vote !== undefined && vote !== v.vote)))
      .map(v => v.term)
    return voted.length > 0 ? [{node: disk.node, from: Math.min(...voted), to: Math.max(...voted)}] : []
  })
  if (back.length === 0) return undefined
  const from = Math.min(...back.map(b => b.from))
  const to = Math.max(...back.map(b => b.to))
  const terms = from === to ? `term ${from}` : `terms ${from} to ${to}`
  return `${nodeWords(back.map(b => b.node))} can vote a second time in ${terms}: the votes there are forgotten`
}

export function entriesLines(all: readonly SaidWrongly[]): VerdictLine[] {
  const lines: VerdictLine[] = []
  for (const p of all) {
    const {disk, onDisk, log} = p
    const told = log.entries
    const words = told ? toldWords(told) : ''
    lines.push({
      label: `n${disk.node}`,
      text: `disk  ${entriesWords(onDisk).padEnd(18)}  node  ${words.padEnd(18)}  ${told ? placeOf(log, told) : ''}`,
    })
    lines.push(...labelled('', entriesCause(p) ?? ''), ...phantomLines(onDisk))
  }
  const shown = all.find(p => p.onDisk.guessed?.phantoms.length)
  const phantom = shown?.onDisk.guessed?.phantoms.at(-1)
  if (shown && phantom) lines.push({label: 'see', text: seeCommand(shown.disk.dir, phantom)})
  return lines
}

/** What the bytes say about the difference; undefined when they say nothing. */
export function entriesCause({onDisk, log}: SaidWrongly): string | undefined {
  const told = log.entries
  const {guessed} = onDisk
  if (!told) return undefined
  const {entries = onDisk.entries, lastIndex} = told
  if (guessed && guessed.phantomCount > 0 && entries === guessed.entries)
    return `${count(guessed.phantomCount, 'HardState reads', 'HardStates read')} as entries too: ${onDisk.entries} + ${guessed.phantomCount} = ${entries}`
  const cut = log.cuts?.[0]
  if (cut && lastIndex < onDisk.lastIndex)
    return `it found damage at ${cut.place} and cut its log there (${placeOf(log, cut)}): ${lastIndex + 1} to ${onDisk.lastIndex} have to come from the leader again`
  if (entries > onDisk.entries) return `${entries - onDisk.entries} of them lie nowhere on the disk`
  if (lastIndex < onDisk.lastIndex)
    return `entries ${lastIndex + 1} to ${onDisk.lastIndex} lie sound on the disk, and were dropped`
  return entries < onDisk.entries ? `${onDisk.entries - entries} that lie on the disk were dropped` : undefined
}

/** Every phantom by the byte at which it lies, and what the last of them was taken for. */
function phantomLines({guessed}: GroupReading): VerdictLine[] {
  if (!guessed || guessed.phantoms.length === 0) return []
  const {phantoms, phantomCount} = guessed
  const more = phantomCount > phantoms.length ? ` and ${phantomCount - phantoms.length} more` : ''
  const first = phantoms[0]
  const places = `in ${placeWords(first)} ${phantoms
    .slice(1)
    .map(p => p.at)
    .join(' ')}${more}`
  const last = phantoms[phantoms.length - 1]
  return [...labelled('', places, 4), {label: '', text: `@${last.at} ${hardStateWords(last)} = ${last.reads}`}]
}

export function phantomCites({disk, onDisk}: SaidWrongly): Cite[] {
  return (onDisk.guessed?.phantoms ?? []).map(p =>
    placeCite(disk.node, disk.dir, p, `${hardStateWords(p)} reads as ${p.reads} too`),
  )
}

export function logCites({disk, log}: SaidWrongly): Cite[] {
  const {hardState, entries} = log
  return [
    ...(entries ? [logCite(disk.node, log, entries, `recovered ${toldWords(entries)}`)] : []),
    ...(hardState ? [logCite(disk.node, log, hardState, `recovered ${hardStateWords(hardState)}`)] : []),
  ]
}

function toldWords({entries, firstIndex, lastIndex}: NonNullable<LogTold['entries']>): string {
  if (entries === undefined) return `up to ${lastIndex}`
  return `${count(entries, 'entry', 'entries')}${firstIndex === undefined ? '' : ` (${firstIndex}-${lastIndex})`}`
}

function said(log: LogTold): string {
  return log.hardState ? hardStateWords(log.hardState) : 'no word of it'
}

function entriesWords(g: GroupReading): string {
  return `${count(g.entries, 'entry', 'entries')} (${g.firstIndex}-${g.lastIndex})`
}

function placeOf(log: LogTold, line: LogLine): string {
  return placeWords(logPlace(log, line))
}

/** A text in as many lines as it needs; at most `most` of them. */
function labelled(label: string, text: string, most = 4): VerdictLine[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1]
    if (last !== undefined && last.length + 1 + word.length <= WIDE) lines[lines.length - 1] = `${last} ${word}`
    else if (word !== '') lines.push(word)
  }
  const kept = lines.slice(0, most)
  if (lines.length > most) kept[most - 1] = `${kept[most - 1]} …`
  return kept.map((line, n) => ({label: n === 0 ? label : '', text: line}))
}
