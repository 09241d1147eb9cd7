import {KafkaError} from '../../../formats/kafka/errors.ts'
import * as findRequests from '../../../formats/kafka/generated/find-coordinator-request.ts'
import * as findResponses from '../../../formats/kafka/generated/find-coordinator-response.ts'
import * as beatRequests from '../../../formats/kafka/generated/heartbeat-request.ts'
import * as beatResponses from '../../../formats/kafka/generated/heartbeat-response.ts'
import * as joinRequests from '../../../formats/kafka/generated/join-group-request.ts'
import * as joinResponses from '../../../formats/kafka/generated/join-group-response.ts'
import * as leaveRequests from '../../../formats/kafka/generated/leave-group-request.ts'
import * as leaveResponses from '../../../formats/kafka/generated/leave-group-response.ts'
import * as commitRequests from '../../../formats/kafka/generated/offset-commit-request.ts'
import * as commitResponses from '../../../formats/kafka/generated/offset-commit-response.ts'
import * as fetchRequests from '../../../formats/kafka/generated/offset-fetch-request.ts'
import * as fetchResponses from '../../../formats/kafka/generated/offset-fetch-response.ts'
import * as syncRequests from '../../../formats/kafka/generated/sync-group-request.ts'
import * as syncResponses from '../../../formats/kafka/generated/sync-group-response.ts'
import type {Backend} from '../../backend.ts'
import {type Api, api} from '../api.ts'
import type {GroupCoordinator} from '../coordinator/coordinator.ts'
import {groupReads} from './group-reads.ts'

const SESSION_MS_MIN = 100
const SESSION_MS_MAX = 1_800_000
const GROUP_KEY_TYPE = 0
const TRANSACTION_KEY_TYPE = 1
/** Topics are named by id from this version of OffsetCommit and OffsetFetch on (KIP-848). */
const BY_ID = 10
const NOTHING = new Uint8Array(0)

