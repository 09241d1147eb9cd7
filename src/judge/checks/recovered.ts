import type {NodeId} from '../../base/ids.ts'
import type {LogTold, RecoveryReport, RefusedGroup} from '../../contracts/node-state.ts'
import type {NodeReading} from '../../contracts/supervisor-protocol.ts'
import {type Check, wouldNeed} from '../check.ts'
import {
  type About,
  type DiskReading,
  type EvidenceSet,
  type GroupReading,
  metadataGroupOf,
  wasDeleted,
} from '../evidence.ts'
import {type Cite, fail, type Judgement, pass, unknown, type VerdictLine} from '../verdict.ts'
import {count, hardStateWords, isMetadata, nodeWords, placeCite, placeWords, seeCommand, some} from '../words.ts'
import {distinct, raftLogs} from './disk.ts'
import {
  entriesCause,
  entriesLines,
  hardStateCause,
  hardStateLines,
  logCites,
  phantomCites,
  type SaidWrongly,
} from './recovered-in-log.ts'

/** One group of one node: what lay on the disk while it was dead, beside what its next life says it found. */
interface Pair {
  disk: DiskReading
  onDisk: GroupReading
  reading: NodeReading
  /** What was not told is absent: logs say less than a node that is asked. */
  report?: Partial<RecoveryReport>
  log?: LogTold
  refused?: RefusedGroup
  /** The new life was seen to run whole: what it has not opened by then it will not open. */
  settled: boolean
}

/** What everything else hangs on is told first. */
function metadataFirst(groups: readonly GroupReading[], about: About): GroupReading[] {
  const first = metadataGroupOf(about)
  return [...groups].sort((a, b) => Number(b.group === first) - Number(a.group === first))
}

type Needed = Pick<EvidenceSet, 'disks' | 'readings' | 'starts' | 'topicOrders'> & {about: About}

/**
 * Which copies have an answer of the life that followed, and which have none. What recovery found is told for the whole life of a group, and
 * groups of topics are opened some time after the node answers first: any answer of the life that speaks of the group will do.
 */
function pairs({disks: all, readings, starts, topicOrders, about}: Needed): {
  pairs: Pair[]
  silent: Array<{node: NodeId; why: string}>
} {
  const found: Pair[] = []
  const silent: Array<{node: NodeId; why: string}> = []
  const disks = raftLogs(all, about)
  for (const disk of disks) {
    if (disk.after === '') continue
    const start = starts.find(s => s.node === disk.node && s.previous === disk.after)
    if (!start) {
      silent.push({node: disk.node, why: 'it was not started again after the copy'})
      continue
    }
    const life = readings.filter(r => r.node === disk.node && lifeOf(r) === start.incarnation)
    if (life.length === 0) {
      const why = readings.find(r => r.incarnation === start.incarnation && r.source === 'log')?.why
      silent.push({node: disk.node, why: why ?? 'its new life never answered'})
      continue
    }
    for (const onDisk of metadataFirst(disk.groups, about)) {
      const speaks =
        life.find(r => r.told?.group === onDisk.group) ??
        life.find(
          r =>
            r.live?.groups.some(g => g.group === onDisk.group) || r.live?.refused.some(g => g.group === onDisk.group),
        )
      // Deleted while the node was dead: it has to go, not to be opened.
      if (!speaks && wasDeleted(onDisk.group, topicOrders)) continue
      const reading = speaks ?? life[life.length - 1]
      const settled = start.caughtUpAtMs !== undefined
      if (!speaks && !settled && onDisk.entries > 0)
        silent.push({node: disk.node, why: `its new life never spoke of ${onDisk.group}`})
      const log = reading.told?.group === onDisk.group ? reading.told : undefined
      const group = reading.live?.groups.find(g => g.group === onDisk.group)
      const report = log ? reportOf(log) : group?.recovery
      if (group && !report)
        silent.push({node: disk.node, why: `it never said what its recovery of ${onDisk.group} found`})
      found.push({
        disk,
        onDisk,
        reading,
        log,
        report,
        refused: reading.live?.refused.find(r => r.group === onDisk.group),
        settled,
      })
    }
  }
  return {pairs: found, silent}
}

/** The life that answered, or whose log it is. */
function lifeOf(r: NodeReading): string | undefined {
  return r.live?.incarnation ?? (r.told && r.incarnation)
}

function reportOf({hardState, entries}: LogTold): Partial<RecoveryReport> {
  return {
    ...(hardState ? {term: hardState.term, vote: hardState.vote, commit: hardState.commit} : {}),
    ...(entries ? {entries: entries.entries, firstIndex: entries.firstIndex, lastIndex: entries.lastIndex} : {}),
  }
}

interface Difference {
  pair: Pair
  disk: string
  node: string
  cause?: string
  place?: {file: string; at: number; bytes: number}
}

/** How a check speaks of recoveries that only a log tells of. */
interface OfLogs {
  /** The phrase that has to be there; undefined when it is. */
  missing(log: LogTold): string | undefined
  lines(all: readonly SaidWrongly[]): VerdictLine[]
  cause(all: readonly SaidWrongly[]): string | undefined
  cites(p: SaidWrongly): Cite[]
}

