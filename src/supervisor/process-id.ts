import {execFileSync} from 'node:child_process'
import {readFileSync} from 'node:fs'

/** A process, told apart from a later one with the same number by its start time. */
export interface ProcessId {
  pid: number
  startTime: string
}

/** When a process began, in the system's own words; undefined when there is none (a zombie counts as none). */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // The name in parentheses may hold anything: fields are counted from the last one.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
    } catch {
      return undefined
    }
  }
  try {
    const text = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return text.trim() === '' || text.startsWith('Z') ? undefined : text.trim().replace(/^\S+\s+/, '')
  } catch {
    return undefined
  }
}

/** Does the system hold this process still (SIGSTOP)? */
export function isStopped({pid}: ProcessId): boolean {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T')
    }
    const text = execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return text.startsWith('T')
  } catch {
    return false
  }
}

export function isAlive(id: ProcessId): boolean {
  return startTimeOf(id.pid) === id.startTime
}

/** Sends a signal only to the very process that is meant. False: it is gone. */
export function signalProcess(id: ProcessId, signal: NodeJS.Signals): boolean {
  if (!isAlive(id)) return false
  try {
    process.kill(id.pid, signal)
    return true
  } catch {
    return false
  }
}
