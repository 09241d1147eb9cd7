// Made by scripts/kafka-codecs.mjs from ../schemas/SnapshotHeaderRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const snapshotHeaderRecordFlexible = 0
export const snapshotHeaderRecordVersions = {first: 0, last: 0} as const

export interface SnapshotHeaderRecord {
  version: number
  lastContainedLogTimestamp: number
}

export interface SnapshotHeaderRecordInit {
  version?: number
  lastContainedLogTimestamp?: number
}

function defaultSnapshotHeaderRecord(): SnapshotHeaderRecord {
  return {version: 0, lastContainedLogTimestamp: 0}
}

export function readSnapshotHeaderRecord(r: WireReader, v: number): SnapshotHeaderRecord {
  const m = defaultSnapshotHeaderRecord()
  const f = true
  m.version = r.int16()
  m.lastContainedLogTimestamp = r.int64()
  if (f) r.tagged()
  return m
}

export function writeSnapshotHeaderRecord(w: WireWriter, init: SnapshotHeaderRecordInit, v: number): void {
  const f = true
  {
    const version = init.version === undefined ? 0 : init.version
    w.int16(version)
  }
  {
    const lastContainedLogTimestamp = init.lastContainedLogTimestamp === undefined ? 0 : init.lastContainedLogTimestamp
    w.int64(lastContainedLogTimestamp)
  }
  if (f) w.tagged()
}
