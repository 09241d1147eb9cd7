import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, it} from 'vitest'
import type {AttachedOptions} from '../../src/contracts/attached.ts'
import {commandFor, isHost, parseExec, runCommand} from '../../src/engines/attached/command.ts'
import {discover} from '../../src/engines/attached/discover.ts'
import {attached} from '../../src/engines/attached/index.ts'
import type {MetadataResponseInit} from '../../src/formats/kafka/generated/metadata-response.ts'
import {attachedConfigs, attachedSpec} from '../../src/supervisor/attached.ts'
import {fakeBroker} from '../helpers/fake-broker.ts'
import {until} from '../helpers/nodes.ts'

const dir = mkdtempSync(join(tmpdir(), 'chronik-attached-'))
afterAll(() => rmSync(dir, {recursive: true, force: true}))

/** What a broker may say of itself, and a shell must never take for more than a name. */
const HOSTILE = [
  'k1; touch /tmp/pwned',
  'k1$(id)',
  'k1`id`',
  "k1' 'x",
  'k1"x',
  'k1|x',
  'k1&x',
  'k1\nx',
  'k1 x',
  'k1>x',
  '-oProxyCommand=x',
  '--help',
  '$HOME',
  '~root',
  '{host}',
  '',
  '.',
  '../x',
  'k1\u202e',
  'k'.repeat(254),
]

describe('commands for nodes that the lab did not start', () => {
  it('a name that a broker told is a name of a host, or is refused', () => {
    for (const name of ['k1', 'kafka-0.kafka.svc.cluster.local', '10.0.0.7', 'fe80::1', '::1', 'my_host'])
      expect(isHost(name), name).toBe(true)
    for (const name of HOSTILE) {
      expect(isHost(name), name).toBe(false)
      expect(() => commandFor('ssh {host} x', {node: 1, host: name, port: 9092}), name).toThrow(/no name of a host/)
    }
  })

  it('places are filled, variables and braces of the shell stay', () => {
    const target = {node: 2, host: 'k2', port: 9_093, dir: "/tmp/it's here"}
    expect(commandFor(`ssh {host} 'kill {node}'; echo $${'{node}'} {a,b} {x} {port}`, target)).toBe(
      `ssh k2 'kill 2'; echo $${'{node}'} {a,b} {x} 9093`,
    )
    expect(commandFor('scp {host}:data {dir}', target)).toBe("scp k2:data '/tmp/it'\\''s here'")
  })

  it('a command that cannot tell one node from another, or has a verb that is none, is refused', () => {
    expect(parseExec("kill=ssh {host} 'pkill java'", 3)).toEqual(['kill', "ssh {host} 'pkill java'"])
    expect(parseExec('kill=./kill-it', 1)).toEqual(['kill', './kill-it'])
    expect(() => parseExec('kill=./kill-it', 3)).toThrow(/which node\?/)
    expect(() => parseExec('kil=x {node}', 3)).toThrow(/verbs are kill, stop, start/)
    expect(() => parseExec('kill', 3)).toThrow(/VERB='CMD'/)
    expect(() => parseExec('fetch=scp {host}:data .', 3)).toThrow(/\{dir\}/)
    expect(() => parseExec('kill=rm -r {dir} {node}', 3)).toThrow(/for fetch alone/)
  })

  it('how it ended is told: exit code, both streams, a program that is not there', async () => {
    const o = {cwd: dir, withinMs: 20_000}
    expect(await runCommand('echo out; echo err >&2; exit 3', o)).toMatchObject({code: 3, output: 'out\nerr\n'})
    expect(await runCommand('no-such-program-anywhere', o)).toMatchObject({code: 127})
    expect(await runCommand('kill -9 $$', o)).toMatchObject({code: undefined, why: 'it ended by SIGKILL'})
    expect(await runCommand('true', {...o, cwd: join(dir, 'nowhere')})).toMatchObject({code: undefined})
  })

  it('one that takes too long goes with all that it started; one that leaves a program behind does not wait for it', async () => {
    const file = join(dir, 'pid')
    const late = await runCommand(`sleep 600 & echo $! > ${file}; wait`, {cwd: dir, withinMs: 300})
    expect(late).toMatchObject({code: undefined, why: 'it did not end within 0.3 s'})
    const pid = Number(readFileSync(file, 'utf8'))
    const deadline = Date.now() + 10_000
    while (alive(pid) && Date.now() < deadline) await new Promise(resolve => setTimeout(resolve, 10))
    expect(alive(pid)).toBe(false)
    const left = await runCommand(`sleep 600 & echo $! > ${file}`, {cwd: dir, withinMs: 30_000})
    expect(left.code).toBe(0)
    process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL')
  })
})

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // A zombie waits for whoever inherits it.
    return existsSync(`/proc/${pid}/stat`) ? !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')) : true
  } catch {
    return false
  }
}

