// Made by scripts/kafka-codecs.mjs from ../schemas/AccessControlEntryRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const accessControlEntryRecordFlexible = 0
export const accessControlEntryRecordVersions = {first: 0, last: 0} as const

export interface AccessControlEntryRecord {
  id: string
  resourceType: number
  resourceName: string
  patternType: number
  principal: string
  host: string
  operation: number
  permissionType: number
}

export interface AccessControlEntryRecordInit {
  id?: string
  resourceType?: number
  resourceName?: string
  patternType?: number
  principal?: string
  host?: string
  operation?: number
  permissionType?: number
}

function defaultAccessControlEntryRecord(): AccessControlEntryRecord {
  return {id: '00000000000000000000000000000000', resourceType: 0, resourceName: "", patternType: 0, principal: "", host: "", operation: 0, permissionType: 0}
}

export function readAccessControlEntryRecord(r: WireReader, v: number): AccessControlEntryRecord {
  const m = defaultAccessControlEntryRecord()
  const f = true
  m.id = r.uuid()
  m.resourceType = r.int8()
  m.resourceName = r.string(f)
  m.patternType = r.int8()
  m.principal = r.string(f)
  m.host = r.string(f)
  m.operation = r.int8()
  m.permissionType = r.int8()
  if (f) r.tagged()
  return m
}

export function writeAccessControlEntryRecord(w: WireWriter, init: AccessControlEntryRecordInit, v: number): void {
  const f = true
  {
    const id = init.id === undefined ? '00000000000000000000000000000000' : init.id
    w.uuid(id)
  }
  {
    const resourceType = init.resourceType === undefined ? 0 : init.resourceType
    w.int8(resourceType)
  }
  {
    const resourceName = init.resourceName === undefined ? "" : init.resourceName
    w.string(resourceName, f)
  }
  {
    const patternType = init.patternType === undefined ? 0 : init.patternType
    w.int8(patternType)
  }
  {
    const principal = init.principal === undefined ? "" : init.principal
    w.string(principal, f)
  }
  {
    const host = init.host === undefined ? "" : init.host
    w.string(host, f)
  }
  {
    const operation = init.operation === undefined ? 0 : init.operation
    w.int8(operation)
  }
  {
    const permissionType = init.permissionType === undefined ? 0 : init.permissionType
    w.int8(permissionType)
  }
  if (f) w.tagged()
}
