// Made by scripts/kafka-codecs.mjs from ../schemas/DescribeGroupsRequest.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const describeGroupsRequestFlexible = 5
export const describeGroupsRequestVersions = {first: 0, last: 6} as const

export interface DescribeGroupsRequest {
  groups: string[]
  includeAuthorizedOperations: boolean
}

export interface DescribeGroupsRequestInit {
  groups?: readonly string[]
  includeAuthorizedOperations?: boolean
}

function defaultDescribeGroupsRequest(): DescribeGroupsRequest {
  return {groups: [], includeAuthorizedOperations: false}
}

export function readDescribeGroupsRequest(r: WireReader, v: number): DescribeGroupsRequest {
  const m = defaultDescribeGroupsRequest()
  const f = v >= 5
  m.groups = r.array(f, () => r.string(f))
  if (v >= 3) m.includeAuthorizedOperations = r.bool()
  if (f) r.tagged()
  return m
}

export function writeDescribeGroupsRequest(w: WireWriter, init: DescribeGroupsRequestInit, v: number): void {
  const f = v >= 5
  {
    const groups = init.groups === undefined ? [] : init.groups
    w.array(groups, f, item => w.string(item, f))
  }
  if (v >= 3) {
    const includeAuthorizedOperations = init.includeAuthorizedOperations === undefined ? false : init.includeAuthorizedOperations
    w.bool(includeAuthorizedOperations)
  }
  if (f) w.tagged()
}
