import {beforeEach, describe, expect, it} from 'vitest'
import {KafkaError as E} from '../../../src/formats/kafka/errors.ts'
import {FakeBackend} from '../../helpers/fake-backend.ts'
import type {RequestOf} from '../../helpers/kafka-apis.ts'
import {KafkaClient} from '../../helpers/kafka-client.ts'

const NO_ID = '0'.repeat(32)

describe('metadata', () => {
  let backend: FakeBackend
  let client: KafkaClient

  beforeEach(() => {
    backend = new FakeBackend()
    client = new KafkaClient(backend)
    backend.topic('orders', 2, {}, [1, 2])
  })

  it('no list is all topics; an empty list is none, but for version 0, where it is all', async () => {
    const names = async (topics: [] | null, version: number) =>
      (await client.ask('Metadata', {topics}, version)).topics.map(t => t.name)
    expect(await names(null, 12)).toEqual(['orders'])
    expect(await names([], 12)).toEqual([])
    expect(await names([], 1)).toEqual([])
    expect(await names([], 0)).toEqual(['orders'])
  })

  it('brokers that are alive, the controller, leaders, replicas, ids', async () => {
    backend.down.add(2)
    const answer = await client.ask('Metadata', {topics: [{name: 'orders'}]})
    expect(answer.brokers.map(b => [b.nodeId, b.host, b.port])).toEqual([
      [1, 'h1', 9_091],
      [3, 'h3', 9_093],
    ])
    expect([answer.clusterId, answer.controllerId]).toEqual([backend.clusterId, 1])
    const [topic] = answer.topics
    expect([topic.errorCode, topic.topicId, topic.isInternal]).toEqual([0, backend.topics.get('orders')?.id, false])
    expect(topic.partitions.map(p => [p.errorCode, p.leaderId, p.leaderEpoch, p.offlineReplicas])).toEqual([
      [0, 1, 5, [2]],
      // A leader that is not among the brokers cannot be asked.
      [E.LEADER_NOT_AVAILABLE, -1, 5, [2]],
    ])
  })

  it('while no leader of the metadata group is known the node names itself as controller', async () => {
    for (const controller of [0, 2]) {
      backend.controller = controller
      backend.down.add(2)
      expect((await client.ask('Metadata', {topics: []})).controllerId).toBe(1)
    }
  })

  it('a topic by its id, and one whose id nobody knows', async () => {
    const topicId = backend.topics.get('orders')?.id
    const answer = await client.ask('Metadata', {
      topics: [
        {name: null, topicId},
        {name: null, topicId: 'f'.repeat(32)},
      ],
    })
    expect(answer.topics.map(t => [t.name, t.errorCode])).toEqual([
      ['orders', 0],
      [null, E.UNKNOWN_TOPIC_ID],
    ])
  })

  it('an unknown topic is made when the client and the node allow it, and not otherwise', async () => {
    const ask = async (name: string, allowAutoTopicCreation: boolean) =>
      (await client.ask('Metadata', {topics: [{name}], allowAutoTopicCreation})).topics[0]
    expect(await ask('new', false)).toMatchObject({
      errorCode: E.UNKNOWN_TOPIC_OR_PARTITION,
      topicId: NO_ID,
      partitions: [],
    })
    expect(await ask('new', true)).toMatchObject({errorCode: 0, name: 'new'})
    expect(backend.created).toMatchObject([{name: 'new', partitions: -1, replicationFactor: -1}])
    expect((await ask('__mine', true)).errorCode).toBe(E.UNKNOWN_TOPIC_OR_PARTITION)
    backend.settings['auto.create.topics.enable'] = false
    expect((await ask('other', true)).errorCode).toBe(E.UNKNOWN_TOPIC_OR_PARTITION)
    expect(backend.created).toHaveLength(1)
  })

  const BAD_NAMES = [
    '',
    '.',
    '..',
    '../x',
    'a/b',
    '/etc/passwd',
    'a\0b',
    'a\nb',
    'a b',
    'ä',
    'x'.repeat(250),
    '..\\x',
    '%2e%2e',
  ]

  it('hardening 3: names that are no topic names are refused wherever one can be named, and nothing is made', async () => {
    for (const name of BAD_NAMES) {
      const {topics} = await client.ask('CreateTopics', {topics: [{name, numPartitions: 1, replicationFactor: 1}]})
      expect(topics[0].errorCode, JSON.stringify(name)).toBe(E.INVALID_TOPIC)
      const found = await client.ask('Metadata', {topics: [{name}], allowAutoTopicCreation: true})
      expect(found.topics[0].errorCode, JSON.stringify(name)).toBe(E.INVALID_TOPIC)
    }
    expect(backend.created).toEqual([])
  })

  describe('CreateTopics', () => {
    const create = async (
      topic: RequestOf<'CreateTopics'>['topics'] extends readonly (infer T)[] | undefined ? T : never,
    ) =>
      (await client.ask('CreateTopics', {topics: [{name: 'new', numPartitions: 2, replicationFactor: 3, ...topic}]}))
        .topics[0]

    it('answers what it made, with the configurations in force', async () => {
      const made = await create({configs: [{name: 'min.insync.replicas', value: '1'}]})
      expect(made).toMatchObject({
        errorCode: 0,
        numPartitions: 2,
        replicationFactor: 3,
        topicId: backend.topics.get('new')?.id,
      })
      expect(made.configs?.find(c => c.name === 'min.insync.replicas')).toMatchObject({value: '1', configSource: 1})
      expect(made.configs?.find(c => c.name === 'max.message.bytes')).toMatchObject({configSource: 5})
    })

    it('refuses: exists, internal, partitions, replication factor, the same name twice', async () => {
      expect((await create({name: 'orders'})).errorCode).toBe(E.TOPIC_ALREADY_EXISTS)
      expect((await create({name: '__x'})).errorCode).toBe(E.INVALID_TOPIC)
      expect((await create({numPartitions: 0})).errorCode).toBe(E.INVALID_PARTITIONS)
      expect((await create({replicationFactor: 4})).errorCode).toBe(E.INVALID_REPLICATION_FACTOR)
      const twice = await client.ask('CreateTopics', {
        topics: [{name: 'a'}, {name: 'a'}, {name: 'b', numPartitions: 1, replicationFactor: 1}],
      })
      expect(twice.topics.map(t => t.errorCode)).toEqual([E.INVALID_REQUEST, E.INVALID_REQUEST, 0])
    })

    it('refuses configurations that are unknown or that nothing can be made of', async () => {
      const bad: Array<[string, string | null]> = [
        ['no.such', '1'],
        ['constructor', '1'],
        ['min.insync.replicas', 'abc'],
        ['min.insync.replicas', '0'],
        ['min.insync.replicas', null],
        ['max.message.bytes', '1e9'],
        ['cleanup.policy', 'keep'],
        ['retention.ms', '-2'],
      ]
      for (const [name, value] of bad)
        expect((await create({configs: [{name, value}]})).errorCode, `${name}=${value}`).toBe(E.INVALID_CONFIG)
      expect(backend.topics.has('new')).toBe(false)
    })

    it('assignments by hand: alone, and each partition once', async () => {
      const assignments = [
        {partitionIndex: 0, brokerIds: [1, 2]},
        {partitionIndex: 1, brokerIds: [2, 3]},
      ]
      expect((await create({assignments})).errorCode).toBe(E.INVALID_REQUEST)
      const byHand = {numPartitions: -1, replicationFactor: -1}
      const twice = [assignments[0], assignments[0]]
      expect((await create({...byHand, assignments: twice})).errorCode).toBe(E.INVALID_REPLICA_ASSIGNMENT)
      expect(await create({...byHand, assignments})).toMatchObject({errorCode: 0, numPartitions: 2})
    })
  })

  it('DeleteTopics: by name and by id; unknown and internal ones are refused', async () => {
    backend.topic('other')
    const topicId = backend.topics.get('other')?.id
    const answer = await client.ask('DeleteTopics', {
      topics: [
        {name: 'orders'},
        {name: null, topicId},
        {name: 'none'},
        {name: null, topicId: 'f'.repeat(32)},
        {name: '__consumer_offsets'},
      ],
    })
    expect(answer.responses.map(t => [t.name, t.errorCode])).toEqual([
      ['orders', 0],
      ['other', 0],
      ['none', E.UNKNOWN_TOPIC_OR_PARTITION],
      [null, E.UNKNOWN_TOPIC_ID],
      ['__consumer_offsets', E.INVALID_TOPIC],
    ])
    expect((await client.ask('DeleteTopics', {topicNames: ['none']}, 3)).responses[0].errorCode).toBe(
      E.UNKNOWN_TOPIC_OR_PARTITION,
    )
  })

  it('DescribeConfigs: of a topic with what is its own, of this node, of nothing else', async () => {
    backend.topic('mine', 1, {'max.message.bytes': '77'})
    const ask = async (resourceType: number, resourceName: string, configurationKeys: string[] | null = null) =>
      (await client.ask('DescribeConfigs', {resources: [{resourceType, resourceName, configurationKeys}]})).results[0]
    const mine = await ask(2, 'mine')
    expect(mine.configs.find(c => c.name === 'max.message.bytes')).toMatchObject({value: '77', configSource: 1})
    expect((await ask(2, 'mine', ['cleanup.policy'])).configs.map(c => c.name)).toEqual(['cleanup.policy'])
    expect((await ask(4, '1')).configs.find(c => c.name === 'num.partitions')?.value).toBe('3')
    expect((await ask(4, '2')).errorCode).toBe(E.INVALID_REQUEST)
    expect((await ask(2, 'none')).errorCode).toBe(E.UNKNOWN_TOPIC_OR_PARTITION)
    expect((await ask(8, 'x')).errorCode).toBe(E.INVALID_REQUEST)
  })

  it('DescribeCluster: the brokers; controllers are none of this port', async () => {
    expect((await client.ask('DescribeCluster', {})).brokers.map(b => b.brokerId)).toEqual([1, 2, 3])
    expect((await client.ask('DescribeCluster', {endpointType: 2})).errorCode).toBe(E.MISMATCHED_ENDPOINT_TYPE)
  })

  it('InitProducerId: an id of its own each time; none for transactions; why there is none', async () => {
    const ask = (transactionalId: string | null = null) => client.ask('InitProducerId', {transactionalId})
    expect([await ask(), await ask()]).toMatchObject([
      {errorCode: 0, producerId: 1_000, producerEpoch: 0},
      {errorCode: 0, producerId: 1_001, producerEpoch: 0},
    ])
    expect((await ask('t')).errorCode).toBe(E.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
    expect((await ask('')).errorCode).toBe(E.INVALID_REQUEST)
    backend.noProducerIds = E.COORDINATOR_LOAD_IN_PROGRESS
    expect(await ask()).toMatchObject({errorCode: E.COORDINATOR_LOAD_IN_PROGRESS, producerEpoch: -1})
  })
})
