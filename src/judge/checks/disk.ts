import type {GroupName, NodeId, Term} from '../../base/ids.ts'
import {membersInWords} from '../../base/members-in-words.ts'
import type {MembersInForce} from '../../contracts/node-state.ts'
import type {Place} from '../../inspect/reading.ts'
import type {Check} from '../check.ts'
import {
  type About,
  type DiskReading,
  type EvidenceSet,
  type GroupReading,
  metadataGroupOf,
  type PushedChange,
  wasDeleted,
} from '../evidence.ts'
import {type Cite, fail, type Judgement, pass, unknown, type VerdictLine} from '../verdict.ts'
import {changeCite, count, hardStateWords, nodeWords, placeCite, placeWords, seeCommand, some} from '../words.ts'

interface Found {
  node: NodeId
  group: GroupName
  dir: string
  /** What shows it: bytes of the copy, … */
  place?: Place
  /** … or something that was told. */
  cite?: Cite
  words: string
}

/** Every group of every disk looked at; what was found wrong becomes one verdict. */
function overGroups(
  disks: readonly DiskReading[],
  expected: string,
  sound: (groups: GroupReading[]) => string,
  look: (disk: DiskReading, group: GroupReading) => Found[],
): Judgement {
  const groups = disks.flatMap(d => d.groups)
  if (groups.length === 0)
    return unknown({expected, seen: 'copies without any group', because: 'the copies hold no log'})
  const found = disks.flatMap(d => d.groups.flatMap(g => look(d, g)))
  if (found.length === 0) return pass({expected, seen: sound(groups)})
  return fail({
    expected,
    seen: some(found.map(f => `n${f.node} ${f.group}: ${f.words}`)),
    nodes: distinct(found.map(f => f.node)),
    lines: [
      ...found.slice(0, 5).map((f): VerdictLine => {
        const where = f.place ? `   ${placeWords(f.place)}` : ''
        return {label: 'disk', text: `n${f.node} ${f.group}  ${f.words}${where}`}
      }),
      ...found
        .slice(0, 1)
        .flatMap((f): VerdictLine[] => (f.place ? [{label: 'see', text: seeCommand(f.dir, f.place)}] : [])),
    ],
    cites: found.flatMap((f): Cite[] =>
      f.place ? [placeCite(f.node, f.dir, f.place, f.words)] : f.cite ? [f.cite] : [],
    ),
  })
}

/** The logs that Raft writes; of the others only the frames are known. */
export function raftLogs(disks: readonly DiskReading[], about: About): DiskReading[] {
  if (!about.engine?.rules.opaqueTopics) return [...disks]
  const metadata = metadataGroupOf(about)
  return disks.map(d => ({...d, groups: d.groups.filter(g => g.group === metadata)}))
}

/** The newest copy of each node. */
export function newestCopies(disks: readonly DiskReading[]): DiskReading[] {
  return [...new Map(disks.map(d => [d.node, d])).values()].sort((a, b) => a.node - b.node)
}

export function distinct<T>(items: readonly T[]): T[] {
  return [...new Set(items)]
}

function total(groups: readonly GroupReading[], of: (g: GroupReading) => number): number {
  return groups.reduce((sum, g) => sum + of(g), 0)
}

export const framesSound: Check = {
  id: 'D1',
  title: 'every record on disk is framed and checksummed',
  needs: ['disks'],
  judge: ({disks}) =>
    overGroups(
      disks,
      'no damage; torn bytes only where a crash may leave them',
      groups => {
        const torn = groups.flatMap(g => g.torn)
        const tail =
          torn.length === 0 ? 'no torn tail' : `${torn.reduce((n, t) => n + t.bytes, 0)} torn bytes at the end`
        return `${count(
          total(groups, g => g.records),
          'record',
        )} in ${count(groups.length, 'log')}, ${tail}`
      },
      (disk, group) =>
        group.damage.map(d => ({node: disk.node, group: group.group, dir: disk.dir, place: d, words: d.why})),
    ),
}

export const payloadsDecode: Check = {
  id: 'D2',
  title: 'every payload is of the kind that its record says',
  needs: ['disks'],
  judge: ({disks}, about) =>
    overGroups(
      raftLogs(disks, about),
      'each payload decodes under its kind and encodes to the same bytes; no entry of term 0',
      groups =>
        `${count(
          total(groups, g => g.records),
          'record',
        )} decoded`,
      (disk, group) => [
        ...group.undecodable.map(u => ({
          node: disk.node,
          group: group.group,
          dir: disk.dir,
          place: u as Place,
          words: u.why,
        })),
        ...group.terms
          .filter(t => t.term === 0)
          .map(t => ({node: disk.node, group: group.group, dir: disk.dir, words: `entry ${t.from} has term 0`})),
      ],
    ),
}

