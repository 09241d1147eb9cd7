import net from 'node:net'
import {Kafka, logLevel} from 'kafkajs'
import {afterEach, describe, expect, it} from 'vitest'
import {KafkaError} from '../../src/formats/kafka/errors.ts'
import {
  type ApiName,
  decodeAnswer,
  framed,
  type RequestOf,
  type ResponseOf,
  requestFrame,
} from '../helpers/kafka-apis.ts'
import {Nodes, until} from '../helpers/nodes.ts'

/** Asks once, over its own connection or one that is given; undefined when the connection ends instead. */
function ask<N extends ApiName>(
  at: number | net.Socket,
  name: N,
  body: RequestOf<N>,
  version: number,
): Promise<ResponseOf<N> | undefined> {
  const socket = typeof at === 'number' ? net.connect(at, '127.0.0.1') : at
  return new Promise(resolve => {
    const pieces: Buffer[] = []
    const end = (answer?: ResponseOf<N>): void => {
      socket.removeAllListeners('data')
      if (typeof at === 'number') socket.destroy()
      void resolve(answer)
    }
    socket.on('error', () => end())
    socket.on('close', () => end())
    socket.on('data', piece => {
      pieces.push(piece)
      const all = Buffer.concat(pieces)
      if (all.length >= 4 && all.length >= 4 + all.readInt32BE(0))
        end(decodeAnswer(name, version, all.subarray(4)).body)
    })
    socket.write(framed(requestFrame(name, version, body)))
  })
}

describe('the Kafka port of real nodes', {timeout: 60_000}, () => {
  let nodes: Nodes | undefined

  afterEach(() => nodes?.remove())

  it('hardening 26, 27: more clients than there are descriptors for: those that are served go on, and so do writes', async () => {
    nodes = await Nodes.create({count: 1, settings: {'segment.bytes': 64 * 1024}})
    nodes.openFilesMax = 560
    await nodes.startAll()
    await nodes.leader()
    const {port} = nodes.config(1).kafka
    const kafka = new Kafka({brokers: nodes.bootstrap, logLevel: logLevel.NOTHING, retry: {retries: 20}})
    const producer = kafka.producer()
    await producer.connect()
    // Enough to need another segment, with the descriptors that it takes.
    const send = () =>
      producer.send({topic: 'busy', messages: Array.from({length: 20}, () => ({value: 'x'.repeat(5_000)}))})
    await send()
    const first = net.connect(port, '127.0.0.1')
    expect(await ask(first, 'ApiVersions', {}, 0)).toBeDefined()
    let refused = 0
    const crowd = Array.from({length: 700}, () => {
      const socket = net.connect(port, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.on('close', () => refused++)
      return socket
    })
    await until(async () => (refused >= 600 ? true : undefined), {what: '600 of 700 refused', withinMs: 20_000})
    expect(await ask(first, 'ApiVersions', {}, 0)).toBeDefined()
    await send()
    for (const [n, socket] of crowd.entries()) {
      if (n % 3 === 0) socket.write(Uint8Array.of(0, 0, 1))
      if (n % 3 === 1) socket.end()
      else socket.resetAndDestroy()
    }
    await until(async () => ask(port, 'ApiVersions', {}, 0), {what: 'a new client is served', withinMs: 10_000})
    await until(async () => ((await nodes?.state(1))?.connections ?? 99) <= 5, {
      what: 'the crowd is gone',
      withinMs: 10_000,
    })
    expect(nodes.log(1)).toContain('560 open files are allowed (ulimit -n)')
    expect(nodes.log(1)).toMatch(/refused: \d+ connections are open/)
    expect(nodes.log(1)).not.toContain('ERROR')
    first.destroy()
    await producer.disconnect()
    expect(await nodes.end(1, 'SIGTERM')).toBe(0)
  })

  it('hardening 19, 26: strangers on a real socket are closed, and the node serves on', async () => {
    nodes = await Nodes.create({count: 1})
    await nodes.startAll()
    await nodes.leader()
    const {port} = nodes.config(1).kafka
    const closed = (bytes: Uint8Array): Promise<true> =>
      new Promise(resolve => {
        const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes))
        socket.on('error', () => undefined)
        socket.on('close', () => resolve(true))
      })
    await closed(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))
    await closed(Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc))
    await closed(new Uint8Array(100).fill(0xff))
    for (const said of ['HTTP on the Kafka port', 'TLS on plaintext port', 'a frame of -1 bytes'])
      expect(nodes.log(1)).toContain(said)
    expect((await ask(port, 'ApiVersions', {}, 0))?.errorCode).toBe(0)
  })

  it('a leader cut off from the quorum says neither what is newest nor what was committed', async () => {
    nodes = await Nodes.create()
    await nodes.startAll()
    await nodes.leader()
    const kafka = new Kafka({
      brokers: nodes.bootstrap,
      logLevel: logLevel.NOTHING,
      retry: {initialRetryTime: 30, retries: 20},
    })
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({topics: [{topic: 't', numPartitions: 1}], waitForLeaders: true})
    const {port: any} = nodes.config(1).kafka
    await until(async () => (await ask(any, 'FindCoordinator', {key: 'g'}, 3))?.errorCode === 0 || undefined, {
      what: 'a coordinator',
      withinMs: 10_000,
    })
    const leader = await nodes.leader('t/0')
    const {port} = nodes.config(leader).kafka
    const newest = async () =>
      (await ask(port, 'ListOffsets', {topics: [{name: 't', partitions: [{partitionIndex: 0, timestamp: -1}]}]}, 7))
        ?.topics[0].partitions[0].errorCode
    // Any of three groups: one of them at least has this node as its coordinator, or none is asked here.
    const groups = ['a', 'b', 'c', 'd', 'e', 'f']
    const offsets = async () =>
      (await ask(port, 'OffsetFetch', {groups: groups.map(groupId => ({groupId, topics: null}))}, 8))?.groups.map(
        g => g.errorCode,
      )
    await until(async () => (await newest()) === 0 || undefined, {what: 'the leader serves', withinMs: 10_000})
    const others = [1, 2, 3].filter(n => n !== leader)
    for (const node of others) nodes.children.get(node)?.kill('SIGSTOP')
    try {
      await until(async () => (await newest()) === KafkaError.NOT_LEADER_OR_FOLLOWER || undefined, {
        what: 'ListOffsets refused',
        withinMs: 10_000,
      })
      await until(async () => (await offsets())?.every(e => e === KafkaError.NOT_COORDINATOR) || undefined, {
        what: 'OffsetFetch refused',
        withinMs: 10_000,
      })
    } finally {
      for (const node of others) nodes.children.get(node)?.kill('SIGCONT')
    }
    await until(async () => nodes?.leader('t/0'), {what: 'a leader again', withinMs: 10_000})
    await admin.disconnect()
  })
})
