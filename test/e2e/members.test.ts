import {randomBytes} from 'node:crypto'
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterEach, expect, test} from 'vitest'
import type {MembersOrder} from '../../src/contracts/node-control.ts'
import {freePorts} from '../../src/supervisor/plan.ts'
import {Nodes, until} from '../helpers/nodes.ts'

let nodes: Nodes | undefined
afterEach(() => nodes?.remove())

const WITHIN = 20_000

const order = (at: Nodes, node: number, what: MembersOrder): Promise<unknown> => at.ask(node, what)

/** The configuration and the files of one node more, as the lab makes them. */
async function oneMore(at: Nodes): Promise<number> {
  const node = at.configs.length + 1
  const [kafka, raft] = await freePorts(2)
  const host = '127.0.0.1'
  const first = at.configs[0]
  const dataDir = join(at.dir, `node${node}`)
  mkdirSync(dataDir)
  const directoryId = randomBytes(16).toString('hex')
  writeFileSync(
    join(dataDir, 'node.json'),
    JSON.stringify({formatVersion: 1, clusterId: first.clusterId, node, directoryId}),
  )
  const peers = at.configs.map(c => ({node: c.node, raft: c.raft, kafka: c.kafka}))
  at.configs.push({
    ...first,
    node,
    dataDir,
    kafka: {host, port: kafka},
    raft: {host, port: raft},
    controlPath: join(at.dir, `n${node}.sock`),
    peers,
  })
  const all = at.configs.map(c => ({node: c.node, raft: c.raft, kafka: c.kafka}))
  for (const c of at.configs) c.peers = all.filter(p => p.node !== c.node)
  for (const c of at.configs.slice(0, -1)) await order(at, c.node, {call: 'peers', peers: c.peers})
  await at.start(node)
  await order(at, await at.leader(), {call: 'admit', node, directoryId})
  return node
}

async function votersAre(at: Nodes, voters: number[]): Promise<void> {
  await until(
    async () => {
      for (const node of voters) {
        const group = await at.group(node)
        if (group?.voters.join() !== voters.join() || group.votersOutgoing || group.learners) return undefined
      }
      return true
    },
    {what: `voters ${voters.join(' ')}`, withinMs: WITHIN},
  )
}

test('members: a node more learns by snapshot and becomes a voter; then the leader leaves', {
  timeout: 60_000,
}, async () => {
  nodes = await Nodes.create({settings: {'snapshot.interval.entries': 2}})
  await nodes.startAll()
  await nodes.leader()
  const node = await oneMore(nodes)
  await votersAre(nodes, [1, 2, 3, 4])
  const leader = await nodes.leader()
  const others = [1, 2, 3, 4].filter(n => n !== leader)
  const {directoryId} = JSON.parse(readFileSync(join(nodes.dir, `node${leader}`, 'node.json'), 'utf8'))
  const retire = {call: 'retire', node: leader, returns: false, directoryId} as const
  await expect(order(nodes, others[0], {...retire, directoryId: 'of-before'})).rejects.toThrow(/other directory/)
  await order(nodes, others[0], retire)
  await votersAre(nodes, others)
  expect(await nodes.leader()).not.toBe(leader)
  expect(node).toBe(4)
})
