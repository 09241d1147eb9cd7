import {randomBytes} from 'node:crypto'
import {readdirSync, readFileSync} from 'node:fs'

/**
 * Every process that a test starts carries CHRONIK_TEST_RUN. After the last test none of them may be alive:
 * those that are get ended (by pid and start time) and the run fails.
 */
export default function setup(): () => void {
  const id = randomBytes(8).toString('hex')
  process.env.CHRONIK_TEST_RUN = id
  return () => {
    const alive = withMark(id)
    for (const {pid, startTime} of alive) {
      if (startTimeOf(pid) !== startTime) continue
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended in between.
      }
    }
    if (alive.length > 0) {
      process.exitCode = 1
      throw new Error(`left running by the tests: ${alive.map(p => `${p.pid} (${p.command})`).join(', ')}`)
    }
  }
}

function withMark(id: string): Array<{pid: number; startTime: string; command: string}> {
  const found: Array<{pid: number; startTime: string; command: string}> = []
  for (const name of procEntries()) {
    const pid = Number(name)
    // Test workers themselves inherit the mark; they end with this process.
    if (!Number.isInteger(pid) || pid === process.pid || parentOf(pid) === process.pid) continue
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`CHRONIK_TEST_RUN=${id}`)) continue
      const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').slice(0, 3).join(' ')
      // A helper of the bundler is no process of ours.
      if (!/chronik|dist\/|bin\/run|node-planted|supervisor/.test(command)) continue
      found.push({pid, startTime: startTimeOf(pid), command})
    } catch {
      // Gone, or somebody else's.
    }
  }
  return found
}

function procEntries(): string[] {
  try {
    return readdirSync('/proc')
  } catch {
    return []
  }
}

function stat(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

const startTimeOf = (pid: number): string => stat(pid)[19] ?? ''
const parentOf = (pid: number): number => Number(stat(pid)[1] ?? 0)
