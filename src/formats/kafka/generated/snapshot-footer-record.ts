// Made by scripts/kafka-codecs.mjs from ../schemas/SnapshotFooterRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const snapshotFooterRecordFlexible = 0
export const snapshotFooterRecordVersions = {first: 0, last: 0} as const

export interface SnapshotFooterRecord {
  version: number
}

export interface SnapshotFooterRecordInit {
  version?: number
}

function defaultSnapshotFooterRecord(): SnapshotFooterRecord {
  return {version: 0}
}

export function readSnapshotFooterRecord(r: WireReader, v: number): SnapshotFooterRecord {
  const m = defaultSnapshotFooterRecord()
  const f = true
  m.version = r.int16()
  if (f) r.tagged()
  return m
}

export function writeSnapshotFooterRecord(w: WireWriter, init: SnapshotFooterRecordInit, v: number): void {
  const f = true
  {
    const version = init.version === undefined ? 0 : init.version
    w.int16(version)
  }
  if (f) w.tagged()
}
