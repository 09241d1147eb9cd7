import {existsSync, mkdirSync, renameSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {ChronikError, EXIT} from '../base/errors.ts'
import {type GroupName, METADATA_GROUP, type NodeId, splitGroupName} from '../base/ids.ts'
import {oneLine} from '../base/one-line.ts'
import type {Asker, NodeEffect} from '../contracts/action.ts'
import type {GroupState} from '../contracts/node-state.ts'
import type {Rebuild} from '../contracts/rebuild.ts'
import {groupPlaces, readNode} from '../inspect/node.ts'
import {nodeFiles} from '../io/node/read-only-files.ts'
import {ASIDE} from './faults/damage-file.ts'
import {type MendWorld, mendListing} from './mend-listing.ts'
import {sync, writeOrder} from './node-folder.ts'
import type {NodeHandle} from './node-handle.ts'

const LOOK_MS = 50
const TOPIC_FILE = 'topic.json'

export interface RepairWorld extends MendWorld {
  stop(n: NodeHandle): Promise<unknown>
  start(n: NodeHandle): Promise<unknown>
  /** Milliseconds in which the others have to have a leader, and the rebuilt replicas to catch up. */
  leaderWithinMs: number
  caughtUpWithinMs: number
}

/** Mends the listing of a node, moves its damaged groups aside and has them rebuilt from the other replicas. */
export async function repair(n: NodeHandle, by: Asker, w: RepairWorld): Promise<{effect: NodeEffect; lines: string[]}> {
  const {node, dataDir} = n.config
  const refused = n.running ? (n.live?.refused ?? []) : []
  const told = refused.map(r => r.group)
  if (n.running && told.length === 0)
    return {
      effect: {node, effect: 'nothing to repair'},
      lines: [`n${node} refuses nothing: there is nothing to repair`],
    }
  // Only when it does not run its files stand still, and only then nothing that it says can be younger than what is asked of the others.
  if (n.running) await w.stop(n)
  const lines = await mendListing(n, w)
  const damaged = readNode(nodeFiles, dataDir).filter(g => g.damage.length > 0)
  const unsound = new Set([...refused, ...damaged.flatMap(g => g.damage)].map(d => d.file))
  const groups = [...new Set([...told, ...damaged.map(g => g.group)])].sort(metadataFirst)
  if (groups.length === 0) {
    await w.start(n)
    if (lines.length > 0) return {effect: {node, effect: 'repaired'}, lines: [...lines, `n${node} started`]}
    return {effect: {node, effect: 'nothing to repair'}, lines: [`n${node} has no damaged group: started`]}
  }
  let orders: Rebuild[]
  try {
    orders = await Promise.all(groups.map(group => orderFor(group, node, w)))
  } catch (error) {
    // Nothing was touched: it goes on as it was.
    if (told.length > 0) await w.start(n)
    throw error
  }
  const begun = performance.now()
  for (const order of orders) {
    const found = damaged.find(g => g.group === order.group)?.damage[0]
    const where = found ? `${found.file.slice(found.file.lastIndexOf('/') + 1)}@${found.at} ${found.why}` : 'refused'
    const aside = moveAside(w, node, dataDir, order)
    // Without it, and with nothing beside it but logs that are rebuilt, the node names the topic anew.
    const topicFile = `wal/${splitGroupName(order.group).topic}/${TOPIC_FILE}`
    if (unsound.delete(topicFile)) putTopicFileAside(join(dataDir, topicFile), aside)
    lines.push(`n${node} ${oneLine(order.group)}: ${oneLine(where)}`, `  moved to ${oneLine(aside)}`)
    w.journal.add(
      'healed',
      `n${node} repair of ${order.group}: moved aside, to be rebuilt from the others, by ${by.name} (pid ${by.pid})`,
      {node, data: {...order, aside}},
    )
  }
  await w.start(n)
  const left = await caughtUp(n, groups, w.caughtUpWithinMs)
  const afterMs = Math.round(performance.now() - begun)
  for (const group of groups) {
    const state = n.group(group)
    const how = left.includes(group)
      ? `not caught up after ${afterMs} ms: it does not vote yet`
      : `rebuilt up to index ${state?.synced ?? 0} at term ${state?.term ?? 0}, it votes again`
    lines.push(`n${node} ${oneLine(group)}: ${how}`)
  }
  const event = w.journal.add('healed', lines.slice(-groups.length).join('; '), {node})
  return {effect: {node, effect: left.length > 0 ? 'rebuilding' : 'repaired', afterMs, event: event.number}, lines}
}

const metadataFirst = (a: GroupName, b: GroupName): number =>
  Number(b === METADATA_GROUP) - Number(a === METADATA_GROUP) || (a < b ? -1 : 1)

/**
 * What all other voters say, asked after this node was down: the highest term, who leads in it, and its last index. One that is not asked may hold a
 * vote that this node gave, or an entry that it counted on.
 */
async function orderFor(group: GroupName, node: NodeId, w: RepairWorld): Promise<Rebuild> {
  const deadline = performance.now() + w.leaderWithinMs
  for (;;) {
    const found = await others(group, node, w)
    if ('order' in found) return found.order
    if (performance.now() > deadline)
      throw new ChronikError(
        'CHRONIK_NO_REPAIR',
        EXIT.labState,
        `n${node} cannot be repaired: ${found.why}. ${oneLine(group)} is rebuilt from all its other replicas`,
        {next: 'chronik start'},
      )
    await new Promise(resolve => setTimeout(resolve, LOOK_MS))
  }
}

async function others(group: GroupName, node: NodeId, w: RepairWorld): Promise<{order: Rebuild} | {why: string}> {
  const readings = await Promise.all(w.nodes.filter(n => n.config.node !== node).map(n => n.ask()))
  const states = new Map<NodeId, GroupState>()
  for (const r of readings) {
    const state = r.live?.groups.find(g => g.group === group)
    if (state) states.set(r.node, state)
  }
  const voters = new Set([...states.values()].flatMap(s => s.voters))
  voters.delete(node)
  if (voters.size === 0) return {why: 'no other node that runs holds this group'}
  for (const voter of voters) {
    const state = states.get(voter)
    if (!state) return {why: `n${voter} is ${w.nodes.find(n => n.config.node === voter)?.state ?? 'unknown'}`}
    if (state.rebuilding) return {why: `n${voter} is being rebuilt itself`}
  }
  const term = Math.max(...[...states.values()].map(s => s.term))
  const leader = [...states].find(([, s]) => s.role === 'leader' && s.term === term && s.serving)
  if (!leader) return {why: `there is no leader at term ${term}`}
  return {order: {formatVersion: 1, group, term, vote: leader[0], until: leader[1].lastIndex}}
}

function putTopicFileAside(path: string, aside: string): void {
  if (!existsSync(path)) return
  renameSync(path, join(aside, TOPIC_FILE))
  sync(dirname(path))
}

/** The folder goes to `aside` whole; a new one holds nothing but the order. Durable when this returns. */
function moveAside({dir, journal}: RepairWorld, node: NodeId, dataDir: string, order: Rebuild): string {
  const {topic, partition} = splitGroupName(order.group)
  const place = groupPlaces(nodeFiles, dataDir).find(p => p.group === order.group)
  const from = place?.dir ?? join(dataDir, 'wal', order.group)
  const aside = join(dir, ASIDE, `n${node}-${journal.number + 1}-${topic}-${partition}`)
  mkdirSync(aside, {recursive: true, mode: 0o700})
  if (existsSync(from)) renameSync(from, join(aside, 'log'))
  if (place && existsSync(place.snapshotDir)) renameSync(place.snapshotDir, join(aside, 'snapshots'))
  writeOrder(dataDir, from, order)
  return aside
}

/** Those of these groups that are not rebuilt when the time is over. */
async function caughtUp(n: NodeHandle, groups: readonly GroupName[], withinMs: number): Promise<GroupName[]> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const {live} = await n.ask()
    const left = groups.filter(name => {
      const state = live?.groups.find(g => g.group === name)
      return !state || state.rebuilding
    })
    if (left.length === 0 || performance.now() > deadline || !n.running) return left
    await new Promise(resolve => setTimeout(resolve, LOOK_MS))
  }
}