export const logWhole: Check = {
  id: 'D3',
  title: 'the log has no hole, and its terms never fall',
  needs: ['disks'],
  judge: ({disks}, about) =>
    overGroups(
      raftLogs(disks, about),
      'every index from the first to the last, terms non-decreasing, every earlier segment sealed and none missing',
      groups =>
        `${count(
          total(groups, g => g.entries),
          'entry',
          'entries',
        )} in ${count(groups.length, 'log')}`,
      (disk, group) => {
        const found: Found[] = group.holes.map(h => ({
          node: disk.node,
          group: group.group,
          dir: disk.dir,
          words: `index ${h.from} to ${h.to} is missing`,
        }))
        for (const {file, at, bytes, why, chain} of group.damage)
          if (chain)
            found.push({node: disk.node, group: group.group, dir: disk.dir, place: {file, at, bytes}, words: why})
        let term: Term = group.snapshot.term
        for (const run of group.terms) {
          if (run.term < term)
            found.push({
              node: disk.node,
              group: group.group,
              dir: disk.dir,
              words: `the term falls from ${term} to ${run.term} at index ${run.from}`,
            })
          term = run.term
        }
        const kept = group.entries + group.holes.reduce((sum, h) => sum + h.to - h.from + 1, 0)
        if (group.lastIndex - group.firstIndex + 1 !== kept)
          found.push({
            node: disk.node,
            group: group.group,
            dir: disk.dir,
            words: `${group.entries} entries in ${group.firstIndex} to ${group.lastIndex}`,
          })
        return found
      },
    ),
}

export const hardStateFits: Check = {
  id: 'D4',
  title: 'the last HardState fits the log',
  needs: ['disks'],
  judge: ({disks}, about) =>
    overGroups(
      raftLogs(disks, about),
      "its term not below any entry's, its commit within the log and not below the snapshot",
      groups => `${count(groups.length, 'HardState')} fit`,
      (disk, group) => {
        const {hardState} = group
        const at = {node: disk.node, group: group.group, dir: disk.dir}
        if (!hardState) return group.entries > 0 ? [{...at, words: `${group.entries} entries and no HardState`}] : []
        const newest = group.terms.reduce((most, t) => Math.max(most, t.term), group.snapshot.term)
        const why: string[] = []
        if (hardState.term < newest) why.push(`entries of term ${newest}`)
        const {commit} = hardState
        if (commit !== undefined && commit > group.lastIndex) why.push(`last index ${group.lastIndex}`)
        if (commit !== undefined && commit < group.snapshot.index) why.push(`snapshot index ${group.snapshot.index}`)
        return why.length === 0
          ? []
          : [{...at, place: hardState, words: `${hardStateWords(hardState)} beside ${why.join(', ')}`}]
      },
    ),
}

/** Both halves of a vote: what the disks hold, and what a new leader was told by those who made it one. */
export const oneVoteATerm: Check = {
  id: 'D5',
  title: 'no node voted twice in a term, and every vote given is on its disk',
  needs: ['disks'],
  judge: (e, about) => {
    let given = 0
    return overGroups(
      raftLogs(e.disks, about),
      'at most one vote for each node and term over all HardStates ever written and all votes that a new leader counted; terms never fall',
      groups => {
        const records = count(
          total(groups, g => g.votes.length),
          'vote record',
        )
        const told = given > 0 ? `; ${count(given, 'vote')} that made a leader, each on its disk` : ''
        return `${records} in ${count(groups.length, 'log')}${told}`
      },
      (disk, group) => {
        const counted = votesGiven(e, disk, group)
        given += counted.length
        return [...votesKept(disk, group), ...counted.flatMap(c => (c.kept ? [] : [c.found]))]
      },
    )
  },
}

