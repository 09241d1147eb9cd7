import {type Admin, Kafka, logLevel} from 'kafkajs'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {KafkaError} from '../../src/formats/kafka/errors.ts'
import {createTopic} from '../../src/verify/load/create-topic.ts'
import {type FakeBroker, fakeBroker} from '../helpers/fake-broker.ts'

const {LEADER_NOT_AVAILABLE, NONE, TOPIC_ALREADY_EXISTS, UNKNOWN_TOPIC_OR_PARTITION} = KafkaError
const WITHIN_MS = 20_000

/** What a node says of a partition: who leads it, and an error. */
type Told = [leader: number, error: number]
const LED: Told = [1, NONE]

describe('a topic that is created', {timeout: 60_000}, () => {
  let broker: FakeBroker
  let admin: Admin
  let created: number
  /** What is told of its two partitions, answer by answer; the last one again and again. A number: an error of the topic. */
  let told: Array<[Told, Told] | number>
  let asked: number

  beforeEach(async () => {
    created = -1
    asked = 0
    broker = await fakeBroker({
      Metadata({host, port}) {
        const known = {brokers: [{nodeId: 1, host, port}], controllerId: 1}
        if (created !== NONE) return known
        const now = told[Math.min(asked++, told.length - 1)]
        if (typeof now === 'number') return {...known, topics: [{name: 't', errorCode: now}]}
        const partitions = now.map(([leaderId, errorCode], partitionIndex) => ({partitionIndex, leaderId, errorCode}))
        return {...known, topics: [{name: 't', partitions}]}
      },
      CreateTopics() {
        if (created < 0) created = NONE
        return {topics: [{name: 't', errorCode: created}]}
      },
    })
    const retry = {initialRetryTime: 1, maxRetryTime: 2, retries: 1}
    const brokers = [`${broker.at.host}:${broker.at.port}`]
    admin = new Kafka({clientId: 'test', brokers, logLevel: logLevel.NOTHING, retry}).admin()
    await admin.connect()
  })
  afterEach(async () => {
    await admin.disconnect()
    broker.close()
  })

  const create = (withinMs = WITHIN_MS) => createTopic(admin, {topic: 't', numPartitions: 2}, withinMs)

  it('has so many partitions once all of them are led', async () => {
    told = [
      [LED, [-1, NONE]],
      [LED, LED],
    ]
    expect(await create()).toBe(2)
    expect(asked).toBeGreaterThan(1)
  })

  it('is waited for when kafkajs has tried in vain for a leader', async () => {
    const none: [Told, Told] = [LED, [-1, LEADER_NOT_AVAILABLE]]
    told = [...Array.from({length: 8}, () => none), [LED, LED]]
    expect(await create()).toBe(2)
  })

  it('is waited for when the first node knows it, and the next one that kafkajs asks does not', async () => {
    told = [[LED, LED], UNKNOWN_TOPIC_OR_PARTITION, [LED, LED]]
    expect(await create()).toBe(2)
  })

  it('whose partition is never led is given up when the time is over', async () => {
    told = [[LED, [-1, NONE]]]
    await expect(create(100)).rejects.toThrow('t/1 has no leader after 0.1 s')
  })

  it('was there before: nothing is waited for', async () => {
    created = TOPIC_ALREADY_EXISTS
    told = [[LED, LED]]
    expect(await create()).toBeUndefined()
    expect(asked).toBe(0)
  })
})
