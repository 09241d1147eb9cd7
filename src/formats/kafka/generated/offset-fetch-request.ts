// Made by scripts/kafka-codecs.mjs from ../schemas/OffsetFetchRequest.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const offsetFetchRequestFlexible = 6
export const offsetFetchRequestVersions = {first: 1, last: 10} as const

export interface OffsetFetchRequest {
  groupId: string
  topics: OffsetFetchRequestTopic[] | null
  groups: OffsetFetchRequestGroup[]
  requireStable: boolean
}

export interface OffsetFetchRequestInit {
  groupId?: string
  topics?: readonly OffsetFetchRequestTopicInit[] | null
  groups?: readonly OffsetFetchRequestGroupInit[]
  requireStable?: boolean
}

function defaultOffsetFetchRequest(): OffsetFetchRequest {
  return {groupId: "", topics: [], groups: [], requireStable: false}
}

export function readOffsetFetchRequest(r: WireReader, v: number): OffsetFetchRequest {
  const m = defaultOffsetFetchRequest()
  const f = v >= 6
  if (v <= 7) m.groupId = r.string(f)
  if (v <= 7) m.topics = r.nullableArray(f, () => readOffsetFetchRequestTopic(r, v))
  if (v >= 8) m.groups = r.array(f, () => readOffsetFetchRequestGroup(r, v))
  if (v >= 7) m.requireStable = r.bool()
  if (f) r.tagged()
  return m
}

export function writeOffsetFetchRequest(w: WireWriter, init: OffsetFetchRequestInit, v: number): void {
  const f = v >= 6
  if (v <= 7) {
    const groupId = init.groupId === undefined ? "" : init.groupId
    w.string(groupId, f)
  }
  if (v <= 7) {
    const topics = init.topics === undefined ? [] : init.topics
    w.array(topics, f, item => writeOffsetFetchRequestTopic(w, item, v))
  }
  if (v >= 8) {
    const groups = init.groups === undefined ? [] : init.groups
    w.array(groups, f, item => writeOffsetFetchRequestGroup(w, item, v))
  }
  if (v >= 7) {
    const requireStable = init.requireStable === undefined ? false : init.requireStable
    w.bool(requireStable)
  }
  if (f) w.tagged()
}

export interface OffsetFetchRequestTopic {
  name: string
  partitionIndexes: number[]
}

export interface OffsetFetchRequestTopicInit {
  name?: string
  partitionIndexes?: readonly number[]
}

function defaultOffsetFetchRequestTopic(): OffsetFetchRequestTopic {
  return {name: "", partitionIndexes: []}
}

function readOffsetFetchRequestTopic(r: WireReader, v: number): OffsetFetchRequestTopic {
  const m = defaultOffsetFetchRequestTopic()
  const f = v >= 6
  if (v <= 7) m.name = r.string(f)
  if (v <= 7) m.partitionIndexes = r.array(f, () => r.int32())
  if (f) r.tagged()
  return m
}

function writeOffsetFetchRequestTopic(w: WireWriter, init: OffsetFetchRequestTopicInit, v: number): void {
  const f = v >= 6
  if (v <= 7) {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  if (v <= 7) {
    const partitionIndexes = init.partitionIndexes === undefined ? [] : init.partitionIndexes
    w.array(partitionIndexes, f, item => w.int32(item))
  }
  if (f) w.tagged()
}

export interface OffsetFetchRequestGroup {
  groupId: string
  memberId: string | null
  memberEpoch: number
  topics: OffsetFetchRequestTopics[] | null
}

export interface OffsetFetchRequestGroupInit {
  groupId?: string
  memberId?: string | null
  memberEpoch?: number
  topics?: readonly OffsetFetchRequestTopicsInit[] | null
}

function defaultOffsetFetchRequestGroup(): OffsetFetchRequestGroup {
  return {groupId: "", memberId: null, memberEpoch: -1, topics: []}
}

function readOffsetFetchRequestGroup(r: WireReader, v: number): OffsetFetchRequestGroup {
  const m = defaultOffsetFetchRequestGroup()
  const f = v >= 6
  if (v >= 8) m.groupId = r.string(f)
  if (v >= 9) m.memberId = r.nullableString(f)
  if (v >= 9) m.memberEpoch = r.int32()
  if (v >= 8) m.topics = r.nullableArray(f, () => readOffsetFetchRequestTopics(r, v))
  if (f) r.tagged()
  return m
}

function writeOffsetFetchRequestGroup(w: WireWriter, init: OffsetFetchRequestGroupInit, v: number): void {
  const f = v >= 6
  if (v >= 8) {
    const groupId = init.groupId === undefined ? "" : init.groupId
    w.string(groupId, f)
  }
  if (v >= 9) {
    const memberId = init.memberId === undefined ? null : init.memberId
    w.string(memberId, f)
  }
  if (v >= 9) {
    const memberEpoch = init.memberEpoch === undefined ? -1 : init.memberEpoch
    w.int32(memberEpoch)
  }
  if (v >= 8) {
    const topics = init.topics === undefined ? [] : init.topics
    w.array(topics, f, item => writeOffsetFetchRequestTopics(w, item, v))
  }
  if (f) w.tagged()
}

export interface OffsetFetchRequestTopics {
  name: string
  topicId: string
  partitionIndexes: number[]
}

export interface OffsetFetchRequestTopicsInit {
  name?: string
  topicId?: string
  partitionIndexes?: readonly number[]
}

function defaultOffsetFetchRequestTopics(): OffsetFetchRequestTopics {
  return {name: "", topicId: '00000000000000000000000000000000', partitionIndexes: []}
}

function readOffsetFetchRequestTopics(r: WireReader, v: number): OffsetFetchRequestTopics {
  const m = defaultOffsetFetchRequestTopics()
  const f = v >= 6
  if (v >= 8 && v <= 9) m.name = r.string(f)
  if (v >= 10) m.topicId = r.uuid()
  if (v >= 8) m.partitionIndexes = r.array(f, () => r.int32())
  if (f) r.tagged()
  return m
}

function writeOffsetFetchRequestTopics(w: WireWriter, init: OffsetFetchRequestTopicsInit, v: number): void {
  const f = v >= 6
  if (v >= 8 && v <= 9) {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  if (v >= 10) {
    const topicId = init.topicId === undefined ? '00000000000000000000000000000000' : init.topicId
    w.uuid(topicId)
  }
  if (v >= 8) {
    const partitionIndexes = init.partitionIndexes === undefined ? [] : init.partitionIndexes
    w.array(partitionIndexes, f, item => w.int32(item))
  }
  if (f) w.tagged()
}
