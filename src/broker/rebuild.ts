import {fromUtf8} from '../base/bytes.ts'
import {ChronikError, EXIT} from '../base/errors.ts'
import type {GroupName} from '../base/ids.ts'
import {REBUILD_FILE, type Rebuild} from '../contracts/rebuild.ts'
import type {Disk} from '../io/ports.ts'
import {readFile} from '../wal/segment-reader.ts'

const BYTES_MAX = 4_096

interface Where {
  name: GroupName
  dir: string
}

/** The order to rebuild this group; undefined when there is none. Rejects when there is one that is not for it. */
export async function readRebuild(disk: Disk, {name, dir}: Where): Promise<Rebuild | undefined> {
  if (!(await disk.list(dir)).includes(REBUILD_FILE)) return undefined
  const path = `${dir}/${REBUILD_FILE}`
  const order = parsed(fromUtf8(await readFile(disk, path, BYTES_MAX)))
  const sound =
    order?.formatVersion === 1 &&
    order.group === name &&
    [order.term, order.vote, order.until].every(n => Number.isSafeInteger(n) && (n as number) > 0)
  if (!sound) throw new ChronikError('CHRONIK_REBUILD', EXIT.environment, `${path} is no order to rebuild ${name}`)
  return order as Rebuild
}

function parsed(text: string): Partial<Rebuild> | undefined {
  try {
    return JSON.parse(text) as Partial<Rebuild>
  } catch {
    return undefined
  }
}

/** What a rebuilding that was cut off has left is worth nothing: all of it is at the others. */
export async function emptyForRebuild(disk: Disk, {dir}: Where): Promise<void> {
  for (const name of await disk.list(dir))
    if (/^wal_\d+_\d+\.(log|idx)$/.test(name)) await disk.remove(`${dir}/${name}`)
  await disk.syncDir(dir)
}

export async function endRebuild(disk: Disk, {dir}: Where): Promise<void> {
  await disk.remove(`${dir}/${REBUILD_FILE}`)
  await disk.syncDir(dir)
}
