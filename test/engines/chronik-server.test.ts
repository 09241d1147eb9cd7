import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import {DEFAULT_SETTINGS, type NodeConfig} from '../../src/contracts/node-config.ts'
import {configFile, flagArgs, generationIn} from '../../src/engines/chronik-server/command-line.ts'
import {chronikServer} from '../../src/engines/chronik-server/index.ts'
import {readRecovery} from '../../src/engines/log-phrases.ts'
import {freePorts, newSpec} from '../../src/supervisor/plan.ts'
import {ProcessHandle} from '../../src/supervisor/process-handle.ts'
import {ProcessList} from '../../src/supervisor/process-list.ts'
import {projectRoot} from '../helpers/chronik.ts'
import {until} from '../helpers/nodes.ts'

const fake = join(projectRoot, 'test/engines/fake-chronik-server.mjs')
const recovered = join(projectRoot, 'test/fixtures/chronik-server/after/node2/recovery.log')
let dir: string
let handle: ProcessHandle | undefined

beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'chronik-server-')))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  if (handle?.running) {
    handle.signal('SIGKILL', 'killed', 'the test')
    await handle.exited
  }
  handle = undefined
  rmSync(dir, {recursive: true, force: true})
})

function config(kafka = 39_112): NodeConfig {
  const at = (port: number) => ({host: '127.0.0.1', port})
  return {
    formatVersion: 1,
    clusterId: '0'.repeat(32),
    clusterName: 'c',
    node: 2,
    dataDir: join(dir, 'node2'),
    kafka: at(kafka),
    raft: at(kafka + 1),
    secret: '',
    controlPath: '',
    peers: [
      {node: 1, raft: at(39_093), kafka: at(39_092)},
      {node: 3, raft: at(39_133), kafka: at(39_132)},
    ],
    voters: [1, 2, 3],
    exitOnStdinEnd: true,
    settings: DEFAULT_SETTINGS,
  }
}

describe('chronik-server: both generations of its command line', () => {
  it('are told apart by the commands that --help lists', () => {
    expect(generationIn('Commands:\n  raft-cluster  Several nodes\n  help          Print\n')).toBe('raft-cluster')
    expect(generationIn('Commands:\n  start    Start the server\n  version\n')).toBe('start')
    expect(generationIn('Options:\n  --restart  again\n  a program that can start things')).toMatch(/lists neither/)
  })

  it('2.5.0 is told everything in flags; peers are the other nodes', () => {
    expect(flagArgs(config()).join(' ')).toBe(
      `--bind-addr 127.0.0.1 --kafka-port 39112 --admin-port 39114 --metrics-port 39115 --advertised-addr 127.0.0.1 --node-id 2 --data-dir ${dir}/node2/data raft-cluster --raft-addr 127.0.0.1:39113 --peers 1@127.0.0.1:39093,3@127.0.0.1:39133 --bootstrap`,
    )
  })

  it('a newer one reads a file; its peers are all nodes', () => {
    expect(configFile(config())).toBe(`enabled = true
node_id = 2
data_dir = ${JSON.stringify(`${dir}/node2/data`)}
replication_factor = 3
min_insync_replicas = 2

[bind]
kafka = "127.0.0.1:39112"
wal = "127.0.0.1:39122"
raft = "127.0.0.1:39113"

[advertise]
kafka = "127.0.0.1:39112"
wal = "127.0.0.1:39122"
raft = "127.0.0.1:39113"

[[peers]]
id = 1
kafka = "127.0.0.1:39092"
wal = "127.0.0.1:39102"
raft = "127.0.0.1:39093"

[[peers]]
id = 2
kafka = "127.0.0.1:39112"
wal = "127.0.0.1:39122"
raft = "127.0.0.1:39113"

[[peers]]
id = 3
kafka = "127.0.0.1:39132"
wal = "127.0.0.1:39142"
raft = "127.0.0.1:39133"
`)
  })

  it('without a program, and with one that is none: said with what is missing', async () => {
    expect(await chronikServer.availability({})).toMatchObject({
      available: false,
      missing: /--binary PATH or CHRONIK_SERVER/,
    })
    expect(await chronikServer.availability({binary: join(dir, 'none')})).toMatchObject({missing: /is no file/})
    const other = join(dir, 'other')
    writeFileSync(other, '#!/bin/sh\necho "usage: other"\n', {mode: 0o700})
    expect(await chronikServer.availability({binary: other})).toMatchObject({missing: /lists neither/})
    chmodSync(fake, 0o755)
    expect(await chronikServer.availability({binary: fake})).toMatchObject({available: true, found: /raft-cluster/})
  })

  it('its nodes lie 20 ports apart: each takes ten more', async () => {
    const {spec} = await newSpec({name: 'c', engine: 'chronik-server', newPorts: true})
    expect(spec.nodes[1].kafkaPort - spec.nodes[0].kafkaPort).toBe(20)
  })
})

