import {execFileSync} from 'node:child_process'
import {readdirSync, readFileSync, readlinkSync} from 'node:fs'

export interface PortOwner {
  pid: number
  command: string
}

/** Who listens on a TCP port of this machine, as far as this user may see that. */
export function portOwner(port: number): PortOwner | undefined {
  try {
    return process.platform === 'linux' ? ofProc(port) : ofLsof(port)
  } catch {
    return undefined
  }
}

const LISTEN = '0A'

function ofProc(port: number): PortOwner | undefined {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const inodes = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6'])
    for (const line of read(table).split('\n').slice(1)) {
      // sl local_address rem_address st … inode: fields 1, 3 and 9.
      const fields = line.trim().split(/\s+/)
      if (fields[1]?.endsWith(`:${wanted}`) && fields[3] === LISTEN) inodes.add(`socket:[${fields[9]}]`)
    }
  if (inodes.size === 0) return undefined
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    for (const fd of list(`/proc/${pid}/fd`))
      if (inodes.has(link(`/proc/${pid}/fd/${fd}`)))
        return {pid: Number(pid), command: read(`/proc/${pid}/comm`).trim()}
  }
  return undefined
}

function ofLsof(port: number): PortOwner | undefined {
  const text = execFileSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 3_000,
  })
  const pid = /^p(\d+)$/m.exec(text)?.[1]
  return pid === undefined ? undefined : {pid: Number(pid), command: /^c(.*)$/m.exec(text)?.[1] ?? ''}
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
