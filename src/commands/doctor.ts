import {statfsSync} from 'node:fs'
import {EXIT, type ExitCode} from '../base/errors.ts'
import {oneLine} from '../base/one-line.ts'
import {formatBytes} from '../base/units.ts'
import {ENGINES} from '../engines/index.ts'
import {leftFaults} from '../supervisor/faults/list.ts'
import {isFree} from '../supervisor/plan.ts'
import {portOwner} from '../supervisor/port-owner.ts'
import {listedProcesses, stillThere} from '../supervisor/process-list.ts'
import {clustersRoot, listClusters, readCluster, shellWord} from '../supervisor/registry.ts'
import {removeAsOwner} from '../supervisor/remove.ts'
import {scratchLeftOvers} from '../supervisor/scratch-left-overs.ts'
import {settle} from '../supervisor/take-over.ts'
import {BaseCommand} from './base.ts'
import {homely} from './status-table.ts'
import {columns, wrap} from './terminal.ts'

const PORTS = [9_092, 9_093, 9_094, 9_192, 9_193, 9_194]
const FREE_BYTES_MIN = 1_000_000_000

interface Finding {
  what: string
  /** `ok`, `note` (works, but worth knowing) or `BAD`. */
  state: 'ok' | 'note' | 'BAD'
  seen: string
  next?: string
  /** What a killed supervisor left: ends or removes it, and says what was done. */
  heal?(): Promise<string>
}

export default class Doctor extends BaseCommand {
  static override summary = 'Node.js, platform, ports, disk, engines, left-overs; says what to type.'
  static override description =
    'What a killed supervisor left (processes, faults, scratch folders) is listed. On a terminal doctor asks whether to end and remove it; with --yes it does.'
  static override usage = '[--yes]'
  static override examples = ['chronik doctor', 'chronik doctor --yes']

  protected async execute(): Promise<ExitCode> {
    const findings = [
      nodeVersion(),
      platform(),
      await ports(),
      disk(),
      ...(await engines()),
      ...clusters(),
      ...leftOvers(),
    ]
    if (this.asJson) for (const finding of findings) this.json(finding)
    else this.out(table(findings, next => this.hint(next), process.stdout.isTTY))
    await this.#heal(findings)
    return findings.some(f => f.state === 'BAD') ? EXIT.environment : EXIT.ok
  }

  async #heal(findings: readonly Finding[]): Promise<void> {
    const left = findings.filter(f => f.heal)
    if (left.length === 0 || !this.mayAsk) return
    const what = left.map(f => (f.what === 'left-over' ? f.seen.split(':', 1)[0] : f.what)).join(', ')
    if (!(await this.ask(`End and remove what is left of ${what}? Data of clusters is kept.`))) return
    for (const finding of left) {
      const healed = await finding.heal?.()
      if (this.asJson) this.json({what: finding.what, healed})
      else this.out(`${finding.what}: ${healed}`)
    }
  }
}

/** What to type stands below the line that needs it. */
function table(findings: readonly Finding[], spelled: (next: string) => string, terminal: boolean): string {
  const [head, ...rows] = columns([['WHAT', 'STATE', ''], ...findings.map(f => [f.what, f.state, '|'])]).split('\n')
  const indent = rows[0].indexOf('|')
  return [
    `${head.padEnd(indent)}SEEN`,
    ...rows.flatMap((row, i) => {
      const {seen, next} = findings[i]
      const line = row.slice(0, indent) + (terminal ? wrap(seen, indent).trimStart() : seen)
      return next ? [line, `${' '.repeat(indent)}Try: ${spelled(next)}`] : [line]
    }),
  ].join('\n')
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
  const taken = new Map<string, number[]>()
  for (const port of PORTS)
    if (!(await isFree(port))) {
      const who = listener(port)
      taken.set(who, [...(taken.get(who) ?? []), port])
    }
  if (taken.size === 0) return {what: 'ports', state: 'ok', seen: '9092-9094 and 9192-9194 are free'}
  const seen = [...taken].map(([who, list]) => `${list.join(' ')}${who}`).join(', ')
  return {what: 'ports', state: 'note', seen: `in use: ${seen}; a new cluster takes others`}
}

