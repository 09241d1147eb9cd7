// Made by scripts/kafka-codecs.mjs from ../schemas/GroupMetadataKey.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const groupMetadataKeyFlexible = 32767
export const groupMetadataKeyVersions = {first: 0, last: 0} as const

export interface GroupMetadataKey {
  group: string
}

export interface GroupMetadataKeyInit {
  group?: string
}

function defaultGroupMetadataKey(): GroupMetadataKey {
  return {group: ""}
}

export function readGroupMetadataKey(r: WireReader, v: number): GroupMetadataKey {
  const m = defaultGroupMetadataKey()
  const f = false
  m.group = r.string(f)
  void f
  return m
}

export function writeGroupMetadataKey(w: WireWriter, init: GroupMetadataKeyInit, v: number): void {
  const f = false
  {
    const group = init.group === undefined ? "" : init.group
    w.string(group, f)
  }
  void f
}
