import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {EvidenceSet, Operation} from '../../../judge/evidence.ts'
import {isMetadata} from '../../../judge/words.ts'
import type {StoredEvidence} from '../../stored-evidence.ts'
import type {Report} from '../report.ts'
import {cut} from '../text.ts'
import type {TimelineData} from './data.ts'

const LOG_LINES_MAX = 1_500
const LOG_BYTES_MAX = 4 << 20
const SENDS_MAX = 4_000
const EVENTS_MAX = 3_000
const BINS = 240

export interface LogLine {
  at: number
  text: string
}

/** What happened when, from report and run folder. Parts whose evidence is missing stay empty. */
export function timelineOf(report: Report, dir: string, stored: StoredEvidence | undefined): TimelineData {
  const startWallMs = Date.parse(report.startedAt)
  const zero = stored ? stored.wallAtZeroMs - startWallMs : 0
  const evidence = stored?.evidence
  const logs = logsOf(dir, startWallMs)
  const nodes = nodesOf(report, evidence)
  const toMs = Math.max(report.tookMs, 1)
  return {
    nodes,
    fromMs: 0,
    toMs,
    steps: report.steps.flatMap(s =>
      s.atMs === undefined
        ? []
        : [
            {
              number: s.number,
              title: cut(s.title),
              result: s.result,
              from: s.atMs + zero,
              to: s.atMs + zero + s.tookMs,
            },
          ],
    ),
    roles: evidence ? nodes.flatMap(n => rolesOf(n, evidence, {zero, startWallMs, toMs})) : [],
    faults: evidence ? faultsOf(evidence, zero, toMs) : [],
    hardStates: hardStatesOf(nodes, logs, evidence, startWallMs),
    events: (evidence?.events ?? []).slice(0, EVENTS_MAX).map(e => ({
      at: e.wallMs - startWallMs,
      ...(e.node === undefined ? {} : {node: e.node}),
      kind: cut(e.kind),
      text: cut(e.text),
      number: e.number,
    })),
    logs: [...logs].map(([node, lines]) => ({
      node,
      lines: lines.slice(0, LOG_LINES_MAX).map(l => [Math.round(l.at), l.text]),
      left: Math.max(0, lines.length - LOG_LINES_MAX),
    })),
    ...operationsOf(evidence?.history ?? [], zero, toMs),
    marks: marksOf(report, stored, zero),
  }
}

function nodesOf(report: Report, evidence: EvidenceSet | undefined): number[] {
  const known = new Set<number>()
  for (let n = 1; n <= Math.min(report.cluster?.nodes ?? 0, 64); n++) known.add(n)
  for (const c of evidence?.changes ?? []) known.add(c.node)
  return [...known].sort((a, b) => a - b)
}

/** What one node was: its own words, cut at the ends of its lives. */
function rolesOf(
  node: number,
  e: EvidenceSet,
  o: {zero: number; startWallMs: number; toMs: number},
): TimelineData['roles'] {
  const points: Array<{at: number; role: string; term?: number}> = []
  for (const c of e.changes)
    if (c.node === node && isMetadata(c.group)) points.push({at: c.wallMs - o.startWallMs, role: c.role, term: c.term})
  // What was asked when the lab began to look: the first word of each life.
  for (const r of e.readings) {
    const group = r.live?.groups.find(g => isMetadata(g.group))
    if (r.node === node && group) points.push({at: r.monotonicMs + o.zero, role: group.role, term: group.term})
  }
  for (const f of e.faults) {
    if (!f.nodes.includes(node) || !f.landed) continue
    const at = (f.landedAtMs ?? f.atMs) + o.zero
    if (f.what === 'pause') points.push({at, role: 'paused'})
    else if (f.what !== 'restart' && f.ended) points.push({at, role: 'down'})
  }
  for (const x of e.exits)
    if (x.node === node && !x.asked) {
      const event = e.events.find(v => v.number === x.event)
      if (event) points.push({at: event.wallMs - o.startWallMs, role: 'down'})
    }
  for (const s of e.starts) if (s.node === node) points.push({at: s.orderedAtMs + o.zero, role: 'starting'})
  points.sort((a, b) => a.at - b.at)
  const found: TimelineData['roles'] = []
  let dead = false
  for (const p of points) {
    const last = found[found.length - 1]
    // Words of a node that is dead already arrived late.
    if (dead && p.role !== 'starting') continue
    dead = p.role === 'down'
    if (last && last.role === p.role && last.term === p.term) continue
    if (last) last.to = p.at
    found.push({node, from: p.at, to: o.toMs, role: p.role, ...(p.term === undefined ? {} : {term: p.term})})
  }
  return found
}

function faultsOf(e: EvidenceSet, zero: number, toMs: number): TimelineData['faults'] {
  return e.faults.map(f => {
    const back = f.nodes.map(node => {
      const start = e.starts.find(s => s.node === node && s.orderedAtMs >= f.atMs)
      return start?.readyAtMs ?? start?.orderedAtMs
    })
    const ends = back.filter(at => at !== undefined)
    const to = ends.length === f.nodes.length && ends.length > 0 ? Math.max(...ends) + zero : toMs
    return {
      from: f.atMs + zero,
      to:
        f.healedAtMs !== undefined
          ? f.healedAtMs + zero
          : f.what === 'pause'
            ? resumed(e, f.nodes, f.atMs, zero, toMs)
            : to,
      text: cut(`${f.what} ${f.nodes.map(n => `n${n}`).join(' ')}${f.landed ? '' : ' (did not land)'}`),
      nodes: f.nodes,
      landed: f.landed,
    }
  })
}

function resumed(e: EvidenceSet, nodes: readonly number[], atMs: number, zero: number, toMs: number): number {
  for (const c of e.changes) if (nodes.includes(c.node) && c.atMs > atMs + 50) return c.atMs + zero
  return toMs
}

