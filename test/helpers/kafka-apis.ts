import * as apiVersionsRequest from '../../src/formats/kafka/generated/api-versions-request.ts'
import * as apiVersionsResponse from '../../src/formats/kafka/generated/api-versions-response.ts'
import * as createTopicsRequest from '../../src/formats/kafka/generated/create-topics-request.ts'
import * as createTopicsResponse from '../../src/formats/kafka/generated/create-topics-response.ts'
import * as deleteRecordsRequest from '../../src/formats/kafka/generated/delete-records-request.ts'
import * as deleteRecordsResponse from '../../src/formats/kafka/generated/delete-records-response.ts'
import * as deleteTopicsRequest from '../../src/formats/kafka/generated/delete-topics-request.ts'
import * as deleteTopicsResponse from '../../src/formats/kafka/generated/delete-topics-response.ts'
import * as describeClusterRequest from '../../src/formats/kafka/generated/describe-cluster-request.ts'
import * as describeClusterResponse from '../../src/formats/kafka/generated/describe-cluster-response.ts'
import * as describeConfigsRequest from '../../src/formats/kafka/generated/describe-configs-request.ts'
import * as describeConfigsResponse from '../../src/formats/kafka/generated/describe-configs-response.ts'
import * as describeGroupsRequest from '../../src/formats/kafka/generated/describe-groups-request.ts'
import * as describeGroupsResponse from '../../src/formats/kafka/generated/describe-groups-response.ts'
import * as describeQuorumRequest from '../../src/formats/kafka/generated/describe-quorum-request.ts'
import * as describeQuorumResponse from '../../src/formats/kafka/generated/describe-quorum-response.ts'
import * as fetchRequest from '../../src/formats/kafka/generated/fetch-request.ts'
import * as fetchResponse from '../../src/formats/kafka/generated/fetch-response.ts'
import * as findCoordinatorRequest from '../../src/formats/kafka/generated/find-coordinator-request.ts'
import * as findCoordinatorResponse from '../../src/formats/kafka/generated/find-coordinator-response.ts'
import * as heartbeatRequest from '../../src/formats/kafka/generated/heartbeat-request.ts'
import * as heartbeatResponse from '../../src/formats/kafka/generated/heartbeat-response.ts'
import * as initProducerIdRequest from '../../src/formats/kafka/generated/init-producer-id-request.ts'
import * as initProducerIdResponse from '../../src/formats/kafka/generated/init-producer-id-response.ts'
import * as joinGroupRequest from '../../src/formats/kafka/generated/join-group-request.ts'
import * as joinGroupResponse from '../../src/formats/kafka/generated/join-group-response.ts'
import * as leaveGroupRequest from '../../src/formats/kafka/generated/leave-group-request.ts'
import * as leaveGroupResponse from '../../src/formats/kafka/generated/leave-group-response.ts'
import * as listGroupsRequest from '../../src/formats/kafka/generated/list-groups-request.ts'
import * as listGroupsResponse from '../../src/formats/kafka/generated/list-groups-response.ts'
import * as listOffsetsRequest from '../../src/formats/kafka/generated/list-offsets-request.ts'
import * as listOffsetsResponse from '../../src/formats/kafka/generated/list-offsets-response.ts'
import * as metadataRequest from '../../src/formats/kafka/generated/metadata-request.ts'
import * as metadataResponse from '../../src/formats/kafka/generated/metadata-response.ts'
import * as offsetCommitRequest from '../../src/formats/kafka/generated/offset-commit-request.ts'
import * as offsetCommitResponse from '../../src/formats/kafka/generated/offset-commit-response.ts'
import * as offsetFetchRequest from '../../src/formats/kafka/generated/offset-fetch-request.ts'
import * as offsetFetchResponse from '../../src/formats/kafka/generated/offset-fetch-response.ts'
import * as offsetForLeaderEpochRequest from '../../src/formats/kafka/generated/offset-for-leader-epoch-request.ts'
import * as offsetForLeaderEpochResponse from '../../src/formats/kafka/generated/offset-for-leader-epoch-response.ts'
import * as produceRequest from '../../src/formats/kafka/generated/produce-request.ts'
import * as produceResponse from '../../src/formats/kafka/generated/produce-response.ts'
import * as syncGroupRequest from '../../src/formats/kafka/generated/sync-group-request.ts'
import * as syncGroupResponse from '../../src/formats/kafka/generated/sync-group-response.ts'
import {WireReader, WireWriter} from '../../src/formats/kafka/wire.ts'

