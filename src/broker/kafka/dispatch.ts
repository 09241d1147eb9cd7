import {messageOf} from '../../base/errors.ts'
import {KafkaError} from '../../formats/kafka/errors.ts'
import * as versionRequests from '../../formats/kafka/generated/api-versions-request.ts'
import * as versionResponses from '../../formats/kafka/generated/api-versions-response.ts'
import {WireError, WireReader, WireWriter} from '../../formats/kafka/wire.ts'
import type {Backend} from '../backend.ts'
import {type Answer, type Api, api, CLOSE} from './api.ts'
import type {GroupCoordinator} from './coordinator/coordinator.ts'
import {describeCluster, describeConfigs, initProducerId} from './handlers/cluster.ts'
import {fetch} from './handlers/fetch.ts'
import {groupApis} from './handlers/groups.ts'
import {metadata} from './handlers/metadata.ts'
import {listOffsets, offsetForLeaderEpoch} from './handlers/offsets.ts'
import {produce} from './handlers/produce.ts'
import {describeQuorum} from './handlers/quorum.ts'
import {deleteRecords} from './handlers/records.ts'
import {createTopics, deleteTopics} from './handlers/topics.ts'

const API_VERSIONS = 18
/** Elements of all arrays of one request: what a frame full of empty strings would decode to does not fit into memory. */
const REQUEST_ITEMS_MAX = 200_000
/** KIP-511. */
const SOFTWARE_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/

/** What becomes of one request: neither bytes nor `close`: nothing is answered (acks=0). */
export interface Reply {
  /** The whole frame of the answer. */
  bytes?: Uint8Array
  /** The connection ends behind this answer, and why. */
  close?: string
}

/** Requests by API key: decoded, handled, encoded. */
export class Dispatch {
  readonly #backend: Backend
  readonly #apis = new Map<number, Api>()

  constructor(backend: Backend, coordinator: GroupCoordinator) {
    this.#backend = backend
    const versions = api<versionRequests.ApiVersionsRequest, versionResponses.ApiVersionsResponseInit>({
      key: API_VERSIONS,
      name: 'ApiVersions',
      versions: versionRequests.apiVersionsRequestVersions,
      flexible: versionRequests.apiVersionsRequestFlexible,
      read: versionRequests.readApiVersionsRequest,
      write: versionResponses.writeApiVersionsResponse,
      answer: async (request, {version}) => {
        const {clientSoftwareName, clientSoftwareVersion} = request
        const named = SOFTWARE_NAME.test(clientSoftwareName) && SOFTWARE_NAME.test(clientSoftwareVersion)
        if (version >= 3 && !named) return {errorCode: KafkaError.INVALID_REQUEST}
        // KIP-1242: a client that takes this node for another one has to begin anew.
        const meant =
          (request.clusterId === null || request.clusterId === backend.clusterId) &&
          (request.nodeId < 0 || request.nodeId === backend.node)
        return meant ? {apiKeys: this.#advertised()} : {errorCode: KafkaError.REBOOTSTRAP_REQUIRED}
      },
    })
    const all = [
      versions,
      produce,
      fetch,
      metadata,
      listOffsets,
      offsetForLeaderEpoch,
      createTopics,
      deleteTopics,
      deleteRecords,
      initProducerId,
      describeCluster,
      describeConfigs,
      describeQuorum,
      ...groupApis(coordinator),
    ]
    for (const one of all) this.#apis.set(one.key, one)
  }

  #advertised(): versionResponses.ApiVersionInit[] {
    return [...this.#apis.values()]
      .sort((a, b) => a.key - b.key)
      .map(a => ({apiKey: a.key, minVersion: a.advertisedFirst ?? a.first, maxVersion: a.last}))
  }

  /**
   * Answers one frame (without its length). Throws a WireError when the bytes are no request: the connection cannot be trusted any more.
   */
  async handle(frame: Uint8Array, remote: string): Promise<Reply> {
    const r = new WireReader(frame, 0, {left: REQUEST_ITEMS_MAX})
    const key = r.int16()
    const version = r.int16()
    const correlationId = r.int32()
    const found = this.#apis.get(key)
    if (!found || version < found.first || version > found.last) {
      // KIP-511: whatever version was asked for, this answer is understood.
      if (key === API_VERSIONS)
        return respond(correlationId, false, w =>
          versionResponses.writeApiVersionsResponse(
            w,
            {errorCode: KafkaError.UNSUPPORTED_VERSION, apiKeys: this.#advertised()},
            0,
          ),
        )
      // No version of this answer can be known to be understood: the code alone, and the end. A client that asked for what was advertised never comes here.
      return {
        ...respond(correlationId, false, w => w.int16(KafkaError.UNSUPPORTED_VERSION)),
        close: `UNSUPPORTED_VERSION: API ${found ? `${found.name} ` : ''}${key} version ${version}`,
      }
    }
    const clientId = r.nullableString(false)
    const flexible = version >= found.flexible
    if (flexible) r.tagged()
    let answer: Answer
    try {
      answer = await found.handle({version, correlationId, clientId, body: r, remote}, this.#backend)
    } catch (error) {
      if (error instanceof WireError) throw error
      this.#backend.io.log('ERROR', `${found.name} v${version} of ${remote} failed: ${messageOf(error)}`)
      throw error
    }
    if (answer === CLOSE) return {close: `${found.name} without an answer failed`}
    // The header of an ApiVersions response never has tagged fields: its reader may not know that they exist.
    return answer ? respond(correlationId, flexible && key !== API_VERSIONS, answer) : {}
  }
}

function respond(correlationId: number, tagged: boolean, body: (w: WireWriter) => void): Reply {
  const w = new WireWriter(512)
  w.int32(0)
  w.int32(correlationId)
  if (tagged) w.tagged()
  body(w)
  const bytes = w.written()
  new DataView(bytes.buffer, bytes.byteOffset).setInt32(0, bytes.length - 4)
  return {bytes}
}
