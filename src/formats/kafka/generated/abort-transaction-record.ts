// Made by scripts/kafka-codecs.mjs from ../schemas/AbortTransactionRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const abortTransactionRecordFlexible = 0
export const abortTransactionRecordVersions = {first: 0, last: 0} as const

export interface AbortTransactionRecord {
  reason: string | null
}

export interface AbortTransactionRecordInit {
  reason?: string | null
}

function defaultAbortTransactionRecord(): AbortTransactionRecord {
  return {reason: null}
}

export function readAbortTransactionRecord(r: WireReader, v: number): AbortTransactionRecord {
  const m = defaultAbortTransactionRecord()
  const f = true
  if (f)
    r.tagged((tag, t) => {
      if (tag === 0) m.reason = t.nullableString(f)
    })
  return m
}

export function writeAbortTransactionRecord(w: WireWriter, init: AbortTransactionRecordInit, v: number): void {
  const f = true
  if (f) {
    const tags: Array<[number, (t: WireWriter) => void]> = []
    const reason = init.reason
    if (reason !== undefined) tags.push([0, t => {
      t.string(reason, f)
    }])
    w.tagged(tags)
  }
}
