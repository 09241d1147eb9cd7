// Made by scripts/kafka-codecs.mjs from ../schemas/ConfigRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const configRecordFlexible = 0
export const configRecordVersions = {first: 0, last: 0} as const

export interface ConfigRecord {
  resourceType: number
  resourceName: string
  name: string
  value: string | null
}

export interface ConfigRecordInit {
  resourceType?: number
  resourceName?: string
  name?: string
  value?: string | null
}

function defaultConfigRecord(): ConfigRecord {
  return {resourceType: 0, resourceName: "", name: "", value: ""}
}

export function readConfigRecord(r: WireReader, v: number): ConfigRecord {
  const m = defaultConfigRecord()
  const f = true
  m.resourceType = r.int8()
  m.resourceName = r.string(f)
  m.name = r.string(f)
  m.value = r.nullableString(f)
  if (f) r.tagged()
  return m
}

export function writeConfigRecord(w: WireWriter, init: ConfigRecordInit, v: number): void {
  const f = true
  {
    const resourceType = init.resourceType === undefined ? 0 : init.resourceType
    w.int8(resourceType)
  }
  {
    const resourceName = init.resourceName === undefined ? "" : init.resourceName
    w.string(resourceName, f)
  }
  {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  {
    const value = init.value === undefined ? "" : init.value
    w.string(value, f)
  }
  if (f) w.tagged()
}
