import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import {DEFAULT_SETTINGS, type NodeConfig} from '../../src/contracts/node-config.ts'
import {findKafka} from '../../src/engines/kafka/find.ts'
import {kafka} from '../../src/engines/kafka/index.ts'
import {cutIn, loadedEnd, type Transition, transitionIn} from '../../src/engines/kafka/log.ts'
import {kafkaUuid, serverProperties} from '../../src/engines/kafka/properties.ts'
import {newSpec} from '../../src/supervisor/plan.ts'
import {projectRoot} from '../helpers/chronik.ts'

const logs = join(projectRoot, 'test/fixtures/kafka/logs')
let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'chronik-kafka-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(dir, {recursive: true, force: true})
})

function transitions(file: string): Transition[] {
  const lines = readFileSync(join(logs, file), 'utf8').split('\n')
  return lines.map(transitionIn).filter(t => t !== undefined)
}

function config(change: Partial<NodeConfig> = {}): NodeConfig {
  const at = (port: number) => ({host: '127.0.0.1', port})
  return {
    formatVersion: 1,
    clusterId: '00112233445566778899aabbccddeeff',
    clusterName: 'k',
    node: 2,
    dataDir: join(dir, 'node2'),
    kafka: at(29_112),
    raft: at(29_113),
    secret: '',
    controlPath: '',
    peers: [
      {node: 1, raft: at(29_093), kafka: at(29_092)},
      {node: 3, raft: at(29_133), kafka: at(29_132)},
    ],
    voters: [1, 2, 3],
    exitOnStdinEnd: true,
    settings: DEFAULT_SETTINGS,
    ...change,
  }
}

describe('what a Kafka node says in its log', () => {
  it('a node that becomes leader: role, epoch, and who granted', () => {
    const leads = transitions('n1-first-life.log').filter(t => t.role === 'leader')
    expect(leads.map(t => [t.epoch, t.leader, t.vote])).toEqual([
      [1, 1, 0],
      [3, 1, 0],
    ])
    expect(leads[1].votes?.length).toBeGreaterThanOrEqual(2)
  })

  it('the first change of a life is what it recovered: a leader that was killed has resigned, and says no vote', () => {
    const [first, ...rest] = transitions('n1-second-life.log')
    expect(first).toMatchObject({state: 'ResignedState', first: true, epoch: 3, role: 'follower', leader: 0})
    expect(first.vote).toBeUndefined()
    expect(rest.map(t => t.first)).toEqual([false])
    expect(rest[0]).toMatchObject({role: 'follower', epoch: 5, leader: 2, vote: 0})
  })

  it('a follower that voted says for whom; a candidate votes for itself; the high watermark is its own', () => {
    const all = transitions('n3.log')
    expect(all.find(t => t.state === 'FollowerState' && t.epoch === 3)).toMatchObject({leader: 1, vote: 1})
    expect(all.find(t => t.role === 'candidate')).toMatchObject({vote: 3, leader: 0})
    expect(all.at(-1)).toMatchObject({role: 'follower', epoch: 5, leader: 2, vote: 2, highWatermark: 43})
    expect(all.filter(t => t.role === 'pre-candidate').length).toBeGreaterThan(0)
  })

  it('where its log ends, and what it cut', () => {
    const ends = readFileSync(join(logs, 'n1-second-life.log'), 'utf8').split('\n').map(loadedEnd)
    expect(ends.filter(e => e !== undefined)).toEqual([0, 43])
    expect(
      cutIn(
        'WARN Found invalid messages in log segment /data/__cluster_metadata-0/00000000000000000000.log at byte offset 1234: x',
      ),
    ).toBe('00000000000000000000.log@1234')
    expect(cutIn('all is well')).toBeUndefined()
    expect(transitionIn('[RaftManager id=1] Completed transition to Nonsense')).toBeUndefined()
  })
})

