import {spawn} from 'node:child_process'
import {statSync} from 'node:fs'
import {basename, join} from 'node:path'
import {createInterface} from 'node:readline'
import type {NodeId} from '../base/ids.ts'
import {oneLine} from '../base/one-line.ts'
import {packageRoot} from '../base/package-root.ts'
import {clockTime} from '../base/units.ts'
import type {Asker} from '../contracts/action.ts'
import {logFileOf} from '../supervisor/attached.ts'
import type {SupervisorClient} from '../supervisor/client.ts'
import {type ClusterPlace, connect, readCluster, runsRoot} from '../supervisor/registry.ts'
import type {Feed, Running, RunningVerify, World} from '../tui/world.ts'
import type {HostLine} from '../verify/host-protocol.ts'
import type {Report} from '../verify/report/report.ts'
import {lastLine} from '../verify/report/tty.ts'
import {drawSeed, startSuite} from '../verify/run.ts'
import {findLab} from '../verify/suites.ts'
import {walLine} from './render/wal-row.ts'
import {spelled} from './spelling.ts'
import {homely} from './status-table.ts'
import {Tail} from './tail.ts'
import {takeDown} from './take-down.ts'
import {kindsOf} from './wal/selection.ts'
import {type WalSource, walSources} from './wal/sources.ts'
import {WalTail} from './wal/wal-tail.ts'

const TAIL_BYTES = 65_536
const FIRST_ROWS = 200
/** The folders are looked through once in so many calls. */
const LOOK_CALLS = 8
const DOWN_MS = 30_000

/** The dashboard's cluster, files and children. */
export class DashboardWorld implements World {
  readonly #place: ClusterPlace
  readonly #asker: Asker
  readonly #here: string

  constructor(place: ClusterPlace, asker: Asker, here: string) {
    this.#place = place
    this.#asker = asker
    this.#here = here
  }

  connect(): Promise<SupervisorClient> {
    return connect(this.#place, this.#asker)
  }

  standing(): 'starting' | 'up' | 'stopped' | 'LOST' | 'none' {
    return readCluster(this.#place).state
  }

  walFeed(group: string): Feed {
    let known: string | undefined
    let tail: WalTail | undefined
    let calls = 0
    return () => {
      let first = false
      // Replicas appear with the first write to a topic, and nodes with the cluster.
      if (calls++ % LOOK_CALLS === 0) {
        const sources = this.#sources(group)
        const now = sources.map(s => s.place.dir).join(' ')
        first = known !== now
        if (first) {
          known = now
          tail = new WalTail(sources, {kinds: kindsOf(undefined, false)})
          tail.skipTo(TAIL_BYTES)
        }
      }
      const rows = [...(tail?.pass() ?? [])].map(({seen, file, source}) => ({
        text: ` ${walLine(seen, `n${source.node}`, basename(file))}`,
        ...(seen.seen === 'unsound' ? {tone: 'bad' as const} : {}),
      }))
      return first ? rows.slice(-FIRST_ROWS) : rows
    }
  }

  #sources(group: string): WalSource[] {
    const {name, dir} = this.#place
    try {
      return walSources([], {cluster: name, dir, group})
    } catch {
      // No node is here yet, or none holds the group.
      return []
    }
  }

  logFeed(node: NodeId): Feed {
    const path = logFileOf(this.#place.dir, readCluster(this.#place).spec?.engineOptions, node)
    const from = Math.max(0, sizeOf(path) - TAIL_BYTES)
    const tail = new Tail(path, from)
    let cut = from > 0
    return () => {
      const rows = [...tail.lines()].map(({text}) => ({text: ` ${logText(text)}`}))
      // The first line began before the place where reading began.
      if (cut && rows.length > 0) {
        rows.shift()
        cut = false
      }
      return rows
    }
  }

  run(words: readonly string[], onLine: (text: string) => void): Running {
    const named = words.some(w => /^(-c|--cluster|--dir)(=|$)/.test(w)) || words[0] === 'verify' || words[0] === 'help'
    return child(named ? words : [...words, ...this.#hereWords()], {onLine, cluster: this.#place.name})
  }

  load(): Running & {pid: number | undefined} {
    return child(['load', '--quiet', '--with-creator', ...this.#hereWords()], {cluster: this.#place.name, held: true})
  }

  verify(tell: (line: HostLine) => void): RunningVerify {
    const place = this.#place
    const here = this.#here.trim() || `-c ${place.name}`
    const running = startSuite(
      {lab: findLab('recovery'), seed: drawSeed(), cluster: place, here, who: this.#asker},
      tell,
    )
    return {
      runPath: homely(running.dir),
      done: running.done.then(report => ({end: endOf(report), tone: toneOf(report)})),
      interrupt: () => running.interrupt(),
    }
  }

  async down(client: SupervisorClient): Promise<string> {
    const {stopped} = await takeDown(client, 'stop', DOWN_MS)
    return `${stopped.map(n => `n${n}`).join(' ')} stopped; ${this.#place.name} is down; its data and ports are kept`
  }

  #hereWords(): string[] {
    return this.#here === '' ? [] : this.#here.trim().split(' ')
  }
}

function endOf(report: Report): string {
  const runPath = homely(join(runsRoot(), 'latest'))
  if (report.error && !report.interrupted) return report.error.message
  return spelled(lastLine(report, {paint: text => text, runPath}))
}

function toneOf(report: Report): 'good' | 'bad' | 'warn' {
  return report.result === 'pass' ? 'good' : report.result === 'fail' ? 'bad' : 'warn'
}

/** `2026-11-24T12:40:58.263Z INFO …` with the time of this machine's clock on the wall. */
function logText(text: string): string {
  const line = oneLine(text)
  const iso = /^\[?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)\]?/.exec(line)
  return iso ? clockTime(Date.parse(iso[1])) + line.slice(iso[0].length) : line
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size
  } catch {
    return 0
  }
}

interface ChildOptions {
  cluster: string
  onLine?: (text: string) => void
  /** Ends when our end of its standard input closes: with this process, however that ends. */
  held?: boolean
}

/** chronik as a child; nothing that it prints reaches the terminal by itself. */
function child(words: readonly string[], o: ChildOptions): Running & {pid: number | undefined} {
  const program = join(packageRoot(), 'bin', 'run.js')
  const process_ = spawn(process.execPath, [program, ...words], {
    stdio: [o.held ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    env: {...process.env, CHRONIK_CLUSTER: o.cluster, NO_COLOR: '1'},
  })
  process_.stdin?.on('error', () => undefined)
  let last = ''
  const done = new Promise<{ok: boolean; last: string}>((resolve, reject) => {
    for (const stream of [process_.stdout, process_.stderr]) {
      if (!stream) continue
      createInterface({input: stream}).on('line', line => {
        if (line.trim() !== '') last = line
        o.onLine?.(line)
      })
    }
    process_.once('error', reject)
    process_.once('close', code => resolve({ok: code === 0, last: last || (code === 0 ? 'done' : `exit ${code}`)}))
  })
  return {
    pid: process_.pid,
    done,
    end: () => {
      if (o.held) process_.stdin?.end()
      else process_.kill('SIGTERM')
    },
  }
}
