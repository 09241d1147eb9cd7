import {lstatSync, readdirSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {lockHolder} from './lock.ts'
import {SCRATCH_PREFIX} from './up.ts'

/** A folder that young may be one whose supervisor has not begun yet. */
const YOUNG_MS = 60_000

/** Folders of scratch clusters of this user whose supervisor was killed: nothing uses them any more. */
export function scratchLeftOvers(now: number, root = tmpdir()): string[] {
  const me = process.getuid?.()
  return readdirSync(root)
    .filter(name => name.startsWith(SCRATCH_PREFIX))
    .map(name => join(root, name))
    .filter(dir => {
      const stat = lstatSync(dir, {throwIfNoEntry: false})
      return stat?.isDirectory() && stat.uid === (me ?? stat.uid) && now - stat.mtimeMs > YOUNG_MS && !lockHolder(dir)
    })
    .sort()
}
