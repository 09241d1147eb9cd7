// Made by scripts/kafka-codecs.mjs from ../schemas/PartitionChangeRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const partitionChangeRecordFlexible = 0
export const partitionChangeRecordVersions = {first: 0, last: 2} as const

export interface PartitionChangeRecord {
  partitionId: number
  topicId: string
  isr: number[] | null
  leader: number
  replicas: number[] | null
  removingReplicas: number[] | null
  addingReplicas: number[] | null
  leaderRecoveryState: number
  directories: string[] | null
  eligibleLeaderReplicas: number[] | null
  lastKnownElr: number[] | null
}

export interface PartitionChangeRecordInit {
  partitionId?: number
  topicId?: string
  isr?: readonly number[] | null
  leader?: number
  replicas?: readonly number[] | null
  removingReplicas?: readonly number[] | null
  addingReplicas?: readonly number[] | null
  leaderRecoveryState?: number
  directories?: readonly string[] | null
  eligibleLeaderReplicas?: readonly number[] | null
  lastKnownElr?: readonly number[] | null
}

function defaultPartitionChangeRecord(): PartitionChangeRecord {
  return {partitionId: -1, topicId: '00000000000000000000000000000000', isr: null, leader: -2, replicas: null, removingReplicas: null, addingReplicas: null, leaderRecoveryState: -1, directories: null, eligibleLeaderReplicas: null, lastKnownElr: null}
}

export function readPartitionChangeRecord(r: WireReader, v: number): PartitionChangeRecord {
  const m = defaultPartitionChangeRecord()
  const f = true
  m.partitionId = r.int32()
  m.topicId = r.uuid()
  if (f)
    r.tagged((tag, t) => {
      if (tag === 0) m.isr = t.nullableArray(f, () => t.int32())
      if (tag === 1) m.leader = t.int32()
      if (tag === 2) m.replicas = t.nullableArray(f, () => t.int32())
      if (tag === 3) m.removingReplicas = t.nullableArray(f, () => t.int32())
      if (tag === 4) m.addingReplicas = t.nullableArray(f, () => t.int32())
      if (tag === 5) m.leaderRecoveryState = t.int8()
      if (tag === 8 && v >= 1) m.directories = t.nullableArray(f, () => t.uuid())
      if (tag === 6 && v >= 2) m.eligibleLeaderReplicas = t.nullableArray(f, () => t.int32())
      if (tag === 7 && v >= 2) m.lastKnownElr = t.nullableArray(f, () => t.int32())
    })
  return m
}

export function writePartitionChangeRecord(w: WireWriter, init: PartitionChangeRecordInit, v: number): void {
  const f = true
  {
    const partitionId = init.partitionId === undefined ? -1 : init.partitionId
    w.int32(partitionId)
  }
  {
    const topicId = init.topicId === undefined ? '00000000000000000000000000000000' : init.topicId
    w.uuid(topicId)
  }
  if (f) {
    const tags: Array<[number, (t: WireWriter) => void]> = []
    const isr = init.isr
    if (isr !== undefined) tags.push([0, t => {
      t.array(isr, f, item => t.int32(item))
    }])
    const leader = init.leader
    if (leader !== undefined) tags.push([1, t => {
      t.int32(leader)
    }])
    const replicas = init.replicas
    if (replicas !== undefined) tags.push([2, t => {
      t.array(replicas, f, item => t.int32(item))
    }])
    const removingReplicas = init.removingReplicas
    if (removingReplicas !== undefined) tags.push([3, t => {
      t.array(removingReplicas, f, item => t.int32(item))
    }])
    const addingReplicas = init.addingReplicas
    if (addingReplicas !== undefined) tags.push([4, t => {
      t.array(addingReplicas, f, item => t.int32(item))
    }])
    const leaderRecoveryState = init.leaderRecoveryState
    if (leaderRecoveryState !== undefined) tags.push([5, t => {
      t.int8(leaderRecoveryState)
    }])
    const directories = init.directories
    if (directories !== undefined && v >= 1) tags.push([8, t => {
      t.array(directories, f, item => t.uuid(item))
    }])
    const eligibleLeaderReplicas = init.eligibleLeaderReplicas
    if (eligibleLeaderReplicas !== undefined && v >= 2) tags.push([6, t => {
      t.array(eligibleLeaderReplicas, f, item => t.int32(item))
    }])
    const lastKnownElr = init.lastKnownElr
    if (lastKnownElr !== undefined && v >= 2) tags.push([7, t => {
      t.array(lastKnownElr, f, item => t.int32(item))
    }])
    w.tagged(tags)
  }
}