interface Codec<Q, I, P, R> {
  key: number
  flexible: number
  versions: {first: number; last: number}
  write(w: WireWriter, init: I, v: number): void
  readRequest(r: WireReader, v: number): Q
  read(r: WireReader, v: number): P
  writeResponse(w: WireWriter, init: R, v: number): void
}

function of<Q, I, P, R>(codec: Codec<Q, I, P, R>): Codec<Q, I, P, R> {
  return codec
}

/** Both directions of every API that the broker has, for tests that are its clients. */
export const APIS = {
  Produce: of({
    key: 0,
    flexible: produceRequest.produceRequestFlexible,
    versions: produceRequest.produceRequestVersions,
    write: produceRequest.writeProduceRequest,
    readRequest: produceRequest.readProduceRequest,
    read: produceResponse.readProduceResponse,
    writeResponse: produceResponse.writeProduceResponse,
  }),
  Fetch: of({
    key: 1,
    flexible: fetchRequest.fetchRequestFlexible,
    versions: fetchRequest.fetchRequestVersions,
    write: fetchRequest.writeFetchRequest,
    readRequest: fetchRequest.readFetchRequest,
    read: fetchResponse.readFetchResponse,
    writeResponse: fetchResponse.writeFetchResponse,
  }),
  ListOffsets: of({
    key: 2,
    flexible: listOffsetsRequest.listOffsetsRequestFlexible,
    versions: listOffsetsRequest.listOffsetsRequestVersions,
    write: listOffsetsRequest.writeListOffsetsRequest,
    readRequest: listOffsetsRequest.readListOffsetsRequest,
    read: listOffsetsResponse.readListOffsetsResponse,
    writeResponse: listOffsetsResponse.writeListOffsetsResponse,
  }),
  Metadata: of({
    key: 3,
    flexible: metadataRequest.metadataRequestFlexible,
    versions: metadataRequest.metadataRequestVersions,
    write: metadataRequest.writeMetadataRequest,
    readRequest: metadataRequest.readMetadataRequest,
    read: metadataResponse.readMetadataResponse,
    writeResponse: metadataResponse.writeMetadataResponse,
  }),
  OffsetCommit: of({
    key: 8,
    flexible: offsetCommitRequest.offsetCommitRequestFlexible,
    versions: offsetCommitRequest.offsetCommitRequestVersions,
    write: offsetCommitRequest.writeOffsetCommitRequest,
    readRequest: offsetCommitRequest.readOffsetCommitRequest,
    read: offsetCommitResponse.readOffsetCommitResponse,
    writeResponse: offsetCommitResponse.writeOffsetCommitResponse,
  }),
  OffsetFetch: of({
    key: 9,
    flexible: offsetFetchRequest.offsetFetchRequestFlexible,
    versions: offsetFetchRequest.offsetFetchRequestVersions,
    write: offsetFetchRequest.writeOffsetFetchRequest,
    readRequest: offsetFetchRequest.readOffsetFetchRequest,
    read: offsetFetchResponse.readOffsetFetchResponse,
    writeResponse: offsetFetchResponse.writeOffsetFetchResponse,
  }),
  FindCoordinator: of({
    key: 10,
    flexible: findCoordinatorRequest.findCoordinatorRequestFlexible,
    versions: findCoordinatorRequest.findCoordinatorRequestVersions,
    write: findCoordinatorRequest.writeFindCoordinatorRequest,
    readRequest: findCoordinatorRequest.readFindCoordinatorRequest,
    read: findCoordinatorResponse.readFindCoordinatorResponse,
    writeResponse: findCoordinatorResponse.writeFindCoordinatorResponse,
  }),
  JoinGroup: of({
    key: 11,
    flexible: joinGroupRequest.joinGroupRequestFlexible,
    versions: joinGroupRequest.joinGroupRequestVersions,
    write: joinGroupRequest.writeJoinGroupRequest,
    readRequest: joinGroupRequest.readJoinGroupRequest,
    read: joinGroupResponse.readJoinGroupResponse,
    writeResponse: joinGroupResponse.writeJoinGroupResponse,
  }),
  Heartbeat: of({
    key: 12,
    flexible: heartbeatRequest.heartbeatRequestFlexible,
    versions: heartbeatRequest.heartbeatRequestVersions,
    write: heartbeatRequest.writeHeartbeatRequest,
    readRequest: heartbeatRequest.readHeartbeatRequest,
    read: heartbeatResponse.readHeartbeatResponse,
    writeResponse: heartbeatResponse.writeHeartbeatResponse,
  }),
  LeaveGroup: of({
    key: 13,
    flexible: leaveGroupRequest.leaveGroupRequestFlexible,
    versions: leaveGroupRequest.leaveGroupRequestVersions,
    write: leaveGroupRequest.writeLeaveGroupRequest,
    readRequest: leaveGroupRequest.readLeaveGroupRequest,
    read: leaveGroupResponse.readLeaveGroupResponse,
    writeResponse: leaveGroupResponse.writeLeaveGroupResponse,
  }),
  SyncGroup: of({
    key: 14,
    flexible: syncGroupRequest.syncGroupRequestFlexible,
    versions: syncGroupRequest.syncGroupRequestVersions,
    write: syncGroupRequest.writeSyncGroupRequest,
    readRequest: syncGroupRequest.readSyncGroupRequest,
    read: syncGroupResponse.readSyncGroupResponse,
    writeResponse: syncGroupResponse.writeSyncGroupResponse,
  }),
  DescribeGroups: of({
    key: 15,
    flexible: describeGroupsRequest.describeGroupsRequestFlexible,
    versions: describeGroupsRequest.describeGroupsRequestVersions,
    write: describeGroupsRequest.writeDescribeGroupsRequest,
    readRequest: describeGroupsRequest.readDescribeGroupsRequest,
    read: describeGroupsResponse.readDescribeGroupsResponse,
    writeResponse: describeGroupsResponse.writeDescribeGroupsResponse,
  }),
  ListGroups: of({
    key: 16,
    flexible: listGroupsRequest.listGroupsRequestFlexible,
    versions: listGroupsRequest.listGroupsRequestVersions,
    write: listGroupsRequest.writeListGroupsRequest,
    readRequest: listGroupsRequest.readListGroupsRequest,
    read: listGroupsResponse.readListGroupsResponse,
    writeResponse: listGroupsResponse.writeListGroupsResponse,
  }),
  ApiVersions: of({
    key: 18,
    flexible: apiVersionsRequest.apiVersionsRequestFlexible,
    versions: apiVersionsRequest.apiVersionsRequestVersions,
    write: apiVersionsRequest.writeApiVersionsRequest,
    readRequest: apiVersionsRequest.readApiVersionsRequest,
    read: apiVersionsResponse.readApiVersionsResponse,
    writeResponse: apiVersionsResponse.writeApiVersionsResponse,
  }),
  CreateTopics: of({
    key: 19,
    flexible: createTopicsRequest.createTopicsRequestFlexible,
    versions: createTopicsRequest.createTopicsRequestVersions,
    write: createTopicsRequest.writeCreateTopicsRequest,
    readRequest: createTopicsRequest.readCreateTopicsRequest,
    read: createTopicsResponse.readCreateTopicsResponse,
    writeResponse: createTopicsResponse.writeCreateTopicsResponse,
  }),
  DeleteTopics: of({
    key: 20,
    flexible: deleteTopicsRequest.deleteTopicsRequestFlexible,
    versions: deleteTopicsRequest.deleteTopicsRequestVersions,
    write: deleteTopicsRequest.writeDeleteTopicsRequest,
    readRequest: deleteTopicsRequest.readDeleteTopicsRequest,
    read: deleteTopicsResponse.readDeleteTopicsResponse,
    writeResponse: deleteTopicsResponse.writeDeleteTopicsResponse,
  }),
  DeleteRecords: of({
    key: 21,
    flexible: deleteRecordsRequest.deleteRecordsRequestFlexible,
    versions: deleteRecordsRequest.deleteRecordsRequestVersions,
    write: deleteRecordsRequest.writeDeleteRecordsRequest,
    readRequest: deleteRecordsRequest.readDeleteRecordsRequest,
    read: deleteRecordsResponse.readDeleteRecordsResponse,
    writeResponse: deleteRecordsResponse.writeDeleteRecordsResponse,
  }),
  InitProducerId: of({
    key: 22,
    flexible: initProducerIdRequest.initProducerIdRequestFlexible,
    versions: initProducerIdRequest.initProducerIdRequestVersions,
    write: initProducerIdRequest.writeInitProducerIdRequest,
    readRequest: initProducerIdRequest.readInitProducerIdRequest,
    read: initProducerIdResponse.readInitProducerIdResponse,
    writeResponse: initProducerIdResponse.writeInitProducerIdResponse,
  }),
  OffsetForLeaderEpoch: of({
    key: 23,
    flexible: offsetForLeaderEpochRequest.offsetForLeaderEpochRequestFlexible,
    versions: offsetForLeaderEpochRequest.offsetForLeaderEpochRequestVersions,
    write: offsetForLeaderEpochRequest.writeOffsetForLeaderEpochRequest,
    readRequest: offsetForLeaderEpochRequest.readOffsetForLeaderEpochRequest,
    read: offsetForLeaderEpochResponse.readOffsetForLeaderEpochResponse,
    writeResponse: offsetForLeaderEpochResponse.writeOffsetForLeaderEpochResponse,
  }),
  DescribeConfigs: of({
    key: 32,
    flexible: describeConfigsRequest.describeConfigsRequestFlexible,
    versions: describeConfigsRequest.describeConfigsRequestVersions,
    write: describeConfigsRequest.writeDescribeConfigsRequest,
    readRequest: describeConfigsRequest.readDescribeConfigsRequest,
    read: describeConfigsResponse.readDescribeConfigsResponse,
    writeResponse: describeConfigsResponse.writeDescribeConfigsResponse,
  }),
  DescribeQuorum: of({
    key: 55,
    flexible: describeQuorumRequest.describeQuorumRequestFlexible,
    versions: describeQuorumRequest.describeQuorumRequestVersions,
    write: describeQuorumRequest.writeDescribeQuorumRequest,
    readRequest: describeQuorumRequest.readDescribeQuorumRequest,
    read: describeQuorumResponse.readDescribeQuorumResponse,
    writeResponse: describeQuorumResponse.writeDescribeQuorumResponse,
  }),
  DescribeCluster: of({
    key: 60,
    flexible: describeClusterRequest.describeClusterRequestFlexible,
    versions: describeClusterRequest.describeClusterRequestVersions,
    write: describeClusterRequest.writeDescribeClusterRequest,
    readRequest: describeClusterRequest.readDescribeClusterRequest,
    read: describeClusterResponse.readDescribeClusterResponse,
    writeResponse: describeClusterResponse.writeDescribeClusterResponse,
  }),
}

