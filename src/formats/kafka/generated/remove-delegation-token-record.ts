// Made by scripts/kafka-codecs.mjs from ../schemas/RemoveDelegationTokenRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const removeDelegationTokenRecordFlexible = 0
export const removeDelegationTokenRecordVersions = {first: 0, last: 0} as const

export interface RemoveDelegationTokenRecord {
  tokenId: string
}

export interface RemoveDelegationTokenRecordInit {
  tokenId?: string
}

function defaultRemoveDelegationTokenRecord(): RemoveDelegationTokenRecord {
  return {tokenId: ""}
}

export function readRemoveDelegationTokenRecord(r: WireReader, v: number): RemoveDelegationTokenRecord {
  const m = defaultRemoveDelegationTokenRecord()
  const f = true
  m.tokenId = r.string(f)
  if (f) r.tagged()
  return m
}

export function writeRemoveDelegationTokenRecord(w: WireWriter, init: RemoveDelegationTokenRecordInit, v: number): void {
  const f = true
  {
    const tokenId = init.tokenId === undefined ? "" : init.tokenId
    w.string(tokenId, f)
  }
  if (f) w.tagged()
}
