import {beforeEach, describe, expect, it} from 'vitest'
import {KafkaError as E} from '../../../src/formats/kafka/errors.ts'
import {iterateRecords} from '../../../src/formats/record-batch.ts'
import {FakeBackend} from '../../helpers/fake-backend.ts'
import type {RequestOf, ResponseOf} from '../../helpers/kafka-apis.ts'
import {KafkaClient} from '../../helpers/kafka-client.ts'

const OFFSETS = '__consumer_offsets'
const SESSION_MS = 10_000
const REBALANCE_MS = 30_000

describe('consumer groups', () => {
  let backend: FakeBackend
  let client: KafkaClient

  beforeEach(async () => {
    backend = new FakeBackend()
    client = new KafkaClient(backend)
    backend.topic(OFFSETS, 3)
    backend.topic('orders', 3)
    await client.settled()
  })

  function joining(over: RequestOf<'JoinGroup'> = {}): RequestOf<'JoinGroup'> {
    return {
      groupId: 'g',
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: REBALANCE_MS,
      protocolType: 'consumer',
      protocols: [{name: 'range', metadata: Uint8Array.of(1)}],
      ...over,
    }
  }

  async function newId(): Promise<string> {
    const answer = await client.ask('JoinGroup', joining())
    expect(answer.errorCode).toBe(E.MEMBER_ID_REQUIRED)
    return answer.memberId
  }

  /** Members that join a group together, and sync: the first that the answer names assigns `[n]` to the n-th. */
  async function stable(requests: Array<RequestOf<'JoinGroup'>>): Promise<Array<ResponseOf<'JoinGroup'>>> {
    const begun = []
    for (const request of requests) {
      const memberId = request.memberId ?? (request.groupInstanceId ? '' : await newId())
      begun.push(client.begin('JoinGroup', {...request, memberId}))
    }
    await backend.clock.advance(50)
    const joined = begun.map(b => b.answer as ResponseOf<'JoinGroup'>)
    for (const j of joined) expect(j?.errorCode).toBe(0)
    const {leader, generationId} = joined[0]
    const others = joined.filter(j => j.memberId !== leader)
    const waiting = others.map(j =>
      client.begin('SyncGroup', {
        groupId: 'g',
        memberId: j.memberId,
        generationId,
        ...instanceOf(j.memberId, requests, joined),
      }),
    )
    const assignments = joined.map((j, n) => ({memberId: j.memberId, assignment: Uint8Array.of(n)}))
    const led = await client.ask('SyncGroup', {
      groupId: 'g',
      memberId: leader,
      generationId,
      assignments,
      ...instanceOf(leader, requests, joined),
    })
    expect(led.errorCode).toBe(0)
    for (const w of waiting) await w.done
    return joined
  }

  function instanceOf(
    memberId: string,
    requests: Array<RequestOf<'JoinGroup'>>,
    joined: Array<ResponseOf<'JoinGroup'>>,
  ) {
    const n = joined.findIndex(j => j.memberId === memberId)
    return {groupInstanceId: requests[n]?.groupInstanceId ?? null}
  }

  const beat = async (memberId: string, generationId: number, groupInstanceId: string | null = null) =>
    (await client.ask('Heartbeat', {groupId: 'g', memberId, generationId, groupInstanceId})).errorCode

  async function commit(offset: number, over: RequestOf<'OffsetCommit'> = {}): Promise<number> {
    const answer = await client.ask(
      'OffsetCommit',
      {
        groupId: 'g',
        generationIdOrMemberEpoch: -1,
        topics: [{name: 'orders', partitions: [{partitionIndex: 0, committedOffset: offset}]}],
        ...over,
      },
      9,
    )
    return answer.topics[0].partitions[0].errorCode
  }

  async function committed(groupId = 'g', on: KafkaClient = client): Promise<number> {
    const answer = await on.ask(
      'OffsetFetch',
      {groups: [{groupId, topics: [{name: 'orders', partitionIndexes: [0]}]}]},
      9,
    )
    return answer.groups[0].errorCode || answer.groups[0].topics[0].partitions[0].committedOffset
  }

  it('two that start together are in one generation; one leads and sees both, each gets its assignment', async () => {
    const [a, b] = await stable([joining(), joining()])
    expect([a.generationId, b.generationId]).toEqual([1, 1])
    const leads = a.leader === a.memberId ? a : b
    const follows = leads === a ? b : a
    expect(leads.members.map(m => m.memberId).sort()).toEqual([a.memberId, b.memberId].sort())
    expect(follows.members).toEqual([])
    const again = await client.ask('SyncGroup', {groupId: 'g', memberId: b.memberId, generationId: 1})
    expect([...again.assignment]).toEqual([1])
    expect([again.protocolType, again.protocolName]).toEqual(['consumer', 'range'])
    expect(await beat(a.memberId, 1)).toBe(0)
  })

  it('a third one makes the others join again, in the next generation', async () => {
    const [a] = await stable([joining()])
    const b = client.begin('JoinGroup', joining({memberId: await newId()}))
    await client.settled()
    expect(await beat(a.memberId, 1)).toBe(E.REBALANCE_IN_PROGRESS)
    expect((await client.ask('SyncGroup', {groupId: 'g', memberId: a.memberId, generationId: 1})).errorCode).toBe(
      E.REBALANCE_IN_PROGRESS,
    )
    const again = await client.ask('JoinGroup', joining({memberId: a.memberId}))
    await b.done
    expect([again.generationId, b.answer?.generationId]).toEqual([2, 2])
    expect(await beat(a.memberId, 1)).toBe(E.ILLEGAL_GENERATION)
    expect(await beat(a.memberId, 2)).toBe(0)
  })

  it('who does not join again within the rebalance timeout is out', async () => {
    const [a, b] = await stable([joining({sessionTimeoutMs: 1_000_000}), joining({sessionTimeoutMs: 1_000_000})])
    const again = client.begin('JoinGroup', joining({memberId: a.memberId === a.leader ? a.memberId : b.memberId}))
    await backend.clock.advance(REBALANCE_MS)
    expect(again.answer?.members).toHaveLength(1)
    expect(await beat(a.memberId === a.leader ? b.memberId : a.memberId, 2)).toBe(E.UNKNOWN_MEMBER_ID)
  })

  it('who is silent for its session timeout is out; a heartbeat begins the session anew', async () => {
    const [a, b] = await stable([joining(), joining()])
    await backend.clock.advance(SESSION_MS - 1)
    expect(await beat(a.memberId, 1)).toBe(0)
    await backend.clock.advance(2)
    expect(await beat(a.memberId, 1)).toBe(E.REBALANCE_IN_PROGRESS)
    expect(await beat(b.memberId, 1)).toBe(E.UNKNOWN_MEMBER_ID)
  })

  it('a leader that never assigns is out after the rebalance timeout, however it beats', async () => {
    const ids = [await newId(), await newId()]
    const begun = ids.map(memberId => client.begin('JoinGroup', joining({memberId})))
    await backend.clock.advance(50)
    const leader = begun[0].answer?.leader as string
    const other = ids.find(id => id !== leader) as string
    const waits = client.begin('SyncGroup', {groupId: 'g', memberId: other, generationId: 1})
    for (let n = 0; n < 5; n++) {
      await backend.clock.advance(REBALANCE_MS / 5)
      await beat(leader, 1)
    }
    expect(waits.answer?.errorCode).toBe(E.REBALANCE_IN_PROGRESS)
    expect(await beat(leader, 1)).toBe(E.UNKNOWN_MEMBER_ID)
    expect(await beat(other, 1)).toBe(E.REBALANCE_IN_PROGRESS)
  })

  it('leaving: the rest rebalances at once; the last one leaves the group empty, with its generation kept', async () => {
    const [a, b] = await stable([joining(), joining()])
    const left = await client.ask('LeaveGroup', {groupId: 'g', members: [{memberId: a.memberId}, {memberId: 'x'}]})
    expect(left.members.map(m => m.errorCode)).toEqual([0, E.UNKNOWN_MEMBER_ID])
    expect(await beat(b.memberId, 1)).toBe(E.REBALANCE_IN_PROGRESS)
    expect((await client.ask('LeaveGroup', {groupId: 'g', memberId: b.memberId}, 2)).errorCode).toBe(0)
    expect(await beat(b.memberId, 1)).toBe(E.UNKNOWN_MEMBER_ID)
    const [c] = await stable([joining()])
    expect(c.generationId).toBe(3)
  })

  it('joins that cannot be: session timeout, no protocol, other protocols, unknown id, no name', async () => {
    const error = async (over: RequestOf<'JoinGroup'>) => (await client.ask('JoinGroup', joining(over))).errorCode
    expect(await error({sessionTimeoutMs: 1})).toBe(E.INVALID_SESSION_TIMEOUT)
    expect(await error({sessionTimeoutMs: 2_000_000})).toBe(E.INVALID_SESSION_TIMEOUT)
    expect(await error({protocols: []})).toBe(E.INCONSISTENT_GROUP_PROTOCOL)
    expect(await error({protocolType: ''})).toBe(E.INCONSISTENT_GROUP_PROTOCOL)
    expect(await error({memberId: 'who'})).toBe(E.UNKNOWN_MEMBER_ID)
    expect(await error({groupId: ''})).toBe(E.INVALID_GROUP_ID)
    await stable([joining()])
    expect(await error({memberId: 'who'})).toBe(E.UNKNOWN_MEMBER_ID)
    expect(await error({protocolType: 'connect'})).toBe(E.INCONSISTENT_GROUP_PROTOCOL)
    expect(await error({protocols: [{name: 'other'}]})).toBe(E.INCONSISTENT_GROUP_PROTOCOL)
  })

  it('the protocol is one that all know, the one that most want', async () => {
    const named = (...names: string[]) => joining({protocols: names.map(name => ({name, metadata: Uint8Array.of(1)}))})
    const [a] = await stable([named('x', 'range', 'sticky'), named('sticky', 'range'), named('range', 'sticky', 'y')])
    expect(a.protocolName).toBe('range')
  })

  it('before version 4 nobody needs an id to join', async () => {
    const begun = client.begin('JoinGroup', joining(), 3)
    await backend.clock.advance(50)
    expect(begun.answer).toMatchObject({errorCode: 0, generationId: 1})
    expect(begun.answer?.memberId).toMatch(/^test-[0-9a-f]{32}$/)
  })

  it('sync: unknown member, other generation, other protocol, twice', async () => {
    const memberId = await newId()
    const joined = client.begin('JoinGroup', joining({memberId}))
    await backend.clock.advance(50)
    await joined.done
    const error = async (over: RequestOf<'SyncGroup'>) =>
      (await client.ask('SyncGroup', {groupId: 'g', memberId, generationId: 1, ...over})).errorCode
    expect(await error({memberId: 'x'})).toBe(E.UNKNOWN_MEMBER_ID)
    expect(await error({groupId: 'none'})).toBe(E.UNKNOWN_MEMBER_ID)
    expect(await error({generationId: 7})).toBe(E.ILLEGAL_GENERATION)
    expect(await error({protocolName: 'other'})).toBe(E.INCONSISTENT_GROUP_PROTOCOL)
    expect(await error({protocolType: 'other'})).toBe(E.INCONSISTENT_GROUP_PROTOCOL)
    for (let p = 0; p < 3; p++) backend.replica(OFFSETS, p).hold = true
    const first = client.begin('SyncGroup', {groupId: 'g', memberId, generationId: 1, assignments: []})
    const second = client.begin('SyncGroup', {groupId: 'g', memberId, generationId: 1, assignments: []})
    await client.settled()
    expect(first.answer?.errorCode).toBe(E.REBALANCE_IN_PROGRESS)
    for (let p = 0; p < 3; p++) backend.replica(OFFSETS, p).release()
    await second.done
    expect(second.answer?.errorCode).toBe(0)
  })

  it('an assignment that cannot be made durable is given to nobody', async () => {
    const memberId = await newId()
    const joined = client.begin('JoinGroup', joining({memberId}))
    await backend.clock.advance(50)
    await joined.done
    for (let p = 0; p < 3; p++) backend.replica(OFFSETS, p).refuses = {error: E.NOT_ENOUGH_REPLICAS}
    const answer = await client.ask('SyncGroup', {groupId: 'g', memberId, generationId: 1, assignments: []})
    expect(answer.errorCode).toBe(E.COORDINATOR_NOT_AVAILABLE)
  })

  it('a static member that comes back takes its place without a rebalance; who it was is fenced (KIP-345)', async () => {
    const requests = [joining({groupInstanceId: 'i1'}), joining({groupInstanceId: 'i2'})]
    const [a, b] = await stable(requests)
    const follower = a.memberId === a.leader ? {was: b, id: 'i2', n: 1} : {was: a, id: 'i1', n: 0}
    const back = await client.ask('JoinGroup', joining({groupInstanceId: follower.id}))
    expect(back).toMatchObject({errorCode: 0, generationId: 1, leader: a.leader, members: []})
    expect(back.memberId).not.toBe(follower.was.memberId)
    const sync = await client.ask('SyncGroup', {
      groupId: 'g',
      memberId: back.memberId,
      groupInstanceId: follower.id,
      generationId: 1,
    })
    expect([sync.errorCode, ...sync.assignment]).toEqual([0, follower.n])
    expect(await beat(follower.was.memberId, 1, follower.id)).toBe(E.FENCED_INSTANCE_ID)
    expect(await beat(back.memberId, 1, follower.id)).toBe(0)
    expect(await beat(back.memberId, 1, 'i9')).toBe(E.UNKNOWN_MEMBER_ID)
    expect(
      (await client.ask('JoinGroup', joining({groupInstanceId: follower.id, memberId: follower.was.memberId})))
        .errorCode,
    ).toBe(E.FENCED_INSTANCE_ID)
    expect(
      await commit(3, {generationIdOrMemberEpoch: 1, memberId: follower.was.memberId, groupInstanceId: follower.id}),
    ).toBe(E.FENCED_INSTANCE_ID)
  })

  it('a static leader that comes back is told not to assign, or that another leads (KIP-814)', async () => {
    const [a] = await stable([joining({groupInstanceId: 'i1'})])
    const newer = await client.ask('JoinGroup', joining({groupInstanceId: 'i1'}), 9)
    expect(newer).toMatchObject({errorCode: 0, generationId: 1, skipAssignment: true, leader: newer.memberId})
    expect(newer.members).toHaveLength(1)
    const older = await client.ask('JoinGroup', joining({groupInstanceId: 'i1'}), 8)
    expect(older).toMatchObject({errorCode: 0, leader: newer.memberId, members: []})
    expect(a.memberId).not.toBe(older.memberId)
  })

  it('a static member that wants something else rebalances; it leaves by its instance alone', async () => {
    await stable([joining({groupInstanceId: 'i1'})])
    const changed = client.begin(
      'JoinGroup',
      joining({groupInstanceId: 'i1', protocols: [{name: 'range', metadata: Uint8Array.of(9)}]}),
    )
    await client.settled()
    expect(changed.answer?.generationId).toBe(2)
    const left = await client.ask('LeaveGroup', {
      groupId: 'g',
      members: [{groupInstanceId: 'i1'}, {groupInstanceId: 'i2'}],
    })
    expect(left.members.map(m => m.errorCode)).toEqual([0, E.UNKNOWN_MEMBER_ID])
  })

  it('a group has at most a thousand members; ids that nobody came with are forgotten', async () => {
    for (let n = 0; n < 1_000; n++) await newId()
    expect((await client.ask('JoinGroup', joining())).errorCode).toBe(E.GROUP_MAX_SIZE_REACHED)
    await backend.clock.advance(SESSION_MS)
    await newId()
  })

  it('offsets: committed after the log has them, read back, -1 for what nobody committed', async () => {
    expect(await committed()).toBe(-1)
    for (let p = 0; p < 3; p++) backend.replica(OFFSETS, p).hold = true
    const waits = client.begin(
      'OffsetCommit',
      {
        groupId: 'g',
        generationIdOrMemberEpoch: -1,
        topics: [{name: 'orders', partitions: [{partitionIndex: 0, committedOffset: 5}]}],
      },
      9,
    )
    await client.settled()
    expect([waits.answer, await committed()]).toEqual([undefined, -1])
    for (let p = 0; p < 3; p++) backend.replica(OFFSETS, p).release()
    await waits.done
    expect(await committed()).toBe(5)
    const all = await client.ask('OffsetFetch', {groups: [{groupId: 'g', topics: null}]}, 9)
    expect(all.groups[0].topics.map(t => [t.name, t.partitions.map(p => p.partitionIndex)])).toEqual([['orders', [0]]])
    expect(await committed('other')).toBe(-1)
  })

  it('offsets by topic id (version 10)', async () => {
    const topicId = backend.metadata.topic('orders')?.id
    const partitions = [{partitionIndex: 1, committedOffset: 8}]
    const done = await client.ask(
      'OffsetCommit',
      {
        groupId: 'g',
        generationIdOrMemberEpoch: -1,
        topics: [
          {topicId, partitions},
          {topicId: 'f'.repeat(32), partitions},
        ],
      },
      10,
    )
    expect(done.topics.map(t => [t.topicId === topicId, t.partitions[0].errorCode])).toEqual([
      [true, 0],
      [false, E.UNKNOWN_TOPIC_ID],
    ])
    const read = await client.ask(
      'OffsetFetch',
      {groups: [{groupId: 'g', topics: [{topicId, partitionIndexes: [1]}]}]},
      10,
    )
    expect(read.groups[0].topics[0]).toMatchObject({topicId, partitions: [{committedOffset: 8}]})
    const all = await client.ask('OffsetFetch', {groups: [{groupId: 'g', topics: null}]}, 10)
    expect(all.groups[0].topics[0].topicId).toBe(topicId)
  })

  it('commits that are refused: unknown topic, long metadata, members, generations, a group in between', async () => {
    const topic = (name: string, committedMetadata = '') => ({
      topics: [{name, partitions: [{partitionIndex: 0, committedOffset: 1, committedMetadata}]}],
    })
    expect(await commit(1, topic('none'))).toBe(E.UNKNOWN_TOPIC_OR_PARTITION)
    expect(await commit(1, topic('orders', 'x'.repeat(4_097)))).toBe(E.OFFSET_METADATA_TOO_LARGE)
    expect(await commit(1, {generationIdOrMemberEpoch: 3, memberId: 'x'})).toBe(E.ILLEGAL_GENERATION)
    const [a] = await stable([joining()])
    const member = {memberId: a.memberId, generationIdOrMemberEpoch: 1}
    expect(await commit(1)).toBe(E.UNKNOWN_MEMBER_ID)
    expect(await commit(1, {...member, memberId: 'x'})).toBe(E.UNKNOWN_MEMBER_ID)
    expect(await commit(1, {...member, generationIdOrMemberEpoch: 2})).toBe(E.ILLEGAL_GENERATION)
    expect(await commit(1, member)).toBe(0)
    const again = client.begin('JoinGroup', joining({memberId: a.memberId}))
    await again.done
    expect(await commit(1, {...member, generationIdOrMemberEpoch: 2})).toBe(E.REBALANCE_IN_PROGRESS)
  })

  it('only a join or a commit makes a group', async () => {
    for (let n = 0; n < 10_500; n++) await committed(`g${n}`)
    expect(await commit(1)).toBe(0)
  })

  it('a coordinator that stops leading lets everybody go; the next one knows offsets and gives a higher generation', async () => {
    const [a] = await stable([joining()])
    expect(await commit(42, {memberId: a.memberId, generationIdOrMemberEpoch: 1})).toBe(0)
    const waits = client.begin('JoinGroup', joining({memberId: await newId()}))
    await client.settled()
    for (let p = 0; p < 3; p++) backend.leads(OFFSETS, p, false)
    await waits.done
    expect(waits.answer?.errorCode).toBe(E.NOT_COORDINATOR)
    expect(await beat(a.memberId, 1)).toBe(E.NOT_COORDINATOR)
    expect(await committed()).toBe(E.NOT_COORDINATOR)
    for (let p = 0; p < 3; p++) backend.leads(OFFSETS, p, true, 6)
    await client.settled()
    expect(await committed()).toBe(42)
    expect(await beat(a.memberId, 1)).toBe(E.UNKNOWN_MEMBER_ID)
    const [b] = await stable([joining()])
    expect(b.generationId).toBeGreaterThan(1)
  })

  it('offsets whose records are compacted away are known to the next coordinator, also when that happens while it loads', async () => {
    expect(await commit(42)).toBe(0)
    for (let p = 0; p < 3; p++) {
      const replica = backend.replica(OFFSETS, p)
      const compact = (): void => {
        for (const batch of replica.batches.splice(0))
          for (const {key, value} of iterateRecords(batch)) if (key && value) replica.gone.push({key, value})
        replica.logStartOffset = replica.highWatermark
      }
      backend.leads(OFFSETS, p, false)
      const {read} = replica
      replica.read = (...of) => {
        compact()
        return read.apply(replica, of)
      }
      backend.leads(OFFSETS, p, true, 6)
    }
    await client.settled()
    expect(await committed()).toBe(42)
  })

  it('while the log is loaded: COORDINATOR_LOAD_IN_PROGRESS; a log that cannot be read serves nothing', async () => {
    expect(await commit(42)).toBe(0)
    for (let p = 0; p < 3; p++) {
      backend.leads(OFFSETS, p, false)
      backend.replica(OFFSETS, p).read = () => Promise.reject(new Error('EIO'))
      backend.leads(OFFSETS, p, true, 6)
    }
    expect(await committed()).toBe(E.COORDINATOR_LOAD_IN_PROGRESS)
    await client.settled()
    expect(await committed()).toBe(E.COORDINATOR_LOAD_IN_PROGRESS)
    expect(backend.lines.at(-1)).toMatch(/^ERROR __consumer_offsets\/\d cannot be loaded at 0: EIO$/)
  })

  it('cut off from the quorum it answers nothing that may be old', async () => {
    const [a] = await stable([joining()])
    expect(await commit(42, {memberId: a.memberId, generationIdOrMemberEpoch: 1})).toBe(0)
    for (let p = 0; p < 3; p++) backend.replica(OFFSETS, p).serving = false
    expect(await committed()).toBe(E.NOT_COORDINATOR)
    expect(await beat(a.memberId, 1)).toBe(E.NOT_COORDINATOR)
    expect((await client.ask('JoinGroup', joining())).errorCode).toBe(E.NOT_COORDINATOR)
    expect((await client.ask('LeaveGroup', {groupId: 'g', members: [{memberId: a.memberId}]})).errorCode).toBe(
      E.NOT_COORDINATOR,
    )
    expect(await commit(43)).toBe(E.NOT_COORDINATOR)
  })

  it('ListGroups and DescribeGroups: states, members with their client, and the assignment once it stands', async () => {
    const listed = async (over: RequestOf<'ListGroups'> = {}) =>
      (await client.ask('ListGroups', over)).groups.map(g => [g.groupId, g.groupState, g.groupType, g.protocolType])
    const described = async (groupId = 'g', version?: number) =>
      (await client.ask('DescribeGroups', {groups: [groupId]}, version)).groups[0]
    expect(await commit(42, {groupId: 'plain'})).toBe(0)
    const [a] = await stable([joining()])
    expect(await listed()).toEqual([
      ['g', 'Stable', 'classic', 'consumer'],
      ['plain', 'Empty', 'classic', ''],
    ])
    expect(await listed({statesFilter: ['empty']})).toEqual([['plain', 'Empty', 'classic', '']])
    expect(await listed({typesFilter: ['consumer']})).toEqual([])
    const stood = await described()
    expect(stood).toMatchObject({errorCode: 0, groupState: 'Stable', protocolType: 'consumer', protocolData: 'range'})
    const shown = stood.members.map(m => [
      m.memberId,
      m.clientId,
      m.clientHost,
      m.memberMetadata[0],
      m.memberAssignment[0],
    ])
    expect(shown).toEqual([[a.memberId, 'test', '/127.0.0.1', 1, 0]])
    client.begin('JoinGroup', joining({memberId: await newId()}))
    await client.settled()
    const moving = await described()
    expect([moving.groupState, moving.protocolData, moving.members.map(m => m.memberAssignment.length)]).toEqual([
      'PreparingRebalance',
      '',
      [0, 0],
    ])
    expect(await described('nobody', 5)).toMatchObject({errorCode: 0, groupState: 'Dead'})
    expect(await described('nobody')).toMatchObject({errorCode: E.GROUP_ID_NOT_FOUND})
    expect(await described('')).toMatchObject({errorCode: E.INVALID_GROUP_ID})
  })

  it('offsets of a topic that was deleted are none of another one with its name, whichever node is asked', async () => {
    expect(await commit(42)).toBe(0)
    expect(await committed()).toBe(42)
    backend.topics.delete('orders')
    backend.topic('orders', 3)
    expect(await committed()).toBe(-1)
    const all = await client.ask('OffsetFetch', {groups: [{groupId: 'g', topics: null}]}, 9)
    expect(all.groups[0].topics).toEqual([])
    for (let p = 0; p < 3; p++) {
      backend.leads(OFFSETS, p, false)
      backend.leads(OFFSETS, p, true, 6)
    }
    await client.settled()
    expect(await committed()).toBe(-1)
    expect(await commit(7)).toBe(0)
    expect(await committed()).toBe(7)
  })

  it('a node that may not know the topic yet does not say that there is no offset', async () => {
    expect(await commit(42)).toBe(0)
    const orders = backend.topics.get('orders')
    backend.topics.delete('orders')
    backend.metadata.caughtUp = () => Promise.resolve(false)
    expect(await committed()).toBe(E.NOT_COORDINATOR)
    backend.metadata.caughtUp = async () => {
      if (orders) backend.topics.set('orders', orders)
      return true
    }
    expect(await committed()).toBe(42)
  })

  it('groups are listed and described by nobody who may not coordinate any more, or does not know them yet', async () => {
    await stable([joining()])
    for (let p = 0; p < 3; p++) backend.replica(OFFSETS, p).readable = () => Promise.resolve(false)
    expect((await client.ask('ListGroups', {})).groups).toEqual([])
    expect((await client.ask('DescribeGroups', {groups: ['g']})).groups[0].errorCode).toBe(E.NOT_COORDINATOR)
    for (let p = 0; p < 3; p++) {
      backend.replica(OFFSETS, p).readable = () => Promise.resolve(true)
      backend.leads(OFFSETS, p, false)
      backend.replica(OFFSETS, p).read = () => Promise.reject(new Error('EIO'))
      backend.leads(OFFSETS, p, true, 6)
    }
    await client.settled()
    expect((await client.ask('ListGroups', {})).errorCode).toBe(
      // Nothing was committed in the others: they are loaded without being read.
      E.COORDINATOR_LOAD_IN_PROGRESS,
    )
  })

  it('FindCoordinator: makes the offsets topic once, names its leader, or says why not', async () => {
    const fresh = new FakeBackend()
    const asks = new KafkaClient(fresh)
    const [one, two] = await Promise.all([
      asks.ask('FindCoordinator', {key: 'g'}, 3),
      asks.ask('FindCoordinator', {coordinatorKeys: ['g', 'h']}),
    ])
    expect(one).toMatchObject({errorCode: 0, nodeId: 1, host: 'h1', port: 9_091})
    expect(two.coordinators.map(c => [c.key, c.errorCode])).toEqual([
      ['g', 0],
      ['h', 0],
    ])
    expect(fresh.created.map(c => [c.name, c.partitions])).toEqual([[OFFSETS, 3]])
    const error = async (key: string, keyType = 0) => (await asks.ask('FindCoordinator', {key, keyType}, 3)).errorCode
    expect(await error('')).toBe(E.INVALID_GROUP_ID)
    expect(await error('t', 1)).toBe(E.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
    expect(await error('t', 9)).toBe(E.INVALID_REQUEST)
    fresh.down.add(1)
    expect(await error('g')).toBe(E.COORDINATOR_NOT_AVAILABLE)
  })
})
