import {messageOf} from '../../base/errors.ts'
import {KafkaError} from '../../formats/kafka/errors.ts'
import * as versionRequests from '../../formats/kafka/generated/api-versions-request.ts'
import * as versionResponses from '../../formats/kafka/generated/api-versions-response.ts'
import {WireError, WireReader, WireWriter} from '../../formats/kafka/wire.ts'
import type {Backend} from '../backend.ts'
import {type Answer, type Api, api} from './api.ts'
import type {GroupCoordinator} from './coordinator/coordinator.ts'
import {describeCluster, describeConfigs, initProducerId} from './handlers/cluster.ts'
import {fetch} from './handlers/fetch.ts'
import {groupApis} from './handlers/groups.ts'
import {metadata} from './handlers/metadata.ts'
import {listOffsets, offsetForLeaderEpoch} from './handlers/offsets.ts'
import {produce} from './handlers/produce.ts'
import {createTopics, deleteTopics} from './handlers/topics.ts'

const API_VERSIONS = 18

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
      answer: async () => ({apiKeys: this.#advertised()}),
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
      initProducerId,
      describeCluster,
      describeConfigs,
      ...groupApis(coordinator),
    ]
    for (const one of all) this.#apis.set(one.key, one)
  }

  #advertised(): versionResponses.ApiVersionInit[] {
    return [...this.#apis.values()]
      .sort((a, b) => a.key - b.key)
      .map(a => ({apiKey: a.key, minVersion: a.first, maxVersion: a.last}))
  }

  /**
   * Answers one frame (without its length). Undefined: nothing is answered (acks=0). Throws a WireError when the bytes are no request:
   * the connection cannot be trusted any more.
   */
  async handle(frame: Uint8Array, remote: string): Promise<Uint8Array | undefined> {
    const r = new WireReader(frame)
    const key = r.int16()
    const version = r.int16()
    const correlationId = r.int32()
    const found = this.#apis.get(key)
    const clientId = r.nullableString(false)
    if (!found || version < found.first || version > found.last) {
      if (key !== API_VERSIONS) throw new WireError(0, `API ${key} version ${version} is not supported`)
      // KIP-511: whatever version was asked for, this answer is understood.
      return respond(correlationId, false, w =>
        versionResponses.writeApiVersionsResponse(
          w,
          {errorCode: KafkaError.UNSUPPORTED_VERSION, apiKeys: this.#advertised()},
          0,
        ),
      )
    }
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
    // The header of an ApiVersions response never has tagged fields: its reader may not know that they exist.
    return answer && respond(correlationId, flexible && key !== API_VERSIONS, answer)
  }
}

function respond(correlationId: number, tagged: boolean, body: (w: WireWriter) => void): Uint8Array {
  const w = new WireWriter(512)
  w.int32(0)
  w.int32(correlationId)
  if (tagged) w.tagged()
  body(w)
  const bytes = w.written()
  new DataView(bytes.buffer, bytes.byteOffset).setInt32(0, bytes.length - 4)
  return bytes
}