describe('what the brokers of a cluster say of it', () => {
  const asked = async (brokers: MetadataResponseInit['brokers'], apis = [3, 18, 55], clusterId = 'x') => {
    const broker = await fakeBroker({Metadata: () => ({brokers, clusterId})}, apis)
    try {
      return await discover([broker.at], 5_000)
    } finally {
      broker.close()
    }
  }

  it('nodes in order, and whose rules hold', async () => {
    const brokers = [
      {nodeId: 2, host: 'k2', port: 9_092},
      {nodeId: 1, host: 'k1', port: 9_092},
    ]
    expect(await asked(brokers)).toEqual({
      nodes: [
        {node: 1, host: 'k1', port: 9_092},
        {node: 2, host: 'k2', port: 9_092},
      ],
    })
    expect((await asked(brokers, [3, 18, 55, 64])).runs).toBe('kafka')
    expect((await asked(brokers, [3, 18, 55], '0'.repeat(32))).runs).toBe('embedded')
    expect((await asked(brokers, [3, 18, 64])).runs).toBeUndefined()
  })

  it('where there is a broker 0, nodes are numbered one above: 0 is nobody', async () => {
    const brokers = [0, 1].map(nodeId => ({nodeId, host: 'k', port: 9_092 + nodeId}))
    expect(await asked(brokers)).toEqual({
      shift: 1,
      nodes: [
        {node: 1, host: 'k', port: 9_092},
        {node: 2, host: 'k', port: 9_093},
      ],
    })
  })

  it('a broker with a hostile name, a number or a port that cannot be is refused in words', async () => {
    for (const host of HOSTILE)
      await expect(asked([{nodeId: 1, host, port: 9_092}]), host).rejects.toThrow(/no name of a host/)
    await expect(asked([{nodeId: -2, host: 'k', port: 9_092}])).rejects.toThrow(/Broker -2 has a number/)
    await expect(asked([{nodeId: 1, host: 'k', port: -1}])).rejects.toThrow(/its port is -1/)
    await expect(asked([])).rejects.toThrow(/knows of no broker/)
  })

  it('the next address is asked when one is silent; when all are, each is told', async () => {
    const broker = await fakeBroker({Metadata: () => ({brokers: [{nodeId: 1, host: 'k', port: 1}]})})
    const dead = await fakeBroker({})
    dead.close()
    expect((await discover([dead.at, broker.at], 5_000)).nodes).toHaveLength(1)
    broker.close()
    await expect(discover([dead.at], 5_000)).rejects.toThrow(/No broker answers: 127\.0\.0\.1:\d+ .*ECONNREFUSED/)
  })
})

