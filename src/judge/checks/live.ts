import type {GroupName, NodeId, Term} from '../../base/ids.ts'
import type {Check} from '../check.ts'
import {type EvidenceSet, metadataGroupOf, type PushedChange} from '../evidence.ts'
import {fail, pass, unknown} from '../verdict.ts'
import {changeCite, changeWords, count, nodeWords, some} from '../words.ts'
import {distinct} from './disk.ts'
import {newestMetadata} from './newest-metadata.ts'

export const oneLeaderATerm: Check = {
  id: 'L1',
  title: 'at most one leader in each term',
  needs: ['changes'],
  judge: ({changes}) => {
    const expected = 'no two nodes lead the same group in the same term'
    const leaders = new Map<string, PushedChange>()
    const twice: Array<[PushedChange, PushedChange]> = []
    for (const change of changes) {
      if (change.role !== 'leader') continue
      const key = `${change.group} ${change.term}`
      const known = leaders.get(key)
      if (!known) leaders.set(key, change)
      else if (known.node !== change.node) twice.push([known, change])
    }
    if (leaders.size === 0)
      return unknown({expected, seen: 'no node told that it leads', because: 'no election was seen'})
    if (twice.length === 0)
      return pass({expected, seen: `${count(leaders.size, 'leadership')} seen, each of another term`})
    return fail({
      expected,
      seen: some(twice.map(([a, b]) => `${changeWords(a)} and n${b.node}`)),
      nodes: distinct(twice.flatMap(([a, b]) => [a.node, b.node])),
      cites: twice.flatMap(pair => pair.map(c => changeCite(c))),
    })
  },
}

interface TermSeen {
  node: NodeId
  group: GroupName
  term: Term
  atMs: number
  incarnation: string
  pushed: boolean
  /** Told while it stands for election: nobody was asked for a vote before the term is on the disk, so a death may take it along. */
  stands: boolean
  /** The term that was on its disk by then, where a node tells that. */
  synced?: Term
}

function standsIn(role: string): boolean {
  return role === 'candidate' || role === 'pre-candidate'
}

/** Terms of each (node, group) in the order in which they were learnt: pushed changes, and answers to questions. */
function termsSeen(e: Pick<EvidenceSet, 'changes' | 'readings'>) {
  const seen: Array<TermSeen> = []
  for (const {node, group, term, atMs, incarnation, role, syncedTerm: synced} of e.changes)
    seen.push({node, group, term, atMs, incarnation, pushed: true, stands: standsIn(role), synced})
  for (const r of e.readings)
    for (const g of r.live?.groups ?? [])
      seen.push({
        node: r.node,
        group: g.group,
        term: g.term,
        atMs: r.monotonicMs,
        incarnation: r.incarnation,
        pushed: r.pushed,
        stands: standsIn(g.role),
        synced: g.syncedTerm,
      })
  return seen.sort((a, b) => a.atMs - b.atMs)
}

/** Answers travel beside pushed changes: within one life only the pushed ones are in order, so that a late answer accuses nobody. */
export const termNeverFalls: Check = {
  id: 'L2',
  title: 'no term ever falls, across restarts too',
  needs: ['changes'],
  judge: e => {
    const expected = 'the term of each node and group only grows'
    const newest = new Map<string, TermSeen>()
    /** The highest of which a disk held as much; by nodes that do not tell that, the highest that was told otherwise than by a candidate. */
    const kept = new Map<string, TermSeen>()
    const falls: Array<{node: NodeId; text: string}> = []
    for (const s of termsSeen(e)) {
      const key = `${s.node} ${s.group}`
      const last = newest.get(key)
      const mayBeLost = last && (last.synced !== undefined || last.stands) && last.incarnation !== s.incarnation
      const before = mayBeLost ? kept.get(key) : last
      if (before && s.term < before.term && (s.pushed || s.incarnation !== before.incarnation))
        falls.push({
          node: s.node,
          text: `n${s.node} ${s.group}: term ${before.term}, then ${s.term}${s.incarnation === before.incarnation ? '' : ' after its restart'}`,
        })
      if (!before || s.term >= before.term) newest.set(key, s)
      const term = s.synced ?? (s.stands ? -1 : s.term)
      if (term >= (kept.get(key)?.term ?? 0)) kept.set(key, {...s, term})
    }
    if (falls.length === 0)
      return pass({expected, seen: `${count(newest.size, 'node and group', 'nodes and groups')} watched`})
    return fail({
      expected,
      seen: some(distinct(falls.map(f => f.text))),
      because: 'a node that forgets its term can vote twice in it',
      nodes: distinct(falls.map(f => f.node)),
      lines: falls.slice(0, 1).map(f => ({label: 'node', text: f.text})),
      cites: distinct(falls.map(f => f.node)).map(node =>
        changeCite(e.changes.filter(c => c.node === node).slice(-1)[0]),
      ),
    })
  },
}

