import type {GroupName, Index, NodeId} from '../../base/ids.ts'
import type {Check} from '../check.ts'
import {
  type About,
  type DiskReading,
  type EvidenceSet,
  type GroupReading,
  metadataGroupOf,
  type Place,
} from '../evidence.ts'
import {type Cite, fail, pass, unknown, type VerdictLine} from '../verdict.ts'
import {count, hardStateWords, isMetadata, nodeWords, placeCite, placeWords, seeCommand, some} from '../words.ts'
import {distinct, raftLogs} from './disk.ts'

interface Lost {
  disk: DiskReading
  group: string
  words: string
  /** In the earlier copy, and in the later one. */
  was?: Place
  is?: Place
}

/** Two copies of the same disks, one from before a restart and one from after it. */
export const nothingTakenBack: Check = {
  id: 'D9',
  title: 'what lay on the disks before is still there after',
  needs: ['disks'],
  judge: (e, about) => {
    const expected =
      'no term, vote or commit went back, no committed entry is gone or another one, no second vote in a term'
    const disks = raftLogs(e.disks, about)
    const winner = about.engine?.rules.winnerForgetsItsVote ?? false
    const pairs = distinct(disks.map(d => d.node)).map(node => {
      const [before, ...later] = disks.filter(d => d.node === node)
      return {before, after: later.at(-1)}
    })
    const alone = pairs.filter(p => !p.after).map(p => p.before.node)
    const first = pairs.map(p => p.before)
    const lost = pairs.flatMap(({before, after}) =>
      after
        ? before.groups.flatMap(g => takenBack(before, after, g, keptFrom(e, before, g, first, about), winner))
        : [],
    )
    if (lost.length > 0)
      return fail({
        expected,
        seen: some(lost.map(l => `n${l.disk.node} ${l.group}: ${l.words}`)),
        because: lost[0].words,
        nodes: distinct(lost.map(l => l.disk.node)),
        lines: [...lost.slice(0, 6).map(lineOf), ...seeLines(lost)],
        cites: lost.flatMap((l): Cite[] => (l.was ? [placeCite(l.disk.node, l.disk.dir, l.was, l.words)] : [])),
      })
    if (alone.length > 0 || pairs.length === 0)
      return unknown({
        expected,
        seen: alone.length > 0 ? `no later copy of ${nodeWords(alone)}` : 'no copy from before',
        because: 'two copies of each disk are needed',
        nodes: alone,
      })
    const groups = pairs.flatMap(p => p.before.groups)
    if (groups.length === 0)
      return unknown({expected, seen: 'copies without any log', because: 'the copies hold no log'})
    return pass({
      expected,
      seen: `${count(groups.length, 'log')} of ${nodeWords(distinct(pairs.map(p => p.before.node)))}, ${count(
        groups.reduce((n, g) => n + g.entries, 0),
        'entry',
        'entries',
      )}`,
      nodes: distinct(pairs.map(p => p.before.node)),
    })
  },
}

function lineOf(l: Lost): VerdictLine {
  const group = isMetadata(l.group) ? '' : `${l.group}  `
  const was = l.was ? `   ${placeWords(l.was)}` : ''
  const is = l.is ? ` → ${placeWords(l.is)}` : ''
  return {label: `n${l.disk.node}`, text: `${group}${l.words}${was}${is}`}
}

function seeLines(lost: readonly Lost[]): VerdictLine[] {
  const shown = lost.find(l => l.was)
  return shown?.was ? [{label: 'see', text: seeCommand(shown.disk.dir, shown.was)}] : []
}

/** Up to where entries have to be there afterwards, and why. */
interface Kept {
  index: Index
  because: 'were committed' | 'lay on a quorum in its newest term'
}

function keptFrom(
  e: EvidenceSet,
  disk: DiskReading,
  g: GroupReading,
  first: readonly DiskReading[],
  about: About,
): Kept {
  const committed = committedBefore(e, disk, g)
  const told = g.hardState?.commit !== undefined
  const held = about.oneMoment && !told ? heldByQuorum(first, g.group, about.quorum) : 0
  if (held > committed) return {index: held, because: 'lay on a quorum in its newest term'}
  return {index: committed, because: 'were committed'}
}

