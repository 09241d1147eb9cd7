import {beforeEach, describe, expect, it} from 'vitest'
import {crc32c} from '../../../src/base/crc32c.ts'
import {startKafkaServer} from '../../../src/broker/kafka/server.ts'
import {KafkaError as E} from '../../../src/formats/kafka/errors.ts'
import {encodeBatch, readBatchHeader} from '../../../src/formats/record-batch.ts'
import {FakeBackend} from '../../helpers/fake-backend.ts'
import {settled} from '../../helpers/fake-clock.ts'
import {decodeAnswer, framed, type RequestOf, requestFrame} from '../../helpers/kafka-apis.ts'
import {KafkaClient} from '../../helpers/kafka-client.ts'

/** A batch of `count` records with `bytes` in each value. */
function batch(count = 1, bytes = 10, timestamp = 1_000): Uint8Array {
  return encodeBatch({records: Array.from({length: count}, () => ({timestamp, value: new Uint8Array(bytes)}))})
}

/** A batch that says of itself that it is compressed; nobody opens it. */
function compressed(type: number): Uint8Array {
  const bytes = batch()
  new DataView(bytes.buffer).setInt16(21, type)
  new DataView(bytes.buffer).setUint32(17, crc32c(bytes, 21))
  return bytes
}

describe('records', () => {
  let backend: FakeBackend
  let client: KafkaClient

  beforeEach(() => {
    backend = new FakeBackend()
    client = new KafkaClient(backend)
    backend.topic('orders', 3, {}, [1, 1, 2])
  })

  function producing(records: Uint8Array | null, over: RequestOf<'Produce'> = {}, index = 0): RequestOf<'Produce'> {
    return {acks: -1, timeoutMs: 1_000, topicData: [{name: 'orders', partitionData: [{index, records}]}], ...over}
  }

  async function produce(records: Uint8Array | null, over: RequestOf<'Produce'> = {}, index = 0, version = 9) {
    const answer = await client.ask('Produce', producing(records, over, index), version)
    return answer.responses[0].partitionResponses[0]
  }

  function fetching(
    over: RequestOf<'Fetch'> = {},
    at: Array<[partition: number, offset: number]> = [[0, 0]],
  ): RequestOf<'Fetch'> {
    const partitions = at.map(([partition, fetchOffset]) => ({partition, fetchOffset, partitionMaxBytes: 1_000_000}))
    return {maxWaitMs: 500, minBytes: 1, maxBytes: 10_000_000, topics: [{topic: 'orders', partitions}], ...over}
  }

  describe('Produce', () => {
    it('answers the base offset; several partitions each for itself', async () => {
      expect(await produce(batch(3))).toMatchObject({errorCode: 0, baseOffset: 0, logStartOffset: 0})
      const partitionData = [0, 1, 2, 7].map(index => ({index, records: batch(2)}))
      const {responses} = await client.ask(
        'Produce',
        producing(null, {topicData: [{name: 'orders', partitionData}]}),
        9,
      )
      expect(responses[0].partitionResponses.map(p => [p.index, p.errorCode, p.baseOffset])).toEqual([
        [0, 0, 3],
        [1, 0, 0],
        [2, E.NOT_LEADER_OR_FOLLOWER, -1],
        [7, E.UNKNOWN_TOPIC_OR_PARTITION, -1],
      ])
    })

    it('refuses acks other than -1, 0, 1, and nothing is appended', async () => {
      for (const acks of [-2, 2, 3, 32_767])
        expect((await produce(batch(), {acks})).errorCode).toBe(E.INVALID_REQUIRED_ACKS)
      expect(backend.replica('orders').highWatermark).toBe(0)
    })

    it('refuses topics that are unknown, internal, or transactional writes', async () => {
      const to = (name: string) => ({topicData: [{name, partitionData: [{index: 0, records: batch()}]}]})
      backend.topic('__consumer_offsets', 3)
      expect((await produce(null, to('none'))).errorCode).toBe(E.UNKNOWN_TOPIC_OR_PARTITION)
      expect((await produce(null, to('__consumer_offsets'))).errorCode).toBe(E.INVALID_TOPIC)
      expect((await produce(batch(), {transactionalId: 't'})).errorCode).toBe(E.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
    })

    it('names topics by id from version 13 on', async () => {
      const to = (topicId: string) => ({topicData: [{topicId, partitionData: [{index: 0, records: batch()}]}]})
      expect((await produce(null, to(backend.metadata.topic('orders')?.id ?? ''), 0, 13)).errorCode).toBe(0)
      expect((await produce(null, to('f'.repeat(32)), 0, 13)).errorCode).toBe(E.UNKNOWN_TOPIC_ID)
    })

    it('a batch above the limit of the node, or of the topic, is MESSAGE_TOO_LARGE', async () => {
      backend.settings['message.max.bytes'] = 500
      backend.topic('small', 1, {'max.message.bytes': '100'})
      const small = (bytes: number) => ({
        topicData: [{name: 'small', partitionData: [{index: 0, records: batch(1, bytes)}]}],
      })
      expect((await produce(batch(1, 600))).errorCode).toBe(E.MESSAGE_TOO_LARGE)
      expect((await produce(batch(1, 400))).errorCode).toBe(0)
      expect((await produce(null, small(101))).errorCode).toBe(E.MESSAGE_TOO_LARGE)
      expect((await produce(null, small(10))).errorCode).toBe(0)
    })

    it('gives on what the partition refuses', async () => {
      for (const error of [
        E.NOT_ENOUGH_REPLICAS,
        E.OUT_OF_ORDER_SEQUENCE_NUMBER,
        E.INVALID_PRODUCER_EPOCH,
        E.KAFKA_STORAGE_ERROR,
      ]) {
        backend.replica('orders').refuses = {error, message: 'why'}
        expect(await produce(batch())).toMatchObject({errorCode: error, errorMessage: 'why', baseOffset: -1})
      }
    })

    it('what is not replicated within its time is REQUEST_TIMED_OUT; it may still happen', async () => {
      backend.replica('orders').hold = true
      const waits = client.begin('Produce', producing(batch(), {timeoutMs: 700}), 9)
      await backend.clock.advance(699)
      expect(waits.answer).toBeUndefined()
      await backend.clock.advance(1)
      expect(waits.answer?.responses[0].partitionResponses[0]).toMatchObject({index: 0, errorCode: E.REQUEST_TIMED_OUT})
      backend.replica('orders').release()
      expect(backend.replica('orders').highWatermark).toBe(1)
      expect(backend.clock.timers).toBe(0)
    })

    it('acks=0: nothing is answered; a failure ends the connection, so that the client looks anew', async () => {
      const reply = (index: number) => client.raw(requestFrame('Produce', 9, producing(batch(), {acks: 0}, index)))
      expect(await reply(0)).toEqual({})
      expect(await reply(2)).toEqual({close: 'Produce without an answer failed'})
    })

    it('gzip, snappy, lz4 and zstd pass through untouched; zstd only where its version knows it', async () => {
      for (const type of [1, 2, 3, 4]) expect((await produce(compressed(type))).errorCode).toBe(0)
      expect(backend.replica('orders').batches.map(b => readBatchHeader(b).compression)).toEqual([
        'gzip',
        'snappy',
        'lz4',
        'zstd',
      ])
      expect((await produce(compressed(4), {}, 0, 6)).errorCode).toBe(E.UNSUPPORTED_COMPRESSION_TYPE)
      expect((await produce(compressed(5))).errorCode).toBe(E.UNSUPPORTED_COMPRESSION_TYPE)
    })

    it('hardening 22: a damaged batch is refused, nothing is appended, and the connection goes on', async () => {
      await startKafkaServer(backend, {host: '127.0.0.1', port: 9_092})
      const connection = backend.net.open()
      const damaged = batch()
      damaged[40] ^= 1
      const old = batch()
      old[16] = 1
      const asked = [
        damaged,
        old,
        batch().subarray(0, 50),
        new Uint8Array([...batch(), ...batch()]),
        new Uint8Array(0),
        batch(),
      ]
      for (const records of asked) connection.send(framed(requestFrame('Produce', 9, producing(records))))
      await settled()
      const codes = connection
        .answers()
        .map(a => decodeAnswer('Produce', 9, a).body.responses[0].partitionResponses[0].errorCode)
      expect(codes).toEqual([
        E.CORRUPT_MESSAGE,
        E.INVALID_RECORD,
        E.CORRUPT_MESSAGE,
        E.INVALID_RECORD,
        E.INVALID_RECORD,
        0,
      ])
      expect(connection.ended).toBeUndefined()
      expect(backend.replica('orders').highWatermark).toBe(1)
    })
  })

  describe('Fetch', () => {
    const fetchOne = async (over: RequestOf<'Fetch'> = {}, at?: Array<[number, number]>) =>
      (await client.ask('Fetch', fetching(over, at), 12)).responses[0].partitions[0]

    it('gives the bytes as they were appended, from the batch that holds the offset', async () => {
      await produce(batch(3))
      await produce(batch(2))
      const {records, highWatermark, lastStableOffset} = await fetchOne({}, [[0, 4]])
      expect(records).toEqual(backend.replica('orders').batches[1])
      expect([highWatermark, lastStableOffset]).toEqual([5, 5])
    })

    it('waits for data up to its time, and no longer than until there is some', async () => {
      const waits = client.begin('Fetch', fetching(), 12)
      await backend.clock.advance(400)
      expect(waits.answer).toBeUndefined()
      await produce(batch(), {}, 0)
      await waits.done
      expect(waits.answer?.responses[0].partitions[0].highWatermark).toBe(1)
      const empty = client.begin('Fetch', fetching({}, [[0, 1]]), 12)
      await backend.clock.advance(500)
      expect(empty.answer?.responses[0].partitions[0]).toMatchObject({errorCode: 0, highWatermark: 1})
      expect([backend.clock.timers, backend.replica('orders').waiting]).toEqual([0, 0])
    })

    it('waits for its minimum of bytes even when there are some', async () => {
      await produce(batch(1, 100))
      const waits = client.begin('Fetch', fetching({minBytes: 300}), 12)
      await client.settled()
      expect(waits.answer).toBeUndefined()
      await produce(batch(1, 200))
      await waits.done
      expect(waits.answer?.responses[0].partitions[0].highWatermark).toBe(2)
    })

    it('does not wait with a minimum of 0, with an error, or with nothing asked', async () => {
      expect((await fetchOne({minBytes: 0})).errorCode).toBe(0)
      expect((await fetchOne({}, [[2, 0]])).errorCode).toBe(E.NOT_LEADER_OR_FOLLOWER)
      await client.ask('Fetch', fetching({topics: []}), 12)
    })

    it('holds to the limits of the request, and the first batch is always there (KIP-74)', async () => {
      for (let n = 0; n < 5; n++) await produce(batch(1, 1_000))
      for (let n = 0; n < 5; n++) await produce(batch(1, 1_000), {}, 1)
      const sizes = async (over: RequestOf<'Fetch'>) =>
        (
          await client.ask(
            'Fetch',
            {
              ...fetching({}, [
                [0, 0],
                [1, 0],
              ]),
              ...over,
            },
            12,
          )
        ).responses[0].partitions.map(p => p.records?.length ?? 0)
      const [one] = backend.replica('orders').batches
      expect(await sizes({maxBytes: 1})).toEqual([one.length, 0])
      expect(await sizes({maxBytes: one.length * 3})).toEqual([one.length * 3, 0])
      expect(await sizes({maxBytes: one.length * 6})).toEqual([one.length * 5, one.length])
    })

    it('errors: out of range, unknown topic and partition, by id, fenced and unknown leader epochs', async () => {
      expect((await fetchOne({}, [[0, 9]])).errorCode).toBe(E.OFFSET_OUT_OF_RANGE)
      expect((await fetchOne({}, [[0, -1]])).errorCode).toBe(E.OFFSET_OUT_OF_RANGE)
      expect((await fetchOne({}, [[7, 0]])).errorCode).toBe(E.UNKNOWN_TOPIC_OR_PARTITION)
      const epoch = (currentLeaderEpoch: number) =>
        fetchOne({topics: [{topic: 'orders', partitions: [{partition: 0, currentLeaderEpoch}]}], minBytes: 0})
      expect([
        (await epoch(4)).errorCode,
        (await epoch(5)).errorCode,
        (await epoch(6)).errorCode,
        (await epoch(-1)).errorCode,
      ]).toEqual([E.FENCED_LEADER_EPOCH, 0, E.UNKNOWN_LEADER_EPOCH, 0])
      const byId = await client.ask('Fetch', {topics: [{topicId: 'f'.repeat(32), partitions: [{partition: 0}]}]}, 13)
      expect(byId.responses[0].partitions[0].errorCode).toBe(E.UNKNOWN_TOPIC_ID)
    })

    it('keeps no sessions (KIP-227): it gives session 0, and refuses to go on with one', async () => {
      const opening = await client.ask('Fetch', fetching({sessionId: 0, sessionEpoch: 0, minBytes: 0}), 12)
      expect([opening.errorCode, opening.sessionId]).toEqual([0, 0])
      const within = await client.ask('Fetch', fetching({sessionId: 5, sessionEpoch: 3}), 12)
      expect([within.errorCode, within.responses.length]).toEqual([E.FETCH_SESSION_ID_NOT_FOUND, 0])
    })
  })

  describe('offsets', () => {
    const list = async (timestamp: number, index = 0, currentLeaderEpoch = -1) =>
      (
        await client.ask('ListOffsets', {
          topics: [{name: 'orders', partitions: [{partitionIndex: index, timestamp, currentLeaderEpoch}]}],
        })
      ).topics[0].partitions[0]

    it('the newest, the oldest, by time, the newest time, and what is stored elsewhere', async () => {
      await produce(batch(2, 1, 1_000))
      await produce(batch(2, 1, 3_000))
      await produce(batch(2, 1, 2_000))
      expect(await list(-1)).toMatchObject({errorCode: 0, offset: 6, timestamp: -1, leaderEpoch: 5})
      expect((await list(-2)).offset).toBe(0)
      expect(await list(1_500)).toMatchObject({offset: 2, timestamp: 3_000})
      expect(await list(9_000)).toMatchObject({offset: -1, timestamp: -1, leaderEpoch: -1})
      expect(await list(-3)).toMatchObject({offset: 3, timestamp: 3_000})
      expect(await list(-5)).toMatchObject({errorCode: 0, offset: -1})
    })

    it('refused by whoever does not lead, is cut off from the quorum, or is asked in another epoch', async () => {
      expect((await list(-1, 2)).errorCode).toBe(E.NOT_LEADER_OR_FOLLOWER)
      expect((await list(-1, 7)).errorCode).toBe(E.UNKNOWN_TOPIC_OR_PARTITION)
      expect((await list(-1, 0, 4)).errorCode).toBe(E.FENCED_LEADER_EPOCH)
      expect((await list(-1, 0, 6)).errorCode).toBe(E.UNKNOWN_LEADER_EPOCH)
      backend.replica('orders').serving = false
      expect((await list(-1)).errorCode).toBe(E.NOT_LEADER_OR_FOLLOWER)
      expect((await list(-2)).errorCode).toBe(E.NOT_LEADER_OR_FOLLOWER)
    })

    it('the end of an epoch, with the same refusals', async () => {
      await produce(batch(2))
      const end = async (partition: number, leaderEpoch: number, currentLeaderEpoch = -1) =>
        (
          await client.ask('OffsetForLeaderEpoch', {
            topics: [{topic: 'orders', partitions: [{partition, leaderEpoch, currentLeaderEpoch}]}],
          })
        ).topics[0].partitions[0]
      expect(await end(0, 5)).toMatchObject({errorCode: 0, leaderEpoch: 5, endOffset: 2})
      expect(await end(0, 9)).toMatchObject({errorCode: 0, leaderEpoch: -1, endOffset: -1})
      expect((await end(0, 5, 4)).errorCode).toBe(E.FENCED_LEADER_EPOCH)
      expect((await end(2, 5)).errorCode).toBe(E.NOT_LEADER_OR_FOLLOWER)
      expect((await end(9, 5)).errorCode).toBe(E.UNKNOWN_TOPIC_OR_PARTITION)
    })
  })
})
