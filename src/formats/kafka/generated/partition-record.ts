// Made by scripts/kafka-codecs.mjs from ../schemas/PartitionRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const partitionRecordFlexible = 0
export const partitionRecordVersions = {first: 0, last: 2} as const

export interface PartitionRecord {
  partitionId: number
  topicId: string
  replicas: number[]
  isr: number[]
  removingReplicas: number[]
  addingReplicas: number[]
  leader: number
  leaderRecoveryState: number
  leaderEpoch: number
  partitionEpoch: number
  directories: string[]
  eligibleLeaderReplicas: number[] | null
  lastKnownElr: number[] | null
}

export interface PartitionRecordInit {
  partitionId?: number
  topicId?: string
  replicas?: readonly number[]
  isr?: readonly number[]
  removingReplicas?: readonly number[]
  addingReplicas?: readonly number[]
  leader?: number
  leaderRecoveryState?: number
  leaderEpoch?: number
  partitionEpoch?: number
  directories?: readonly string[]
  eligibleLeaderReplicas?: readonly number[] | null
  lastKnownElr?: readonly number[] | null
}

function defaultPartitionRecord(): PartitionRecord {
  return {partitionId: -1, topicId: '00000000000000000000000000000000', replicas: [], isr: [], removingReplicas: [], addingReplicas: [], leader: -1, leaderRecoveryState: 0, leaderEpoch: -1, partitionEpoch: -1, directories: [], eligibleLeaderReplicas: null, lastKnownElr: null}
}

export function readPartitionRecord(r: WireReader, v: number): PartitionRecord {
  const m = defaultPartitionRecord()
  const f = true
  m.partitionId = r.int32()
  m.topicId = r.uuid()
  m.replicas = r.array(f, () => r.int32())
  m.isr = r.array(f, () => r.int32())
  m.removingReplicas = r.array(f, () => r.int32())
  m.addingReplicas = r.array(f, () => r.int32())
  m.leader = r.int32()
  m.leaderEpoch = r.int32()
  m.partitionEpoch = r.int32()
  if (v >= 1) m.directories = r.array(f, () => r.uuid())
  if (f)
    r.tagged((tag, t) => {
      if (tag === 0) m.leaderRecoveryState = t.int8()
      if (tag === 1 && v >= 2) m.eligibleLeaderReplicas = t.nullableArray(f, () => t.int32())
      if (tag === 2 && v >= 2) m.lastKnownElr = t.nullableArray(f, () => t.int32())
    })
  return m
}

export function writePartitionRecord(w: WireWriter, init: PartitionRecordInit, v: number): void {
  const f = true
  {
    const partitionId = init.partitionId === undefined ? -1 : init.partitionId
    w.int32(partitionId)
  }
  {
    const topicId = init.topicId === undefined ? '00000000000000000000000000000000' : init.topicId
    w.uuid(topicId)
  }
  {
    const replicas = init.replicas === undefined ? [] : init.replicas
    w.array(replicas, f, item => w.int32(item))
  }
  {
    const isr = init.isr === undefined ? [] : init.isr
    w.array(isr, f, item => w.int32(item))
  }
  {
    const removingReplicas = init.removingReplicas === undefined ? [] : init.removingReplicas
    w.array(removingReplicas, f, item => w.int32(item))
  }
  {
    const addingReplicas = init.addingReplicas === undefined ? [] : init.addingReplicas
    w.array(addingReplicas, f, item => w.int32(item))
  }
  {
    const leader = init.leader === undefined ? -1 : init.leader
    w.int32(leader)
  }
  {
    const leaderEpoch = init.leaderEpoch === undefined ? -1 : init.leaderEpoch
    w.int32(leaderEpoch)
  }
  {
    const partitionEpoch = init.partitionEpoch === undefined ? -1 : init.partitionEpoch
    w.int32(partitionEpoch)
  }
  if (v >= 1) {
    const directories = init.directories === undefined ? [] : init.directories
    w.array(directories, f, item => w.uuid(item))
  }
  if (f) {
    const tags: Array<[number, (t: WireWriter) => void]> = []
    const leaderRecoveryState = init.leaderRecoveryState
    if (leaderRecoveryState !== undefined) tags.push([0, t => {
      t.int8(leaderRecoveryState)
    }])
    const eligibleLeaderReplicas = init.eligibleLeaderReplicas
    if (eligibleLeaderReplicas !== undefined && v >= 2) tags.push([1, t => {
      t.array(eligibleLeaderReplicas, f, item => t.int32(item))
    }])
    const lastKnownElr = init.lastKnownElr
    if (lastKnownElr !== undefined && v >= 2) tags.push([2, t => {
      t.array(lastKnownElr, f, item => t.int32(item))
    }])
    w.tagged(tags)
  }
}
