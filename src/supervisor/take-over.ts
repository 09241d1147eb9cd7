import {rmSync} from 'node:fs'
import {join} from 'node:path'
import {ChronikError, EXIT} from '../base/errors.ts'
import {removeSockets} from './folder.ts'
import {freeLock, takeLock} from './lock.ts'
import {endLeftOvers, type ListedProcess} from './process-list.ts'
import {readSupervisor} from './registry.ts'

/** The lock of a cluster whose supervisor is not there; exit 5 when somebody has it. Whoever gets it removes the folder or frees the lock. */
export function takeLockOf(dir: string): void {
  const owner = takeLock(dir)
  if (owner)
    throw new ChronikError('CHRONIK_BUSY', EXIT.labState, `${dir} is in use by pid ${owner.pid}.`, {
      next: 'chronik cluster down',
    })
}

/** As the one that has the lock: what a supervisor that was killed has left is ended and removed. Gives the processes that had to be killed. */
export async function takeOver(dir: string): Promise<ListedProcess[]> {
  const ended = await endLeftOvers(dir)
  const last = readSupervisor(dir)
  if (last) removeSockets(last.socket, dir)
  rmSync(join(dir, 'supervisor.json'), {force: true})
  return ended
}

/** A cluster whose supervisor died is left as one that is down: nothing of it runs, nobody has its lock. Gives the processes that had to be killed. */
export async function settle(dir: string): Promise<ListedProcess[]> {
  takeLockOf(dir)
  const ended = await takeOver(dir)
  freeLock(dir)
  return ended
}