/** The APIs of consumer groups (classic protocol). */
export function groupApis(coordinator: GroupCoordinator): Api[] {
  const find = api<findRequests.FindCoordinatorRequest, findResponses.FindCoordinatorResponseInit>({
    key: 10,
    name: 'FindCoordinator',
    versions: findRequests.findCoordinatorRequestVersions,
    flexible: findRequests.findCoordinatorRequestFlexible,
    read: findRequests.readFindCoordinatorRequest,
    write: findResponses.writeFindCoordinatorResponse,
    async answer(request, {version}) {
      const keys = version >= 4 ? request.coordinatorKeys : [request.key]
      const coordinators = await Promise.all(
        keys.map(async key => {
          const found =
            request.keyType === GROUP_KEY_TYPE
              ? await coordinator.find(key)
              : request.keyType === TRANSACTION_KEY_TYPE
                ? {error: KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, message: 'there are no transactions'}
                : {error: KafkaError.INVALID_REQUEST, message: `key type ${request.keyType} is not known`}
          const {broker} = 'broker' in found ? found : {broker: undefined}
          return {
            key,
            nodeId: broker?.node ?? -1,
            host: broker?.host ?? '',
            port: broker?.port ?? -1,
            errorCode: found.error,
            errorMessage: found.message ?? null,
          }
        }),
      )
      const [first] = coordinators
      return version >= 4 ? {coordinators} : {...first}
    },
  })

  const join = api<joinRequests.JoinGroupRequest, joinResponses.JoinGroupResponseInit>({
    key: 11,
    name: 'JoinGroup',
    versions: joinRequests.joinGroupRequestVersions,
    flexible: joinRequests.joinGroupRequestFlexible,
    read: joinRequests.readJoinGroupRequest,
    write: joinResponses.writeJoinGroupResponse,
    async answer(request, {version, clientId, remote}) {
      const refuse = (errorCode: number, memberId = request.memberId): joinResponses.JoinGroupResponseInit => ({
        errorCode,
        generationId: -1,
        protocolName: version >= 7 ? null : '',
        memberId,
      })
      const {sessionTimeoutMs} = request
      if (sessionTimeoutMs < SESSION_MS_MIN || sessionTimeoutMs > SESSION_MS_MAX)
        return refuse(KafkaError.INVALID_SESSION_TIMEOUT)
      if (request.protocols.length === 0 || request.protocolType === '')
        return refuse(KafkaError.INCONSISTENT_GROUP_PROTOCOL)
      // A member that comes with an id belongs to a group that is known.
      const group = coordinator.group(request.groupId, request.memberId === '' ? 'make' : 'known')
      if (typeof group === 'number') return refuse(group)
      if (!group) return refuse(KafkaError.UNKNOWN_MEMBER_ID)
      const joined = await group.join({
        memberId: request.memberId,
        newMemberId: coordinator.newMemberId(request.groupInstanceId ?? clientId ?? ''),
        clientId: clientId ?? '',
        clientHost: `/${remote.slice(0, remote.lastIndexOf(':'))}`,
        instanceId: request.groupInstanceId,
        sessionTimeoutMs,
        rebalanceTimeoutMs: request.rebalanceTimeoutMs > 0 ? request.rebalanceTimeoutMs : sessionTimeoutMs,
        protocolType: request.protocolType,
        // The request's bytes are reused by nobody, but they would keep the whole frame alive.
        protocols: request.protocols.map(p => ({name: p.name, metadata: p.metadata.slice()})),
        idRequired: version >= 4,
        maySkipAssignment: version >= 9,
      })
      if (joined.error) return refuse(joined.error, joined.memberId)
      return {
        errorCode: 0,
        generationId: joined.generation,
        protocolType: joined.protocolType,
        protocolName: joined.protocol,
        leader: joined.leader,
        skipAssignment: joined.skipAssignment,
        memberId: joined.memberId,
        members: joined.members.map(m => ({memberId: m.memberId, groupInstanceId: m.instanceId, metadata: m.metadata})),
      }
    },
  })

  const sync = api<syncRequests.SyncGroupRequest, syncResponses.SyncGroupResponseInit>({
    key: 14,
    name: 'SyncGroup',
    versions: syncRequests.syncGroupRequestVersions,
    flexible: syncRequests.syncGroupRequestFlexible,
    read: syncRequests.readSyncGroupRequest,
    write: syncResponses.writeSyncGroupResponse,
    async answer(request) {
      const group = coordinator.group(request.groupId, 'known')
      if (typeof group === 'number') return {errorCode: group, assignment: NOTHING}
      if (!group) return {errorCode: KafkaError.UNKNOWN_MEMBER_ID, assignment: NOTHING}
      const synced = await group.sync({
        memberId: request.memberId,
        instanceId: request.groupInstanceId,
        generation: request.generationId,
        protocolType: request.protocolType,
        protocol: request.protocolName,
        assignments: request.assignments.map(a => ({memberId: a.memberId, assignment: a.assignment.slice()})),
      })
      const {error: errorCode, assignment, protocolType, protocol: protocolName} = synced
      return errorCode ? {errorCode, assignment} : {errorCode, assignment, protocolType, protocolName}
    },
  })

  const heartbeat = api<beatRequests.HeartbeatRequest, beatResponses.HeartbeatResponseInit>({
    key: 12,
    name: 'Heartbeat',
    versions: beatRequests.heartbeatRequestVersions,
    flexible: beatRequests.heartbeatRequestFlexible,
    read: beatRequests.readHeartbeatRequest,
    write: beatResponses.writeHeartbeatResponse,
    async answer(request) {
      const group = coordinator.group(request.groupId, 'known')
      if (typeof group === 'number') return {errorCode: group}
      const {memberId, groupInstanceId, generationId} = request
      return {errorCode: group?.heartbeat(memberId, groupInstanceId, generationId) ?? KafkaError.UNKNOWN_MEMBER_ID}
    },
  })

  const leave = api<leaveRequests.LeaveGroupRequest, leaveResponses.LeaveGroupResponseInit>({
    key: 13,
    name: 'LeaveGroup',
    versions: leaveRequests.leaveGroupRequestVersions,
    flexible: leaveRequests.leaveGroupRequestFlexible,
    read: leaveRequests.readLeaveGroupRequest,
    write: leaveResponses.writeLeaveGroupResponse,
    async answer(request, {version}) {
      const group = coordinator.group(request.groupId, 'known')
      if (typeof group === 'number') return {errorCode: group}
      const leaves = (memberId: string, instanceId: string | null): number =>
        group?.leave(memberId, instanceId) ?? KafkaError.UNKNOWN_MEMBER_ID
      if (version < 3) return {errorCode: leaves(request.memberId, null)}
      const members = request.members.map(({memberId, groupInstanceId}) => ({
        memberId,
        groupInstanceId,
        errorCode: leaves(memberId, groupInstanceId),
      }))
      return {errorCode: 0, members}
    },
  })

  const commit = api<commitRequests.OffsetCommitRequest, commitResponses.OffsetCommitResponseInit>({
    key: 8,
    name: 'OffsetCommit',
    versions: commitRequests.offsetCommitRequestVersions,
    flexible: commitRequests.offsetCommitRequestFlexible,
    read: commitRequests.readOffsetCommitRequest,
    write: commitResponses.writeOffsetCommitResponse,
    async answer(request, {version, backend}) {
      const wrong = mayCommit(coordinator, request)
      const nameOf = (t: commitRequests.OffsetCommitRequestTopic): string | undefined =>
        version >= BY_ID ? backend.metadata.topicById(t.topicId)?.name : t.name
      const offsets = request.topics.flatMap(t =>
        t.partitions.map(p => ({
          topic: nameOf(t),
          partition: p.partitionIndex,
          offset: p.committedOffset,
          leaderEpoch: p.committedLeaderEpoch,
          metadata: p.committedMetadata ?? '',
        })),
      )
      const errors = wrong ? offsets.map(() => wrong) : await coordinator.commit(request.groupId, offsets)
      let next = 0
      return {
        topics: request.topics.map(t => ({
          name: t.name,
          topicId: t.topicId,
          partitions: t.partitions.map(p => ({partitionIndex: p.partitionIndex, errorCode: errors[next++]})),
        })),
      }
    },
  })

  const fetch = api<fetchRequests.OffsetFetchRequest, fetchResponses.OffsetFetchResponseInit>({
    key: 9,
    name: 'OffsetFetch',
    versions: fetchRequests.offsetFetchRequestVersions,
    flexible: fetchRequests.offsetFetchRequestFlexible,
    read: fetchRequests.readOffsetFetchRequest,
    write: fetchResponses.writeOffsetFetchResponse,
    async answer(request, {version, backend}) {
      const nameOf =
        version >= BY_ID ? (t: Asked) => backend.metadata.topicById(t.topicId ?? '')?.name : (t: Asked) => t.name
      const ids = version < 8 ? [request.groupId] : request.groups.map(g => g.groupId)
      const current = await Promise.all(ids.map(id => readable(coordinator, backend, id)))
      if (version < 8) return offsetsOf(coordinator, current[0], request.groupId, request.topics, nameOf)
      return {
        groups: request.groups.map((g, i) => {
          const {errorCode, topics} = offsetsOf(coordinator, current[i], g.groupId, g.topics, nameOf)
          const idOf = (name: string): string | undefined => backend.metadata.topic(name)?.id
          return {
            groupId: g.groupId,
            errorCode,
            topics: topics.map(t => ({...t, topicId: t.topicId ?? idOf(t.name)})),
          }
        }),
      }
    },
  })

  return [find, join, sync, heartbeat, leave, commit, fetch, ...groupReads(coordinator)]
}

