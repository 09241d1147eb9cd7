import {type GroupName, METADATA_GROUP, type NodeId, type Term} from '../../base/ids.ts'
import type {NodeReading} from '../../contracts/supervisor-protocol.ts'
import type {Check} from '../check.ts'
import type {GroupReading, PushedChange} from '../evidence.ts'
import {type Cite, fail, pass, unknown} from '../verdict.ts'
import {changeCite, count, nodeWords, placeCite, some} from '../words.ts'
import {distinct, newestCopies} from './disk.ts'

interface OneLog {
  node: NodeId
  dir: string
  reading: GroupReading
}

function termAt(log: OneLog, index: number): Term | undefined {
  return log.reading.terms.findLast(run => run.from <= index)?.term
}

function sumAt({reading: {sums}}: OneLog, index: number): number | undefined {
  return sums?.crc32[index - sums.from]
}

/**
 * Where two logs must be equal and are not: up to the last index at which both have an entry of the same term (log matching), and up to what both hold for
 * committed (state-machine safety). Undefined: nowhere. `to` is how far that was.
 */
function difference(a: OneLog, b: OneLog): {to: number; at?: number} {
  const from = Math.max(a.reading.firstIndex, b.reading.firstIndex)
  const common = Math.min(a.reading.lastIndex, b.reading.lastIndex)
  let to = common
  while (to >= from && termAt(a, to) !== termAt(b, to)) to--
  const committed = Math.min(common, a.reading.hardState?.commit ?? 0, b.reading.hardState?.commit ?? 0)
  to = Math.max(to, committed)
  for (let index = from; index <= to; index++)
    if (termAt(a, index) !== termAt(b, index) || sumAt(a, index) !== sumAt(b, index)) return {to, at: index}
  return {to}
}

/** All of it was read. Whether it makes a log is another matter: what is wrong in one is seen beside another. */
function isWhole({damage, holes}: GroupReading): boolean {
  return damage.every(d => d.fold) && holes.length === 0
}

export const logsMatch: Check = {
  id: 'L6',
  title: 'logs that meet in index and term are the same before it',
  needs: ['disks'],
  judge: ({disks}) => {
    const expected =
      'where two nodes hold an entry of the same index and term, or both hold it for committed, all before it is the same, byte for byte'
    const logs = new Map<GroupName, OneLog[]>()
    for (const {node, dir, groups} of newestCopies(disks))
      for (const reading of groups)
        if (reading.sums && isWhole(reading))
          logs.set(reading.group, [...(logs.get(reading.group) ?? []), {node, dir, reading}])
    const wrong: Array<{a: OneLog; b: OneLog; at: number}> = []
    let pairs = 0
    let entries = 0
    for (const replicas of logs.values())
      for (const [i, a] of replicas.entries())
        for (const b of replicas.slice(i + 1)) {
          const {to, at} = difference(a, b)
          pairs++
          entries += Math.max(0, to - Math.max(a.reading.firstIndex, b.reading.firstIndex) + 1)
          if (at !== undefined) wrong.push({a, b, at})
        }
    if (pairs === 0 || entries === 0)
      return unknown({
        expected,
        seen: `${count(pairs, 'pair')} of logs without an entry in common`,
        because: 'there is nothing to compare',
      })
    if (wrong.length === 0)
      return pass({
        expected,
        seen: `${count(entries, 'entry', 'entries')} in ${count(pairs, 'pair')} of logs, each the same`,
      })
    const words = ({a, b, at}: (typeof wrong)[number]): string =>
      `${a.reading.group} index ${at}: n${a.node} term ${termAt(a, at)}, n${b.node} term ${termAt(b, at)}${termAt(a, at) === termAt(b, at) ? ', other bytes' : ''}`
    return fail({
      expected,
      seen: some(wrong.map(words)),
      because: 'two nodes hold different logs, and neither will ever know',
      nodes: distinct(wrong.flatMap(w => [w.a.node, w.b.node])),
      lines: wrong.slice(0, 5).map(w => ({label: 'disk', text: words(w)})),
      cites: wrong
        .slice(0, 5)
        .flatMap(({a, b}): Cite[] =>
          [a, b].flatMap(log => (log.reading.hardState ? [placeCite(log.node, log.dir, log.reading.hardState)] : [])),
        ),
    })
  },
}