describe('chronik-server: one life of a node', () => {
  it('is ready when its Kafka port answers; what it recovered and its role are those of its log, and are marked so', async () => {
    chmodSync(fake, 0o755)
    copyFileSync(recovered, join(dir, 'recovery.log'))
    mkdirSync(join(dir, 'node2'))
    vi.stubEnv('HOME', dir)
    const [port] = await freePorts(1)
    const changes: string[] = []
    handle = new ProcessHandle(
      dir,
      config(port),
      {engine: chronikServer, cluster: {dir, options: {binary: fake}}},
      new ProcessList(dir),
      {
        changed: () => undefined,
        group: c => changes.push(`${c.role} ${c.term}`),
        starting: async () => undefined,
        ready: async () => undefined,
        ran: () => undefined,
        noticed: () => undefined,
        vanished: () => undefined,
        exited: () => undefined,
        flooded: () => undefined,
      },
    )
    expect('ready' in (await handle.start())).toBe(true)
    await until(async () => (handle?.group('__raft_metadata/0')?.role === 'leader' ? true : undefined), {
      what: 'a leader',
      withinMs: 5_000,
    })
    expect(changes.at(-1)).toBe('leader 2')
    const reading = await handle.ask()
    expect(reading).toMatchObject({source: 'log', live: {groups: [{role: 'leader', term: 2, vote: 1, commit: 0}]}})
    const log = readFileSync(join(dir, 'node2.log'))
    const line = (at: number): string => log.toString('utf8', at, log.indexOf(10, at))
    expect(reading.told?.hardState).toMatchObject({term: 1, vote: 1, commit: 0})
    expect(line(reading.told?.hardState?.at ?? 0)).toMatch(/Recovered HardState: term=1, vote=1, commit=0/)
    expect(reading.told?.entries).toMatchObject({entries: 43, firstIndex: 1, lastIndex: 23})
    expect(reading.told?.leaderships.map(l => line(l.at))).toEqual([expect.stringMatching(/became leader at term 2/)])
    expect(log.toString()).toContain('RUST_LOG=info')
  })

  it('only the last recovery of a log counts, colours or not', () => {
    const plain = readFileSync(recovered, 'utf8')
    const coloured = plain.replace(
      /^(\S+) +INFO ([\w:]+):/gm,
      '\u001b[2m$1\u001b[0m \u001b[32m INFO\u001b[0m \u001b[2m$2\u001b[0m:',
    )
    const told = readRecovery(Buffer.from(`${plain}noise\n${coloured}`), 'n')
    expect(told).toMatchObject({recoveries: 2, hardState: {term: 1, vote: 1, commit: 0}, entries: {entries: 43}})
    expect(told?.began.at).toBe(Buffer.byteLength(plain) + 6)
    expect(readRecovery(Buffer.from('nothing\n'), 'n')).toBeUndefined()
  })
})
