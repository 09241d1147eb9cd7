// Made by scripts/kafka-codecs.mjs from ../schemas/NoOpRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const noOpRecordFlexible = 0
export const noOpRecordVersions = {first: 0, last: 0} as const

export interface NoOpRecord {
}

export interface NoOpRecordInit {
}

function defaultNoOpRecord(): NoOpRecord {
  return {}
}

export function readNoOpRecord(r: WireReader, v: number): NoOpRecord {
  const m = defaultNoOpRecord()
  const f = true
  if (f) r.tagged()
  return m
}

export function writeNoOpRecord(w: WireWriter, init: NoOpRecordInit, v: number): void {
  const f = true
  if (f) w.tagged()
}
