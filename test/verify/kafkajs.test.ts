import {afterEach, describe, expect, it} from 'vitest'
import {KafkaError} from '../../src/formats/kafka/errors.ts'
import {KafkaClients} from '../../src/verify/load/kafkajs.ts'
import {type FakeBroker, fakeBroker} from '../helpers/fake-broker.ts'

describe('the clients of a load', {timeout: 60_000}, () => {
  let broker: FakeBroker | undefined
  afterEach(() => broker?.close())

  it('a topic is waited for: the node that is asked may not have heard of it yet, or of a leader', async () => {
    const {UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE} = KafkaError
    let created = false
    let asked = 0
    broker = await fakeBroker({
      Metadata({host, port}) {
        const brokers = [{nodeId: 1, host, port}]
        if (!created) return {brokers, controllerId: 1}
        asked++
        if (asked < 3) return {brokers, controllerId: 1, topics: [{name: 't', errorCode: UNKNOWN_TOPIC_OR_PARTITION}]}
        const none = asked < 5
        const partition = {leaderId: none ? -1 : 1, errorCode: none ? LEADER_NOT_AVAILABLE : 0}
        return {brokers, controllerId: 1, topics: [{name: 't', partitions: [partition]}]}
      },
      CreateTopics() {
        created = true
        return {topics: [{name: 't'}]}
      },
    })
    const clients = new KafkaClients(() => [`${broker?.at.host}:${broker?.at.port}`])
    try {
      await clients.createTopic('t', 1, 1)
      expect(asked).toBeGreaterThanOrEqual(5)
    } finally {
      await clients.closeAll()
    }
  })
})
