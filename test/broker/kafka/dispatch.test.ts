import {beforeEach, describe, expect, it} from 'vitest'
import {encodeBatch} from '../../../src/formats/record-batch.ts'
import {FakeBackend} from '../../helpers/fake-backend.ts'
import {APIS, type ApiName, type RequestOf, requestFrame} from '../../helpers/kafka-apis.ts'
import {KafkaClient} from '../../helpers/kafka-client.ts'

const NAMES = Object.keys(APIS) as ApiName[]

describe('Kafka APIs', () => {
  let backend: FakeBackend
  let client: KafkaClient

  beforeEach(() => {
    backend = new FakeBackend()
    client = new KafkaClient(backend)
    backend.topic('__consumer_offsets', 3)
    backend.topic('orders', 2)
  })

  /** A request that has everything in it that its API knows. */
  function full<N extends ApiName>(name: N): RequestOf<N> {
    const topicId = backend.metadata.topic('orders')?.id
    const records = encodeBatch({records: [{timestamp: 1}]})
    const requests: {[K in ApiName]: RequestOf<K>} = {
      ApiVersions: {clientSoftwareName: 'chronik-test', clientSoftwareVersion: '1.0'},
      Produce: {acks: -1, timeoutMs: 100, topicData: [{name: 'orders', topicId, partitionData: [{index: 0, records}]}]},
      Fetch: {
        maxWaitMs: 0,
        minBytes: 0,
        topics: [{topic: 'orders', topicId, partitions: [{partition: 0, partitionMaxBytes: 1}]}],
      },
      ListOffsets: {topics: [{name: 'orders', partitions: [{partitionIndex: 0, timestamp: -1}]}]},
      Metadata: {topics: [{name: 'orders', topicId}]},
      OffsetCommit: {
        groupId: 'g',
        generationIdOrMemberEpoch: -1,
        topics: [
          {name: 'orders', topicId, partitions: [{partitionIndex: 0, committedOffset: 4, committedMetadata: 'm'}]},
        ],
      },
      OffsetFetch: {
        groupId: 'g',
        topics: [{name: 'orders', partitionIndexes: [0]}],
        groups: [{groupId: 'g', topics: [{name: 'orders', topicId, partitionIndexes: [0]}]}],
      },
      FindCoordinator: {key: 'g', coordinatorKeys: ['g', 'h']},
      JoinGroup: {
        groupId: 'g',
        sessionTimeoutMs: 10_000,
        memberId: 'nobody',
        protocolType: 'consumer',
        protocols: [{name: 'range'}],
      },
      Heartbeat: {groupId: 'g', memberId: 'nobody'},
      LeaveGroup: {groupId: 'g', memberId: 'nobody', members: [{memberId: 'nobody'}]},
      SyncGroup: {groupId: 'g', memberId: 'nobody', assignments: [{memberId: 'nobody'}]},
      CreateTopics: {topics: [{name: 'orders', numPartitions: 1, replicationFactor: 1}]},
      DeleteTopics: {topicNames: ['missing'], topics: [{name: 'missing'}]},
      DeleteRecords: {topics: [{name: 'orders', partitions: [{partitionIndex: 0, offset: 0}]}], timeoutMs: 1_000},
      InitProducerId: {transactionalId: null},
      OffsetForLeaderEpoch: {
        topics: [{topic: 'orders', partitions: [{partition: 0, currentLeaderEpoch: 5, leaderEpoch: 5}]}],
      },
      DescribeConfigs: {resources: [{resourceType: 2, resourceName: 'orders'}]},
      DescribeCluster: {},
      DescribeQuorum: {topics: [{topicName: '__cluster_metadata', partitions: [{partitionIndex: 0}]}]},
      ListGroups: {},
      DescribeGroups: {groups: ['g']},
    }
    return requests[name]
  }

  it('ApiVersions advertises each API once, sorted, and exactly what the tests below go through', async () => {
    const {apiKeys, errorCode} = await client.ask('ApiVersions', full('ApiVersions'))
    expect(errorCode).toBe(0)
    expect(apiKeys.map(k => [k.apiKey, k.minVersion, k.maxVersion])).toEqual(
      // Produce 0 to 2 for librdkafka's sake (KAFKA-18659).
      NAMES.map(n => [APIS[n].key, n === 'Produce' ? 0 : APIS[n].versions.first, APIS[n].versions.last]),
    )
  })

  for (const name of NAMES)
    for (let version = APIS[name].versions.first; version <= APIS[name].versions.last; version++)
      it(`${name} v${version}: a request is read, its answer decodes to its last byte`, async () => {
        await client.ask(name, full(name), version)
      })

  it('ApiVersions: a client without a sound name, or one that takes this node for another, is told so', async () => {
    const error = async (body: RequestOf<'ApiVersions'>) => (await client.ask('ApiVersions', body)).errorCode
    const named = {clientSoftwareName: 'a', clientSoftwareVersion: 'b'}
    expect(await error({})).toBe(42)
    expect(await error({clientSoftwareName: '-a', clientSoftwareVersion: '1'})).toBe(42)
    expect(await error({...named, clusterId: 'other', nodeId: 1})).toBe(129)
    expect(await error({...named, clusterId: backend.clusterId, nodeId: 2})).toBe(129)
    expect(await error({...named, clusterId: backend.clusterId, nodeId: 1})).toBe(0)
  })

  it('hardening 21: each prefix of each request, and one with any byte absurd, is answered or refused, never more', async () => {
    for (const name of NAMES) {
      const version = APIS[name].versions.last
      const frame = requestFrame(name, version, full(name))
      for (let cut = 0; cut < frame.length; cut++)
        await client.raw(frame.subarray(0, cut)).then(
          () => undefined,
          error => expect(error.name, `${name} cut at ${cut}`).toBe('WireError'),
        )
      for (let at = 8; at < frame.length; at++) {
        const bytes = frame.slice()
        bytes[at] = 0xff
        await client.raw(bytes).then(
          () => undefined,
          error => expect(error.name, `${name} byte ${at}`).toBe('WireError'),
        )
      }
      await backend.clock.advance(100_000)
    }
  })
})