function votesKept({node, dir}: DiskReading, group: GroupReading): Found[] {
  const found: Found[] = []
  const voted = new Map<Term, NodeId>()
  let term: Term = 0
  for (const v of group.votes) {
    const at = {node, group: group.group, dir, place: v as Place}
    const before = voted.get(v.term)
    if (v.vote !== 0 && before !== undefined && before !== v.vote)
      found.push({...at, words: `voted for ${before} and for ${v.vote} in term ${v.term}`})
    if (v.vote === 0 && before !== undefined && v.term === term)
      found.push({...at, words: `forgot its vote for ${before} in term ${v.term}`})
    if (v.term < term) found.push({...at, words: `the term fell from ${term} to ${v.term}`})
    if (v.vote !== 0 && before === undefined) voted.set(v.term, v.vote)
    term = Math.max(term, v.term)
  }
  return found
}

/** Of the votes that new leaders had counted before this copy was taken those of its node; `kept`: it stands in this log. */
function votesGiven(
  {changes, readings, topicOrders}: Pick<EvidenceSet, 'changes' | 'readings' | 'topicOrders'>,
  {node, dir, copiedAtMs}: DiskReading,
  group: GroupReading,
): Array<{kept: boolean; found: Found}> {
  // What stands behind damage nobody knows, and a log that was begun anew holds no vote of before.
  if (group.damage.length > 0 || wasDeleted(group.group, topicOrders)) return []
  const born = readings.findLast(
    r => r.node === node && r.live?.groups.some(g => g.group === group.group && g.recovery?.born),
  )
  const bornMs = readings.find(r => r.incarnation === born?.incarnation)?.monotonicMs ?? 0
  return changes
    .filter(
      c =>
        c.role === 'leader' &&
        c.votes?.includes(node) &&
        c.group === group.group &&
        c.atMs < copiedAtMs &&
        c.atMs >= bornMs &&
        // What came before the first HardState that is still there was deleted with its segment.
        c.term > (group.votes[0]?.term ?? Number.POSITIVE_INFINITY),
    )
    .map(leader => {
      const words = `voted for n${leader.node} in term ${leader.term}, and its disk does not know`
      const kept = group.votes.some(v => v.term === leader.term && v.vote === leader.node)
      return {kept, found: {node, group: group.group, dir, words, cite: changeCite(leader)}}
    })
}

export const acknowledgedOnQuorum: Check = {
  id: 'D7',
  title: 'every acknowledged record, and all that was told as committed, is on the disks of a quorum',
  needs: ['disks', 'history'],
  judge: (e, about) => committedShort(e, about) ?? onDisks(e, about, -1, Math.floor(about.replicas / 2) + 1),
}

/** What any node told as committed before the copies, and what a quorum of the group's voters cannot have. Undefined: nothing. */
function committedShort({changes, disks, readings, topicOrders}: EvidenceSet, about: About): Judgement | undefined {
  if (about.engine?.rules.opaqueTopics) return undefined
  const copies = newestCopies(disks)
  const cutMs = Math.min(...copies.map(c => c.copiedAtMs))
  const told = new Map<GroupName, PushedChange>()
  for (const c of changes) if (c.atMs < cutMs && c.commit > (told.get(c.group)?.commit ?? 0)) told.set(c.group, c)
  const short: Array<{change: PushedChange; on: NodeId[]; voters: NodeId[]}> = []
  const seen = membersSeen(readings)
  for (const [group, change] of told) {
    const [members, ...others] = seen.get(group)?.values() ?? []
    // Where the members were changed, whose quorum it had to be cannot be told any more; a log that was begun anew holds nothing of before.
    if (!members || others.length > 0 || members.votersOutgoing?.length || wasDeleted(group, topicOrders)) continue
    const {voters} = members
    const logs = copies.map(c => ({node: c.node, log: c.groups.find(g => g.group === group)}))
    if (logs.every(l => l.log === undefined)) continue
    const has = ({log}: (typeof logs)[number]): boolean => (log?.lastIndex ?? 0) >= change.commit
    const on = logs.filter(l => voters.includes(l.node) && has(l)).map(l => l.node)
    // Behind damage there may be anything, and on a disk that was not copied.
    const lacking = logs.filter(l => voters.includes(l.node) && !has(l) && (l.log?.damage.length ?? 0) === 0)
    if (voters.length - lacking.length < Math.floor(voters.length / 2) + 1) short.push({change, on, voters})
  }
  if (short.length === 0) return undefined
  const words = ({change, on, voters}: (typeof short)[number]): string =>
    `${change.group}: n${change.node} told commit ${change.commit} at term ${change.term}; of ${nodeWords(voters)} ${on.length === 0 ? 'none has' : `only ${nodeWords(on)} ${on.length === 1 ? 'has' : 'have'}`} entry ${change.commit}`
  return fail({
    expected: 'all that a node told as committed before the copies lies in the bytes of a quorum of its voters',
    seen: some(short.map(words)),
    because: 'what counts as committed can be lost',
    nodes: distinct(short.map(s => s.change.node)),
    lines: short.slice(0, 3).map(s => ({label: 'disk', text: words(s)})),
    cites: short
      .slice(0, 3)
      .map(({change: c}) => changeCite(c, `n${c.node} told commit ${c.commit} of ${c.group} at term ${c.term}`)),
  })
}

