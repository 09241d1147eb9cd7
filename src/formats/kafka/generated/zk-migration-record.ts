// Made by scripts/kafka-codecs.mjs from ../schemas/ZkMigrationRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const zkMigrationStateRecordFlexible = 0
export const zkMigrationStateRecordVersions = {first: 0, last: 0} as const

export interface ZkMigrationStateRecord {
  zkMigrationState: number
}

export interface ZkMigrationStateRecordInit {
  zkMigrationState?: number
}

function defaultZkMigrationStateRecord(): ZkMigrationStateRecord {
  return {zkMigrationState: 0}
}

export function readZkMigrationStateRecord(r: WireReader, v: number): ZkMigrationStateRecord {
  const m = defaultZkMigrationStateRecord()
  const f = true
  m.zkMigrationState = r.int8()
  if (f) r.tagged()
  return m
}

export function writeZkMigrationStateRecord(w: WireWriter, init: ZkMigrationStateRecordInit, v: number): void {
  const f = true
  {
    const zkMigrationState = init.zkMigrationState === undefined ? 0 : init.zkMigrationState
    w.int8(zkMigrationState)
  }
  if (f) w.tagged()
}