describe('a node that is watched over the Kafka protocol', () => {
  const WITHIN_MS = 20_000
  /** The first node of a cluster as it was told to the lab, attended. */
  function attend(told: AttachedOptions) {
    const [config] = attachedConfigs(dir, attachedSpec('x', told), told)
    const cluster = {dir, options: {attached: told}}
    const life = {pid: 0, logFile: '', logFrom: 0, took: () => undefined, changed: () => undefined}
    return {attendance: attached.attend(config, life, cluster), config, cluster}
  }
  const later = <T>(ms: number, answer: T): Promise<T> => new Promise(resolve => setTimeout(() => resolve(answer), ms))

  it('one that is slow to tell of its quorum, or of anything, is not gone; what it tells late counts', async () => {
    const voters = [{replicaId: 1, logEndOffset: 8}]
    const partitions = [{leaderId: 1, leaderEpoch: 4, highWatermark: 7, currentVoters: voters}]
    const broker = await fakeBroker({
      Metadata: ({host, port}) => later(1_200, {brokers: [{nodeId: 1, host, port}], clusterId: 'x'}),
      DescribeQuorum: () => later(1_600, {topics: [{topicName: '__cluster_metadata', partitions}]}),
    })
    const told = {runs: 'kafka' as const, nodes: [{node: 1, ...broker.at}], exec: {}, cwd: dir}
    const {attendance} = attend(told)
    let gone: string | undefined
    void attendance.gone.then(why => {
      gone = why
    })
    try {
      expect(await attendance.ready).toMatchObject({ready: {kafkaPort: broker.at.port}})
      await attendance.watch()
      const quorum = await until(async () => (await attendance.ask(WITHIN_MS))?.groups[0], {
        what: 'what it tells of its quorum',
        withinMs: WITHIN_MS,
      })
      expect(quorum).toMatchObject({role: 'leader', leader: 1, term: 4, commit: 6, serving: true})
      expect(gone).toBeUndefined()
      expect(await attendance.ask(100)).toBeUndefined()
    } finally {
      attendance.close()
      broker.close()
    }
  }, 60_000)

  it('one that answers at once is not silent because whoever leads the quorum is', async () => {
    const broker = await fakeBroker({
      Metadata: ({host, port}) => ({brokers: [{nodeId: 1, host, port}]}),
      DescribeQuorum: () => new Promise(() => undefined),
    })
    const silent = await fakeBroker({})
    const nodes = [broker, silent].map(({at}, i) => ({node: i + 1, ...at}))
    const told = {runs: 'kafka' as const, nodes, exec: {}, cwd: dir}
    const [config] = attachedConfigs(dir, attachedSpec('x', told), told)
    const life = {pid: 0, logFile: '', logFrom: 0, took: () => undefined, changed: () => undefined}
    const attendance = attached.attend(config, life, {dir, options: {attached: told}})
    try {
      await attendance.ready
      for (let n = 1; n <= 3; n++) {
        expect(await attendance.ask(800), `question ${n}`).toBeDefined()
        await later(100, undefined)
      }
    } finally {
      attendance.close()
      broker.close()
      silent.close()
    }
  })

  it('a broker 0 is n1, whether it leads, follows, holds a partition, or is killed', async () => {
    const voters = [0, 1].map(replicaId => ({replicaId, logEndOffset: 8}))
    const quorum = {leaderId: 0, leaderEpoch: 4, highWatermark: 7, currentVoters: voters}
    const partitions = [{leaderId: 0, leaderEpoch: 2, replicaNodes: [1, 0], isrNodes: [0]}]
    const broker = await fakeBroker({
      Metadata: ({host, port}) => ({brokers: [{nodeId: 0, host, port}], topics: [{name: 't', partitions}]}),
      DescribeQuorum: () => ({topics: [{topicName: '__cluster_metadata', partitions: [quorum]}]}),
    })
    const nodes = [1, 2].map(node => ({node, ...broker.at}))
    const told = {runs: 'kafka' as const, shift: 1 as const, nodes, exec: {kill: 'echo {node}'}, cwd: dir}
    const {attendance, config, cluster} = attend(told)
    try {
      await attendance.ready
      const seen = await attendance.ask(WITHIN_MS)
      expect(seen?.groups[0]).toMatchObject({role: 'leader', leader: 1, voters: [1, 2], match: {1: 7, 2: 7}})
      expect(seen?.partitions[0]).toMatchObject({leader: 1, replicas: [2, 1], isr: [1]})
      expect(await attached.order('kill', config, cluster, {})).toMatchObject({code: 0, output: '0\n'})
    } finally {
      attendance.close()
      broker.close()
    }
  })
})
