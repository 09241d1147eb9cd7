import {expect, it} from 'vitest'
import {KafkaError as E} from '../../../src/formats/kafka/errors.ts'
import {FakeBackend} from '../../helpers/fake-backend.ts'
import {KafkaClient} from '../../helpers/kafka-client.ts'

const NOBODY = '0'.repeat(32)

it('DescribeQuorum: the leader tells how far each voter is and when it was heard; others refuse', async () => {
  const backend = new FakeBackend()
  const client = new KafkaClient(backend)
  const ask = async (topicName = '__cluster_metadata', partitionIndex = 0, version?: number) => {
    const answer = await client.ask('DescribeQuorum', {topics: [{topicName, partitions: [{partitionIndex}]}]}, version)
    return {...answer.topics[0].partitions[0], nodes: answer.nodes}
  }
  expect((await ask()).errorCode).toBe(E.NOT_LEADER_OR_FOLLOWER)
  backend.quorum = {
    leader: 1,
    epoch: 4,
    highWatermark: 60,
    voters: [
      {node: 1, directoryId: 'a'.repeat(32), end: 61, heardAgoMs: 0, caughtUpAgoMs: 0},
      {node: 2, directoryId: 'b'.repeat(32), end: 60, heardAgoMs: 20, caughtUpAgoMs: 500},
      {node: 3, directoryId: NOBODY, end: 1},
    ],
  }
  const now = backend.clock.wallMs()
  const seen = await ask()
  expect([seen.errorCode, seen.leaderId, seen.leaderEpoch, seen.highWatermark]).toEqual([0, 1, 4, 60])
  expect(
    seen.currentVoters.map(v => [
      v.replicaId,
      v.replicaDirectoryId,
      v.logEndOffset,
      v.lastFetchTimestamp,
      v.lastCaughtUpTimestamp,
    ]),
  ).toEqual([
    [1, 'a'.repeat(32), 61, now, now],
    [2, 'b'.repeat(32), 60, now - 20, now - 500],
    [3, NOBODY, 1, -1, -1],
  ])
  expect(seen.nodes.map(n => [n.nodeId, n.listeners[0].port])).toEqual([
    [1, 9_091],
    [2, 9_092],
    [3, 9_093],
  ])
  expect((await ask('__cluster_metadata', 0, 0)).currentVoters[1].lastFetchTimestamp).toBe(-1)
  expect((await ask('orders')).errorCode).toBe(E.UNKNOWN_TOPIC_OR_PARTITION)
  expect((await ask('__cluster_metadata', 1)).errorCode).toBe(E.UNKNOWN_TOPIC_OR_PARTITION)
})