function verdict(
  e: Needed,
  expected: string,
  differs: (p: Pair) => Difference | undefined,
  sound: (p: Pair[]) => string,
  ofLogs: OfLogs,
): Judgement {
  const {pairs: all, silent} = pairs(e)
  for (const {disk, log} of all) {
    const why = log && ofLogs.missing(log)
    if (why) silent.push({node: disk.node, why})
  }
  const differences = all.map(p => absent(p) ?? differs(p)).filter(d => d !== undefined)
  if (differences.length > 0) {
    const first = differences[0]
    const seen = some(
      differences.map(d => `n${d.pair.disk.node} ${d.pair.onDisk.group}: disk ${d.disk}, node ${d.node}`),
    )
    const wrong = differences.map(d => d.pair).filter(isSaid)
    if (wrong.length === differences.length)
      return fail({
        expected,
        seen,
        because: ofLogs.cause(wrong) ?? "the node's log says something else than its disk",
        nodes: distinct(wrong.map(p => p.disk.node)),
        lines: ofLogs.lines(wrong),
        cites: wrong.flatMap(ofLogs.cites),
      })
    return fail({
      expected,
      seen,
      because: first.cause ?? 'the node says something else than its disk',
      nodes: distinct(differences.map(d => d.pair.disk.node)),
      lines: [...linesOf(first, differences), ...differences.slice(1, 6).map(otherLine)],
      cites: differences.flatMap((d): Cite[] => [
        ...(d.place ? [placeCite(d.pair.disk.node, d.pair.disk.dir, d.place)] : []),
        readingCite(d.pair.reading),
      ]),
    })
  }
  if (all.length === 0 || silent.length > 0)
    return unknown({
      expected,
      seen: silent.length > 0 ? some(silent.map(s => `n${s.node}: ${s.why}`)) : 'no copy of a dead node',
      because: `what recovery found has to be told by the node itself${wouldNeed(e.about, 'disks', 'told')}`,
      nodes: silent.map(s => s.node),
    })
  return pass({
    expected,
    seen: sound(all),
    nodes: distinct(all.map(p => p.disk.node)),
    cites: distinct(all.map(p => p.reading)).map(readingCite),
  })
}

function linesOf(d: Difference, all: readonly Difference[]): VerdictLine[] {
  const {disk, onDisk} = d.pair
  const where = d.place ? `   ${placeWords(d.place)} (${d.place.bytes} bytes, crc ok)` : ''
  const node = distinct(all.map(other => other.pair.disk.node)).length > 1 ? `n${disk.node}  ` : ''
  const who = `${node}${isMetadata(onDisk.group) ? '' : `${onDisk.group}  `}`
  const lines: VerdictLine[] = [
    {label: 'disk', text: `${who}${d.disk}${where}`},
    {label: 'node', text: `${who}${d.node}   asked after the restart`},
  ]
  if (d.cause) lines.push({label: 'cause', text: d.cause})
  if (d.place) lines.push({label: 'see', text: seeCommand(disk.dir, d.place)})
  return lines
}

function otherLine(d: Difference): VerdictLine {
  return {label: `n${d.pair.disk.node}`, text: `${d.pair.onDisk.group}  disk ${d.disk}   node ${d.node}`}
}

function isSaid(p: Pair): p is Pair & SaidWrongly {
  return p.log !== undefined
}

function readingCite(r: NodeReading): Cite {
  return {kind: 'reading', node: r.node, incarnation: r.incarnation, source: r.source, pushed: r.pushed}
}

/** A group that is on the disk and not among those that the node opened. */
function absent(p: Pair): Difference | undefined {
  // What groups.log does not list was never born: the reader found nothing that counts, and the node is right to begin anew.
  const unborn = p.onDisk.records === 0 && p.onDisk.damage.length === 0
  if (p.report)
    return p.report.born && !unborn
      ? {pair: p, disk: inWords(p.onDisk), node: 'begun anew, as if nothing lay there'}
      : undefined
  if (p.refused) {
    if (p.onDisk.damage.length > 0 || p.onDisk.holes.length > 0) return undefined
    return {pair: p, disk: 'sound', node: `refused at ${p.refused.file}@${p.refused.at}: ${p.refused.why}`}
  }
  return p.onDisk.entries > 0 && p.settled
    ? {pair: p, disk: inWords(p.onDisk), node: 'the group was not opened'}
    : undefined
}

function inWords(g: GroupReading): string {
  return g.hardState ? hardStateWords(g.hardState) : 'no HardState'
}