export const commitNeverFalls: Check = {
  id: 'L3',
  title: 'no commit index ever falls while a node lives',
  needs: ['changes'],
  judge: ({changes, disks}) => {
    const expected = 'commit only grows in a life, and begins a life no lower than what its disk held'
    const newest = new Map<string, PushedChange>()
    const falls: PushedChange[] = []
    for (const change of changes) {
      const key = `${change.node} ${change.incarnation} ${change.group}`
      const before = newest.get(key)
      if (before && change.commit < before.commit) falls.push(change)
      newest.set(key, change)
    }
    const short = falls.map(c => `n${c.node} ${c.group}: commit fell to ${c.commit} at term ${c.term}`)
    if (short.length > 0)
      return fail({
        expected,
        seen: some(short),
        nodes: distinct(falls.map(c => c.node)),
        cites: falls.map(c => changeCite(c)),
      })
    return pass({
      expected,
      seen: `${count(newest.size, 'life of a group', 'lives of groups')} watched over ${count(changes.length, 'change')}${disks.length > 0 ? '; beginnings are those of the disks (D8)' : ''}`,
    })
  },
}

export const leaderElected: Check = {
  id: 'L8',
  title: 'a leader is elected after the fault, in a higher term',
  needs: ['faults', 'changes'],
  judge: ({faults, changes, starts}, about) => {
    const metadata = metadataGroupOf(about)
    const kill = [...faults].reverse().find(f => f.landed && (f.ended?.length ?? 0) + (f.cutOff?.length ?? 0) > 0)
    const expected = `a node that was not ${kill?.cutOff ? 'cut off' : 'killed'} tells, by itself, that it leads ${metadata} in a higher term, within ${about.leaderWithinMs} ms`
    if (!kill)
      return unknown({expected, seen: 'no kill and no cut that landed', because: 'nothing was killed or cut off'})
    const of = changes.filter(c => c.group === metadata)
    // Terms that had a leader: one in which a killed candidate only stood may be won by another.
    const before = Math.max(
      0,
      ...of
        .filter(c => c.role === 'leader' && (c.atMs <= kill.atMs || kill.ended?.includes(c.incarnation)))
        .map(c => c.term),
    )
    const after = of.filter(
      c => c.atMs > kill.atMs && !kill.ended?.includes(c.incarnation) && !kill.cutOff?.includes(c.node),
    )
    const elected = after.find(c => c.role === 'leader' && c.term > before)
    const all = kill.nodes.length >= about.nodes.length
    const fromMs = all
      ? Math.max(kill.atMs, ...starts.filter(s => kill.ended?.includes(s.previous)).map(s => s.orderedAtMs))
      : kill.atMs
    if (elected && elected.atMs - fromMs <= about.leaderWithinMs)
      return pass({
        expected,
        seen: `n${elected.node} leads term ${elected.term} after ${Math.round(elected.atMs - fromMs)} ms${all ? ', a new incarnation' : ''}${elected.votes ? `, votes ${nodeWords(elected.votes)}` : ''}`,
        nodes: [elected.node],
        cites: [changeCite(elected)],
      })
    const stale = after.find(c => c.role === 'leader')
    if (elected || stale) {
      const late = (elected ?? stale) as PushedChange
      return fail({
        expected,
        seen: elected
          ? `only after ${Math.round(elected.atMs - fromMs)} ms`
          : `n${late.node} leads term ${late.term}; term ${before} had been seen`,
        because: elected ? 'too late' : 'the new term is not higher',
        nodes: [late.node],
        cites: [changeCite(late)],
      })
    }
    const last = [...new Map(after.map(c => [c.node, c])).values()]
    return fail({
      expected,
      seen: `none within ${formatLimit(about.leaderWithinMs)}`,
      because: last.length === 0 ? 'no node told anything after it' : `last told: ${some(last.map(changeWords))}`,
      cites: last.map(c => changeCite(c)),
    })
  },
}

function formatLimit(ms: number): string {
  return ms % 1_000 === 0 ? `${ms / 1_000} s` : `${ms} ms`
}

export const writesGoOn: Check = {
  id: 'L8w',
  title: 'writes are acknowledged again',
  needs: ['windows'],
  judge: ({windows, history}) => {
    const short = windows.filter(w => w.acknowledged < w.wanted)
    const expected = windows.map(w => `${w.wanted} acknowledged ${w.what}`).join(', ')
    if (short.length === 0)
      return pass({
        expected,
        seen: windows.map(w => `${w.acknowledged} ${w.what} in ${Math.round(w.toMs - w.fromMs)} ms`).join(', '),
      })
    const first = short[0]
    const earlier = history.some(
      o => o.do === 'send' && o.result === 'ok' && (o.endedAtMs ?? Number.POSITIVE_INFINITY) < first.fromMs,
    )
    const seen = short.map(w => `${w.acknowledged} ${w.what} in ${Math.round(w.toMs - w.fromMs)} ms`).join(', ')
    if (!earlier)
      return unknown({expected, seen, because: 'no write had been acknowledged before either: there was no load'})
    return fail({expected, seen, because: 'writes that were acknowledged before are not any more, with a quorum alive'})
  },
}

