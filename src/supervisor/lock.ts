import {readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {isAlive, type ProcessId, startTimeOf} from './process-id.ts'

/** Takes the lock of a cluster's folder. Gives whose it is when somebody alive has it. */
export function takeLock(dir: string): ProcessId | undefined {
  const path = join(dir, 'lock')
  const own = JSON.stringify({pid: process.pid, startTime: startTimeOf(process.pid)})
  for (let tries = 0; tries < 3; tries++) {
    try {
      writeFileSync(path, own, {flag: 'wx', mode: 0o600})
      return undefined
    } catch {
      const owner = lockOwner(dir)
      if (owner && isAlive(owner)) return owner
      // Its owner is gone: a later process with the same number has another start time.
      rmSync(path, {force: true})
    }
  }
  return lockOwner(dir) ?? {pid: 0, startTime: ''}
}

export function lockOwner(dir: string): ProcessId | undefined {
  try {
    return JSON.parse(readFileSync(join(dir, 'lock'), 'utf8')) as ProcessId
  } catch {
    return undefined
  }
}

export function freeLock(dir: string): void {
  rmSync(join(dir, 'lock'), {force: true})
}