/** ` (cluster five)`, ` (pid 4121 java)`, or nothing when that cannot be seen. */
function listener(port: number): string {
  const cluster = listClusters().find(
    c => c.state === 'up' && c.spec?.nodes.some(n => n.kafkaPort === port || n.raftPort === port),
  )
  if (cluster) return ` (cluster ${cluster.name})`
  const owner = portOwner(port)
  return owner ? ` (pid ${owner.pid} ${oneLine(owner.command)})` : ''
}

function disk(): Finding {
  const stat = statfsSync(process.env.HOME ?? '/')
  const free = stat.bavail * stat.bsize
  return {what: 'disk', state: free < FREE_BYTES_MIN ? 'note' : 'ok', seen: `${formatBytes(free)} free`}
}

/** What is missing of other engines is worth knowing, and no fault: everything else works without. */
async function engines(): Promise<Finding[]> {
  const given = {kafkaHome: process.env.KAFKA_HOME, binary: process.env.CHRONIK_SERVER}
  const found = await Promise.all(ENGINES.map(engine => engine.availability(given)))
  return found.map(({name, available, found: seen, missing, next}) => ({
    what: `engine ${name}`,
    state: available ? 'ok' : 'note',
    seen: available ? seen : missing,
    ...(next && next !== 'chronik doctor' ? {next} : {}),
  }))
}

function clusters(): Finding[] {
  const found = listClusters()
  if (found.length === 0) return [{what: 'clusters', state: 'ok', seen: `none in ${homely(clustersRoot())}`}]
  return found.map(c => {
    const what = `cluster ${c.name}`
    if (c.state !== 'LOST') return {what, state: 'ok', seen: c.state}
    const left = stillThere(listedProcesses(c.dir))
    const faults = leftFaults(c.dir)
    const over =
      faults.length > 0
        ? `; ended with it: ${faults.map(f => `${f.name} ${f.kind} ${oneLine(f.what)}`).join(', ')}`
        : ''
    return {
      what,
      state: 'note',
      seen:
        left.length > 0
          ? `its supervisor died, ${left.map(p => `n${p.node} (pid ${p.pid})`).join(' ')} left running${over}`
          : `its supervisor died; nothing runs, data is kept${over}`,
      next: `chronik cluster down${c.here ?? ''}`,
      // A cluster whose supervisor died and left nothing running is no burden: its next `up` goes on from there.
      ...(left.length > 0 || faults.length > 0 ? {heal: () => ended(c.dir)} : {}),
    }
  })
}

/** Folders of scratch clusters whose supervisor was killed. */
function leftOvers(): Finding[] {
  return scratchLeftOvers(Date.now()).map(dir => {
    const {spec} = readCluster({name: 'scratch', dir})
    const finding: Finding = {what: 'left-over', state: 'note', seen: `${dir}: of a scratch cluster that is gone`}
    return spec
      ? {...finding, next: `chronik cluster purge --dir ${shellWord(dir)}`, heal: () => removed(dir, spec.clusterId)}
      : {...finding, next: `rm -r ${shellWord(dir)}`}
  })
}

async function ended(dir: string): Promise<string> {
  const killed = await settle(dir)
  return [...killed.map(p => `n${p.node} (pid ${p.pid}) ended by SIGKILL`), 'down; data and ports are kept'].join(', ')
}

async function removed(dir: string, clusterId: string): Promise<string> {
  const kept = await removeAsOwner(dir, clusterId)
  return kept.length === 0
    ? `${dir} removed`
    : `${dir} kept, with what is not the cluster's: ${oneLine(kept.slice(0, 5).join(' '))}`
}