describe('how a Kafka node is prepared', () => {
  it('its properties name every voter at the address that it is told, and what the user set comes last', () => {
    const text = serverProperties(config(), '/d', {'flush.messages': '1', 'num.io.threads': '7'})
    const lines = text.trimEnd().split('\n')
    expect(lines).toContain('controller.quorum.voters=1@127.0.0.1:29093,2@127.0.0.1:29113,3@127.0.0.1:29133')
    expect(lines).toContain('listeners=PLAINTEXT://127.0.0.1:29112,CONTROLLER://127.0.0.1:29113')
    expect(lines).toContain('flush.messages=1')
    expect(lines.filter(l => l.startsWith('num.io.threads='))).toEqual(['num.io.threads=7'])
    // Nearer to 500 ms than this, followers would call an election against an idle leader.
    expect(lines).toContain('controller.quorum.fetch.timeout.ms=1200')
    const calm = serverProperties(config({settings: {...DEFAULT_SETTINGS, timing: 'calm'}}), '/d', {})
    expect(calm).not.toContain('controller.quorum.fetch.timeout.ms')
    expect(serverProperties(config(), '/d', {x: 'a\\b\nlisteners=evil'})).toContain('x=a\\\\b listeners=evil\n')
  })

  it('a new log directory gets its identity; one that has lost it does not get another', () => {
    const node = config()
    mkdirSync(node.dataDir)
    writeFileSync(join(node.dataDir, 'node.json'), JSON.stringify({directoryId: 'ffeeddccbbaa99887766554433221100'}))
    kafka.prepare(node, {dir, options: {}})
    const file = join(node.dataDir, 'data', 'meta.properties')
    expect(readFileSync(file, 'utf8')).toBe(
      `version=1\ncluster.id=${kafkaUuid(node.clusterId)}\nnode.id=2\ndirectory.id=_-7dzLuqmYh3ZlVEMyIRAA\n`,
    )
    rmSync(file)
    kafka.prepare(node, {dir, options: {}})
    expect(() => readFileSync(file)).toThrow(/ENOENT/)
  })

  it('java gets a small heap, the jars and the class archive when there is one; a guard ends it with its supervisor', () => {
    const home = join(dir, 'kafka')
    const java = join(dir, 'jdk', 'bin')
    mkdirSync(join(home, 'libs'), {recursive: true})
    mkdirSync(java, {recursive: true})
    writeFileSync(join(home, 'libs', 'kafka_2.13-4.3.1.jar'), '')
    writeFileSync(join(java, 'java'), '', {mode: 0o700})
    vi.stubEnv('JAVA_HOME', join(dir, 'jdk'))
    vi.stubEnv('XDG_CACHE_HOME', join(dir, 'cache'))
    const launch = kafka.launch(config(), {dir, options: {kafkaHome: home}})
    expect(launch).toMatchObject({command: join(java, 'java'), guarded: true})
    expect(launch.args).toEqual(expect.arrayContaining(['-Xmx256m', join(home, 'libs', '*'), 'kafka.Kafka']))
    expect(launch.args.join(' ')).not.toContain('SharedArchiveFile')
    const {archive, version} = findKafka({kafkaHome: home})
    expect(version).toBe('4.3.1')
    mkdirSync(join(dir, 'cache', 'chronik'), {recursive: true})
    writeFileSync(archive, '')
    expect(kafka.launch(config(), {dir, options: {kafkaHome: home}}).args).toContain(`-XX:SharedArchiveFile=${archive}`)
  })

  it('no Java, and no Kafka: said with what to do, exit 4', async () => {
    vi.stubEnv('JAVA_HOME', '')
    vi.stubEnv('PATH', dir)
    expect(() => findKafka({})).toThrow(expect.objectContaining({code: 'CHRONIK_NO_JAVA', exitCode: 4}))
    writeFileSync(join(dir, 'java'), '', {mode: 0o700})
    expect(() => findKafka({kafkaHome: dir})).toThrow(
      expect.objectContaining({code: 'CHRONIK_NO_KAFKA', next: 'chronik engine install kafka'}),
    )
    expect(await kafka.availability({kafkaHome: dir})).toMatchObject({
      available: false,
      next: 'chronik engine install kafka',
    })
  })

  it('its nodes lie 20 ports apart, each controller beside its broker', async () => {
    const {spec} = await newSpec({name: 'k', engine: 'kafka', newPorts: true})
    const [first, second] = spec.nodes
    expect(spec.engine).toBe('kafka')
    expect(second.kafkaPort - first.kafkaPort).toBe(20)
    expect(spec.nodes.map(n => n.raftPort - n.kafkaPort)).toEqual([1, 1, 1])
  })
})
