// Made by scripts/kafka-codecs.mjs from ../schemas/RemoveAccessControlEntryRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const removeAccessControlEntryRecordFlexible = 0
export const removeAccessControlEntryRecordVersions = {first: 0, last: 0} as const

export interface RemoveAccessControlEntryRecord {
  id: string
}

export interface RemoveAccessControlEntryRecordInit {
  id?: string
}

function defaultRemoveAccessControlEntryRecord(): RemoveAccessControlEntryRecord {
  return {id: '00000000000000000000000000000000'}
}

export function readRemoveAccessControlEntryRecord(r: WireReader, v: number): RemoveAccessControlEntryRecord {
  const m = defaultRemoveAccessControlEntryRecord()
  const f = true
  m.id = r.uuid()
  if (f) r.tagged()
  return m
}

export function writeRemoveAccessControlEntryRecord(w: WireWriter, init: RemoveAccessControlEntryRecordInit, v: number): void {
  const f = true
  {
    const id = init.id === undefined ? '00000000000000000000000000000000' : init.id
    w.uuid(id)
  }
  if (f) w.tagged()
}
