import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {Kafka, logLevel} from 'kafkajs'
import {describe, expect, it} from 'vitest'
import {readNode} from '../../src/inspect/node.ts'
import {nodeFiles} from '../../src/io/node/read-only-files.ts'
import {Nodes, until} from '../helpers/nodes.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const METADATA = '__raft_metadata/0'

/** Writes, kills all, reads the disks with the second reader, restarts, asks what recovery found. */
async function restartedAll(plant: string | undefined) {
  const nodes = await Nodes.create({program: join(root, 'dist', plant ? 'node-planted.mjs' : 'node.mjs')})
  try {
    const extra = plant ? [plant] : []
    await Promise.all([1, 2, 3].map(n => nodes.start(n, extra)))
    await nodes.leader()
    const kafka = new Kafka({
      brokers: nodes.bootstrap,
      logLevel: logLevel.NOTHING,
      retry: {initialRetryTime: 30, retries: 20},
    })
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({topics: [{topic: 'orders', numPartitions: 1}], waitForLeaders: true})
    const producer = kafka.producer()
    await producer.connect()
    for (let n = 0; n < 30; n++) await producer.send({topic: 'orders', messages: [{value: `v${n}`}]})
    await producer.disconnect()
    await admin.disconnect()
    await Promise.all([1, 2, 3].map(n => nodes.end(n, 'SIGKILL')))
    const disks = [1, 2, 3].map(n => readNode(nodeFiles, nodes.config(n).dataDir))
    const differ: string[] = []
    await Promise.all([1, 2, 3].map(n => nodes.start(n, extra).catch(() => differ.push(`n${n} does not start`))))
    for (const n of nodes.children.keys()) {
      const wanted = disks[n - 1].length
      const live = await until(
        async () => {
          const state = await nodes.state(n)
          return state.groups.length + state.refused.length >= wanted ? state : undefined
        },
        {what: `${wanted} groups on n${n}`, withinMs: 5_000},
      ).catch(() => undefined)
      for (const group of disks[n - 1].filter(
        g => g.group === METADATA || live?.groups.some(l => l.group === g.group),
      )) {
        const found = live?.groups.find(g => g.group === group.group)?.recovery
        const disk = [group.hardState?.term, group.hardState?.vote, group.hardState?.commit, group.lastIndex]
        const told = [found?.term, found?.vote, found?.commit, found?.lastIndex]
        if (String(disk) !== String(told)) differ.push(`n${n} ${group.group}: disk ${disk}, node ${told}`)
      }
    }
    return differ
  } finally {
    await nodes.remove()
  }
}

describe('planted bugs, each node started by its program path', {timeout: 60_000}, () => {
  it('the sound build recovers on every node what the second reader finds', async () => {
    expect(await restartedAll(undefined)).toEqual([])
  })

  it.each([
    'ignore-hardstate',
    'guess-payload-kind',
    'drop-newest-entries',
  ])('%s is seen: disk and node differ', async plant => {
    expect(await restartedAll(plant)).not.toEqual([])
  })
})
