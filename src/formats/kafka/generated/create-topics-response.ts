// Made by scripts/kafka-codecs.mjs from ../schemas/CreateTopicsResponse.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const createTopicsResponseFlexible = 5
export const createTopicsResponseVersions = {first: 2, last: 7} as const

export interface CreateTopicsResponse {
  throttleTimeMs: number
  topics: CreatableTopicResult[]
}

export interface CreateTopicsResponseInit {
  throttleTimeMs?: number
  topics?: readonly CreatableTopicResultInit[]
}

function defaultCreateTopicsResponse(): CreateTopicsResponse {
  return {throttleTimeMs: 0, topics: []}
}

export function readCreateTopicsResponse(r: WireReader, v: number): CreateTopicsResponse {
  const m = defaultCreateTopicsResponse()
  const f = v >= 5
  m.throttleTimeMs = r.int32()
  m.topics = r.array(f, () => readCreatableTopicResult(r, v))
  if (f) r.tagged()
  return m
}

export function writeCreateTopicsResponse(w: WireWriter, init: CreateTopicsResponseInit, v: number): void {
  const f = v >= 5
  {
    const throttleTimeMs = init.throttleTimeMs === undefined ? 0 : init.throttleTimeMs
    w.int32(throttleTimeMs)
  }
  {
    const topics = init.topics === undefined ? [] : init.topics
    w.array(topics, f, item => writeCreatableTopicResult(w, item, v))
  }
  if (f) w.tagged()
}

export interface CreatableTopicResult {
  name: string
  topicId: string
  errorCode: number
  errorMessage: string | null
  topicConfigErrorCode: number
  numPartitions: number
  replicationFactor: number
  configs: CreatableTopicConfigs[] | null
}

export interface CreatableTopicResultInit {
  name?: string
  topicId?: string
  errorCode?: number
  errorMessage?: string | null
  topicConfigErrorCode?: number
  numPartitions?: number
  replicationFactor?: number
  configs?: readonly CreatableTopicConfigsInit[] | null
}

function defaultCreatableTopicResult(): CreatableTopicResult {
  return {name: "", topicId: '00000000000000000000000000000000', errorCode: 0, errorMessage: "", topicConfigErrorCode: 0, numPartitions: -1, replicationFactor: -1, configs: []}
}

function readCreatableTopicResult(r: WireReader, v: number): CreatableTopicResult {
  const m = defaultCreatableTopicResult()
  const f = v >= 5
  m.name = r.string(f)
  if (v >= 7) m.topicId = r.uuid()
  m.errorCode = r.int16()
  m.errorMessage = r.nullableString(f)
  if (v >= 5) m.numPartitions = r.int32()
  if (v >= 5) m.replicationFactor = r.int16()
  if (v >= 5) m.configs = r.nullableArray(f, () => readCreatableTopicConfigs(r, v))
  if (f)
    r.tagged((tag, t) => {
      if (tag === 0 && v >= 5) m.topicConfigErrorCode = t.int16()
    })
  return m
}

function writeCreatableTopicResult(w: WireWriter, init: CreatableTopicResultInit, v: number): void {
  const f = v >= 5
  {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  if (v >= 7) {
    const topicId = init.topicId === undefined ? '00000000000000000000000000000000' : init.topicId
    w.uuid(topicId)
  }
  {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  {
    const errorMessage = init.errorMessage === undefined ? "" : init.errorMessage
    w.string(errorMessage, f)
  }
  if (v >= 5) {
    const numPartitions = init.numPartitions === undefined ? -1 : init.numPartitions
    w.int32(numPartitions)
  }
  if (v >= 5) {
    const replicationFactor = init.replicationFactor === undefined ? -1 : init.replicationFactor
    w.int16(replicationFactor)
  }
  if (v >= 5) {
    const configs = init.configs === undefined ? [] : init.configs
    w.array(configs, f, item => writeCreatableTopicConfigs(w, item, v))
  }
  if (f) {
    const tags: Array<[number, (t: WireWriter) => void]> = []
    const topicConfigErrorCode = init.topicConfigErrorCode
    if (topicConfigErrorCode !== undefined && v >= 5) tags.push([0, t => {
      t.int16(topicConfigErrorCode)
    }])
    w.tagged(tags)
  }
}

export interface CreatableTopicConfigs {
  name: string
  value: string | null
  readOnly: boolean
  configSource: number
  isSensitive: boolean
}

export interface CreatableTopicConfigsInit {
  name?: string
  value?: string | null
  readOnly?: boolean
  configSource?: number
  isSensitive?: boolean
}

function defaultCreatableTopicConfigs(): CreatableTopicConfigs {
  return {name: "", value: "", readOnly: false, configSource: -1, isSensitive: false}
}

function readCreatableTopicConfigs(r: WireReader, v: number): CreatableTopicConfigs {
  const m = defaultCreatableTopicConfigs()
  const f = v >= 5
  if (v >= 5) m.name = r.string(f)
  if (v >= 5) m.value = r.nullableString(f)
  if (v >= 5) m.readOnly = r.bool()
  if (v >= 5) m.configSource = r.int8()
  if (v >= 5) m.isSensitive = r.bool()
  if (f) r.tagged()
  return m
}

function writeCreatableTopicConfigs(w: WireWriter, init: CreatableTopicConfigsInit, v: number): void {
  const f = v >= 5
  if (v >= 5) {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  if (v >= 5) {
    const value = init.value === undefined ? "" : init.value
    w.string(value, f)
  }
  if (v >= 5) {
    const readOnly = init.readOnly === undefined ? false : init.readOnly
    w.bool(readOnly)
  }
  if (v >= 5) {
    const configSource = init.configSource === undefined ? -1 : init.configSource
    w.int8(configSource)
  }
  if (v >= 5) {
    const isSensitive = init.isSensitive === undefined ? false : init.isSensitive
    w.bool(isSensitive)
  }
  if (f) w.tagged()
}
