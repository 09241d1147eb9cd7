import {existsSync, lstatSync, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {ChronikError, EXIT} from '../base/errors.ts'
import type {NodeId} from '../base/ids.ts'
import {formatBytes} from '../base/units.ts'
import type {ClusterSnapshot, NodeView} from '../contracts/supervisor-protocol.ts'
import type {About} from '../judge/evidence.ts'

/** The code of what a cluster was given no means for: its step is unknown, and the next one is tried. */
export const LACKS = 'CHRONIK_NO_COMMAND'

/** Of a node that the lab did not start no more than this is copied. */
const COPIED_BYTES_MAX = 2 * 1024 ** 3
const OWN_STATE = "each node's own word: over the Kafka protocol the leader alone speaks, for all of them"

/** What a cluster that the lab did not start cannot show, with what it would need. Undefined: it is the lab's own. */
export function lackingOf({attached, nodes}: Pick<ClusterSnapshot, 'attached' | 'nodes'>): About['lacking'] {
  if (!attached) return undefined
  const without = (have: readonly NodeId[]): string =>
    nodes.flatMap(n => (have.includes(n.id) ? [] : [`n${n.id}`])).join(' ')
  const commands = (['kill', 'start'] as const)
    .filter(verb => !attached.verbs.includes(verb))
    .map(verb => `cluster attach --exec ${verb}='CMD'`)
    .join(' and ')
  const files = without(attached.files)
  const logs = without(attached.logs)
  return {
    L2: OWN_STATE,
    L3: OWN_STATE,
    ...(commands === '' ? {} : {faults: commands, starts: commands}),
    ...(files === '' ? {} : {disks: `files of ${files} (cluster attach --node-dir N=PATH, or --exec fetch='CMD')`}),
    ...(logs === '' ? {} : {told: `the log of ${logs} (cluster attach --node-log N=PATH)`}),
    ...(attached.runs ? {} : {changes: 'brokers that answer DescribeQuorum'}),
  }
}

/** What was asked for cannot be done to a cluster that the lab did not start. */
export function lacks(why: string): ChronikError {
  return new ChronikError(LACKS, EXIT.labState, why)
}

/** Why no copy of a node's files is made; undefined: one can be. Directories of the lab's own are small. */
export function whyUnreadable({attached}: ClusterSnapshot, {dataDir, id}: NodeView): string | undefined {
  if (!attached) return undefined
  if (!existsSync(dataDir))
    return `it would need files of n${id} (cluster attach --node-dir ${id}=PATH, or --exec fetch='CMD')`
  if (holdsMoreThan(dataDir, COPIED_BYTES_MAX)) return `n${id} holds more than ${formatBytes(COPIED_BYTES_MAX)}`
  return undefined
}

/** Counts files only until it knows; links are not followed. */
function holdsMoreThan(dir: string, bytes: number): boolean {
  let left = bytes
  for (const entry of readdirSync(dir, {withFileTypes: true, recursive: true})) {
    if (entry.isFile()) left -= lstatSync(join(entry.parentPath, entry.name), {throwIfNoEntry: false})?.size ?? 0
    if (left < 0) return true
  }
  return false
}
