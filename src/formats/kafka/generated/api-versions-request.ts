// Made by scripts/kafka-codecs.mjs from ../schemas/ApiVersionsRequest.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const apiVersionsRequestFlexible = 3
export const apiVersionsRequestVersions = {first: 0, last: 5} as const

export interface ApiVersionsRequest {
  clientSoftwareName: string
  clientSoftwareVersion: string
  clusterId: string | null
  nodeId: number
}

export interface ApiVersionsRequestInit {
  clientSoftwareName?: string
  clientSoftwareVersion?: string
  clusterId?: string | null
  nodeId?: number
}

function defaultApiVersionsRequest(): ApiVersionsRequest {
  return {clientSoftwareName: "", clientSoftwareVersion: "", clusterId: null, nodeId: -1}
}

export function readApiVersionsRequest(r: WireReader, v: number): ApiVersionsRequest {
  const m = defaultApiVersionsRequest()
  const f = v >= 3
  if (v >= 3) m.clientSoftwareName = r.string(f)
  if (v >= 3) m.clientSoftwareVersion = r.string(f)
  if (v >= 5) m.clusterId = r.nullableString(f)
  if (v >= 5) m.nodeId = r.int32()
  if (f) r.tagged()
  return m
}

export function writeApiVersionsRequest(w: WireWriter, init: ApiVersionsRequestInit, v: number): void {
  const f = v >= 3
  if (v >= 3) {
    const clientSoftwareName = init.clientSoftwareName === undefined ? "" : init.clientSoftwareName
    w.string(clientSoftwareName, f)
  }
  if (v >= 3) {
    const clientSoftwareVersion = init.clientSoftwareVersion === undefined ? "" : init.clientSoftwareVersion
    w.string(clientSoftwareVersion, f)
  }
  if (v >= 5) {
    const clusterId = init.clusterId === undefined ? null : init.clusterId
    w.string(clusterId, f)
  }
  if (v >= 5) {
    const nodeId = init.nodeId === undefined ? -1 : init.nodeId
    w.int32(nodeId)
  }
  if (f) w.tagged()
}
