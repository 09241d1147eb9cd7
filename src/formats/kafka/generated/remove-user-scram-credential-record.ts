// Made by scripts/kafka-codecs.mjs from ../schemas/RemoveUserScramCredentialRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const removeUserScramCredentialRecordFlexible = 0
export const removeUserScramCredentialRecordVersions = {first: 0, last: 0} as const

export interface RemoveUserScramCredentialRecord {
  name: string
  mechanism: number
}

export interface RemoveUserScramCredentialRecordInit {
  name?: string
  mechanism?: number
}

function defaultRemoveUserScramCredentialRecord(): RemoveUserScramCredentialRecord {
  return {name: "", mechanism: 0}
}

export function readRemoveUserScramCredentialRecord(r: WireReader, v: number): RemoveUserScramCredentialRecord {
  const m = defaultRemoveUserScramCredentialRecord()
  const f = true
  m.name = r.string(f)
  m.mechanism = r.int8()
  if (f) r.tagged()
  return m
}

export function writeRemoveUserScramCredentialRecord(w: WireWriter, init: RemoveUserScramCredentialRecordInit, v: number): void {
  const f = true
  {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  {
    const mechanism = init.mechanism === undefined ? 0 : init.mechanism
    w.int8(mechanism)
  }
  if (f) w.tagged()
}
