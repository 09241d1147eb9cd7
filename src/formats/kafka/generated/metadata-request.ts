// Made by scripts/kafka-codecs.mjs from ../schemas/MetadataRequest.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const metadataRequestFlexible = 9
export const metadataRequestVersions = {first: 0, last: 13} as const

export interface MetadataRequest {
  topics: MetadataRequestTopic[] | null
  allowAutoTopicCreation: boolean
  includeClusterAuthorizedOperations: boolean
  includeTopicAuthorizedOperations: boolean
}

export interface MetadataRequestInit {
  topics?: readonly MetadataRequestTopicInit[] | null
  allowAutoTopicCreation?: boolean
  includeClusterAuthorizedOperations?: boolean
  includeTopicAuthorizedOperations?: boolean
}

function defaultMetadataRequest(): MetadataRequest {
  return {topics: [], allowAutoTopicCreation: true, includeClusterAuthorizedOperations: false, includeTopicAuthorizedOperations: false}
}

export function readMetadataRequest(r: WireReader, v: number): MetadataRequest {
  const m = defaultMetadataRequest()
  const f = v >= 9
  m.topics = r.nullableArray(f, () => readMetadataRequestTopic(r, v))
  if (v >= 4) m.allowAutoTopicCreation = r.bool()
  if (v >= 8 && v <= 10) m.includeClusterAuthorizedOperations = r.bool()
  if (v >= 8) m.includeTopicAuthorizedOperations = r.bool()
  if (f) r.tagged()
  return m
}

export function writeMetadataRequest(w: WireWriter, init: MetadataRequestInit, v: number): void {
  const f = v >= 9
  {
    const topics = init.topics === undefined ? [] : init.topics
    w.array(topics, f, item => writeMetadataRequestTopic(w, item, v))
  }
  if (v >= 4) {
    const allowAutoTopicCreation = init.allowAutoTopicCreation === undefined ? true : init.allowAutoTopicCreation
    w.bool(allowAutoTopicCreation)
  }
  if (v >= 8 && v <= 10) {
    const includeClusterAuthorizedOperations = init.includeClusterAuthorizedOperations === undefined ? false : init.includeClusterAuthorizedOperations
    w.bool(includeClusterAuthorizedOperations)
  }
  if (v >= 8) {
    const includeTopicAuthorizedOperations = init.includeTopicAuthorizedOperations === undefined ? false : init.includeTopicAuthorizedOperations
    w.bool(includeTopicAuthorizedOperations)
  }
  if (f) w.tagged()
}

export interface MetadataRequestTopic {
  topicId: string
  name: string | null
}

export interface MetadataRequestTopicInit {
  topicId?: string
  name?: string | null
}

function defaultMetadataRequestTopic(): MetadataRequestTopic {
  return {topicId: '00000000000000000000000000000000', name: ""}
}

function readMetadataRequestTopic(r: WireReader, v: number): MetadataRequestTopic {
  const m = defaultMetadataRequestTopic()
  const f = v >= 9
  if (v >= 10) m.topicId = r.uuid()
  m.name = r.nullableString(f)
  if (f) r.tagged()
  return m
}

function writeMetadataRequestTopic(w: WireWriter, init: MetadataRequestTopicInit, v: number): void {
  const f = v >= 9
  if (v >= 10) {
    const topicId = init.topicId === undefined ? '00000000000000000000000000000000' : init.topicId
    w.uuid(topicId)
  }
  {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  if (f) w.tagged()
}
