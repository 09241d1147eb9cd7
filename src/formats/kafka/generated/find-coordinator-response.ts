// Made by scripts/kafka-codecs.mjs from ../schemas/FindCoordinatorResponse.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const findCoordinatorResponseFlexible = 3
export const findCoordinatorResponseVersions = {first: 0, last: 6} as const

export interface FindCoordinatorResponse {
  throttleTimeMs: number
  errorCode: number
  errorMessage: string | null
  nodeId: number
  host: string
  port: number
  coordinators: Coordinator[]
}

export interface FindCoordinatorResponseInit {
  throttleTimeMs?: number
  errorCode?: number
  errorMessage?: string | null
  nodeId?: number
  host?: string
  port?: number
  coordinators?: readonly CoordinatorInit[]
}

function defaultFindCoordinatorResponse(): FindCoordinatorResponse {
  return {throttleTimeMs: 0, errorCode: 0, errorMessage: "", nodeId: 0, host: "", port: 0, coordinators: []}
}

export function readFindCoordinatorResponse(r: WireReader, v: number): FindCoordinatorResponse {
  const m = defaultFindCoordinatorResponse()
  const f = v >= 3
  if (v >= 1) m.throttleTimeMs = r.int32()
  if (v <= 3) m.errorCode = r.int16()
  if (v >= 1 && v <= 3) m.errorMessage = r.nullableString(f)
  if (v <= 3) m.nodeId = r.int32()
  if (v <= 3) m.host = r.string(f)
  if (v <= 3) m.port = r.int32()
  if (v >= 4) m.coordinators = r.array(f, () => readCoordinator(r, v))
  if (f) r.tagged()
  return m
}

export function writeFindCoordinatorResponse(w: WireWriter, init: FindCoordinatorResponseInit, v: number): void {
  const f = v >= 3
  if (v >= 1) {
    const throttleTimeMs = init.throttleTimeMs === undefined ? 0 : init.throttleTimeMs
    w.int32(throttleTimeMs)
  }
  if (v <= 3) {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  if (v >= 1 && v <= 3) {
    const errorMessage = init.errorMessage === undefined ? "" : init.errorMessage
    w.string(errorMessage, f)
  }
  if (v <= 3) {
    const nodeId = init.nodeId === undefined ? 0 : init.nodeId
    w.int32(nodeId)
  }
  if (v <= 3) {
    const host = init.host === undefined ? "" : init.host
    w.string(host, f)
  }
  if (v <= 3) {
    const port = init.port === undefined ? 0 : init.port
    w.int32(port)
  }
  if (v >= 4) {
    const coordinators = init.coordinators === undefined ? [] : init.coordinators
    w.array(coordinators, f, item => writeCoordinator(w, item, v))
  }
  if (f) w.tagged()
}

export interface Coordinator {
  key: string
  nodeId: number
  host: string
  port: number
  errorCode: number
  errorMessage: string | null
}

export interface CoordinatorInit {
  key?: string
  nodeId?: number
  host?: string
  port?: number
  errorCode?: number
  errorMessage?: string | null
}

function defaultCoordinator(): Coordinator {
  return {key: "", nodeId: 0, host: "", port: 0, errorCode: 0, errorMessage: ""}
}

function readCoordinator(r: WireReader, v: number): Coordinator {
  const m = defaultCoordinator()
  const f = v >= 3
  if (v >= 4) m.key = r.string(f)
  if (v >= 4) m.nodeId = r.int32()
  if (v >= 4) m.host = r.string(f)
  if (v >= 4) m.port = r.int32()
  if (v >= 4) m.errorCode = r.int16()
  if (v >= 4) m.errorMessage = r.nullableString(f)
  if (f) r.tagged()
  return m
}

function writeCoordinator(w: WireWriter, init: CoordinatorInit, v: number): void {
  const f = v >= 3
  if (v >= 4) {
    const key = init.key === undefined ? "" : init.key
    w.string(key, f)
  }
  if (v >= 4) {
    const nodeId = init.nodeId === undefined ? 0 : init.nodeId
    w.int32(nodeId)
  }
  if (v >= 4) {
    const host = init.host === undefined ? "" : init.host
    w.string(host, f)
  }
  if (v >= 4) {
    const port = init.port === undefined ? 0 : init.port
    w.int32(port)
  }
  if (v >= 4) {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  if (v >= 4) {
    const errorMessage = init.errorMessage === undefined ? "" : init.errorMessage
    w.string(errorMessage, f)
  }
  if (f) w.tagged()
}
