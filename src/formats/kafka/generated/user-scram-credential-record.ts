// Made by scripts/kafka-codecs.mjs from ../schemas/UserScramCredentialRecord.json.
import {EMPTY} from '../../../base/bytes.ts'
import type {WireReader, WireWriter} from '../wire.ts'

export const userScramCredentialRecordFlexible = 0
export const userScramCredentialRecordVersions = {first: 0, last: 0} as const

export interface UserScramCredentialRecord {
  name: string
  mechanism: number
  salt: Uint8Array
  storedKey: Uint8Array
  serverKey: Uint8Array
  iterations: number
}

export interface UserScramCredentialRecordInit {
  name?: string
  mechanism?: number
  salt?: Uint8Array
  storedKey?: Uint8Array
  serverKey?: Uint8Array
  iterations?: number
}

function defaultUserScramCredentialRecord(): UserScramCredentialRecord {
  return {name: "", mechanism: 0, salt: EMPTY, storedKey: EMPTY, serverKey: EMPTY, iterations: 0}
}

export function readUserScramCredentialRecord(r: WireReader, v: number): UserScramCredentialRecord {
  const m = defaultUserScramCredentialRecord()
  const f = true
  m.name = r.string(f)
  m.mechanism = r.int8()
  m.salt = r.bytes(f)
  m.storedKey = r.bytes(f)
  m.serverKey = r.bytes(f)
  m.iterations = r.int32()
  if (f) r.tagged()
  return m
}

export function writeUserScramCredentialRecord(w: WireWriter, init: UserScramCredentialRecordInit, v: number): void {
  const f = true
  {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  {
    const mechanism = init.mechanism === undefined ? 0 : init.mechanism
    w.int8(mechanism)
  }
  {
    const salt = init.salt === undefined ? EMPTY : init.salt
    w.bytes(salt, f)
  }
  {
    const storedKey = init.storedKey === undefined ? EMPTY : init.storedKey
    w.bytes(storedKey, f)
  }
  {
    const serverKey = init.serverKey === undefined ? EMPTY : init.serverKey
    w.bytes(serverKey, f)
  }
  {
    const iterations = init.iterations === undefined ? 0 : init.iterations
    w.int32(iterations)
  }
  if (f) w.tagged()
}