/** May the sender of this request commit? The error, or 0. */
function mayCommit(coordinator: GroupCoordinator, request: commitRequests.OffsetCommitRequest): number {
  const {memberId, groupInstanceId, generationIdOrMemberEpoch: generation} = request
  const group = coordinator.group(request.groupId, 'known')
  if (typeof group === 'number') return group
  if (group) return group.mayCommit(memberId, groupInstanceId, generation)
  // Nobody ever joined it: offsets without a group protocol.
  return generation < 0 ? 0 : KafkaError.ILLEGAL_GENERATION
}

/** May this node tell the group's offsets? Also which of them are of topics that are gone: then it must know all of the metadata. */
async function readable(coordinator: GroupCoordinator, backend: Backend, groupId: string): Promise<boolean> {
  if (!(await coordinator.readable(groupId))) return false
  const group = coordinator.group(groupId, 'known')
  if (!group || typeof group === 'number' || !coordinator.hasForeignOffsets(group)) return true
  return (await backend.metadata.caughtUp()) && (await coordinator.readable(groupId))
}

interface Asked {
  name: string
  topicId?: string
  partitionIndexes: number[]
}

function offsetsOf(
  coordinator: GroupCoordinator,
  current: boolean,
  groupId: string,
  asked: readonly Asked[] | null,
  nameOf: (topic: Asked) => string | undefined,
) {
  const known = coordinator.group(groupId, 'known')
  // Another may coordinate by now, and have taken newer offsets.
  const group = current || typeof known === 'number' ? known : KafkaError.NOT_COORDINATOR
  const errorCode = typeof group === 'number' ? group : 0
  const owner = typeof group === 'number' ? undefined : group
  const offset = (topic: string, partition: number) => coordinator.offsetOf(owner, topic, partition)
  const wanted: readonly Asked[] =
    asked ?? byTopic([...(owner?.offsets.keys() ?? [])], (topic, partition) => offset(topic, partition) !== undefined)
  return {
    errorCode,
    topics: wanted.map(t => {
      const name = asked ? nameOf(t) : t.name
      return {
        name: t.name,
        topicId: t.topicId,
        partitions: t.partitionIndexes.map(partitionIndex => {
          const found = name === undefined ? undefined : offset(name, partitionIndex)
          return {
            partitionIndex,
            committedOffset: found?.offset ?? -1,
            committedLeaderEpoch: found?.leaderEpoch ?? -1,
            metadata: found?.metadata ?? '',
            errorCode: errorCode || (name === undefined ? KafkaError.UNKNOWN_TOPIC_ID : 0),
          }
        }),
      }
    }),
  }
}

function byTopic(keys: readonly string[], has: (topic: string, partition: number) => boolean): Asked[] {
  const topics = new Map<string, number[]>()
  for (const key of keys) {
    const slash = key.lastIndexOf('/')
    const [name, partition] = [key.slice(0, slash), Number(key.slice(slash + 1))]
    if (has(name, partition)) topics.set(name, [...(topics.get(name) ?? []), partition])
  }
  return [...topics].map(([name, partitionIndexes]) => ({name, partitionIndexes}))
}
