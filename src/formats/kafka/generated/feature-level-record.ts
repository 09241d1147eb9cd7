// Made by scripts/kafka-codecs.mjs from ../schemas/FeatureLevelRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const featureLevelRecordFlexible = 0
export const featureLevelRecordVersions = {first: 0, last: 0} as const

export interface FeatureLevelRecord {
  name: string
  featureLevel: number
}

export interface FeatureLevelRecordInit {
  name?: string
  featureLevel?: number
}

function defaultFeatureLevelRecord(): FeatureLevelRecord {
  return {name: "", featureLevel: 0}
}

export function readFeatureLevelRecord(r: WireReader, v: number): FeatureLevelRecord {
  const m = defaultFeatureLevelRecord()
  const f = true
  m.name = r.string(f)
  m.featureLevel = r.int16()
  if (f) r.tagged()
  return m
}

export function writeFeatureLevelRecord(w: WireWriter, init: FeatureLevelRecordInit, v: number): void {
  const f = true
  {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  {
    const featureLevel = init.featureLevel === undefined ? 0 : init.featureLevel
    w.int16(featureLevel)
  }
  if (f) w.tagged()
}