export const leaderComplete: Check = {
  id: 'L5',
  title: 'a new leader holds all that was committed',
  needs: ['changes'],
  judge: ({changes}) => {
    const expected =
      'the log of each new leader reaches at least as far as what any node told as committed in an earlier term'
    // What was told as committed, by group, as the highest of each term.
    const commits = new Map<GroupName, Map<Term, PushedChange>>()
    for (const c of changes) {
      const of = commits.get(c.group) ?? new Map<Term, PushedChange>()
      commits.set(c.group, of)
      if (c.commit > (of.get(c.term)?.commit ?? -1)) of.set(c.term, c)
    }
    const last = new Map<string, PushedChange>()
    const elected = new Set<string>()
    const short: Array<{leader: PushedChange; lastIndex: number; committed: PushedChange}> = []
    let compared = 0
    for (const c of changes) {
      const key = `${c.group} ${c.node} ${c.incarnation}`
      const before = last.get(key)
      last.set(key, c)
      if (c.role !== 'leader' || elected.has(`${c.group} ${c.term}`)) continue
      elected.add(`${c.group} ${c.term}`)
      const earlier = [...(commits.get(c.group) ?? [])].filter(([term, told]) => term < c.term && told.commit > 0)
      if (earlier.length === 0) continue
      compared++
      // Its log as a candidate: the leader's own first entry is not in it.
      const lastIndex = before?.role === 'candidate' && before.term === c.term ? before.lastIndex : c.lastIndex
      const most = earlier.map(([, told]) => told).reduce((a, b) => (b.commit > a.commit ? b : a))
      if (lastIndex < most.commit) short.push({leader: c, lastIndex, committed: most})
    }
    if (compared === 0)
      return unknown({
        expected,
        seen: 'no leader after something was committed',
        because: 'no change of leader was seen',
      })
    if (short.length === 0) return pass({expected, seen: `${count(compared, 'new leader')}, each with all of it`})
    const words = ({leader, lastIndex, committed}: (typeof short)[number]): string =>
      `n${leader.node} leads ${leader.group} at term ${leader.term} with entries up to ${lastIndex}; n${committed.node} had told commit ${committed.commit} at term ${committed.term}`
    return fail({
      expected,
      seen: some(short.map(words)),
      because: 'what was committed is not in the log that everybody will follow',
      nodes: distinct(short.map(s => s.leader.node)),
      lines: short.slice(0, 3).map(s => ({label: 'node', text: words(s)})),
      cites: short.slice(0, 3).flatMap(s => [changeCite(s.leader), changeCite(s.committed)]),
    })
  },
}

export const stateEqual: Check = {
  id: 'L4',
  title: 'nodes that applied the same entries have the same state',
  needs: ['readings'],
  judge: ({readings}) => {
    const expected = 'the same hash of the state wherever the same index was applied last'
    const known = new Map<string, {hash: string; reading: NodeReading}>()
    const wrong: Array<{group: GroupName; applied: number; a: NodeReading; b: NodeReading}> = []
    const twice = new Set<string>()
    for (const reading of readings)
      for (const g of reading.live?.groups ?? []) {
        if (g.stateHash === undefined) continue
        const key = `${g.group} ${g.applied}`
        const before = known.get(key)
        if (!before) known.set(key, {hash: g.stateHash, reading})
        else if (before.hash !== g.stateHash)
          wrong.push({group: g.group, applied: g.applied, a: before.reading, b: reading})
        else if (before.reading.incarnation !== reading.incarnation) twice.add(key)
      }
    if (wrong.length > 0) {
      const words = (w: (typeof wrong)[number]): string =>
        `${w.group} at index ${w.applied}: n${w.a.node} and n${w.b.node} differ`
      return fail({
        expected,
        seen: some(distinct(wrong.map(words))),
        because: 'the same entries gave different states',
        nodes: distinct(wrong.flatMap(w => [w.a.node, w.b.node])),
        cites: wrong.slice(0, 3).flatMap(w => [readingCite(w.a), readingCite(w.b)]),
      })
    }
    const compared = [...twice].filter(key => key.startsWith(METADATA_GROUP)).length
    if (twice.size === 0)
      return unknown({expected, seen: 'no two answers at the same index', because: 'there is nothing to compare'})
    return pass({
      expected,
      seen: `${count(twice.size, 'index', 'indexes')} seen on two or more, ${compared} of them of ${METADATA_GROUP}`,
    })
  },
}

