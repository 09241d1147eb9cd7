// Made by scripts/kafka-codecs.mjs from ../schemas/DeleteTopicsResponse.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const deleteTopicsResponseFlexible = 4
export const deleteTopicsResponseVersions = {first: 1, last: 6} as const

export interface DeleteTopicsResponse {
  throttleTimeMs: number
  responses: DeletableTopicResult[]
}

export interface DeleteTopicsResponseInit {
  throttleTimeMs?: number
  responses?: readonly DeletableTopicResultInit[]
}

function defaultDeleteTopicsResponse(): DeleteTopicsResponse {
  return {throttleTimeMs: 0, responses: []}
}

export function readDeleteTopicsResponse(r: WireReader, v: number): DeleteTopicsResponse {
  const m = defaultDeleteTopicsResponse()
  const f = v >= 4
  m.throttleTimeMs = r.int32()
  m.responses = r.array(f, () => readDeletableTopicResult(r, v))
  if (f) r.tagged()
  return m
}

export function writeDeleteTopicsResponse(w: WireWriter, init: DeleteTopicsResponseInit, v: number): void {
  const f = v >= 4
  {
    const throttleTimeMs = init.throttleTimeMs === undefined ? 0 : init.throttleTimeMs
    w.int32(throttleTimeMs)
  }
  {
    const responses = init.responses === undefined ? [] : init.responses
    w.array(responses, f, item => writeDeletableTopicResult(w, item, v))
  }
  if (f) w.tagged()
}

export interface DeletableTopicResult {
  name: string | null
  topicId: string
  errorCode: number
  errorMessage: string | null
}

export interface DeletableTopicResultInit {
  name?: string | null
  topicId?: string
  errorCode?: number
  errorMessage?: string | null
}

function defaultDeletableTopicResult(): DeletableTopicResult {
  return {name: "", topicId: '00000000000000000000000000000000', errorCode: 0, errorMessage: null}
}

function readDeletableTopicResult(r: WireReader, v: number): DeletableTopicResult {
  const m = defaultDeletableTopicResult()
  const f = v >= 4
  m.name = r.nullableString(f)
  if (v >= 6) m.topicId = r.uuid()
  m.errorCode = r.int16()
  if (v >= 5) m.errorMessage = r.nullableString(f)
  if (f) r.tagged()
  return m
}

function writeDeletableTopicResult(w: WireWriter, init: DeletableTopicResultInit, v: number): void {
  const f = v >= 4
  {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  if (v >= 6) {
    const topicId = init.topicId === undefined ? '00000000000000000000000000000000' : init.topicId
    w.uuid(topicId)
  }
  {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  if (v >= 5) {
    const errorMessage = init.errorMessage === undefined ? null : init.errorMessage
    w.string(errorMessage, f)
  }
  if (f) w.tagged()
}
