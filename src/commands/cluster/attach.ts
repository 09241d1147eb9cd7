import {statSync} from 'node:fs'
import {resolve} from 'node:path'
import {Flags, type Interfaces} from '@oclif/core'
import {ChronikError, EXIT, type ExitCode, UsageError} from '../../base/errors.ts'
import type {NodeId} from '../../base/ids.ts'
import {oneLine} from '../../base/one-line.ts'
import type {AttachedOptions} from '../../contracts/attached.ts'
import {isHost, parseExec} from '../../engines/attached/command.ts'
import {discover} from '../../engines/attached/discover.ts'
import {readCluster} from '../../supervisor/registry.ts'
import {up} from '../../supervisor/up.ts'
import {BaseCommand} from '../base.ts'
import {statusTable} from '../status-table.ts'

export default class ClusterAttach extends BaseCommand {
  static override summary =
    'Register a cluster that was started elsewhere: watched, loaded and judged over the Kafka protocol.'
  static override usage =
    "--bootstrap-server H:P,... [--node-dir N=PATH]... [--node-log N=PATH]... [--exec VERB='CMD']... -c NAME"
  static override examples = [
    'chronik cluster attach --bootstrap-server k1:9092,k2:9092 -c prod',
    "chronik cluster attach --bootstrap-server k1:9092 --exec kill='kill-it {host}'",
  ]
  static override flags = {
    'bootstrap-server': Flags.string({
      helpValue: 'H:P,...',
      required: true,
      summary: 'where one or more of its brokers answer',
    }),
    'node-dir': Flags.string({
      helpValue: 'N=PATH',
      multiple: true,
      multipleNonGreedy: true,
      summary: "broker N's data directory, where this machine can read it",
    }),
    'node-log': Flags.string({
      helpValue: 'N=PATH',
      multiple: true,
      multipleNonGreedy: true,
      summary: 'the file that broker N prints to, likewise',
    }),
    exec: Flags.string({
      helpValue: "VERB='CMD'",
      multiple: true,
      multipleNonGreedy: true,
      summary:
        'how that is done to a node: kill, stop, start, pause, resume, fetch; {node} {host} {port}, for fetch {dir}',
    }),
  }

  protected async execute(flags: Interfaces.InferredFlags<typeof ClusterAttach.flags>): Promise<ExitCode> {
    if (!this.placeTyped) throw new UsageError('Which name? chronik cluster attach … -c NAME')
    const bootstrap = flags['bootstrap-server'].split(',').map(parseAddress)
    const place = this.place()
    const there = readCluster(place)
    if (there.spec)
      throw new ChronikError(
        'CHRONIK_OTHER_SETTINGS',
        EXIT.labState,
        `There is a cluster ${place.name} already (${there.spec.engine}, ${there.state}).`,
        {next: 'chronik cluster purge'},
      )
    const {nodes, runs, shift} = await discover(bootstrap, Math.min(this.timeoutMs, 10_000))
    const dirs = pathsOf('--node-dir', flags['node-dir'], {nodes, shift}, s => s.isDirectory())
    const logs = pathsOf('--node-log', flags['node-log'], {nodes, shift}, s => s.isFile())
    const attached: AttachedOptions = {
      ...(runs ? {runs} : {}),
      ...(shift ? {shift} : {}),
      nodes: nodes.map(n => ({
        ...n,
        ...(dirs.has(n.node) ? {dataDir: dirs.get(n.node)} : {}),
        ...(logs.has(n.node) ? {logFile: logs.get(n.node)} : {}),
      })),
      exec: Object.fromEntries((flags.exec ?? []).map(text => parseExec(text, nodes.length))),
      cwd: process.cwd(),
    }
    const {client, snapshot} = await up({place, engine: 'attached', engineOptions: {attached}}, this.asker)
    client.close()
    if (this.asJson)
      this.json({
        cluster: snapshot.cluster,
        runs: runs ?? null,
        bootstrap: snapshot.bootstrap,
        dir: snapshot.dir,
        nodes: snapshot.nodes.map(n => ({id: n.id, state: n.state, kafka: `${n.kafka.host}:${n.kafka.port}`})),
        ...snapshot.attached,
      })
    else {
      this.out(statusTable(snapshot, Date.now(), {wide: true, colour: this.colour}))
      if (shift) this.out('there is a broker 0: n1 is broker 0, n2 broker 1, and so on')
      for (const line of lacking(attached)) this.out(line)
    }
    this.next('chronik load', 'chronik dashboard')
    return EXIT.ok
  }
}

/** What cannot be done or seen, and what would change that. */
function lacking({exec, nodes}: AttachedOptions): string[] {
  const lines: string[] = []
  const verbs = (['kill', 'stop', 'start'] as const).filter(verb => exec[verb] === undefined)
  if (verbs.length > 0)
    lines.push(`no command for ${verbs.join(', ')}: ${verbs.map(verb => `--exec ${verb}='CMD'`).join(' ')}`)
  const without = (key: 'dataDir' | 'logFile'): string =>
    nodes
      .filter(n => n[key] === undefined)
      .map(n => `n${n.node}`)
      .join(' ')
  if (without('dataDir') !== '' && exec.fetch === undefined)
    lines.push(`no files of ${without('dataDir')}: --node-dir N=PATH, or --exec fetch='CMD'`)
  if (without('logFile') !== '') lines.push(`no log of ${without('logFile')}: --node-log N=PATH`)
  return lines
}

/** `h1:9092`, `[::1]:9092` */
function parseAddress(text: string): {host: string; port: number} {
  const [, bare, bracketed, digits] = /^\s*(?:([^\s:[\]]+)|\[([0-9A-Fa-f:]+)\]):(\d{1,5})\s*$/.exec(text) ?? []
  const host = bare ?? bracketed ?? ''
  const port = Number(digits)
  if (!isHost(host) || !(port >= 1 && port <= 65_535))
    throw new UsageError(`--bootstrap-server ${oneLine(text).slice(0, 80)}: write HOST:PORT, several with commas`)
  return {host, port}
}

function pathsOf(
  flag: string,
  pairs: readonly string[] | undefined,
  {nodes, shift}: Pick<AttachedOptions, 'nodes' | 'shift'>,
  is: (stat: {isDirectory(): boolean; isFile(): boolean}) => boolean,
): Map<NodeId, string> {
  const paths = new Map<NodeId, string>()
  const above = shift ?? 0
  for (const pair of pairs ?? []) {
    const [, number, path] = /^n?(\d{1,4})=(.+)$/.exec(pair) ?? []
    if (path === undefined) throw new UsageError(`${flag} ${oneLine(pair).slice(0, 80)}: write N=PATH`)
    const broker = Number(number)
    const node = broker + above
    if (!nodes.some(n => n.node === node))
      throw new UsageError(`${flag} ${broker}: its brokers are ${nodes.map(n => n.node - above).join(' ')}`)
    if (paths.has(node)) throw new UsageError(`${flag} ${broker} is given twice`)
    const stat = statSync(path, {throwIfNoEntry: false})
    if (!stat || !is(stat))
      throw new UsageError(`${flag} ${broker}: ${oneLine(path)} is ${stat ? 'of another kind' : 'not there'}`)
    paths.set(node, resolve(path))
  }
  return paths
}
