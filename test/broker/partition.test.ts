import {describe, expect, it} from 'vitest'
import type {Group} from '../../src/broker/group.ts'
import {PartitionReplica} from '../../src/broker/partition/partition.ts'
import {KafkaError} from '../../src/formats/kafka/errors.ts'

/** A replica that leads in term 1; `serving` is what its group says of itself. */
function leading(group: {serving: boolean}): PartitionReplica {
  const replica = new PartitionReplica(
    {topic: 't', topicId: 'id', partition: 0, replicas: [1, 2, 3], node: 1},
    {now: () => 0, diskFull: () => false, leadership: () => {}},
    {minInsyncReplicas: 2, replicaLagTimeMaxMs: 1_500},
  )
  const raft = {term: 1, role: 'leader', leader: 1, commit: 0, lastIndex: 0, progress: new Map()}
  replica.attach({raft, leading: true, log: {syncedIndex: 0}, ...group} as unknown as Group)
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
})