function readingCite(r: NodeReading): Cite {
  return {kind: 'reading', node: r.node, incarnation: r.incarnation, source: r.source, pushed: r.pushed}
}

export const minorityCannotCommit: Check = {
  id: 'H1m',
  title: 'without a quorum nothing is acknowledged (acks=all)',
  needs: ['faults', 'history'],
  judge: ({faults, starts, history}, about) => {
    const expected = `while fewer than ${about.quorum} of ${about.nodes.length} nodes lived, no write with acks=all was acknowledged that was sent then`
    // Each death: from when it was proven to when the next life was ordered.
    const deaths = faults
      .filter(f => f.landed && (f.what === 'kill' || f.what === 'stop'))
      .flatMap(f =>
        f.nodes.map((node, i) => {
          const ended = f.ended?.[i] ?? ''
          const start = starts.find(s => s.node === node && s.previous === ended)
          return {node, fromMs: f.landedAtMs ?? f.atMs, toMs: start?.orderedAtMs ?? Number.POSITIVE_INFINITY}
        }),
      )
    const edges = deaths.map(d => d.fromMs).sort((a, b) => a - b)
    const deadAt = (ms: number): Set<NodeId> =>
      new Set(deaths.filter(d => d.fromMs <= ms && ms < d.toMs).map(d => d.node))
    const windows = edges.flatMap(fromMs => {
      const dead = deadAt(fromMs)
      if (about.nodes.length - dead.size >= about.quorum) return []
      const toMs = Math.min(...deaths.filter(d => dead.has(d.node) && d.toMs > fromMs).map(d => d.toMs))
      return [{fromMs, toMs, dead: [...dead]}]
    })
    if (windows.length === 0)
      return unknown({expected, seen: 'a quorum lived all the time', because: 'the fault did not happen'})
    const tried = history.filter(
      o =>
        o.do === 'send' &&
        (o.acks ?? -1) === -1 &&
        windows.some(w => o.invokedAtMs >= w.fromMs && o.invokedAtMs < w.toMs),
    )
    if (tried.length === 0) return unknown({expected, seen: 'no write was sent then', because: 'there was no load'})
    const taken = tried.filter(
      o => o.result === 'ok' && windows.some(w => o.invokedAtMs >= w.fromMs && (o.endedAtMs ?? 0) < w.toMs),
    )
    if (taken.length === 0)
      return pass({
        expected,
        seen: `${count(tried.length, 'write')} sent while ${some(windows.map(w => nodeWords(w.dead)))} were dead, none acknowledged`,
      })
    const first = taken[0]
    return fail({
      expected,
      seen: `${count(taken.length, 'write')} acknowledged, the first ${first.value} at ${first.topic}/${first.partition} offset ${first.offset ?? '?'}`,
      because: 'what a minority holds can be lost with it',
      lines: [{label: 'client', text: `operation ${first.number}: ${first.value} acknowledged with acks=all`}],
      cites: taken.slice(0, 20).map(o => ({kind: 'operation', operation: o.number})),
    })
  },
}
