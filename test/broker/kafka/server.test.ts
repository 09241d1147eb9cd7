import {beforeEach, describe, expect, it} from 'vitest'
import {SERVER_LIMITS, type ServerLimits} from '../../../src/broker/kafka/limits.ts'
import {type KafkaServer, startKafkaServer} from '../../../src/broker/kafka/server.ts'
import {KafkaError} from '../../../src/formats/kafka/errors.ts'
import {WireReader, WireWriter} from '../../../src/formats/kafka/wire.ts'
import {encodeBatch} from '../../../src/formats/record-batch.ts'
import {FakeBackend} from '../../helpers/fake-backend.ts'
import {settled} from '../../helpers/fake-clock.ts'
import type {FakeConnection} from '../../helpers/fake-network.ts'
import {decodeAnswer, framed, requestFrame} from '../../helpers/kafka-apis.ts'

const ADDRESS = {host: '127.0.0.1', port: 9_092}

function sizeOf(bytes: number): Uint8Array {
  const w = new WireWriter(4)
  w.int32(bytes)
  return w.written()
}

function produce(topic: string, records: Uint8Array, correlationId: number): Uint8Array {
  return framed(
    requestFrame(
      'Produce',
      9,
      {acks: -1, timeoutMs: 1_000_000, topicData: [{name: topic, partitionData: [{index: 0, records}]}]},
      correlationId,
    ),
  )
}

function ping(correlationId = 1): Uint8Array {
  return framed(requestFrame('ApiVersions', 0, {}, correlationId))
}

function correlationIds(client: FakeConnection): number[] {
  return client.answers().map(a => new WireReader(a).int32())
}

