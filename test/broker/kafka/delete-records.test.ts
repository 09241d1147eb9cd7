import {beforeEach, describe, expect, it} from 'vitest'
import {KafkaError as E} from '../../../src/formats/kafka/errors.ts'
import {FakeBackend} from '../../helpers/fake-backend.ts'
import {KafkaClient} from '../../helpers/kafka-client.ts'

describe('DeleteRecords', () => {
  let backend: FakeBackend
  let client: KafkaClient

  beforeEach(() => {
    backend = new FakeBackend()
    client = new KafkaClient(backend)
    backend.topic('orders', 2, {}, [1, 1])
    backend.topic('compacted', 1, {'cleanup.policy': 'compact'}, [1])
    backend.topic('__consumer_offsets', 1, {}, [1])
  })

  async function ask(name: string, offsets: number[], timeoutMs = 1_000) {
    const partitions = offsets.map((offset, partitionIndex) => ({partitionIndex, offset}))
    const {topics} = await client.ask('DeleteRecords', {topics: [{name, partitions}], timeoutMs})
    return topics[0].partitions.map(p => [p.partitionIndex, p.errorCode, p.lowWatermark])
  }

  it('the log start is answered for each partition; -1 is everything', async () => {
    expect(await ask('orders', [0, -1])).toEqual([
      [0, 0, 0],
      [1, 0, 0],
    ])
  })

  it('above the high watermark, of internal topics, of topics that are compacted alone, of what is not there: refused', async () => {
    expect(await ask('orders', [1, -2])).toEqual([
      [0, E.OFFSET_OUT_OF_RANGE, -1],
      [1, E.OFFSET_OUT_OF_RANGE, -1],
    ])
    expect(await ask('__consumer_offsets', [0])).toEqual([[0, E.INVALID_TOPIC, -1]])
    expect(await ask('compacted', [0])).toEqual([[0, E.POLICY_VIOLATION, -1]])
    expect(await ask('none', [0])).toEqual([[0, E.UNKNOWN_TOPIC_OR_PARTITION, -1]])
    backend.replica('orders', 1).serving = false
    expect((await ask('orders', [0, 0]))[1]).toEqual([1, E.NOT_LEADER_OR_FOLLOWER, -1])
  })

  it('what is not committed in time is answered as such; it may still happen', async () => {
    backend.replica('orders', 0).hold = true
    const asked = client.begin('DeleteRecords', {
      topics: [{name: 'orders', partitions: [{partitionIndex: 0, offset: 0}]}],
      timeoutMs: 500,
    })
    await backend.clock.advance(499)
    expect(asked.answer).toBeUndefined()
    await backend.clock.advance(2)
    await asked.done
    expect(asked.answer?.topics[0].partitions[0].errorCode).toBe(E.REQUEST_TIMED_OUT)
  })
})