export type ApiName = keyof typeof APIS
export type RequestOf<N extends ApiName> =
  (typeof APIS)[N] extends Codec<infer _Q, infer I, infer _P, infer _R> ? I : never
export type ResponseOf<N extends ApiName> =
  (typeof APIS)[N] extends Codec<infer _Q, infer _I, infer P, infer _R> ? P : never

/** A request without its length in front. */
export function requestFrame<N extends ApiName>(
  name: N,
  version: number,
  body: RequestOf<N>,
  correlationId = 7,
  clientId: string | null = 'test',
): Uint8Array {
  const codec = APIS[name]
  const w = new WireWriter(256)
  w.int16(codec.key)
  w.int16(version)
  w.int32(correlationId)
  w.string(clientId, false)
  if (version >= codec.flexible) w.tagged()
  ;(codec.write as (w: WireWriter, init: unknown, v: number) => void)(w, body, version)
  return new Uint8Array(w.written())
}

/** With its length in front: what goes over a socket. */
export function framed(bytes: Uint8Array): Uint8Array {
  const w = new WireWriter(bytes.length + 4)
  w.int32(bytes.length)
  w.raw(bytes)
  return new Uint8Array(w.written())
}

export interface Decoded<P> {
  correlationId: number
  body: P
  /** Bytes behind the body; 0 when the answer is what its version says. */
  left: number
}

/** An answer without its length in front. */
export function decodeAnswer<N extends ApiName>(name: N, version: number, bytes: Uint8Array): Decoded<ResponseOf<N>> {
  const codec = APIS[name]
  const r = new WireReader(bytes)
  const correlationId = r.int32()
  if (version >= codec.flexible && name !== 'ApiVersions') r.tagged()
  const body = codec.read(r, version) as ResponseOf<N>
  return {correlationId, body, left: r.left}
}
