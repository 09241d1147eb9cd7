import {beforeEach, describe, expect, it} from 'vitest'
import type {AppendResult, PartitionRefusal} from '../../../src/broker/backend.ts'
import type {Group} from '../../../src/broker/group.ts'
import {PartitionReplica} from '../../../src/broker/partition/partition.ts'
import {type Entry, EntryType} from '../../../src/formats/eraftpb.ts'
import {KafkaError as E} from '../../../src/formats/kafka/errors.ts'
import {CONTEXT_BATCH} from '../../../src/formats/metadata-command.ts'
import {encodeBatch, readBatchHeader} from '../../../src/formats/record-batch.ts'

const NO_OP = {type: EntryType.Normal, data: new Uint8Array(0), context: new Uint8Array(0)}

/** A group whose log, commits and elections a test moves by hand. */
class HandGroup {
  readonly raft = {
    role: 'follower',
    leader: 0,
    term: 0,
    commit: 0,
    progress: new Map<number, {match: number; recentActive: boolean}>(),
  }
  readonly voters = [1, 2, 3]
  leading = false
  quorumHeard = true
  full = false
  readonly entries: Entry[] = []
  readonly log = {
    syncedIndex: 0,
    crowded: false,
    beginsSegment: () => false,
    read: (low: number, high: number, bytesMax: number): Promise<Entry[]> => {
      const found: Entry[] = []
      let bytes = 0
      for (const entry of this.entries.slice(low - 1, high - 1)) {
        if (found.length > 0 && bytes + entry.data.length > bytesMax) break
        found.push(entry)
        bytes += entry.data.length
      }
      return Promise.resolve(found)
    },
  }

  get serving(): boolean {
    return this.leading && this.quorumHeard
  }

  /** This group never sleeps. */
  restedMs(): number {
    return -1
  }

  propose(data: Uint8Array, context: Uint8Array): {index: number} | {dropped: string} {
    if (this.full) return {dropped: 'full'}
    if (!this.leading) return {dropped: 'no leader'}
    this.entries.push({...NO_OP, term: this.raft.term, index: this.entries.length + 1, data, context} as Entry)
    return {index: this.entries.length}
  }
}

