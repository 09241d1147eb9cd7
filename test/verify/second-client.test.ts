import {afterEach, describe, expect, it} from 'vitest'
import {classifyFailure} from '../../src/verify/load/classify.ts'
import {KafkaClients} from '../../src/verify/load/kafkajs.ts'
import {secondClient} from '../../src/verify/load/producers.ts'
import {type FakeBroker, fakeBroker} from '../helpers/fake-broker.ts'
import {Nodes} from '../helpers/nodes.ts'

describe('the second client library', {timeout: 60_000}, () => {
  let nodes: Nodes | undefined
  let broker: FakeBroker | undefined

  afterEach(() => {
    broker?.close()
    return nodes?.remove()
  })

  it('a leader that is not among the brokers, as Kafka may answer while it fences one, ends the send and nothing else', async () => {
    const partitions = [{partitionIndex: 0, leaderId: 2, replicaNodes: [1, 2], isrNodes: [1, 2]}]
    broker = await fakeBroker({
      Metadata: ({host, port}) => ({
        brokers: [{nodeId: 1, host, port}],
        clusterId: 'x',
        topics: [{name: 'second', partitions}],
      }),
      Produce: () => ({}),
    })
    const {secondProducer} = await secondClient()
    const producer = secondProducer('test', [`${broker.at.host}:${broker.at.port}`])
    try {
      const sent = producer.send({topic: 'second', partition: 0, value: 'a', acks: -1})
      expect(await sent.catch(classifyFailure)).toMatchObject({result: 'info'})
    } finally {
      await producer.close()
    }
  })

  it('writes with acks=all, 1 and 0; what the broker refuses for sure has failed, what was not answered may have happened', async () => {
    nodes = await Nodes.create({count: 1, settings: {'min.insync.replicas': 1}})
    await nodes.startAll()
    const bootstrap = nodes.configs.map(c => `${c.kafka.host}:${c.kafka.port}`)
    const kafkajs = new KafkaClients(() => bootstrap)
    await kafkajs.createTopic('second', 1, 1)
    const {secondProducer} = await secondClient()
    const producer = secondProducer('test', bootstrap)
    const record = {topic: 'second', partition: 0}
    try {
      expect(await producer.send({...record, value: 'a', acks: -1})).toBe(0)
      expect(await producer.send({...record, value: 'b', acks: 1})).toBe(1)
      expect(await producer.send({...record, value: 'c', acks: 0})).toBeUndefined()
      const large = 'x'.repeat(2_000_000)
      const refused = await producer.send({...record, value: large, acks: -1}).catch(classifyFailure)
      expect(refused).toEqual({result: 'fail', error: 'MESSAGE_TOO_LARGE'})
      const reader = await kafkajs.reader('test')
      const {records} = await reader.fetch('second', 0, 0, 1_000)
      expect(records.map(r => r.value)).toEqual(['a', 'b', 'c'])
      const child = nodes.children.get(1)
      const ended = new Promise(resolve => child?.once('exit', resolve))
      child?.kill('SIGKILL')
      await ended
      const lost = await producer.send({...record, value: 'd', acks: -1}).catch(classifyFailure)
      expect(lost).toMatchObject({result: 'info'})
    } finally {
      await producer.close()
      await kafkajs.closeAll()
    }
  })
})
