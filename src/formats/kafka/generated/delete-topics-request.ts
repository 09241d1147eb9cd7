// Made by scripts/kafka-codecs.mjs from ../schemas/DeleteTopicsRequest.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const deleteTopicsRequestFlexible = 4
export const deleteTopicsRequestVersions = {first: 1, last: 6} as const

export interface DeleteTopicsRequest {
  topics: DeleteTopicState[]
  topicNames: string[]
  timeoutMs: number
}

export interface DeleteTopicsRequestInit {
  topics?: readonly DeleteTopicStateInit[]
  topicNames?: readonly string[]
  timeoutMs?: number
}

function defaultDeleteTopicsRequest(): DeleteTopicsRequest {
  return {topics: [], topicNames: [], timeoutMs: 0}
}

export function readDeleteTopicsRequest(r: WireReader, v: number): DeleteTopicsRequest {
  const m = defaultDeleteTopicsRequest()
  const f = v >= 4
  if (v >= 6) m.topics = r.array(f, () => readDeleteTopicState(r, v))
  if (v <= 5) m.topicNames = r.array(f, () => r.string(f))
  m.timeoutMs = r.int32()
  if (f) r.tagged()
  return m
}

export function writeDeleteTopicsRequest(w: WireWriter, init: DeleteTopicsRequestInit, v: number): void {
  const f = v >= 4
  if (v >= 6) {
    const topics = init.topics === undefined ? [] : init.topics
    w.array(topics, f, item => writeDeleteTopicState(w, item, v))
  }
  if (v <= 5) {
    const topicNames = init.topicNames === undefined ? [] : init.topicNames
    w.array(topicNames, f, item => w.string(item, f))
  }
  {
    const timeoutMs = init.timeoutMs === undefined ? 0 : init.timeoutMs
    w.int32(timeoutMs)
  }
  if (f) w.tagged()
}

export interface DeleteTopicState {
  name: string | null
  topicId: string
}

export interface DeleteTopicStateInit {
  name?: string | null
  topicId?: string
}

function defaultDeleteTopicState(): DeleteTopicState {
  return {name: null, topicId: '00000000000000000000000000000000'}
}

function readDeleteTopicState(r: WireReader, v: number): DeleteTopicState {
  const m = defaultDeleteTopicState()
  const f = v >= 4
  if (v >= 6) m.name = r.nullableString(f)
  if (v >= 6) m.topicId = r.uuid()
  if (f) r.tagged()
  return m
}

function writeDeleteTopicState(w: WireWriter, init: DeleteTopicStateInit, v: number): void {
  const f = v >= 4
  if (v >= 6) {
    const name = init.name === undefined ? null : init.name
    w.string(name, f)
  }
  if (v >= 6) {
    const topicId = init.topicId === undefined ? '00000000000000000000000000000000' : init.topicId
    w.uuid(topicId)
  }
  if (f) w.tagged()
}