describe('partition', () => {
  let group: HandGroup
  let replica: PartitionReplica
  let now: number
  let diskFull: boolean
  let told: string[]

  beforeEach(() => {
    group = new HandGroup()
    now = 10_000
    diskFull = false
    told = []
    replica = new PartitionReplica(
      {topic: 't', topicId: 'x', partition: 0, replicas: [1, 2, 3], node: 1},
      {
        now: () => now,
        diskFull: () => diskFull,
        leadership: (_p, leading, epoch) => void told.push(`${leading ? 'leads' : 'ends'} ${epoch}`),
      },
      {minInsyncReplicas: 2, replicaLagTimeMaxMs: 1_500},
    )
    replica.attach(group as unknown as Group)
  })

  /** This node is elected and has applied the empty entry of its term. */
  function lead(term: number): void {
    Object.assign(group.raft, {role: 'leader', leader: 1, term})
    group.entries.push({...NO_OP, term, index: group.entries.length + 1} as Entry)
    for (const node of [1, 2, 3]) group.raft.progress.set(node, {match: 0, recentActive: true})
    group.leading = true
    commit(group.entries.length)
  }

  /** Everything up to `index` is on `nodes`, committed and applied. */
  function commit(index: number, nodes = [1, 2]): void {
    for (const node of nodes) Object.assign(group.raft.progress.get(node) ?? {}, {match: index})
    group.log.syncedIndex = Math.max(group.log.syncedIndex, index)
    const from = group.raft.commit
    group.raft.commit = index
    replica.apply(group.entries.slice(from, index))
    replica.moved()
  }

  function stepDown(leader = 2): void {
    group.leading = false
    Object.assign(group.raft, {role: 'follower', leader, term: group.raft.term + 1})
    replica.moved()
  }

  function batch(sequence = -1, count = 1, producerEpoch = 0): Uint8Array {
    const records = Array.from({length: count}, () => ({timestamp: 1_000}))
    return encodeBatch(sequence < 0 ? {records} : {records, producerId: 7, producerEpoch, baseSequence: sequence})
  }

  function append(bytes = batch(), acks: -1 | 0 | 1 = -1): {result?: AppendResult | PartitionRefusal} {
    const begun: {result?: AppendResult | PartitionRefusal} = {}
    void replica.append(bytes, acks).then(result => {
      begun.result = result
    })
    return begun
  }

  const turn = (): Promise<void> => new Promise(done => setImmediate(done))
  const at = (baseOffset: number) => ({baseOffset, logAppendTime: -1, logStartOffset: 0})

  it('a replica that does not lead refuses, and so does a leader that has not applied an entry of its term', async () => {
    const one = append()
    Object.assign(group.raft, {role: 'leader', leader: 1, term: 1})
    replica.moved()
    const two = append()
    await turn()
    expect([one.result, two.result]).toEqual(Array(2).fill({error: E.NOT_LEADER_OR_FOLLOWER}))
    expect(group.entries).toEqual([])
  })

  it('acks=all is answered after the commit, acks=1 after the own sync, acks=0 at once; offsets and epoch are stamped', async () => {
    lead(3)
    const [all, one, none] = [append(batch(-1, 3), -1), append(batch(-1, 2), 1), append(batch(), 0)]
    await turn()
    expect([all.result, one.result, none.result]).toEqual([undefined, undefined, at(5)])
    group.log.syncedIndex = 3
    replica.moved()
    await turn()
    expect([all.result, one.result]).toEqual([undefined, at(3)])
    commit(4)
    await turn()
    expect(all.result).toEqual(at(0))
    expect([replica.highWatermark, replica.logEndOffset]).toEqual([6, 6])
    expect(
      group.entries.slice(1).map(e => [readBatchHeader(e.data).baseOffset, readBatchHeader(e.data).leaderEpoch]),
    ).toEqual([
      [0, 3],
      [3, 3],
      [5, 3],
    ])
  })

  it('acks=all with fewer than min.insync.replicas in sync: NOT_ENOUGH_REPLICAS and nothing appended; acks=1 goes on', async () => {
    lead(1)
    now += 1_501
    const refused = append()
    const taken = append(batch(), 1)
    await turn()
    expect(refused.result).toMatchObject({error: E.NOT_ENOUGH_REPLICAS})
    expect(taken.result).toBeUndefined()
    expect(group.entries).toHaveLength(2)
    expect(replica.isr()).toEqual([1])
  })

  it('while the log is crowded produce waits, in order, takes no offset, and is refused when this node leads no more', async () => {
    lead(1)
    group.log.crowded = true
    const first = append(batch(0))
    const second = append(batch(1))
    await turn()
    expect(group.entries).toHaveLength(1)
    group.log.crowded = false
    replica.moved()
    await turn()
    expect(group.entries).toHaveLength(3)
    commit(3)
    await turn()
    expect([first.result, second.result]).toMatchObject([{baseOffset: 0}, {baseOffset: 1}])
    group.log.crowded = true
    const third = append(batch(2))
    stepDown()
    await turn()
    expect(third.result).toMatchObject({error: E.NOT_LEADER_OR_FOLLOWER})
    expect(group.entries).toHaveLength(3)
  })

  it('a full disk refuses new produce, a full queue asks to come again, and neither takes an offset', async () => {
    lead(1)
    diskFull = true
    const full = append(batch(0))
    diskFull = false
    group.full = true
    const later = append(batch(0))
    group.full = false
    const taken = append(batch(0))
    commit(2)
    await turn()
    expect(full.result).toMatchObject({error: E.KAFKA_STORAGE_ERROR})
    expect(later.result).toEqual({error: E.REQUEST_TIMED_OUT})
    expect(taken.result).toEqual(at(0))
  })

  it('what waits for a crowded log is refused when the disk is full, in order, with what comes then; with room again all goes on', async () => {
    lead(1)
    group.log.crowded = true
    const waiting = [append(batch(0)), append(batch(1))]
    diskFull = true
    const behind = append(batch(2))
    await turn()
    expect(behind.result).toBeUndefined()
    replica.moved()
    const later = append(batch(3))
    await turn()
    for (const {result} of [...waiting, behind, later]) expect(result).toMatchObject({error: E.KAFKA_STORAGE_ERROR})
    expect(group.entries).toHaveLength(1)
    diskFull = false
    group.log.crowded = false
    const taken = append(batch(0))
    commit(2)
    await turn()
    expect(taken.result).toEqual(at(0))
  })

  it('a retry is answered with the offset of the batch in the log, after the same commit, and appended once', async () => {
    lead(1)
    const [first, retry] = [append(batch(0, 2)), append(batch(0, 2))]
    await turn()
    expect([first.result, retry.result]).toEqual([undefined, undefined])
    commit(2)
    const late = append(batch(0, 2))
    await turn()
    expect([first.result, retry.result, late.result]).toEqual([at(0), at(0), at(0)])
    expect(group.entries).toHaveLength(2)
  })

  it('a retry with acks=1 waits for the sync of the batch, not for nothing', async () => {
    lead(1)
    append(batch(0), 0)
    const retry = append(batch(0), 1)
    await turn()
    expect(retry.result).toBeUndefined()
    group.log.syncedIndex = 2
    replica.moved()
    await turn()
    expect(retry.result).toEqual(at(0))
  })

  it('sequences are checked against what is proposed, not only against what is committed', async () => {
    lead(1)
    append(batch(0))
    const gap = append(batch(2))
    const next = append(batch(1))
    const newEpoch = append(batch(0, 1, 1))
    const fenced = append(batch(2))
    commit(4)
    await turn()
    expect([gap.result, next.result, newEpoch.result, fenced.result]).toEqual([
      {error: E.OUT_OF_ORDER_SEQUENCE_NUMBER},
      at(1),
      at(2),
      {error: E.INVALID_PRODUCER_EPOCH},
    ])
  })

  it('when an uncommitted tail is overwritten, offsets and sequences begin again where the commit is', async () => {
    lead(1)
    append(batch(0))
    commit(2)
    const lost = [append(batch(1)), append(batch(2), 1)]
    stepDown()
    await turn()
    expect(lost.map(l => l.result)).toEqual(Array(2).fill({error: E.NOT_LEADER_OR_FOLLOWER}))
    // Another leader wrote its own batch there.
    group.entries.length = 2
    const theirs = batch(1, 4)
    new DataView(theirs.buffer).setInt32(4, 1)
    group.entries.push({...NO_OP, term: 3, index: 3, data: theirs, context: CONTEXT_BATCH} as Entry)
    commit(3)
    lead(5)
    expect([replica.highWatermark, replica.logEndOffset]).toEqual([5, 5])
    const [again, old, next] = [append(batch(1, 4)), append(batch(2)), append(batch(5))]
    commit(5)
    await turn()
    expect([again.result, old.result, next.result]).toEqual([at(1), {error: E.OUT_OF_ORDER_SEQUENCE_NUMBER}, at(5)])
    expect(told).toEqual(['leads 1', 'ends 1', 'leads 5'])
  })

  it('committed, but not on min.insync.replicas yet: answered when it is', async () => {
    lead(1)
    const all = append()
    group.raft.commit = 2
    replica.apply(group.entries.slice(1, 2))
    replica.moved()
    await turn()
    expect(all.result).toBeUndefined()
    for (const node of [1, 3]) Object.assign(group.raft.progress.get(node) ?? {}, {match: 2})
    replica.moved()
    await turn()
    expect(all.result).toEqual(at(0))
  })

  it('cut off from the quorum it answers nothing: what is here may be older than what was already shown', async () => {
    lead(1)
    append()
    commit(2)
    expect([replica.serving, replica.refusal()]).toEqual([true, 0])
    group.quorumHeard = false
    expect([replica.serving, replica.refusal()]).toEqual([false, E.NOT_LEADER_OR_FOLLOWER])
    expect(await replica.read(0, 1_000)).toEqual({error: E.NOT_LEADER_OR_FOLLOWER})
  })

  it('reads whole batches from the one that holds the offset; beyond the high watermark is out of range', async () => {
    lead(1)
    append(batch(-1, 3))
    append(batch(-1, 3))
    commit(3)
    append(batch(-1, 3))
    const bases = async (offset: number, bytes: number): Promise<unknown> => {
      const read = await replica.read(offset, bytes)
      return 'error' in read ? read.error : read.batches.map(b => readBatchHeader(b).baseOffset)
    }
    expect(await bases(2, 10_000)).toEqual([0, 3])
    expect(await bases(4, 10_000)).toEqual([3])
    expect(await bases(0, 1)).toEqual([0])
    expect(await bases(6, 10_000)).toEqual([])
    expect(await bases(7, 10_000)).toBe(E.OFFSET_OUT_OF_RANGE)
    expect(await bases(-1, 10_000)).toBe(E.OFFSET_OUT_OF_RANGE)
    stepDown()
    expect(await bases(0, 10_000)).toBe(E.NOT_LEADER_OR_FOLLOWER)
  })

  it('a wait for more is called once: at once when there is more, on a commit, or when it stops leading', () => {
    lead(1)
    append()
    commit(2)
    const calls: string[] = []
    replica.whenAbove(0, () => void calls.push('there'))
    replica.whenAbove(1, () => void calls.push('commit'))
    const undo = replica.whenAbove(1, () => void calls.push('taken back'))
    replica.whenAbove(5, () => void calls.push('end'))
    undo()
    expect(calls).toEqual(['there'])
    append()
    commit(3)
    expect(calls).toEqual(['there', 'commit'])
    stepDown()
    expect(calls).toEqual(['there', 'commit', 'end'])
    replica.whenAbove(9, () => void calls.push('no leader'))
    expect(calls.at(-1)).toBe('no leader')
  })

  it('epochs end where the next one begins; offsets are found by time', async () => {
    lead(1)
    append(encodeBatch({records: [{timestamp: 10}, {timestamp: 30}]}))
    commit(2)
    stepDown()
    lead(4)
    append(encodeBatch({records: [{timestamp: 20}, {timestamp: 25}]}))
    commit(4)
    expect([1, 2, 4, 9].map(e => replica.endOffsetForEpoch(e))).toEqual([
      {epoch: 1, endOffset: 2},
      {epoch: 1, endOffset: 2},
      {epoch: 4, endOffset: 4},
      {epoch: -1, endOffset: -1},
    ])
    expect(await replica.offsetForTimestamp(11)).toEqual({offset: 1, timestampMs: 30})
    expect(await replica.offsetForTimestamp(31)).toEqual({offset: -1, timestampMs: -1})
    expect(await replica.newestTimestamp()).toEqual({offset: 1, timestampMs: 30})
  })
})
