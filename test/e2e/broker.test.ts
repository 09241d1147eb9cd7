import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {Kafka, logLevel} from 'kafkajs'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {Nodes, until} from '../helpers/nodes.ts'

describe('three node programs', {timeout: 60_000}, () => {
  let nodes: Nodes
  let kafka: Kafka

  beforeAll(async () => {
    nodes = await Nodes.create({
      settings: {'segment.bytes': 64 * 1024, 'snapshot.interval.entries': 5, 'log.retention.check.interval.ms': 200},
    })
    await nodes.startAll()
    await nodes.leader()
    kafka = new Kafka({
      brokers: nodes.bootstrap,
      logLevel: logLevel.NOTHING,
      retry: {initialRetryTime: 30, retries: 20},
    })
  }, 30_000)

  afterAll(() => nodes.remove())

  it('a topic created through one node is in the metadata of all', async () => {
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({topics: [{topic: 'orders', numPartitions: 3}], waitForLeaders: true})
    await admin.disconnect()
    for (const node of [1, 2, 3])
      await until(async () => ((await nodes.state(node)).topics[0]?.name === 'orders' ? true : undefined), {
        what: `orders on n${node}`,
        withinMs: 5_000,
      })
  })

  it('kafkajs writes idempotently and a group reads everything back in order, through the death of a leader', async () => {
    const producer = kafka.producer({idempotent: true, maxInFlightRequests: 1})
    await producer.connect()
    const send = async (from: number, to: number): Promise<void> => {
      for (let n = from; n < to; n++)
        await producer.send({topic: 'orders', acks: -1, messages: [{partition: 0, value: `v${n}`}]})
    }
    await send(0, 50)
    const victim = await nodes.leader('orders/0')
    const before = (await nodes.group(victim, 'orders/0'))?.term ?? 0
    await nodes.end(victim, 'SIGKILL')
    await send(50, 100)
    const next = await nodes.leader('orders/0')
    expect(next).not.toBe(victim)
    expect((await nodes.group(next, 'orders/0'))?.term).toBeGreaterThan(before)
    await producer.disconnect()
    await nodes.start(victim)
    await until(
      async () => {
        const [mine, theirs] = [await nodes.group(victim, 'orders/0'), await nodes.group(next, 'orders/0')]
        return mine && theirs && mine.applied === theirs.applied && mine.stateHash === theirs.stateHash
          ? true
          : undefined
      },
      {what: 'the killed node has caught up', withinMs: 10_000},
    )
    const consumer = kafka.consumer({groupId: 'readers'})
    await consumer.connect()
    await consumer.subscribe({topic: 'orders', fromBeginning: true})
    const read: string[] = []
    await new Promise<void>((done, failed) => {
      const timer = setTimeout(() => failed(new Error(`${read.length} of 100 were read`)), 30_000)
      void consumer.run({
        eachMessage: async ({message}) => {
          read.push(String(message.value))
          if (read.length < 100) return
          clearTimeout(timer)
          done()
        },
      })
    })
    expect(read).toEqual(Array.from({length: 100}, (_, n) => `v${n}`))
    await consumer.disconnect()
  })

  it('all killed at once: each recovers what it had, and what was acknowledged is there', async () => {
    const states = await Promise.all([1, 2, 3].map(n => nodes.state(n)))
    await Promise.all([1, 2, 3].map(n => nodes.end(n, 'SIGKILL')))
    await nodes.startAll()
    await nodes.leader()
    const leader = await nodes.leader('orders/0')
    for (const node of [1, 2, 3]) {
      const before = states[node - 1].groups.find(g => g.group === '__raft_metadata/0')
      const found = (await nodes.group(node))?.recovery
      expect(found?.term).toBe(before?.term)
      expect(found?.lastIndex).toBeGreaterThanOrEqual(before?.synced ?? 0)
      expect(found?.snapshotIndex).toBeGreaterThan(0)
    }
    const state = await until(
      async () => (await nodes.state(leader)).partitions.find(p => p.topic === 'orders' && p.highWatermark === 100),
      {what: '100 records in orders/0', withinMs: 5_000},
    )
    expect(state.replicas).toHaveLength(3)
  })

  it('deleted records and records beyond retention.bytes: the log start moves on all replicas, segments go, and stay gone after a restart', async () => {
    const admin = kafka.admin()
    await admin.connect()
    const configEntries = [{name: 'segment.bytes', value: '4096'}]
    await admin.createTopics({
      topics: [
        {topic: 'cut', numPartitions: 1, configEntries},
        {topic: 'kept', numPartitions: 1, configEntries: [...configEntries, {name: 'retention.bytes', value: '9000'}]},
      ],
      waitForLeaders: true,
    })
    const producer = kafka.producer()
    await producer.connect()
    for (let n = 0; n < 30; n++)
      for (const topic of ['cut', 'kept'])
        await producer.send({topic, acks: -1, messages: [{value: Buffer.alloc(1_000, n)}]})
    await producer.disconnect()
    const low = async (topic: string): Promise<number> => Number((await admin.fetchTopicOffsets(topic))[0].low)
    expect(await low('cut')).toBe(0)
    await admin.deleteTopicRecords({topic: 'cut', partitions: [{partition: 0, offset: '20'}]})
    expect(await low('cut')).toBe(20)
    await until(async () => ((await low('kept')) >= 15 ? true : undefined), {what: 'retention.bytes', withinMs: 5_000})
    const kept = await low('kept')
    const firstSegments = () =>
      [1, 2, 3].flatMap(n => ['cut', 'kept'].map(t => join(nodes.config(n).dataDir, 'wal', t, '0', 'wal_0_0.log')))
    await until(async () => (firstSegments().some(existsSync) ? undefined : true), {
      what: 'the first segments are removed',
      withinMs: 5_000,
    })
    await Promise.all([1, 2, 3].map(n => nodes.end(n, 'SIGKILL')))
    await nodes.startAll()
    for (const topic of ['cut', 'kept']) await nodes.leader(`${topic}/0`)
    expect(await low('cut')).toBe(20)
    expect(await low('kept')).toBeGreaterThanOrEqual(kept)
    await admin.disconnect()
    const hashes = async (group: string) =>
      new Set(await Promise.all([1, 2, 3].map(async n => (await nodes.group(n, group))?.stateHash)))
    for (const group of ['cut/0', 'kept/0'])
      await until(async () => ((await hashes(group)).size === 1 ? true : undefined), {
        what: `one state of ${group}`,
        withinMs: 5_000,
      })
    expect((await nodes.group(1, 'cut/0'))?.recovery?.snapshotIndex).toBeGreaterThan(0)
  })

  it('a clean stop hands the leadership over: the next leader was sent by the last one, and no client has to wait for a timeout', async () => {
    const before = await nodes.leader()
    const term = (await nodes.group(before))?.term ?? 0
    expect(await nodes.end(before, 'SIGTERM')).toBe(0)
    expect(nodes.log(before)).toMatch(/handed over [1-9]\d* of \d+ leaderships/)
    const next = await nodes.leader()
    expect((await nodes.group(next))?.term).toBe(term + 1)
    expect(nodes.log(next)).toContain('and starts an election to get leadership')
    await nodes.start(before)
  })

  it('a clean stop ends with exit code 0', async () => {
    expect(await nodes.end(3, 'SIGTERM')).toBe(0)
  })

  it('hardening 7: a data directory of another cluster is refused, with both ids', async () => {
    const other = await Nodes.create({count: 1})
    try {
      const [config] = other.configs
      const wrong = {...config, clusterId: 'f'.repeat(32)}
      other.configs[0] = wrong
      const line = await other.start(1)
      expect(line).toHaveProperty('failed')
      if ('failed' in line) {
        expect(line.failed.message).toContain(config.clusterId)
        expect(line.failed.message).toContain(wrong.clusterId)
      }
    } finally {
      await other.remove()
    }
  })
})
