import {KafkaError} from '../../../formats/kafka/errors.ts'
import * as describeRequests from '../../../formats/kafka/generated/describe-groups-request.ts'
import * as describeResponses from '../../../formats/kafka/generated/describe-groups-response.ts'
import * as listRequests from '../../../formats/kafka/generated/list-groups-request.ts'
import * as listResponses from '../../../formats/kafka/generated/list-groups-response.ts'
import {type Api, api} from '../api.ts'
import type {GroupCoordinator} from '../coordinator/coordinator.ts'

const CLASSIC = 'classic'
/** From this version of DescribeGroups on an unknown group is an error (KIP-1043); before, it is Dead. */
const UNKNOWN_IS_ERROR = 6
/** Kafka's word for "was not asked for". */
const NO_OPERATIONS = -2_147_483_648

/** What a client may look up of groups. Each answer holds all that was answered before it was asked (read index). */
export function groupReads(coordinator: GroupCoordinator): Api[] {
  const list = api<listRequests.ListGroupsRequest, listResponses.ListGroupsResponseInit>({
    key: 16,
    name: 'ListGroups',
    versions: listRequests.listGroupsRequestVersions,
    flexible: listRequests.listGroupsRequestFlexible,
    read: listRequests.readListGroupsRequest,
    write: listResponses.writeListGroupsResponse,
    async answer({statesFilter, typesFilter}) {
      const groups = await coordinator.list()
      if (typeof groups === 'number') return {errorCode: groups}
      const wanted = (filter: readonly string[], word: string): boolean =>
        filter.length === 0 || filter.some(w => w.toLowerCase() === word.toLowerCase())
      return {
        groups: groups
          .map(group => ({groupId: group.id, group: group.described()}))
          .filter(({group}) => wanted(statesFilter, group.state) && wanted(typesFilter, CLASSIC))
          .map(({groupId, group: {protocolType, state}}) => ({
            groupId,
            protocolType,
            groupState: state,
            groupType: CLASSIC,
          })),
      }
    },
  })

  const describe = api<describeRequests.DescribeGroupsRequest, describeResponses.DescribeGroupsResponseInit>({
    key: 15,
    name: 'DescribeGroups',
    versions: describeRequests.describeGroupsRequestVersions,
    flexible: describeRequests.describeGroupsRequestFlexible,
    read: describeRequests.readDescribeGroupsRequest,
    write: describeResponses.writeDescribeGroupsResponse,
    async answer(request, {version}) {
      const one = async (groupId: string): Promise<describeResponses.DescribedGroupInit> => {
        const current = await coordinator.readable(groupId)
        const known = coordinator.group(groupId, 'known')
        const group = current || typeof known === 'number' ? known : KafkaError.NOT_COORDINATOR
        if (typeof group === 'number') return {groupId, errorCode: group}
        if (!group && version >= UNKNOWN_IS_ERROR)
          return {groupId, errorCode: KafkaError.GROUP_ID_NOT_FOUND, errorMessage: `no group ${groupId}`}
        if (!group) return {groupId, groupState: 'Dead'}
        const {state, protocolType, protocol, members} = group.described()
        return {
          groupId,
          groupState: state,
          protocolType,
          protocolData: protocol,
          members: members.map(m => ({
            memberId: m.memberId,
            groupInstanceId: m.instanceId,
            clientId: m.clientId,
            clientHost: m.clientHost,
            memberMetadata: m.metadata,
            memberAssignment: m.assignment,
          })),
          authorizedOperations: NO_OPERATIONS,
        }
      }
      return {groups: await Promise.all(request.groups.map(one))}
    },
  })

  return [list, describe]
}
