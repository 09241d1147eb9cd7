// Made by scripts/kafka-codecs.mjs from ../schemas/ClientQuotaRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const clientQuotaRecordFlexible = 0
export const clientQuotaRecordVersions = {first: 0, last: 0} as const

export interface ClientQuotaRecord {
  entity: EntityData[]
  key: string
  value: number
  remove: boolean
}

export interface ClientQuotaRecordInit {
  entity?: readonly EntityDataInit[]
  key?: string
  value?: number
  remove?: boolean
}

function defaultClientQuotaRecord(): ClientQuotaRecord {
  return {entity: [], key: "", value: 0, remove: false}
}

export function readClientQuotaRecord(r: WireReader, v: number): ClientQuotaRecord {
  const m = defaultClientQuotaRecord()
  const f = true
  m.entity = r.array(f, () => readEntityData(r, v))
  m.key = r.string(f)
  m.value = r.float64()
  m.remove = r.bool()
  if (f) r.tagged()
  return m
}

export function writeClientQuotaRecord(w: WireWriter, init: ClientQuotaRecordInit, v: number): void {
  const f = true
  {
    const entity = init.entity === undefined ? [] : init.entity
    w.array(entity, f, item => writeEntityData(w, item, v))
  }
  {
    const key = init.key === undefined ? "" : init.key
    w.string(key, f)
  }
  {
    const value = init.value === undefined ? 0 : init.value
    w.float64(value)
  }
  {
    const remove = init.remove === undefined ? false : init.remove
    w.bool(remove)
  }
  if (f) w.tagged()
}

export interface EntityData {
  entityType: string
  entityName: string | null
}

export interface EntityDataInit {
  entityType?: string
  entityName?: string | null
}

function defaultEntityData(): EntityData {
  return {entityType: "", entityName: ""}
}

function readEntityData(r: WireReader, v: number): EntityData {
  const m = defaultEntityData()
  const f = true
  m.entityType = r.string(f)
  m.entityName = r.nullableString(f)
  if (f) r.tagged()
  return m
}

function writeEntityData(w: WireWriter, init: EntityDataInit, v: number): void {
  const f = true
  {
    const entityType = init.entityType === undefined ? "" : init.entityType
    w.string(entityType, f)
  }
  {
    const entityName = init.entityName === undefined ? "" : init.entityName
    w.string(entityName, f)
  }
  if (f) w.tagged()
}