/** The configurations that any node told of each group, each once. */
function membersSeen(readings: EvidenceSet['readings']): Map<GroupName, Map<string, MembersInForce>> {
  const seen = new Map<GroupName, Map<string, MembersInForce>>()
  for (const {live} of readings)
    for (const g of live?.groups ?? []) {
      const all = seen.get(g.group) ?? new Map<string, MembersInForce>()
      seen.set(g.group, all.set(membersInWords(g), g))
    }
  return seen
}

/** Of a leader that was never replaced: what it loses when it dies for good, acks=1 does not promise. */
export const acknowledgedByLeader: Check = {
  id: 'D7o',
  title: 'what a leader alone acknowledged (acks=1) is on a disk',
  needs: ['disks', 'history'],
  judge: (e, about) => onDisks(e, about, 1, 1),
}

/** Up to where records of a partition may be gone because somebody asked for that. */
function deletedBelow(history: EvidenceSet['history']): Map<string, number> {
  const below = new Map<string, number>()
  for (const {do: what, offset = 0, partition, topic} of history) {
    const key = `${topic}/${partition}`
    if (what === 'delete') below.set(key, Math.max(below.get(key) ?? 0, offset))
  }
  return below
}

function onDisks({disks, history}: EvidenceSet, about: About, acks: -1 | 1, wanted: number): Judgement {
  const copies = newestCopies(disks)
  const expected = `each record acknowledged (acks=${acks === -1 ? 'all' : 1}) before the copies lies in the bytes of ${wanted} of ${about.replicas} nodes`
  if (copies.length < wanted || copies.length < Math.min(about.replicas, about.nodes.length))
    return unknown({
      expected,
      seen: `copies of ${nodeWords(copies.map(c => c.node))}`,
      because: 'too few disks were copied',
    })
  const cutMs = Math.min(...copies.map(c => c.copiedAtMs))
  const gone = deletedBelow(history)
  const sends = history.filter(
    o =>
      o.do === 'send' &&
      o.result === 'ok' &&
      o.acks === acks &&
      o.endedAtMs !== undefined &&
      o.endedAtMs < cutMs &&
      (o.offset ?? 0) >= (gone.get(`${o.topic}/${o.partition}`) ?? 0),
  )
  if (sends.length === 0)
    return unknown({
      expected,
      seen: 'no write acknowledged before the copies',
      because: 'there was no load before them',
    })
  const holders = new Map<string, Set<NodeId>>()
  for (const copy of copies)
    for (const r of copy.records) {
      const key = `${r.group} ${r.offset} ${r.value}`
      const on = holders.get(key)
      if (on) on.add(copy.node)
      else holders.set(key, new Set([copy.node]))
    }
  const short = sends.filter(o => (holders.get(`${o.topic}/${o.partition} ${o.offset} ${o.value}`)?.size ?? 0) < wanted)
  const limit = about.losesUnsynced
    ? ''
    : ' (in their bytes: the page cache survives a kill; whether they were synced only --power-loss shows)'
  if (short.length === 0)
    return pass({expected, seen: `all ${sends.length} on ${wanted} or more of ${copies.length} disks${limit}`})
  const first = short[0]
  const on = [...(holders.get(`${first.topic}/${first.partition} ${first.offset} ${first.value}`) ?? [])]
  return fail({
    expected,
    seen: `${count(short.length, 'acknowledged record')} of ${sends.length} on fewer`,
    because: 'an acknowledgement was given for bytes that a quorum does not have',
    lines: [
      {
        label: 'client',
        text: `operation ${first.number}: ${first.value} acknowledged at ${first.topic}/${first.partition} offset ${first.offset}`,
      },
      {label: 'disk', text: on.length === 0 ? 'on no disk' : `only on ${nodeWords(on)}`},
    ],
    cites: short.slice(0, 20).map(o => ({kind: 'operation', operation: o.number})),
  })
}
