import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {gunzipSync, gzipSync} from 'node:zlib'
import {type About, type EvidenceSet, emptyEvidence, type Operation} from '../judge/evidence.ts'
import {readHistoryFile} from './load/read-history.ts'

/** All but the client history, which has a file of its own. */
export const EVIDENCE_FILE = 'evidence.jsonl.gz'
/** Unpacked. A run's evidence is some megabytes; more than this is none of ours. */
const UNPACKED_BYTES_MAX = 1 << 30

const KINDS = [
  'disks',
  'readings',
  'changes',
  'events',
  'faults',
  'exits',
  'starts',
  'metadata',
  'topicOrders',
  'windows',
] as const satisfies ReadonlyArray<Exclude<keyof EvidenceSet, 'history'>>
type Kind = (typeof KINDS)[number]

/** What one verdict was judged on: elements `from` up to, not with, `to` of each kind, as they stood at `atMs` of the lab's clock. */
export interface Judged {
  number: string
  check: string
  from: Record<Kind, number>
  to: Record<Kind, number>
  atMs: number
  about: About
}

export interface StoredEvidence {
  evidence: EvidenceSet
  judged: Judged[]
  /** Wall clock at 0 of the lab's clock. */
  wallAtZeroMs: number
}

/** How many elements of each kind there are. */
export function countsOfKinds(evidence: EvidenceSet): Record<Kind, number> {
  const counts = {} as Record<Kind, number>
  for (const kind of KINDS) counts[kind] = evidence[kind].length
  return counts
}

/** One JSON line an element, `{kind: element}`, compressed: answers of nodes repeat themselves. */
export function writeEvidence(dir: string, stored: StoredEvidence): void {
  const lines: string[] = [JSON.stringify({evidence: 1, wallAtZeroMs: stored.wallAtZeroMs})]
  for (const kind of KINDS)
    if (kind !== 'events') for (const element of stored.evidence[kind]) lines.push(JSON.stringify({[kind]: element}))
  for (const judged of stored.judged) lines.push(JSON.stringify({judged}))
  writeFileSync(join(dir, EVIDENCE_FILE), gzipSync(`${lines.join('\n')}\n`, {level: 4}), {mode: 0o600})
}

/** Undefined when the run left none: it was cut off, or is of an earlier version. Throws on bytes that are none of ours. */
export function readEvidence(dir: string, o: {history: boolean} = {history: true}): StoredEvidence | undefined {
  const path = join(dir, EVIDENCE_FILE)
  if (!existsSync(path)) return undefined
  const text = gunzipSync(readFileSync(path), {maxOutputLength: UNPACKED_BYTES_MAX}).toString('utf8')
  const stored: StoredEvidence = {evidence: emptyEvidence(), judged: [], wallAtZeroMs: 0}
  for (const line of text.split('\n')) {
    if (line === '') continue
    const value = JSON.parse(line) as Record<string, unknown>
    if (value.evidence === 1) stored.wallAtZeroMs = Number(value.wallAtZeroMs)
    else if (value.judged) stored.judged.push(value.judged as Judged)
    else {
      const kind = KINDS.find(k => value[k] !== undefined)
      if (!kind) throw new Error(`${path}: a line of no known kind`)
      ;(stored.evidence[kind] as unknown[]).push(value[kind])
    }
  }
  stored.evidence.events = readEvents(dir)
  if (o.history) stored.evidence.history = readHistory(dir)
  return stored
}

function readHistory(dir: string): Operation[] {
  const path = join(dir, 'history.jsonl')
  return existsSync(path) ? readHistoryFile(path) : []
}

export function readEvents(dir: string): EvidenceSet['events'] {
  const path = join(dir, 'events.jsonl')
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))
}

/** The evidence as it stood when this verdict was judged. */
export function asJudged({evidence}: StoredEvidence, judged: Judged): EvidenceSet {
  const then = emptyEvidence()
  for (const kind of KINDS) {
    const elements = evidence[kind].slice(judged.from[kind], judged.to[kind])
    Object.assign(then, {[kind]: elements})
  }
  const {atMs} = judged
  then.starts = then.starts.map(s => {
    const {caughtUpAtMs, ...rest} = s
    return caughtUpAtMs === undefined || caughtUpAtMs > atMs ? rest : s
  })
  then.history = historyAt(evidence.history, atMs)
  return then
}

/** What was known of the history at that time: later operations are not there yet, later answers are still open. */
function historyAt(history: readonly Operation[], atMs: number): Operation[] {
  if (history.every(o => (o.endedAtMs ?? o.invokedAtMs) <= atMs)) return history as Operation[]
  return history
    .filter(o => o.invokedAtMs <= atMs)
    .map(o => {
      if ((o.endedAtMs ?? 0) <= atMs) return o
      const {endedAtMs: _, offset, records: __, highWatermark: ___, error: ____, ...open} = o
      // A commit's offset is what it asks for, not what it was told.
      return {...open, ...(o.do === 'commit' && offset !== undefined ? {offset} : {}), result: 'open' as const}
    })
}
