import {readdirSync, rmdirSync, rmSync} from 'node:fs'
import {join} from 'node:path'

/** What a cluster's folder holds. Anything else in it is somebody else's and stays. */
const OURS =
  /^(cluster\.json|events\.jsonl|supervisor\.(json|log|sock|lock)|node[1-9]\d*(\.(log|json|sock|conf))?|run|lock|secret)([.-]\w+)*$/

/** Deletes what a cluster put into its folder, and the folder when nothing else is in it. Gives the names that were kept. */
export function removeCluster(dir: string, o: {keepLogs?: boolean} = {}): string[] {
  const kept: string[] = []
  for (const name of readdirSync(dir)) {
    if (OURS.test(name) && !(o.keepLogs && /\.(log|jsonl)$/.test(name)))
      rmSync(join(dir, name), {recursive: true, force: true})
    else kept.push(name)
  }
  if (kept.length === 0) rmdirSync(dir)
  return kept
}