export const hardStateRecovered: Check = {
  id: 'D8',
  title: 'HardState recovered as it lay on the disk',
  needs: ['disks', 'readings', 'starts'],
  judge: (e, about) =>
    verdict(
      {...e, about},
      'term, vote and commit that recovery found are those of the copy taken while the node was dead',
      p => {
        const {report, onDisk} = p
        if (report?.term === undefined) return undefined
        const {term, vote, commit} = report
        const disk: Partial<RecoveryReport> = onDisk.hardState ?? {term: 0, vote: 0, commit: 0}
        // What the disk does not hold, or the node does not say, is not compared.
        const told: Partial<RecoveryReport> = {term, vote, commit}
        const differs = (['term', 'vote', 'commit'] as const).some(
          field => told[field] !== undefined && disk[field] !== undefined && told[field] !== disk[field],
        )
        if (!differs) return undefined
        return {
          pair: p,
          disk: inWords(onDisk),
          node: hardStateWords({term, vote, commit}),
          cause: cause(p, report),
          place: onDisk.hardState,
        }
      },
      all => `${count(all.length, 'log')} of ${nodeWords(distinct(all.map(p => p.disk.node)))}: disk and node agree`,
      {
        missing: log => (log.hardState ? undefined : 'its log never says which HardState it recovered'),
        lines: hardStateLines,
        cause: hardStateCause,
        cites: ofOne => [
          ...(ofOne.onDisk.hardState ? [placeCite(ofOne.disk.node, ofOne.disk.dir, ofOne.onDisk.hardState)] : []),
          ...logCites(ofOne),
        ],
      },
    ),
}

/** Why the HardState may differ, only as far as disk and answer show it. */
function cause({onDisk}: Pair, report: Partial<RecoveryReport>): string | undefined {
  const disk = onDisk.hardState
  if (!disk) return 'the node says a HardState that is not on its disk'
  if (report.term === 0 && report.vote === 0 && report.commit === 0 && report.lastIndex === onDisk.lastIndex)
    return `the node started as if no HardState had ever been written${onDisk.alsoReadsAs ? `; this one also reads as ${onDisk.alsoReadsAs}` : ''}`
  const sameVote = report.term === disk.term && report.vote === disk.vote
  if (sameVote && (report.lastIndex ?? onDisk.lastIndex) < onDisk.lastIndex && report.commit === report.lastIndex)
    return `the log ends at ${report.lastIndex} where the disk goes on to ${onDisk.lastIndex}: its newest entries were dropped`
  // A phantom may take the place of the last entry: then the log is as long as before, and only those HardStates counted that read as nothing else.
  if (onDisk.alsoReadsAs && (report.lastIndex !== onDisk.lastIndex || (report.commit === 0 && (disk.commit ?? 0) > 0)))
    return `the record also reads as ${onDisk.alsoReadsAs}: recovered as a phantom entry`
  const older = onDisk.votes.findLast(v => v.term === report.term && v.vote === report.vote && v.at !== disk.at)
  if (older && !sameVote) return `an older HardState was taken: ${placeWords(older)}`
  return sameVote ? 'the commit index is another one' : undefined
}

export const entriesRecovered: Check = {
  id: 'D8e',
  title: 'entries recovered as they lay on the disk',
  needs: ['disks', 'readings', 'starts'],
  judge: (e, about) =>
    verdict(
      {...e, about},
      'first and last index, number of entries and records, index and term of the snapshot, and bytes cut are those of the copy',
      p => {
        const {report, onDisk} = p
        if (!report || report.born) return undefined
        // What such an engine did about damage is said by P2.
        if (about.engine?.rules.cutsAndFetchesAgain && onDisk.damage.length > 0) return undefined
        const cutBytes = report.cuts?.reduce((sum, c) => sum + c.bytes, 0)
        const tornBytes = onDisk.torn.reduce((sum, t) => sum + t.bytes, 0)
        const facts: Array<[string, number, number | undefined]> = [
          ['snapshot', onDisk.snapshot.index, report.snapshotIndex],
          ['snapshot term', onDisk.snapshot.term, report.snapshotTerm],
          ['first', onDisk.firstIndex, report.firstIndex],
          ['last', onDisk.lastIndex, report.lastIndex],
          ['entries', onDisk.entries, report.entries],
          ['records', onDisk.records, report.records],
          ['torn bytes', tornBytes, cutBytes],
        ]
        const wrong = facts.filter(([, onDiskN, told]) => told !== undefined && onDiskN !== told)
        if (wrong.length === 0) return undefined
        const {entries = onDisk.entries, lastIndex = onDisk.lastIndex} = report
        const dropped = entries < onDisk.entries && lastIndex < onDisk.lastIndex
        return {
          pair: p,
          disk: wrong.map(([what, n]) => `${what} ${n}`).join(', '),
          node: wrong.map(([what, , n]) => `${what} ${n}`).join(', '),
          cause: dropped
            ? `entries ${lastIndex + 1} to ${onDisk.lastIndex} lie sound on the disk, and the node does not have them`
            : undefined,
          place: entries === onDisk.entries ? onDisk.torn[0] : undefined,
        }
      },
      all =>
        `${count(
          all.reduce((n, p) => n + p.onDisk.entries, 0),
          'entry',
          'entries',
        )} in ${count(all.length, 'log')} of ${nodeWords(distinct(all.map(p => p.disk.node)))}`,
      {
        missing: log => (log.entries ? undefined : 'its log never says how many entries it recovered'),
        lines: entriesLines,
        cause: all => all.map(entriesCause).find(cause => cause !== undefined),
        cites: ofOne => [...phantomCites(ofOne), ...logCites(ofOne)],
      },
    ),
}