const PERSISTED = /Persisted HardState: term=(\d+), vote=(\d+), commit=(\d+)/

/** As the nodes printed them; where no log was kept, as they told them: each new term or vote is a write. */
function hardStatesOf(
  nodes: readonly number[],
  logs: ReadonlyMap<number, LogLine[]>,
  e: EvidenceSet | undefined,
  startWallMs: number,
): TimelineData['hardStates'] {
  const found: TimelineData['hardStates'] = []
  for (const node of nodes) {
    const places = placesOf(node, e)
    const lines = logs.get(node)
    if (lines) {
      for (const {at, text} of lines) {
        const match = PERSISTED.exec(text)
        if (!match) continue
        const [term, vote, commit] = match.slice(1).map(Number)
        found.push({node, at, term, vote, commit, ...where(places, term, vote)})
      }
      continue
    }
    let before = ''
    for (const c of e?.changes ?? []) {
      const {term, vote, commit} = c
      if (c.node !== node || !isMetadata(c.group) || vote === undefined || before === `${term} ${vote}`) continue
      before = `${term} ${vote}`
      found.push({node, at: c.wallMs - startWallMs, term, vote, commit, ...where(places, term, vote)})
    }
  }
  return found
}

function placesOf(node: number, e: EvidenceSet | undefined): Map<string, string> {
  const places = new Map<string, string>()
  for (const d of e?.disks ?? [])
    if (d.node === node)
      for (const v of d.groups.find(g => isMetadata(g.group))?.votes ?? [])
        places.set(`${v.term} ${v.vote}`, `${d.dir}/${v.file}@${v.at}`)
  return places
}

function where(places: ReadonlyMap<string, string>, term: number, vote: number): {where?: string} {
  const place = places.get(`${term} ${vote}`)
  return place === undefined ? {} : {where: cut(place)}
}

function operationsOf(
  history: readonly Operation[],
  zero: number,
  toMs: number,
): Pick<TimelineData, 'sends' | 'acknowledged'> {
  const everyMs = Math.max(20, Math.ceil(toMs / BINS / 10) * 10)
  const counts = new Array<number>(Math.ceil(toMs / everyMs)).fill(0)
  const sends = history.filter(o => o.do === 'send')
  const telling = sends.filter(o => o.result !== 'ok')
  const ok = sends.filter(o => o.result === 'ok')
  for (const o of ok) {
    const bin = Math.floor(((o.endedAtMs ?? o.invokedAtMs) + zero) / everyMs)
    if (bin >= 0 && bin < counts.length) counts[bin]++
  }
  const keep = [...telling.slice(0, SENDS_MAX / 2), ...slowest(ok, SENDS_MAX / 2)].sort(
    (a, b) => a.invokedAtMs - b.invokedAtMs,
  )
  return {
    acknowledged: {everyMs, counts},
    sends: {
      at: keep.map(o => tenth(o.invokedAtMs + zero)),
      took: keep.map(o => (o.endedAtMs === undefined ? -1 : tenth(o.endedAtMs - o.invokedAtMs))),
      end: keep.map(o => (o.result === 'ok' ? 0 : o.result === 'fail' ? 1 : 2)),
      total: sends.length,
    },
  }
}

/** Of many, the slowest of each of so many stretches, and others evenly. */
function slowest(ok: readonly Operation[], most: number): Operation[] {
  if (ok.length <= most) return [...ok]
  const stretch = Math.ceil((2 * ok.length) / most)
  const kept: Operation[] = []
  const took = (o: Operation): number => (o.endedAtMs ?? o.invokedAtMs) - o.invokedAtMs
  for (let from = 0; from < ok.length; from += stretch) {
    const some = ok.slice(from, from + stretch)
    const worst = some.reduce((a, b) => (took(b) > took(a) ? b : a))
    kept.push(worst)
    if (some[0] !== worst) kept.push(some[0])
  }
  return kept
}

function marksOf(report: Report, stored: StoredEvidence | undefined, zero: number): TimelineData['marks'] {
  return report.steps.flatMap(s =>
    s.checks
      .filter(c => c.result === 'fail' || c.result === 'unknown')
      .flatMap(c => {
        const judgedAt = stored?.judged.find(j => j.number === c.number)?.atMs
        const at = judgedAt ?? (s.atMs === undefined ? undefined : s.atMs + s.tookMs)
        if (at === undefined) return []
        return [
          {number: cut(c.number), title: cut(c.title), result: c.result, at: at + zero, from: (s.atMs ?? at) + zero},
        ]
      }),
  )
}

/** The lines of `nodes/nN.log`, with the time that stands in front of each; lines without one belong to the one before. */
export function logsOf(dir: string, startWallMs: number): Map<number, LogLine[]> {
  const logs = new Map<number, LogLine[]>()
  const folder = join(dir, 'nodes')
  if (!existsSync(folder)) return logs
  for (const name of readdirSync(folder)) {
    const node = /^n(\d{1,3})\.log$/.exec(name)?.[1]
    if (node === undefined) continue
    const text = readFileSync(join(folder, name)).subarray(0, LOG_BYTES_MAX).toString('utf8')
    const lines: LogLine[] = []
    let at = 0
    for (const line of text.split('\n')) {
      if (line === '') continue
      const match = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) ?(.*)$/.exec(line)
      const wall = match ? Date.parse(match[1]) : Number.NaN
      if (Number.isFinite(wall)) at = wall - startWallMs
      lines.push({at, text: cut(match && Number.isFinite(wall) ? match[2] : line)})
    }
    logs.set(Number(node), lines)
  }
  return logs
}

function tenth(ms: number): number {
  return Math.round(ms * 10) / 10
}
