// Made by scripts/kafka-codecs.mjs from ../schemas/ListGroupsRequest.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const listGroupsRequestFlexible = 3
export const listGroupsRequestVersions = {first: 0, last: 5} as const

export interface ListGroupsRequest {
  statesFilter: string[]
  typesFilter: string[]
}

export interface ListGroupsRequestInit {
  statesFilter?: readonly string[]
  typesFilter?: readonly string[]
}

function defaultListGroupsRequest(): ListGroupsRequest {
  return {statesFilter: [], typesFilter: []}
}

export function readListGroupsRequest(r: WireReader, v: number): ListGroupsRequest {
  const m = defaultListGroupsRequest()
  const f = v >= 3
  if (v >= 4) m.statesFilter = r.array(f, () => r.string(f))
  if (v >= 5) m.typesFilter = r.array(f, () => r.string(f))
  if (f) r.tagged()
  return m
}

export function writeListGroupsRequest(w: WireWriter, init: ListGroupsRequestInit, v: number): void {
  const f = v >= 3
  if (v >= 4) {
    const statesFilter = init.statesFilter === undefined ? [] : init.statesFilter
    w.array(statesFilter, f, item => w.string(item, f))
  }
  if (v >= 5) {
    const typesFilter = init.typesFilter === undefined ? [] : init.typesFilter
    w.array(typesFilter, f, item => w.string(item, f))
  }
  if (f) w.tagged()
}