export const metadataEqual: Check = {
  id: 'L9',
  title: 'topics exist on every node, and are the same',
  needs: ['metadata'],
  judge: ({metadata}, about) => {
    const expected = `the same topics with the same ids and partitions on ${nodeWords(about.nodes)}`
    const answers = newestMetadata(metadata, about.nodes, expected)
    if ('missing' in answers) return answers.missing
    const {newest} = answers
    const names = distinct([...newest.values()].flatMap(m => Object.keys(m.topics))).sort()
    if (names.length === 0)
      return unknown({expected, seen: 'no topic on any node', because: 'there is nothing to compare'})
    const wrong: Array<{node: NodeId; text: string}> = []
    for (const name of names) {
      const first = [...newest.values()].find(m => m.topics[name])?.topics[name]
      for (const m of newest.values()) {
        const topic = m.topics[name]
        if (!topic) wrong.push({node: m.node, text: `n${m.node} does not know ${name}`})
        else if (topic.id !== first?.id || topic.partitions !== first.partitions)
          wrong.push({node: m.node, text: `n${m.node} has ${name} as ${topic.id} with ${topic.partitions} partitions`})
      }
    }
    if (wrong.length === 0)
      return pass({
        expected,
        seen: `${count(names.length, 'topic')} on ${nodeWords([...newest.keys()].sort((a, b) => a - b))}`,
      })
    return fail({
      expected,
      seen: some(wrong.map(w => w.text)),
      nodes: distinct(wrong.map(w => w.node)),
      lines: wrong.slice(0, 5).map(w => ({label: 'node', text: w.text})),
    })
  },
}

export const rejoinedAsFollower: Check = {
  id: 'L8r',
  title: 'it rejoins as follower and catches up',
  needs: ['starts', 'readings'],
  judge: ({starts, readings, changes}, about) => {
    const metadata = metadataGroupOf(about)
    const expected = 'after its restart it follows the leader, and holds all that was committed when it came back'
    const start = starts[starts.length - 1]
    const own = readings.filter(r => r.incarnation === start.incarnation && r.live)
    if (own.length === 0)
      return unknown({
        expected,
        seen: `n${start.node} never answered`,
        because: 'its new life was not seen',
        nodes: [start.node],
      })
    const led = changes.find(c => c.incarnation === start.incarnation && c.group === metadata && c.role === 'leader')
    const group = (r: (typeof own)[number]) => r.live?.groups.find(g => g.group === metadata)
    const last = own[own.length - 1]
    const state = group(last)
    if (!state)
      return fail({
        expected,
        seen: `n${start.node} does not run ${metadata}`,
        nodes: [start.node],
        cites: [readingCite(last)],
      })
    // Whom a majority has elected since then followed before, and holds what was committed: L5 judges that.
    const elected = led && (led.votes?.length ?? 0) >= about.quorum ? led : undefined
    if (led && !elected && led.atMs < (start.caughtUpAtMs ?? Number.POSITIVE_INFINITY))
      return fail({expected, seen: `it leads term ${led.term}`, nodes: [start.node], cites: [changeCite(led)]})
    if (start.caughtUpAtMs === undefined && about.lacking !== undefined && state.synced >= state.commit)
      return unknown({
        expected,
        seen: `n${start.node} ${state.role} at term ${state.term}, 0 behind when it was last seen`,
        because: 'over the Kafka protocol the leader tells how far it is, and did not tell it in time',
        nodes: [start.node],
        cites: [readingCite(last)],
      })
    if (start.caughtUpAtMs === undefined)
      return fail({
        expected,
        seen: `it is ${state.role} at term ${state.term} and has ${state.synced} of the entries up to ${state.commit}; it did not catch up in time`,
        nodes: [start.node],
        cites: [readingCite(last)],
      })
    return pass({
      expected,
      seen: `n${start.node} ${elected ? `elected in term ${elected.term} by ${nodeWords(elected.votes ?? [])}` : `${state.role} at term ${state.term}`}, caught up ${Math.round(start.caughtUpAtMs - start.orderedAtMs)} ms after the order to start`,
      nodes: [start.node],
      cites: [readingCite(last)],
    })
  },
}

function readingCite(r: {node: NodeId; incarnation: string; source: string; pushed: boolean}) {
  return {kind: 'reading' as const, node: r.node, incarnation: r.incarnation, source: r.source, pushed: r.pushed}
}
