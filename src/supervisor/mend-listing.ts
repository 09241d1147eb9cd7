import {randomBytes} from 'node:crypto'
import {copyFileSync, mkdirSync, renameSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {ChronikError, EXIT} from '../base/errors.ts'
import type {GroupName} from '../base/ids.ts'
import {encodeGroupsLine, readGroupsLog} from '../inspect/groups-log.ts'
import {logsOnDisk} from '../inspect/node.ts'
import {nodeFiles} from '../io/node/read-only-files.ts'
import {ASIDE} from './faults/damage-file.ts'
import type {Journal} from './journal.ts'
import {sync} from './node-folder.ts'
import type {NodeHandle} from './node-handle.ts'

const FILE = 'groups.log'

export interface MendWorld {
  dir: string
  journal: Journal
  nodes: readonly NodeHandle[]
}

/** What is known elsewhere of the groups that a damaged groups.log may have listed. */
interface Elsewhere {
  /** Groups that other nodes hold with this one as a voter. */
  shared: ReadonlySet<GroupName>
  topics: ReadonlySet<string>
}

/**
 * Writes a damaged groups.log anew, from its sound lines, the logs on the disk, and what all other nodes hold together with this one. Of what is here no
 * longer and was perhaps never here, the worst is assumed: it is listed, so that it is refused and rebuilt, for it may have voted. Nothing but the listing
 * is changed, and the damaged file is kept. Gives the lines that tell of it; none when the file is sound.
 */
export async function mendListing(n: NodeHandle, w: MendWorld): Promise<string[]> {
  const {node, dataDir} = n.config
  const path = join(dataDir, FILE)
  const read = readGroupsLog(nodeFiles, path, {goOn: true})
  if (!read?.damage) return []
  const {at, why} = read.damage
  const {shared, topics} = await askOthers(n, w)
  const onDisk = logsOnDisk(nodeFiles, dataDir)
  const mended = new Map<GroupName, Uint8Array>()
  for (const [group, logId] of read.listed)
    if (onDisk.has(group) || shared.has(group) || topics.has(topicOf(group))) mended.set(group, logId)
  for (const [group, logId] of onDisk)
    if (!mended.has(group) && (shared.has(group) || !read.removed.has(group))) mended.set(group, logId)
  const lost = [...shared].filter(group => !mended.has(group))
  for (const group of lost) mended.set(group, randomBytes(8))
  const aside = keep(w, n, path, at)
  const fresh = `${path}.tmp`
  writeFileSync(fresh, Buffer.concat([...mended].map(([group, logId]) => encodeGroupsLine('+', logId, group))), {
    mode: 0o600,
  })
  sync(fresh)
  // One rename: a node without this file would take itself for new, and vote again.
  renameSync(fresh, path)
  sync(dataDir)
  const what = `${mended.size} groups, ${lost.length} of them lost`
  w.journal.add('healed', `n${node} groups.log was damaged at byte ${at} and is written anew: ${what}`, {
    node,
    data: {at, aside},
  })
  return [`n${node} groups.log@${at} ${why}: written anew, ${what}`, `  kept as ${aside}`]
}

const topicOf = (group: GroupName): string => group.slice(0, group.lastIndexOf('/'))

async function askOthers(n: NodeHandle, w: MendWorld): Promise<Elsewhere> {
  const {node} = n.config
  const shared = new Set<GroupName>()
  const topics = new Set<string>()
  for (const other of w.nodes) {
    if (other.config.node === node) continue
    const {live} = await other.ask()
    if (!live)
      throw new ChronikError(
        'CHRONIK_NO_REPAIR',
        EXIT.labState,
        `n${node} cannot be repaired: n${other.config.node} is ${other.state}. What its groups.log listed, all other nodes together can tell`,
        {next: 'chronik start'},
      )
    for (const {group, voters} of live.groups) if (voters.includes(node)) shared.add(group)
    for (const {name} of live.topics) topics.add(name)
  }
  return {shared, topics}
}

function keep({dir, journal}: MendWorld, n: NodeHandle, path: string, at: number): string {
  const folder = join(dir, ASIDE)
  mkdirSync(folder, {recursive: true, mode: 0o700})
  const aside = join(folder, `n${n.config.node}-${journal.number + 1}-${FILE}@${at}`)
  copyFileSync(path, aside)
  sync(aside)
  sync(folder)
  return aside
}
