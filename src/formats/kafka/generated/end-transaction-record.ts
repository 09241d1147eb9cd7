// Made by scripts/kafka-codecs.mjs from ../schemas/EndTransactionRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const endTransactionRecordFlexible = 0
export const endTransactionRecordVersions = {first: 0, last: 0} as const

export interface EndTransactionRecord {
}

export interface EndTransactionRecordInit {
}

function defaultEndTransactionRecord(): EndTransactionRecord {
  return {}
}

export function readEndTransactionRecord(r: WireReader, v: number): EndTransactionRecord {
  const m = defaultEndTransactionRecord()
  const f = true
  if (f) r.tagged()
  return m
}

export function writeEndTransactionRecord(w: WireWriter, init: EndTransactionRecordInit, v: number): void {
  const f = true
  if (f) w.tagged()
}
