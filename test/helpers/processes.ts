import {execFileSync} from 'node:child_process'
import {until} from './nodes.ts'

/** Processes whose words name this folder: supervisors and nodes of the clusters in it. */
export function processesOf(dir: string): Array<{pid: number; command: string}> {
  const text = execFileSync('ps', ['-axww', '-o', 'pid=,stat=,args='], {encoding: 'utf8', maxBuffer: 64 * 1024 * 1024})
  return text.split('\n').flatMap(line => {
    const [, pid, state, command] = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? []
    return command?.includes(dir) && !state.startsWith('Z') && !/^ps /.test(command) && /dist\/\w/.test(command)
      ? [{pid: Number(pid), command}]
      : []
  })
}

export async function noneLeft(dir: string, withinMs = 15_000): Promise<void> {
  await until(async () => (processesOf(dir).length === 0 ? true : undefined), {
    what: `no process left in ${dir}; there are ${JSON.stringify(processesOf(dir))}`,
    withinMs,
  })
}
