import {describe, expect, it} from 'vitest'
import {SeededRandom} from '../../../src/base/random.ts'
import {startKafkaServer} from '../../../src/broker/kafka/server.ts'
import {FrameReader} from '../../../src/broker/peer-frame.ts'
import {WireError, WireReader} from '../../../src/formats/kafka/wire.ts'
import {checkBatch, encodeBatch, iterateRecords} from '../../../src/formats/record-batch.ts'
import {FUZZ_RUNS} from '../../fuzz/mutate.ts'
import {FakeBackend} from '../../helpers/fake-backend.ts'
import {settled} from '../../helpers/fake-clock.ts'
import {APIS, type ApiName, decodeAnswer, framed, requestFrame} from '../../helpers/kafka-apis.ts'

const NAMES = Object.keys(APIS) as ApiName[]
const SEED = 20_260_101

/** Numbers that length fields like least. */
const INTERESTING = [0, 1, 0x7f, 0x80, 0xfe, 0xff]

/** A request of any API and version: sometimes sound, sometimes with some of its bytes changed, cut off or added. */
function someFrame(random: SeededRandom, samples: ReadonlyArray<Uint8Array>): Uint8Array {
  const kind = random.below(10)
  if (kind === 0) return Uint8Array.from({length: 8 + random.below(200)}, () => random.below(256))
  const bytes = samples[random.below(samples.length)].slice()
  if (kind === 1) return bytes
  const changes = 1 + random.below(kind)
  for (let n = 0; n < changes; n++) {
    const at = random.below(bytes.length)
    bytes[at] = random.below(2) === 0 ? INTERESTING[random.below(INTERESTING.length)] : random.below(256)
  }
  if (kind === 8) return bytes.subarray(0, Math.max(8, random.below(bytes.length)))
  if (kind === 9) return Uint8Array.from([...bytes, ...Array.from({length: random.below(40)}, () => random.below(256))])
  return bytes
}

function samplesOf(backend: FakeBackend): Uint8Array[] {
  const topicId = backend.metadata.topic('orders')?.id
  const records = encodeBatch({records: [{timestamp: 1, key: Uint8Array.of(1), value: new Uint8Array(20)}]})
  const partitions = [{partition: 0, partitionIndex: 0, index: 0, records, committedOffset: 1, timestamp: -1}]
  const topic = {name: 'orders', topic: 'orders', topicId, partitions, partitionData: partitions, partitionIndexes: [0]}
  const body = {
    acks: -1,
    timeoutMs: 10,
    maxWaitMs: 0,
    topicData: [topic],
    topics: [topic],
    groups: [{groupId: 'g', topics: [topic]}],
    groupId: 'g',
    key: 'g',
    coordinatorKeys: ['g'],
    memberId: 'm',
    generationIdOrMemberEpoch: -1,
    sessionTimeoutMs: 1_000,
    protocolType: 'consumer',
    protocols: [{name: 'range'}],
    members: [{memberId: 'm'}],
    assignments: [],
    transactionalId: null,
    clientSoftwareName: 'a',
    clientSoftwareVersion: 'b',
    resources: [{resourceType: 2, resourceName: 'orders'}],
  }
  const samples: Uint8Array[] = []
  for (const name of NAMES)
    for (let v = APIS[name].versions.first; v <= APIS[name].versions.last; v++)
      samples.push(requestFrame(name, v, (name === 'DescribeGroups' ? {groups: ['g']} : body) as never, 1_000))
  return samples
}

function made(): FakeBackend {
  const backend = new FakeBackend()
  backend.topic('orders', 1)
  backend.topic('__consumer_offsets', 3)
  return backend
}

describe('fuzz', () => {
  it('decoders of requests: a value or a WireError, for every API and version', () => {
    const random = new SeededRandom(SEED)
    const samples = samplesOf(made())
    for (let n = 0; n < FUZZ_RUNS * 0.3; n++) {
      const name = NAMES[random.below(NAMES.length)]
      const {first, last} = APIS[name].versions
      const frame = someFrame(random, samples)
      try {
        APIS[name].readRequest(
          new WireReader(frame, Math.min(10, frame.length), {left: 10_000}),
          first + random.below(last - first + 1),
        )
      } catch (error) {
        if (!(error instanceof WireError)) throw new Error(`run ${n} of seed ${SEED}: ${String(error)}`, {cause: error})
      }
    }
  })

  it('record batches: taken or refused, and what is taken can be read to its last record', () => {
    const random = new SeededRandom(SEED + 1)
    for (let n = 0; n < FUZZ_RUNS * 0.2; n++) {
      const bytes = encodeBatch({
        records: Array.from({length: 1 + random.below(4)}, () => ({
          timestamp: random.below(99),
          value: new Uint8Array(random.below(30)),
        })),
      })
      const changes = random.below(5)
      for (let c = 0; c < changes; c++)
        bytes[random.below(bytes.length)] = INTERESTING[random.below(INTERESTING.length)]
      const batch = random.below(6) === 0 ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes
      const refused = checkBatch(batch)
      if (!refused) expect([...iterateRecords(batch)].length).toBeGreaterThan(0)
    }
  })

  it('frames between nodes: whole frames or a reason, whatever comes', () => {
    const random = new SeededRandom(SEED + 2)
    for (let n = 0; n < FUZZ_RUNS * 0.05; n++) {
      const reader = new FrameReader(4_096)
      const bytes = Uint8Array.from({length: random.below(60)}, () => INTERESTING[random.below(INTERESTING.length)])
      for (let at = 0; at < bytes.length; at += 7) reader.push(bytes.subarray(at, at + 7), () => undefined)
    }
  })

  it('the Kafka port: each connection is answered in its requests’ order or closed, nothing is held, and the next is served', async () => {
    const random = new SeededRandom(SEED + 3)
    const backend = made()
    const server = await startKafkaServer(backend, {host: '127.0.0.1', port: 9_092}, {heldBytesMax: 10_000_000})
    const samples = samplesOf(backend)
    const loud: unknown[] = []
    const hear = (error: unknown): void => void loud.push(error)
    process.on('unhandledRejection', hear)
    try {
      for (let n = 0; n < FUZZ_RUNS * 0.03; n++) {
        const connection = backend.net.open()
        const count = 1 + random.below(3)
        for (let f = 0; f < count; f++) {
          const bytes = framed(someFrame(random, samples))
          if (random.below(20) === 0) bytes[random.below(4)] = INTERESTING[random.below(INTERESTING.length)]
          for (let at = 0; at < bytes.length; ) {
            const step = 1 + random.below(bytes.length)
            connection.send(bytes.slice(at, at + step))
            at += step
          }
        }
        if (n % 100 === 99) await backend.clock.advance(60_000)
        else await settled()
        expect(connection.answers().length, `run ${n} of seed ${SEED}`).toBeLessThanOrEqual(count + 1)
        if (random.below(2) === 0) connection.endHalf()
        connection.breakOff()
      }
      await backend.clock.advance(3_600_000)
      const last = backend.net.open()
      last.send(framed(requestFrame('ApiVersions', 3, {clientSoftwareName: 'a', clientSoftwareVersion: '1'})))
      await settled()
      expect(decodeAnswer('ApiVersions', 3, last.answers()[0]).body.errorCode).toBe(0)
      expect([server.connections(), server.heldBytes(), loud]).toEqual([1, 0, []])
      expect(backend.lines.filter(l => l.startsWith('ERROR'))).toEqual([])
    } finally {
      process.off('unhandledRejection', hear)
    }
  })
})
