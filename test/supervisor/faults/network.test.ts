import {mkdtempSync, realpathSync, rmSync} from 'node:fs'
import net from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {SeededRandom} from '../../../src/base/random.ts'
import {encodeFrame, FrameKind, FrameReader} from '../../../src/broker/peer-frame.ts'
import type {Action} from '../../../src/contracts/action.ts'
import type {LinkView} from '../../../src/contracts/faults.ts'
import {DEFAULT_SETTINGS, type NodeConfig} from '../../../src/contracts/node-config.ts'
import {probeNonce} from '../../../src/contracts/peer-probe.ts'
import type {NodeReading} from '../../../src/contracts/supervisor-protocol.ts'
import {FaultList} from '../../../src/supervisor/faults/list.ts'
import {holdOf, NetworkFaults} from '../../../src/supervisor/faults/network.ts'
import {Journal} from '../../../src/supervisor/journal.ts'
import {Links} from '../../../src/supervisor/links.ts'
import {freePorts, nodeConfigs} from '../../../src/supervisor/plan.ts'
import type {ClusterSpec} from '../../../src/supervisor/spec.ts'

const me = {name: 'test', pid: 1}

let dir: string
let links: Links
let faults: FaultList
let network: NetworkFaults
let journal: Journal
let down: Set<number>
/** What nodes say they have heard of each other: node, whom, how long ago. */
let heard: (node: number) => Record<number, number>
const servers: net.Server[] = []

beforeEach(async () => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'chronik-links-')))
  down = new Set()
  heard = () => ({})
  const ports = await freePorts(6)
  const spec: ClusterSpec = {
    formatVersion: 1,
    name: 'default',
    clusterId: 'c'.repeat(32),
    engine: 'embedded',
    seed: '1',
    secret: 's',
    createdWallMs: 0,
    nodes: [1, 2, 3].map(id => ({id, directoryId: '', kafkaPort: ports[id - 1], raftPort: ports[id + 2]})),
    settings: DEFAULT_SETTINGS,
  }
  const configs = nodeConfigs(dir, spec, dir)
  links = Links.of(configs, new SeededRandom(1)) as Links
  journal = new Journal(dir)
  faults = new FaultList(dir, journal, {expired: () => undefined, changed: () => undefined})
  network = new NetworkFaults({
    links,
    faults,
    nodes: () => [1, 2, 3],
    quietMs: 50,
    proveMs: 300,
    ask: async () => configs.map(c => readingOf(c)),
    answers: node => !down.has(node),
  })
  for (const config of configs) {
    await links.starting(config.node)
    await answering(config)
    await links.up(config.node)
  }
})
afterEach(() => {
  links.close()
  faults.end('the test is over')
  for (const server of servers.splice(0)) server.close()
  rmSync(dir, {recursive: true, force: true})
})

/** As much of a node as answers probes. */
async function answering(config: NodeConfig): Promise<void> {
  const raft = net.createServer(socket => {
    const reader = new FrameReader()
    socket.on('error', () => undefined)
    socket.on('data', bytes => {
      reader.push(bytes, (kind, body) => {
        const nonce = kind === FrameKind.Probe ? probeNonce(config, config.node, body) : undefined
        const answer = {nonce, node: config.node, incarnation: 'i'}
        socket.end(encodeFrame(FrameKind.Probe, Buffer.from(JSON.stringify(answer))))
      })
    })
  })
  const kafka = net.createServer(socket => {
    socket.on('error', () => undefined)
    socket.on('data', bytes => socket.write(Buffer.concat([Buffer.from([0, 0, 0, 4]), bytes.subarray(8, 12)])))
  })
  servers.push(raft, kafka)
  await new Promise<void>(done => raft.listen(config.raft.port, config.raft.host, done))
  await new Promise<void>(done => kafka.listen(config.kafkaListen?.path, done))
}

function readingOf({node}: NodeConfig): NodeReading {
  const live = {heardMs: heard(node)} as NodeReading['live']
  return {node, source: 'control', pushed: false, incarnation: 'i', monotonicMs: performance.now(), wallMs: 0, live}
}

/** `1>2` for each link on which nothing passes. */
async function shut(): Promise<string[]> {
  const views: LinkView[] = await links.probe()
  expect(views).toHaveLength(9)
  return views
    .filter(v => v.seen !== 'passes')
    .map(v => `${v.from === 'clients' ? 'c' : v.from}>${v.to}${v.seen === 'cut' ? '' : v.seen}`)
    .sort()
}

const partition = (more: Omit<Extract<Action, {do: 'partition'}>, 'do'>, chosen: number[] = []) =>
  network.partition({do: 'partition', ...more}, chosen, me)

