import {linkSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {systemCode} from '../base/errors.ts'
import {isAlive, type ProcessId, startTimeOf} from './process-id.ts'

const TAKEOVER_MS = 2_000

/**
 * Takes the lock of a cluster's folder. Gives whose it is when somebody alive has it.
 *
 * The lock appears whole or not at all: it is written aside and linked to its name. One whose owner is dead is replaced under a second lock of
 * the same kind, so that of several who find it dead one alone follows, and at no moment is there none.
 */
export function takeLock(dir: string): ProcessId | undefined {
  const path = join(dir, 'lock')
  const own = {pid: process.pid, startTime: startTimeOf(process.pid) ?? ''}
  const mine = `${path}.${process.pid}`
  writeFileSync(mine, JSON.stringify(own), {mode: 0o600})
  try {
    if (linked(mine, path)) return undefined
    const deadline = performance.now() + TAKEOVER_MS
    for (;;) {
      const owner = ownerOf(path)
      if (owner && isAlive(owner)) return owner
      if (linked(mine, `${path}.takeover`)) return replaceDead(mine, path)
      const other = ownerOf(`${path}.takeover`)
      if (other && !isAlive(other)) rmSync(`${path}.takeover`, {force: true})
      // Whoever is taking it over needs some microseconds.
      else if (performance.now() > deadline) return other ?? {pid: 0, startTime: ''}
    }
  } finally {
    rmSync(mine, {force: true})
  }
}

/** As the only one who may: replaces the lock if it still is a dead one's. */
function replaceDead(mine: string, path: string): ProcessId | undefined {
  try {
    if (!ownerOf(path) && linked(mine, path)) return undefined
    const owner = ownerOf(path)
    if (owner && isAlive(owner)) return owner
    renameSync(mine, path)
    return undefined
  } finally {
    rmSync(`${path}.takeover`, {force: true})
  }
}

/** False: there is something of that name. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}

function ownerOf(path: string): ProcessId | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessId
  } catch {
    return undefined
  }
}

/** Whose the lock is, when that process is alive. */
export function lockHolder(dir: string): ProcessId | undefined {
  const owner = ownerOf(join(dir, 'lock'))
  return owner && isAlive(owner) ? owner : undefined
}

export function freeLock(dir: string): void {
  rmSync(join(dir, 'lock'), {force: true})
}
