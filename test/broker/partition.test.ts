import {describe, expect, it} from 'vitest'
import {utf8} from '../../src/base/bytes.ts'
import type {Group} from '../../src/broker/group.ts'
import {PartitionReplica} from '../../src/broker/partition/partition.ts'
import {KafkaError} from '../../src/formats/kafka/errors.ts'
import {encodeBatch} from '../../src/formats/record-batch.ts'

/** A replica that leads in term 1; `serving` is what its group says of itself. */
function leading(group: {serving: boolean}): PartitionReplica {
  const replica = new PartitionReplica(
    {topic: 't', topicId: 'id', partition: 0, replicas: [1, 2, 3], node: 1},
    {now: () => 0, diskFull: () => false, leadership: () => {}},
    {minInsyncReplicas: 2, replicaLagTimeMaxMs: 1_500},
  )
  const raft = {term: 1, role: 'leader', leader: 1, commit: 0, lastIndex: 0, progress: new Map()}
  const log = {syncedIndex: 0, crowded: false}
  replica.attach({raft, leading: true, log, propose: () => ({index: 1}), ...group} as unknown as Group)
  replica.moved()
  return replica
}

describe('a partition', () => {
  it('partition: a leader that hears of no quorum answers no read, for another may lead and have shown more', async () => {
    const unheard = await leading({serving: false}).read(0, 1_000)
    expect(unheard).toEqual({error: KafkaError.NOT_LEADER_OR_FOLLOWER})
    const heard = await leading({serving: true}).read(0, 1_000)
    expect(heard).toMatchObject({batches: [], highWatermark: 0})
  })
  it('partition: such a leader says of no write that it is out of order, for another may have taken what came before', async () => {
    const of = (baseSequence: number) =>
      encodeBatch({records: [{value: utf8('v'), timestamp: 0}], producerId: 7, producerEpoch: 0, baseSequence})
    for (const serving of [true, false]) {
      const replica = leading({serving})
      expect(await replica.append(of(0), 0)).toMatchObject({baseOffset: 0})
      const {OUT_OF_ORDER_SEQUENCE_NUMBER, NOT_LEADER_OR_FOLLOWER} = KafkaError
      const error = serving ? OUT_OF_ORDER_SEQUENCE_NUMBER : NOT_LEADER_OR_FOLLOWER
      expect(await replica.append(of(5), 0)).toEqual({error})
    }
  })
})