describe('partitions, on links that are really probed', () => {
  it.each<[string, Omit<Extract<Action, {do: 'partition'}>, 'do'>, number[], string[]]>([
    ['a node from all others', {}, [1], ['1>2', '1>3', '2>1', '3>1']],
    ['what comes to it', {oneWay: 'in'}, [1], ['2>1', '3>1']],
    ['what it sends', {oneWay: 'out'}, [1], ['1>2', '1>3']],
    ['its clients too', {clients: true}, [1], ['1>2', '1>3', '2>1', '3>1', 'c>1']],
    ['what it sends, to clients too', {oneWay: 'out', clients: true}, [1], ['1>2', '1>3', 'c>1']],
    ['two together', {}, [1, 2], ['1>3', '2>3', '3>1', '3>2']],
    ['groups', {groups: [[1, 2], [3]]}, [], ['1>3', '2>3', '3>1', '3>2']],
    ['a group, and the rest is one', {groups: [[2]], clients: true}, [], ['1>2', '2>1', '2>3', '3>2', 'c>1', 'c>3']],
    ['everybody alone', {groups: [[1], [2], [3]]}, [], ['1>2', '1>3', '2>1', '2>3', '3>1', '3>2']],
  ])('%s', async (_what, action, chosen, wanted) => {
    const done = await partition(action, chosen)
    expect(done.lines[1]).toMatch(/^in force: \d links? probed, nothing passes/)
    expect(await shut()).toEqual(wanted)
    const [fault] = faults.all()
    expect(await network.heal(fault, holdOf(fault))).toMatch(/reached again$/)
    expect(await shut()).toEqual([])
    expect(faults.all()).toEqual([])
  })

  it('two partitions: what both hold stays cut until the last is healed', async () => {
    await partition({}, [1])
    await partition({oneWay: 'in'}, [2])
    const [first, second] = faults.all()
    await network.heal(first, holdOf(first))
    expect(await shut()).toEqual(['1>2', '3>2'])
    await network.heal(second, holdOf(second))
    expect(await shut()).toEqual([])
  })

  it('what still hears a node behind the cut is told, and the partition is not seen in force', async () => {
    heard = (node): Record<number, number> => (node === 2 ? {1: 0} : {})
    const done = await partition({}, [1])
    expect(done.lines[1]).toBe('NOT seen in force: n2 hears n1 though the link is cut')
    expect(faults.all()[0].state).toBe('not seen')
    expect(done.did[0].note).toBe('not seen in force')
  })

  it('a node that is dead is cut off all the same, and found so when it comes back', async () => {
    down.add(3)
    links.down(3)
    await partition({}, [3])
    expect(faults.all()[0].state).toBe('in force')
    down.delete(3)
    await links.starting(3)
    await links.up(3)
    expect(await shut()).toEqual(['1>3', '2>3', '3>1', '3>2'])
  })

  it.each<[string, Omit<Extract<Action, {do: 'partition'}>, 'do'>, number[]]>([
    ['No node n4: there are n1 n2 n3.', {groups: [[1, 4], [2]]}, []],
    ['n1 is in two groups.', {groups: [[1], [1, 2]]}, []],
    ['Every node is in one group: there is nobody to be cut off from.', {}, [1, 2, 3]],
    ['--one-way is between two groups: what is not named is one of them.', {groups: [[1], [2], [3]], oneWay: 'in'}, []],
  ])('refused: %s', async (message, action, chosen) => {
    await expect(partition(action, chosen)).rejects.toThrow(message)
    expect(await shut()).toEqual([])
    expect(journal.number).toBe(0)
  })
})

describe('shaped links', () => {
  it('that direction alone is slow, and seen to be', async () => {
    const done = await network.shape({do: 'link', from: 1, to: 2, shape: {latencyMs: 80}}, me)
    expect(done.lines[1]).toMatch(/^in force: a question and its answer took \d+ ms$/)
    const views = await links.probe()
    // How long the others take is this machine's affair.
    expect(views.filter(v => v.faults.length > 0).map(v => `${v.from}>${v.to} ${v.faults}`)).toEqual([
      `1>2 ${faults.all()[0].name}`,
    ])
    expect(views.find(v => v.from === 1 && v.to === 2)?.ms).toBeGreaterThanOrEqual(80)
  })

  it('one that loses everything is cut as far as anybody can see', async () => {
    const [view] = await Promise.all([network.shape({do: 'link', from: 2, to: 3, shape: {lossPercent: 100}}, me)])
    expect(view.lines[1]).toBe('in force: a question was lost')
  })

  it.each([
    ['n1:n1 is no link: it needs two nodes.', 1, 1],
    ['No node n9: there are n1 n2 n3.', 9, 1],
  ])('refused: %s', async (message, from, to) => {
    await expect(network.shape({do: 'link', from, to, shape: {latencyMs: 1}}, me)).rejects.toThrow(message)
  })
})

describe('a cluster without links', () => {
  it('says why there is nothing to cut: its engine cannot, or somebody wanted them direct', async () => {
    const without = (noLinks?: string) =>
      new NetworkFaults({
        links: undefined,
        ...(noLinks === undefined ? {} : {noLinks}),
        faults,
        nodes: () => [1, 2, 3],
        quietMs: 50,
        ask: async () => [],
        answers: () => true,
      }).partition({do: 'partition', who: {nodes: [1]}}, [1], me)
    await expect(without('n/a here: this engine.')).rejects.toMatchObject({
      code: 'CHRONIK_NOT_APPLICABLE',
      message: 'n/a here: this engine.',
      next: undefined,
    })
    await expect(without()).rejects.toMatchObject({message: expect.stringContaining('--set links=direct')})
  })
})
