import {lstatSync, readdirSync, readFileSync, rmdirSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import type {NodeIdentity} from '../contracts/node-config.ts'
import {FETCHED} from './attached.ts'
import {ASIDE} from './faults/damage-file.ts'
import {takeLockOf, takeOver} from './take-over.ts'

/** What a cluster's folder holds. Anything else in it is somebody else's and stays. */
const FILES =
  /^((cluster|processes|faults)\.json|events\.jsonl|supervisor\.(json|log|sock)|node[1-9]\d*\.(log|conf)|n[1-9]\d*\.sock|lock|reserve)([.-]\w+)*$/
const LOGS = /\.(log|jsonl)(\.1)?$/
const NODE = /^node[1-9]\d*$/
const UNSYNCED = /^node[1-9]\d*\.unsynced$/

/**
 * Deletes what a cluster put into its folder, and the folder when nothing else is in it and it is no link to elsewhere. Gives the names that were kept:
 * a node's folder goes only when its `node.json` names this cluster, and no link is followed.
 */
export function removeCluster(dir: string, clusterId: string, o: {keepLogs?: boolean} = {}): string[] {
  const kept: string[] = []
  for (const name of readdirSync(dir).sort()) {
    const path = join(dir, name)
    const stat = lstatSync(path)
    const ours = stat.isDirectory()
      ? name === ASIDE || name === FETCHED || UNSYNCED.test(name) || (NODE.test(name) && clusterOf(path) === clusterId)
      : !stat.isSymbolicLink() && FILES.test(name) && !(o.keepLogs && LOGS.test(name))
    if (ours) rmSync(path, {recursive: true, force: true})
    else kept.push(name)
  }
  if (kept.length === 0 && !lstatSync(dir).isSymbolicLink()) rmdirSync(dir)
  return kept
}

/** `removeCluster` under the lock: whoever starts the cluster at this moment is refused, or refuses us. */
export async function removeAsOwner(dir: string, clusterId: string): Promise<string[]> {
  takeLockOf(dir)
  await takeOver(dir)
  return removeCluster(dir, clusterId)
}

/** Whose data lies in a node's folder. */
export function clusterOf(dataDir: string): string | undefined {
  try {
    const file = join(dataDir, 'node.json')
    if (!lstatSync(file).isFile()) return undefined
    return (JSON.parse(readFileSync(file, 'utf8')) as NodeIdentity).clusterId
  } catch {
    return undefined
  }
}
