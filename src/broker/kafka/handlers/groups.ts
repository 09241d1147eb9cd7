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
import {type Api, api} from '../api.ts'
import type {GroupCoordinator} from '../coordinator/coordinator.ts'

const SESSION_MS_MIN = 100
const SESSION_MS_MAX = 1_800_000
const GROUP_KEY_TYPE = 0
const NOTHING = new Uint8Array(0)

/** The APIs of consumer groups (classic protocol). Versions that name topics by id are not handled. */
export function groupApis(coordinator: GroupCoordinator): Api[] {
  const find = api<findRequests.FindCoordinatorRequest, findResponses.FindCoordinatorResponseInit>({
    key: 10,
    name: 'FindCoordinator',
    versions: findRequests.findCoordinatorRequestVersions,
    only: {last: 4},
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
              : {error: KafkaError.COORDINATOR_NOT_AVAILABLE, message: 'there are no transactions'}
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
    async answer(request, {version, clientId}) {
      const refuse = (errorCode: number, memberId = request.memberId): joinResponses.JoinGroupResponseInit => ({
        errorCode,
        generationId: -1,
        protocolName: version >= 7 ? null : '',
        memberId,
      })
      const {sessionTimeoutMs} = request
      if (sessionTimeoutMs < SESSION_MS_MIN || sessionTimeoutMs > SESSION_MS_MAX)
        return refuse(KafkaError.INVALID_SESSION_TIMEOUT)
      const group = coordinator.group(request.groupId)
      if (typeof group === 'number') return refuse(group)
      if (request.protocols.length === 0) return refuse(KafkaError.INCONSISTENT_GROUP_PROTOCOL)
      let {memberId} = request
      if (memberId === '') {
        memberId = coordinator.newMemberId(clientId ?? '')
        group.expect(memberId, sessionTimeoutMs)
        if (version >= 4 && request.groupInstanceId === null) return refuse(KafkaError.MEMBER_ID_REQUIRED, memberId)
      }
      const joined = await group.join({
        memberId,
        instanceId: request.groupInstanceId,
        clientId: clientId ?? '',
        sessionTimeoutMs,
        rebalanceTimeoutMs: request.rebalanceTimeoutMs > 0 ? request.rebalanceTimeoutMs : sessionTimeoutMs,
        protocolType: request.protocolType,
        // The request's bytes are reused by nobody, but they would keep the whole frame alive.
        protocols: request.protocols.map(p => ({name: p.name, metadata: p.metadata.slice()})),
      })
      if (joined.error) return refuse(joined.error)
      return {
        errorCode: 0,
        generationId: joined.generation,
        protocolType: joined.protocolType,
        protocolName: joined.protocol,
        leader: joined.leader,
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
      const group = coordinator.group(request.groupId)
      if (typeof group === 'number') return {errorCode: group, assignment: NOTHING}
      const synced = await group.sync(
        request.memberId,
        request.generationId,
        request.assignments.map(a => ({memberId: a.memberId, assignment: a.assignment.slice()})),
      )
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
      const group = coordinator.group(request.groupId)
      if (typeof group === 'number') return {errorCode: group}
      return {errorCode: group.heartbeat(request.memberId, request.generationId)}
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
      const group = coordinator.group(request.groupId)
      if (typeof group === 'number') return {errorCode: group}
      if (version < 3) return {errorCode: group.leave(request.memberId)}
      const members = request.members.map(m => ({
        memberId: m.memberId,
        groupInstanceId: m.groupInstanceId,
        errorCode: group.leave(m.memberId),
      }))
      return {errorCode: 0, members}
    },
  })

  const commit = api<commitRequests.OffsetCommitRequest, commitResponses.OffsetCommitResponseInit>({
    key: 8,
    name: 'OffsetCommit',
    versions: commitRequests.offsetCommitRequestVersions,
    only: {last: 9},
    flexible: commitRequests.offsetCommitRequestFlexible,
    read: commitRequests.readOffsetCommitRequest,
    write: commitResponses.writeOffsetCommitResponse,
    async answer(request) {
      const group = coordinator.group(request.groupId)
      const wrong =
        typeof group === 'number' ? group : group.mayCommit(request.memberId, request.generationIdOrMemberEpoch)
      const offsets = request.topics.flatMap(t =>
        t.partitions.map(p => ({
          topic: t.name,
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
          partitions: t.partitions.map(p => ({partitionIndex: p.partitionIndex, errorCode: errors[next++]})),
        })),
      }
    },
  })

  const fetch = api<fetchRequests.OffsetFetchRequest, fetchResponses.OffsetFetchResponseInit>({
    key: 9,
    name: 'OffsetFetch',
    versions: fetchRequests.offsetFetchRequestVersions,
    only: {last: 9},
    flexible: fetchRequests.offsetFetchRequestFlexible,
    read: fetchRequests.readOffsetFetchRequest,
    write: fetchResponses.writeOffsetFetchResponse,
    async answer(request, {version}) {
      if (version >= 8)
        return {
          groups: request.groups.map(g => {
            const {errorCode, topics} = offsetsOf(coordinator, g.groupId, g.topics)
            return {groupId: g.groupId, errorCode, topics}
          }),
        }
      return offsetsOf(coordinator, request.groupId, request.topics)
    },
  })

  return [find, join, sync, heartbeat, leave, commit, fetch]
}

function offsetsOf(
  coordinator: GroupCoordinator,
  groupId: string,
  asked: ReadonlyArray<{name: string; partitionIndexes: number[]}> | null,
) {
  const group = coordinator.group(groupId)
  const error = typeof group === 'number' ? group : 0
  const offsets = typeof group === 'number' ? undefined : group.offsets
  const wanted = asked ?? byTopic([...(offsets?.keys() ?? [])])
  return {
    errorCode: error,
    topics: wanted.map(t => ({
      name: t.name,
      partitions: t.partitionIndexes.map(partitionIndex => {
        const found = offsets?.get(`${t.name}/${partitionIndex}`)
        return {
          partitionIndex,
          committedOffset: found?.offset ?? -1,
          committedLeaderEpoch: found?.leaderEpoch ?? -1,
          metadata: found?.metadata ?? '',
          errorCode: error,
        }
      }),
    })),
  }
}

function byTopic(keys: readonly string[]): Array<{name: string; partitionIndexes: number[]}> {
  const topics = new Map<string, number[]>()
  for (const key of keys) {
    const slash = key.lastIndexOf('/')
    const name = key.slice(0, slash)
    topics.set(name, [...(topics.get(name) ?? []), Number(key.slice(slash + 1))])
  }
  return [...topics].map(([name, partitionIndexes]) => ({name, partitionIndexes}))
}