describe('the Kafka port', () => {
  let backend: FakeBackend
  let server: KafkaServer

  async function start(limits: Partial<ServerLimits> = {}): Promise<void> {
    backend = new FakeBackend()
    server = await startKafkaServer(backend, ADDRESS, limits)
  }

  beforeEach(() => start())

  /** Whoever behaves is served. */
  async function stillServes(): Promise<void> {
    const client = backend.net.open()
    client.send(ping(99))
    await settled()
    expect(correlationIds(client)).toEqual([99])
    client.breakOff()
  }

  const strange: Array<[what: string, bytes: Uint8Array, said: string]> = [
    ['a negative size', sizeOf(-1), 'a frame of -1 bytes'],
    ['size 0', sizeOf(0), 'a frame of 0 bytes'],
    ['a size too small for a header', sizeOf(7), 'a frame of 7 bytes'],
    ['one byte too much', sizeOf(SERVER_LIMITS.frameBytesMax + 1), 'a frame of 104857601 bytes'],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'HTTP on the Kafka port'],
    ['HTTP/2', Buffer.from('PRI * HTTP/2.0\r\n\r\n'), 'HTTP on the Kafka port'],
    ['a TLS hello', Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc), 'TLS on plaintext port'],
    ['a TLS alert', Uint8Array.of(0x15, 3, 3, 0, 2, 2, 40), 'TLS on plaintext port'],
  ]
  for (const [what, bytes, said] of strange)
    it(`hardening 19: ${what}, closed at once and said`, async () => {
      const client = backend.net.open()
      client.send(bytes)
      expect(client.ended).toBe('reset')
      expect(backend.lines).toEqual([`WARN client ${client.remote} closed: ${said}`])
      expect(server.heldBytes()).toBe(0)
      expect(server.connections()).toBe(0)
      await stillServes()
    })

  it('hardening 19: the largest frame is read, and nothing is allocated for it before it comes', async () => {
    const client = backend.net.open()
    client.send(sizeOf(SERVER_LIMITS.frameBytesMax))
    expect(client.ended).toBeUndefined()
    expect(server.heldBytes()).toBe(SERVER_LIMITS.frameBytesMax)
    client.breakOff()
    expect(server.heldBytes()).toBe(0)
  })

  it('hardening 19: what was asked before the bad frame is still answered', async () => {
    const client = backend.net.open()
    client.send(ping(1), sizeOf(-5))
    await settled()
    expect(correlationIds(client)).toEqual([1])
    expect(client.ended).toBeDefined()
  })

  it('hardening 24: an unknown API or version, UNSUPPORTED_VERSION behind the answers before, then the end', async () => {
    for (const [key, version] of [
      [999, 0],
      [3, 99],
      [0, 0],
      [-1, -1],
    ]) {
      const client = backend.net.open()
      const w = new WireWriter(16)
      w.int16(key)
      w.int16(version)
      w.int32(5)
      w.int16(-1)
      client.send(ping(1), framed(w.written()))
      await settled()
      expect(correlationIds(client)).toEqual([1, 5])
      const answer = new WireReader(client.answers()[1], 4)
      expect([answer.int16(), answer.left]).toEqual([KafkaError.UNSUPPORTED_VERSION, 0])
      expect(client.ended).toBe('close')
      expect(backend.lines.at(-1)).toContain(`UNSUPPORTED_VERSION: API`)
      expect(backend.lines.at(-1)).toContain(`${key} version ${version}`)
    }
    await stillServes()
  })

  it('hardening 24: ApiVersions of any version is answered with version 0 and code 35 (KIP-511), the connection kept', async () => {
    for (const version of [6, 99, -1, 32_767]) {
      const client = backend.net.open()
      const w = new WireWriter(16)
      w.int16(18)
      w.int16(version)
      w.int32(5)
      w.raw(Uint8Array.of(0xff, 0xff, 0x80, 0x80))
      client.send(framed(w.written()))
      await settled()
      const {body, correlationId, left} = decodeAnswer('ApiVersions', 0, client.answers()[0])
      expect({correlationId, left, error: body.errorCode}).toEqual({
        correlationId: 5,
        left: 0,
        error: KafkaError.UNSUPPORTED_VERSION,
      })
      expect(body.apiKeys.find(k => k.apiKey === 18)).toMatchObject({minVersion: 0, maxVersion: 5})
      client.send(ping(6))
      await settled()
      expect(correlationIds(client)).toEqual([5, 6])
    }
  })

  it('hardening 25: a frame that comes byte by byte is not waited for beyond its time', async () => {
    const client = backend.net.open()
    const bytes = ping()
    for (let n = 0; n < 29; n++) {
      client.send(bytes.subarray(0, 1))
      await backend.clock.advance(1_000)
    }
    client.send(bytes.subarray(0, 1))
    expect(client.ended).toBeDefined()
    expect(server.connections()).toBe(0)
    await stillServes()
  })

  it('hardening 25: half a frame, closed after 30 s and said; a whole one in time is answered', async () => {
    const slow = backend.net.open()
    const good = backend.net.open()
    const bytes = ping()
    slow.send(bytes.subarray(0, 6))
    good.send(bytes.subarray(0, 2))
    await backend.clock.advance(29_999)
    expect([slow.ended, good.ended]).toEqual([undefined, undefined])
    good.send(bytes.subarray(2))
    await backend.clock.advance(1)
    expect([slow.ended, good.ended]).toEqual(['reset', undefined])
    expect(backend.lines).toEqual([`WARN client ${slow.remote} closed: a frame that was never finished`])
    expect(correlationIds(good)).toEqual([1])
  })

  it('hardening 25: a client that says nothing for ten minutes is let go, one that speaks is not', async () => {
    const silent = backend.net.open()
    const alive = backend.net.open()
    for (let minute = 0; minute < 10; minute++) {
      await backend.clock.advance(60_000)
      alive.send(ping(minute))
    }
    await backend.clock.advance(1)
    expect([silent.ended, alive.ended]).toEqual(['reset', undefined])
    expect(server.connections()).toBe(1)
  })

  it('hardening 25: answers that nobody reads stop the reading, then close the connection', async () => {
    await start({unreadPauseBytes: 1_000})
    const client = backend.net.open()
    client.reading = false
    for (let n = 0; n < 100; n++) {
      client.send(ping(n))
      await settled()
    }
    expect(client.paused).toBe(true)
    expect(client.bufferedBytes()).toBeLessThan(2_000)
    // As long as something of it is taken it stays.
    await backend.clock.advance(29_000)
    client.take(10)
    await backend.clock.advance(2_000)
    expect(client.ended).toBeUndefined()
    await backend.clock.advance(61_000)
    expect(client.ended).toBe('reset')
    expect(backend.lines).toEqual([`WARN client ${client.remote} closed: its answers are not read`])
    expect(server.heldBytes()).toBe(0)
  })

  it('hardening 25: a reader that comes back gets every answer in order', async () => {
    await start({unreadPauseBytes: 1_000})
    const client = backend.net.open()
    client.reading = false
    for (let n = 0; n < 50; n++) {
      client.send(ping(n))
      await settled()
    }
    expect(client.paused).toBe(true)
    client.reading = true
    client.take()
    await settled()
    expect(correlationIds(client)).toEqual(Array.from({length: 50}, (_, n) => n))
    expect(server.heldBytes()).toBe(0)
  })

  it('hardening 25: more unsent answers than one connection may have, closed', async () => {
    await start({unreadBytesMax: 2_000, unreadPauseBytes: 2_000})
    backend.topic('t')
    const client = backend.net.open()
    client.reading = false
    client.send(
      framed(requestFrame('Metadata', 1, {topics: Array.from({length: 200}, (_, n) => ({name: `no-${n}!`}))})),
    )
    await settled()
    expect(client.ended).toBe('reset')
    expect(server.heldBytes()).toBe(0)
  })

  it('hardening 25: connections beyond the cap, and beyond the cap of one address, are refused; the others go on', async () => {
    await start({connectionsMax: 5, connectionsPerAddressMax: 3})
    const first = Array.from({length: 4}, () => backend.net.open(9_092, '10.0.0.1'))
    expect(first.map(c => c.ended)).toEqual([undefined, undefined, undefined, 'reset'])
    const second = Array.from({length: 3}, () => backend.net.open(9_092, '10.0.0.2'))
    expect(second.map(c => c.ended)).toEqual([undefined, undefined, 'reset'])
    expect(backend.lines.map(l => l.replace(/:\d+ /, ' '))).toEqual([
      'WARN client 10.0.0.1 refused: 3 connections of its address are open',
      'WARN client 10.0.0.2 refused: 5 connections are open',
    ])
    first[0].breakOff()
    const again = backend.net.open(9_092, '10.0.0.1')
    again.send(ping(3))
    await settled()
    expect(correlationIds(again)).toEqual([3])
  })

  it('hardening 25: a flood of bad clients does not flood the log', async () => {
    for (let n = 0; n < 1_000; n++) backend.net.open().send(sizeOf(-1))
    expect(backend.lines).toHaveLength(20)
    await backend.clock.advance(10_001)
    backend.net.open().send(sizeOf(-1))
    expect(backend.lines[20]).toBe('WARN 980 more lines about clients were left out')
  })

  it('hardening 26: the other side ends its half, everything that it asked for is answered, then the connection ends', async () => {
    backend.topic('t')
    backend.replica('t').hold = true
    const client = backend.net.open()
    client.send(produce('t', encodeBatch({records: [{timestamp: 1}]}), 1), ping(2))
    client.endHalf()
    await settled()
    expect(client.ended).toBeUndefined()
    backend.replica('t').release()
    await settled()
    expect(correlationIds(client)).toEqual([1, 2])
    expect(client.ended).toBe('close')
    client.breakOff()
    expect(server.connections()).toBe(0)
  })

  it('hardening 26: a half-closed connection that never ends its other half does not stay', async () => {
    const client = backend.net.open()
    client.endHalf()
    expect(client.ended).toBe('close')
    await backend.clock.advance(30_000)
    expect(client.ended).toBe('reset')
    expect(server.connections()).toBe(0)
  })

  it('hardening 26: reset in the middle of a frame, or while a request is worked on, leaves nothing behind', async () => {
    backend.topic('t')
    backend.replica('t').hold = true
    const before = backend.clock.timers
    const half = backend.net.open()
    half.send(ping().subarray(0, 9))
    const busy = backend.net.open()
    busy.send(produce('t', encodeBatch({records: [{timestamp: 1}]}), 1))
    await settled()
    expect(server.heldBytes()).toBeGreaterThan(0)
    half.breakOff()
    busy.breakOff('EPIPE')
    backend.replica('t').release()
    await settled()
    expect(server.connections()).toBe(0)
    expect(server.heldBytes()).toBe(0)
    expect(backend.clock.timers).toBe(before)
    expect(backend.replica('t').highWatermark).toBe(1)
    await stillServes()
  })

  it('hardening 26: ten thousand connections that come and go leave nothing behind', async () => {
    const before = backend.clock.timers
    for (let n = 0; n < 10_000; n++) {
      const client = backend.net.open()
      if (n % 2 === 0) client.send(ping(n))
      client.breakOff()
    }
    await settled()
    expect(server.connections()).toBe(0)
    expect(server.heldBytes()).toBe(0)
    expect(backend.clock.timers).toBe(before)
  })

  it('hardening 28: large requests wait in their sockets when the budget is used up; small ones are served', async () => {
    await start({heldBytesMax: 400_000})
    backend.topic('t')
    backend.replica('t').hold = true
    const records = encodeBatch({records: [{timestamp: 1, value: new Uint8Array(120_000)}]})
    const clients = Array.from({length: 20}, (_, n) => {
      const client = backend.net.open()
      const bytes = produce('t', records, n)
      for (let at = 0; at < bytes.length; at += 16_384) client.send(bytes.slice(at, at + 16_384))
      return client
    })
    await settled()
    expect(server.heldBytes()).toBeLessThanOrEqual(400_000 * 0.75 + 120_200)
    expect(clients.filter(c => c.paused).length).toBe(17)
    await stillServes()
    for (let n = 0; n < 20; n++) {
      backend.replica('t').release()
      await settled()
    }
    expect(clients.map(c => correlationIds(c)[0])).toEqual(Array.from({length: 20}, (_, n) => n))
    expect(backend.replica('t').highWatermark).toBe(20)
    expect(server.heldBytes()).toBe(0)
  })

  it('hardening 28: the time that a frame may take does not run while the server is the one that waits', async () => {
    await start({heldBytesMax: 400_000})
    backend.topic('t')
    backend.replica('t').hold = true
    const records = encodeBatch({records: [{timestamp: 1, value: new Uint8Array(310_000)}]})
    const first = backend.net.open()
    first.send(produce('t', records, 1))
    const second = backend.net.open()
    const bytes = produce('t', records, 2)
    second.send(bytes.subarray(0, 2))
    second.send(bytes.subarray(2, 100))
    second.send(bytes.subarray(100))
    await backend.clock.advance(60_000)
    expect([second.paused, second.ended]).toEqual([true, undefined])
    backend.replica('t').hold = false
    backend.replica('t').release()
    await settled()
    expect([correlationIds(first), correlationIds(second)]).toEqual([[1], [2]])
  })

  it('hardening 28: one connection has at most 64 requests at work; the rest waits in its socket, in order', async () => {
    backend.topic('t')
    backend.replica('t').hold = true
    const client = backend.net.open()
    const records = encodeBatch({records: [{timestamp: 1}]})
    for (let n = 0; n < 200; n++) client.send(produce('t', records.slice(), n))
    await settled()
    expect(backend.replica('t').acks).toHaveLength(64)
    expect(client.paused).toBe(true)
    backend.replica('t').hold = false
    backend.replica('t').release()
    await settled()
    await settled()
    expect(correlationIds(client)).toEqual(Array.from({length: 200}, (_, n) => n))
  })

  it('answers come in the order of the requests, whatever is ready first', async () => {
    backend.topic('t')
    backend.replica('t').hold = true
    const client = backend.net.open()
    client.send(ping(1), produce('t', encodeBatch({records: [{timestamp: 1}]}), 2), ping(3))
    await settled()
    expect(correlationIds(client)).toEqual([1])
    backend.replica('t').release()
    await settled()
    expect(correlationIds(client)).toEqual([1, 2, 3])
  })

  it('frames are put together from pieces of any size', async () => {
    const bytes = [...ping(1), ...ping(2), ...ping(3)]
    for (const step of [1, 2, 3, 5, 7, 11, 13, 50]) {
      const client = backend.net.open()
      for (let at = 0; at < bytes.length; at += step) client.send(Uint8Array.from(bytes.slice(at, at + step)))
      await settled()
      expect(correlationIds(client)).toEqual([1, 2, 3])
    }
  })

  it('hardening 27: connections cannot be accepted, said in the log and gone on with', async () => {
    for (let n = 0; n < 100; n++) backend.net.trouble?.(Object.assign(new Error('accept EMFILE'), {code: 'EMFILE'}))
    expect(backend.lines[0]).toBe('WARN new connections wait: accept EMFILE')
    expect(backend.lines.length).toBeLessThanOrEqual(20)
    await stillServes()
  })
})
