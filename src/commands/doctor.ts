import {statfsSync} from 'node:fs'
import {EXIT, type ExitCode} from '../base/errors.ts'
import {formatBytes} from '../base/units.ts'
import {isFree} from '../supervisor/plan.ts'
import {clustersRoot, listClusters} from '../supervisor/registry.ts'
import {BaseCommand} from './base.ts'
import {columns} from './terminal.ts'

const PORTS = [9_092, 9_093, 9_094, 9_192, 9_193, 9_194]
const FREE_BYTES_MIN = 1_000_000_000

interface Finding {
  what: string
  /** `ok`, `note` (works, but worth knowing) or `BAD`. */
  state: 'ok' | 'note' | 'BAD'
  seen: string
  next?: string
}

export default class Doctor extends BaseCommand {
  static override summary = 'Node.js, platform, ports, disk, left-overs; says what to type.'
  static override usage = ''
  static override examples = ['chronik doctor']

  protected async execute(): Promise<ExitCode> {
    const findings = [nodeVersion(), platform(), await ports(), disk(), ...clusters()]
    if (this.asJson) for (const finding of findings) this.json(finding)
    else
      this.out(
        columns([
          ['WHAT', 'STATE', 'SEEN', 'TRY'],
          ...findings.map(f => [f.what, f.state, f.seen, f.next ? this.hint(f.next) : '']),
        ]),
      )
    return findings.some(f => f.state === 'BAD') ? EXIT.environment : EXIT.ok
  }
}

function nodeVersion(): Finding {
  const [major, minor] = process.versions.node.split('.').map(Number)
  const old = major < 20 || (major === 20 && minor < 19)
  return {what: 'Node.js', state: old ? 'BAD' : 'ok', seen: `${process.versions.node} (20.19 or newer is needed)`}
}

function platform(): Finding {
  const known = process.platform === 'linux' || process.platform === 'darwin'
  return {
    what: 'platform',
    state: known ? 'ok' : 'BAD',
    seen: known ? process.platform : `${process.platform}: use WSL 2`,
  }
}

async function ports(): Promise<Finding> {
  const taken: number[] = []
  for (const port of PORTS) if (!(await isFree(port))) taken.push(port)
  return taken.length === 0
    ? {what: 'ports', state: 'ok', seen: '9092-9094 and 9192-9194 are free'}
    : {what: 'ports', state: 'note', seen: `in use: ${taken.join(' ')}; a new cluster takes the next free block`}
}

function disk(): Finding {
  const stat = statfsSync(process.env.HOME ?? '/')
  const free = stat.bavail * stat.bsize
  return {what: 'disk', state: free < FREE_BYTES_MIN ? 'note' : 'ok', seen: `${formatBytes(free)} free`}
}

function clusters(): Finding[] {
  const found = listClusters()
  if (found.length === 0) return [{what: 'clusters', state: 'ok', seen: `none in ${clustersRoot()}`}]
  return found.map(c => ({
    what: `cluster ${c.name}`,
    state: c.state === 'LOST' ? ('note' as const) : ('ok' as const),
    seen: c.state === 'LOST' ? 'its supervisor died; nodes went down with it, data is kept' : c.state,
    ...(c.state === 'LOST' ? {next: `chronik cluster up${c.name === 'default' ? '' : ` -c ${c.name}`}`} : {}),
  }))
}
