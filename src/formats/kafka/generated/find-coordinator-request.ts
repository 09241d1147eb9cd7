// Made by scripts/kafka-codecs.mjs from ../schemas/FindCoordinatorRequest.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const findCoordinatorRequestFlexible = 3
export const findCoordinatorRequestVersions = {first: 0, last: 6} as const

export interface FindCoordinatorRequest {
  key: string
  keyType: number
  coordinatorKeys: string[]
}

export interface FindCoordinatorRequestInit {
  key?: string
  keyType?: number
  coordinatorKeys?: readonly string[]
}

function defaultFindCoordinatorRequest(): FindCoordinatorRequest {
  return {key: "", keyType: 0, coordinatorKeys: []}
}

export function readFindCoordinatorRequest(r: WireReader, v: number): FindCoordinatorRequest {
  const m = defaultFindCoordinatorRequest()
  const f = v >= 3
  if (v <= 3) m.key = r.string(f)
  if (v >= 1) m.keyType = r.int8()
  if (v >= 4) m.coordinatorKeys = r.array(f, () => r.string(f))
  if (f) r.tagged()
  return m
}

export function writeFindCoordinatorRequest(w: WireWriter, init: FindCoordinatorRequestInit, v: number): void {
  const f = v >= 3
  if (v <= 3) {
    const key = init.key === undefined ? "" : init.key
    w.string(key, f)
  }
  if (v >= 1) {
    const keyType = init.keyType === undefined ? 0 : init.keyType
    w.int8(keyType)
  }
  if (v >= 4) {
    const coordinatorKeys = init.coordinatorKeys === undefined ? [] : init.coordinatorKeys
    w.array(coordinatorKeys, f, item => w.string(item, f))
  }
  if (f) w.tagged()
}
