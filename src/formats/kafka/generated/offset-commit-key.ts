// Made by scripts/kafka-codecs.mjs from ../schemas/OffsetCommitKey.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const offsetCommitKeyFlexible = 32767
export const offsetCommitKeyVersions = {first: 0, last: 0} as const

export interface OffsetCommitKey {
  group: string
  topic: string
  partition: number
}

export interface OffsetCommitKeyInit {
  group?: string
  topic?: string
  partition?: number
}

function defaultOffsetCommitKey(): OffsetCommitKey {
  return {group: "", topic: "", partition: 0}
}

export function readOffsetCommitKey(r: WireReader, v: number): OffsetCommitKey {
  const m = defaultOffsetCommitKey()
  const f = false
  m.group = r.string(f)
  m.topic = r.string(f)
  m.partition = r.int32()
  void f
  return m
}

export function writeOffsetCommitKey(w: WireWriter, init: OffsetCommitKeyInit, v: number): void {
  const f = false
  {
    const group = init.group === undefined ? "" : init.group
    w.string(group, f)
  }
  {
    const topic = init.topic === undefined ? "" : init.topic
    w.string(topic, f)
  }
  {
    const partition = init.partition === undefined ? 0 : init.partition
    w.int32(partition)
  }
  void f
}
