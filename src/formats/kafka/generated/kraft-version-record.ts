// Made by scripts/kafka-codecs.mjs from ../schemas/KRaftVersionRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const kRaftVersionRecordFlexible = 0
export const kRaftVersionRecordVersions = {first: 0, last: 0} as const

export interface KRaftVersionRecord {
  version: number
  kRaftVersion: number
}

export interface KRaftVersionRecordInit {
  version?: number
  kRaftVersion?: number
}

function defaultKRaftVersionRecord(): KRaftVersionRecord {
  return {version: 0, kRaftVersion: 0}
}

export function readKRaftVersionRecord(r: WireReader, v: number): KRaftVersionRecord {
  const m = defaultKRaftVersionRecord()
  const f = true
  m.version = r.int16()
  m.kRaftVersion = r.int16()
  if (f) r.tagged()
  return m
}

export function writeKRaftVersionRecord(w: WireWriter, init: KRaftVersionRecordInit, v: number): void {
  const f = true
  {
    const version = init.version === undefined ? 0 : init.version
    w.int16(version)
  }
  {
    const kRaftVersion = init.kRaftVersion === undefined ? 0 : init.kRaftVersion
    w.int16(kRaftVersion)
  }
  if (f) w.tagged()
}
