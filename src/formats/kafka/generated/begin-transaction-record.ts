// Made by scripts/kafka-codecs.mjs from ../schemas/BeginTransactionRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const beginTransactionRecordFlexible = 0
export const beginTransactionRecordVersions = {first: 0, last: 0} as const

export interface BeginTransactionRecord {
  name: string | null
}

export interface BeginTransactionRecordInit {
  name?: string | null
}

function defaultBeginTransactionRecord(): BeginTransactionRecord {
  return {name: null}
}

export function readBeginTransactionRecord(r: WireReader, v: number): BeginTransactionRecord {
  const m = defaultBeginTransactionRecord()
  const f = true
  if (f)
    r.tagged((tag, t) => {
      if (tag === 0) m.name = t.nullableString(f)
    })
  return m
}

export function writeBeginTransactionRecord(w: WireWriter, init: BeginTransactionRecordInit, v: number): void {
  const f = true
  if (f) {
    const tags: Array<[number, (t: WireWriter) => void]> = []
    const name = init.name
    if (name !== undefined) tags.push([0, t => {
      t.string(name, f)
    }])
    w.tagged(tags)
  }
}
