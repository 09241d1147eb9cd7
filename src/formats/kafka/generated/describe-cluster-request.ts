// Made by scripts/kafka-codecs.mjs from ../schemas/DescribeClusterRequest.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const describeClusterRequestFlexible = 0
export const describeClusterRequestVersions = {first: 0, last: 2} as const

export interface DescribeClusterRequest {
  includeClusterAuthorizedOperations: boolean
  endpointType: number
  includeFencedBrokers: boolean
}

export interface DescribeClusterRequestInit {
  includeClusterAuthorizedOperations?: boolean
  endpointType?: number
  includeFencedBrokers?: boolean
}

function defaultDescribeClusterRequest(): DescribeClusterRequest {
  return {includeClusterAuthorizedOperations: false, endpointType: 1, includeFencedBrokers: false}
}

export function readDescribeClusterRequest(r: WireReader, v: number): DescribeClusterRequest {
  const m = defaultDescribeClusterRequest()
  const f = true
  m.includeClusterAuthorizedOperations = r.bool()
  if (v >= 1) m.endpointType = r.int8()
  if (v >= 2) m.includeFencedBrokers = r.bool()
  if (f) r.tagged()
  return m
}

export function writeDescribeClusterRequest(w: WireWriter, init: DescribeClusterRequestInit, v: number): void {
  const f = true
  {
    const includeClusterAuthorizedOperations = init.includeClusterAuthorizedOperations === undefined ? false : init.includeClusterAuthorizedOperations
    w.bool(includeClusterAuthorizedOperations)
  }
  if (v >= 1) {
    const endpointType = init.endpointType === undefined ? 1 : init.endpointType
    w.int8(endpointType)
  }
  if (v >= 2) {
    const includeFencedBrokers = init.includeFencedBrokers === undefined ? false : init.includeFencedBrokers
    w.bool(includeFencedBrokers)
  }
  if (f) w.tagged()
}
