// Made by scripts/kafka-codecs.mjs from ../schemas/CreateTopicsRequest.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const createTopicsRequestFlexible = 5
export const createTopicsRequestVersions = {first: 2, last: 7} as const

export interface CreateTopicsRequest {
  topics: CreatableTopic[]
  timeoutMs: number
  validateOnly: boolean
}

export interface CreateTopicsRequestInit {
  topics?: readonly CreatableTopicInit[]
  timeoutMs?: number
  validateOnly?: boolean
}

function defaultCreateTopicsRequest(): CreateTopicsRequest {
  return {topics: [], timeoutMs: 60000, validateOnly: false}
}

export function readCreateTopicsRequest(r: WireReader, v: number): CreateTopicsRequest {
  const m = defaultCreateTopicsRequest()
  const f = v >= 5
  m.topics = r.array(f, () => readCreatableTopic(r, v))
  m.timeoutMs = r.int32()
  m.validateOnly = r.bool()
  if (f) r.tagged()
  return m
}

export function writeCreateTopicsRequest(w: WireWriter, init: CreateTopicsRequestInit, v: number): void {
  const f = v >= 5
  {
    const topics = init.topics === undefined ? [] : init.topics
    w.array(topics, f, item => writeCreatableTopic(w, item, v))
  }
  {
    const timeoutMs = init.timeoutMs === undefined ? 60000 : init.timeoutMs
    w.int32(timeoutMs)
  }
  {
    const validateOnly = init.validateOnly === undefined ? false : init.validateOnly
    w.bool(validateOnly)
  }
  if (f) w.tagged()
}

export interface CreatableTopic {
  name: string
  numPartitions: number
  replicationFactor: number
  assignments: CreatableReplicaAssignment[]
  configs: CreatableTopicConfig[]
}

export interface CreatableTopicInit {
  name?: string
  numPartitions?: number
  replicationFactor?: number
  assignments?: readonly CreatableReplicaAssignmentInit[]
  configs?: readonly CreatableTopicConfigInit[]
}

function defaultCreatableTopic(): CreatableTopic {
  return {name: "", numPartitions: 0, replicationFactor: 0, assignments: [], configs: []}
}

function readCreatableTopic(r: WireReader, v: number): CreatableTopic {
  const m = defaultCreatableTopic()
  const f = v >= 5
  m.name = r.string(f)
  m.numPartitions = r.int32()
  m.replicationFactor = r.int16()
  m.assignments = r.array(f, () => readCreatableReplicaAssignment(r, v))
  m.configs = r.array(f, () => readCreatableTopicConfig(r, v))
  if (f) r.tagged()
  return m
}

function writeCreatableTopic(w: WireWriter, init: CreatableTopicInit, v: number): void {
  const f = v >= 5
  {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  {
    const numPartitions = init.numPartitions === undefined ? 0 : init.numPartitions
    w.int32(numPartitions)
  }
  {
    const replicationFactor = init.replicationFactor === undefined ? 0 : init.replicationFactor
    w.int16(replicationFactor)
  }
  {
    const assignments = init.assignments === undefined ? [] : init.assignments
    w.array(assignments, f, item => writeCreatableReplicaAssignment(w, item, v))
  }
  {
    const configs = init.configs === undefined ? [] : init.configs
    w.array(configs, f, item => writeCreatableTopicConfig(w, item, v))
  }
  if (f) w.tagged()
}

export interface CreatableReplicaAssignment {
  partitionIndex: number
  brokerIds: number[]
}

export interface CreatableReplicaAssignmentInit {
  partitionIndex?: number
  brokerIds?: readonly number[]
}

function defaultCreatableReplicaAssignment(): CreatableReplicaAssignment {
  return {partitionIndex: 0, brokerIds: []}
}

function readCreatableReplicaAssignment(r: WireReader, v: number): CreatableReplicaAssignment {
  const m = defaultCreatableReplicaAssignment()
  const f = v >= 5
  m.partitionIndex = r.int32()
  m.brokerIds = r.array(f, () => r.int32())
  if (f) r.tagged()
  return m
}

function writeCreatableReplicaAssignment(w: WireWriter, init: CreatableReplicaAssignmentInit, v: number): void {
  const f = v >= 5
  {
    const partitionIndex = init.partitionIndex === undefined ? 0 : init.partitionIndex
    w.int32(partitionIndex)
  }
  {
    const brokerIds = init.brokerIds === undefined ? [] : init.brokerIds
    w.array(brokerIds, f, item => w.int32(item))
  }
  if (f) w.tagged()
}

export interface CreatableTopicConfig {
  name: string
  value: string | null
}

export interface CreatableTopicConfigInit {
  name?: string
  value?: string | null
}

function defaultCreatableTopicConfig(): CreatableTopicConfig {
  return {name: "", value: ""}
}

function readCreatableTopicConfig(r: WireReader, v: number): CreatableTopicConfig {
  const m = defaultCreatableTopicConfig()
  const f = v >= 5
  m.name = r.string(f)
  m.value = r.nullableString(f)
  if (f) r.tagged()
  return m
}

function writeCreatableTopicConfig(w: WireWriter, init: CreatableTopicConfigInit, v: number): void {
  const f = v >= 5
  {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  {
    const value = init.value === undefined ? "" : init.value
    w.string(value, f)
  }
  if (f) w.tagged()
}