/**
 * Whoever is elected after this needs a vote from a node of any quorum, and a log that ends no earlier than that node's: entries of the newest term
 * there is that a quorum holds, and all before them, are in it (Raft, 5.4.1). For disks that say no commit.
 */
function heldByQuorum(first: readonly DiskReading[], group: GroupName, quorum: number): Index {
  const logs = first.flatMap(d => d.groups.filter(g => g.group === group))
  const newest = Math.max(0, ...logs.map(g => g.terms.at(-1)?.term ?? 0))
  const ends = logs.filter(g => g.terms.at(-1)?.term === newest).map(g => g.lastIndex)
  return newest === 0 ? 0 : (ends.sort((a, b) => b - a)[quorum - 1] ?? 0)
}

/** What the disk says is committed; where it holds no such thing, what any node told of it before the copy was begun. */
function committedBefore({readings}: EvidenceSet, disk: DiskReading, g: GroupReading): Index {
  if (g.hardState?.commit !== undefined) return g.hardState.commit
  const told = readings
    .filter(r => r.monotonicMs <= disk.copiedAtMs)
    .flatMap(r => r.live?.groups.filter(live => live.group === g.group).map(live => live.commit) ?? [])
  return Math.max(0, ...told)
}

function takenBack(before: DiskReading, after: DiskReading, g: GroupReading, kept: Kept, winner: boolean): Lost[] {
  const now = after.groups.find(other => other.group === g.group)
  const of = (words: string, was?: Place, is?: Place): Lost => ({disk: before, group: g.group, words, was, is})
  if (!now) return g.records > 0 ? [of(`its log of ${count(g.records, 'record')} is gone`)] : []
  return [...stateBack(g, now, before.node, winner, of), ...votesTwice(g, now, of), ...entriesGone(g, now, kept, of)]
}

type Say = (words: string, was?: Place, is?: Place) => Lost

/** `winner`: a node that wins an election writes its own vote off. */
function stateBack(g: GroupReading, now: GroupReading, node: NodeId, winner: boolean, of: Say): Lost[] {
  const was = g.hardState
  const is = now.hardState
  if (!was) return []
  if (!is) return [of(`${hardStateWords(was)} is gone`, was)]
  if (is.term < was.term || (is.commit ?? 0) < (was.commit ?? 0))
    return [of(`${hardStateWords(was)} went back to ${hardStateWords(is)}`, was, is)]
  if (is.term === was.term && was.vote !== 0 && is.vote === 0 && !(winner && was.vote === node))
    return [of(`the vote for ${was.vote} in term ${was.term} is forgotten`, was, is)]
  return []
}

/** The later log may have been written anew: then its own votes do not show that there was another one in that term. */
function votesTwice(g: GroupReading, now: GroupReading, of: Say): Lost[] {
  return g.votes.flatMap(v => {
    const other = now.votes.find(w => w.term === v.term && w.vote !== 0 && w.vote !== v.vote)
    return v.vote !== 0 && other ? [of(`voted for ${v.vote} and for ${other.vote} in term ${v.term}`, v, other)] : []
  })
}

/** What was committed has to be there as it was, unless a snapshot holds it now. Behind the commit a new leader may replace it. */
function entriesGone(g: GroupReading, now: GroupReading, {index: until, because}: Kept, of: Say): Lost[] {
  const committed = Math.min(until, g.lastIndex)
  const says = g.hardState?.commit === undefined ? undefined : g.hardState
  const from = Math.max(g.firstIndex, now.snapshot.index + 1)
  if (committed < from) return []
  if (now.lastIndex < committed)
    return [of(`entries ${Math.max(from, now.lastIndex + 1)} to ${committed} ${because}, and are gone`, g.hardState)]
  if (now.firstIndex > from)
    return [of(`entries ${from} to ${now.firstIndex - 1} ${because}, and are gone without a snapshot`, says)]
  for (let index = from; index <= committed; index = nextChange(g, now, index)) {
    const [was, is] = [termAt(g, index), termAt(now, index)]
    if (was !== is)
      return [
        of(
          `${because === 'were committed' ? 'committed entry' : 'entry'} ${index} was of term ${was}, and is of term ${is} now`,
          says,
        ),
      ]
  }
  return []
}

function termAt(g: GroupReading, index: number): number | undefined {
  return g.terms.findLast(t => t.from <= index)?.term
}

/** The next index at which one of both logs changes its term. */
function nextChange(a: GroupReading, b: GroupReading, index: number): number {
  const next = [...a.terms, ...b.terms].map(t => t.from).filter(from => from > index)
  return next.length > 0 ? Math.min(...next) : Number.POSITIVE_INFINITY
}

/** Logs are all there is: what a node said of itself after its recovery, and for how long its log goes on. */
export const leaderInLogs: Check = {
  id: 'L8o',
  title: 'a leader is elected after the restart',
  needs: ['disks', 'readings'],
  judge: ({disks, readings}, about) => {
    const logs = readings.flatMap(r => (r.told ? [{node: r.node, told: r.told}] : []))
    const metadata = metadataGroupOf(about)
    const term = quorumTerm(disks, about.quorum, metadata)
    const expected = `a log says, behind the recovery, that its node leads ${metadata} in a term not below ${term}, which a quorum had reached on its disks`
    if (logs.length === 0) return unknown({expected, seen: 'no log', because: 'only a log can tell of it here'})
    const led = logs.flatMap(l => l.told.leaderships.map(line => ({node: l.node as NodeId, file: l.told.file, line})))
    const cites = led.map(
      ({node, file, line}): Cite => ({
        kind: 'place',
        node,
        file,
        at: line.at,
        bytes: line.bytes,
        note: `source: log, leader at term ${line.term}`,
      }),
    )
    const sound = led.find(l => l.line.term >= term)
    if (sound)
      return pass({
        expected,
        seen: `n${sound.node} says it leads term ${sound.line.term} (${placeWords({file: sound.file, ...sound.line})})`,
        nodes: [sound.node],
        cites,
      })
    if (led.length > 0)
      return fail({
        expected,
        seen: some(led.map(l => `n${l.node} leads term ${l.line.term}`)),
        because: `the disks of a quorum had reached term ${term} before`,
        nodes: distinct(led.map(l => l.node)),
        lines: led.slice(0, 3).map(l => ({
          label: `n${l.node}`,
          text: `leader at term ${l.line.term}   ${placeWords({file: l.file, ...l.line})}`,
        })),
        cites,
      })
    const wentOnMs = Math.min(
      ...logs.map(({told}) => (told.ended?.wallMs ?? Number.NaN) - (told.began.wallMs ?? Number.NaN)),
    )
    if (wentOnMs >= about.leaderWithinMs && logs.length === about.nodes.length)
      return fail({
        expected,
        seen: `none in ${(wentOnMs / 1_000).toFixed(1)} s of every log`,
        because: 'the logs go on, and no node says that it leads',
        nodes: logs.map(l => l.node),
      })
    return unknown({
      expected,
      seen:
        Number.isNaN(wentOnMs) || wentOnMs < 1_000
          ? 'the logs end with the recovery'
          : `the logs go on for ${(wentOnMs / 1_000).toFixed(1)} s, no leader`,
      because: 'what came after is not in them',
      cites: logs.map(
        ({node, told}): Cite => ({kind: 'place', node, file: told.file, at: told.bytes, bytes: 0, note: 'ends here'}),
      ),
    })
  },
}

/** No quorum holds only lower terms: whoever wins needs a vote from a node that had come as far as this. */
function quorumTerm(disks: readonly DiskReading[], quorum: number, metadata: GroupName): number {
  const terms = disks
    .filter(d => d.after !== '')
    .map(d => d.groups.find(g => g.group === metadata)?.hardState?.term ?? 0)
    .sort((a, b) => a - b)
  return terms[Math.min(quorum, terms.length) - 1] ?? 0
}
