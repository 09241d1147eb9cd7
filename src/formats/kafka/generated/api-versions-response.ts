// Made by scripts/kafka-codecs.mjs from ../schemas/ApiVersionsResponse.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const apiVersionsResponseFlexible = 3
export const apiVersionsResponseVersions = {first: 0, last: 5} as const

export interface ApiVersionsResponse {
  errorCode: number
  apiKeys: ApiVersion[]
  throttleTimeMs: number
  supportedFeatures: SupportedFeatureKey[]
  finalizedFeaturesEpoch: number
  finalizedFeatures: FinalizedFeatureKey[]
  zkMigrationReady: boolean
}

export interface ApiVersionsResponseInit {
  errorCode?: number
  apiKeys?: readonly ApiVersionInit[]
  throttleTimeMs?: number
  supportedFeatures?: readonly SupportedFeatureKeyInit[]
  finalizedFeaturesEpoch?: number
  finalizedFeatures?: readonly FinalizedFeatureKeyInit[]
  zkMigrationReady?: boolean
}

function defaultApiVersionsResponse(): ApiVersionsResponse {
  return {errorCode: 0, apiKeys: [], throttleTimeMs: 0, supportedFeatures: [], finalizedFeaturesEpoch: -1, finalizedFeatures: [], zkMigrationReady: false}
}

export function readApiVersionsResponse(r: WireReader, v: number): ApiVersionsResponse {
  const m = defaultApiVersionsResponse()
  const f = v >= 3
  m.errorCode = r.int16()
  m.apiKeys = r.array(f, () => readApiVersion(r, v))
  if (v >= 1) m.throttleTimeMs = r.int32()
  if (f)
    r.tagged((tag, t) => {
      if (tag === 0 && v >= 3) m.supportedFeatures = t.array(f, () => readSupportedFeatureKey(t, v))
      if (tag === 1 && v >= 3) m.finalizedFeaturesEpoch = t.int64()
      if (tag === 2 && v >= 3) m.finalizedFeatures = t.array(f, () => readFinalizedFeatureKey(t, v))
      if (tag === 3 && v >= 3) m.zkMigrationReady = t.bool()
    })
  return m
}

export function writeApiVersionsResponse(w: WireWriter, init: ApiVersionsResponseInit, v: number): void {
  const f = v >= 3
  {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  {
    const apiKeys = init.apiKeys === undefined ? [] : init.apiKeys
    w.array(apiKeys, f, item => writeApiVersion(w, item, v))
  }
  if (v >= 1) {
    const throttleTimeMs = init.throttleTimeMs === undefined ? 0 : init.throttleTimeMs
    w.int32(throttleTimeMs)
  }
  if (f) {
    const tags: Array<[number, (t: WireWriter) => void]> = []
    const supportedFeatures = init.supportedFeatures
    if (supportedFeatures !== undefined && v >= 3) tags.push([0, t => {
      t.array(supportedFeatures, f, item => writeSupportedFeatureKey(t, item, v))
    }])
    const finalizedFeaturesEpoch = init.finalizedFeaturesEpoch
    if (finalizedFeaturesEpoch !== undefined && v >= 3) tags.push([1, t => {
      t.int64(finalizedFeaturesEpoch)
    }])
    const finalizedFeatures = init.finalizedFeatures
    if (finalizedFeatures !== undefined && v >= 3) tags.push([2, t => {
      t.array(finalizedFeatures, f, item => writeFinalizedFeatureKey(t, item, v))
    }])
    const zkMigrationReady = init.zkMigrationReady
    if (zkMigrationReady !== undefined && v >= 3) tags.push([3, t => {
      t.bool(zkMigrationReady)
    }])
    w.tagged(tags)
  }
}

export interface ApiVersion {
  apiKey: number
  minVersion: number
  maxVersion: number
}

export interface ApiVersionInit {
  apiKey?: number
  minVersion?: number
  maxVersion?: number
}

function defaultApiVersion(): ApiVersion {
  return {apiKey: 0, minVersion: 0, maxVersion: 0}
}

function readApiVersion(r: WireReader, v: number): ApiVersion {
  const m = defaultApiVersion()
  const f = v >= 3
  m.apiKey = r.int16()
  m.minVersion = r.int16()
  m.maxVersion = r.int16()
  if (f) r.tagged()
  return m
}

function writeApiVersion(w: WireWriter, init: ApiVersionInit, v: number): void {
  const f = v >= 3
  {
    const apiKey = init.apiKey === undefined ? 0 : init.apiKey
    w.int16(apiKey)
  }
  {
    const minVersion = init.minVersion === undefined ? 0 : init.minVersion
    w.int16(minVersion)
  }
  {
    const maxVersion = init.maxVersion === undefined ? 0 : init.maxVersion
    w.int16(maxVersion)
  }
  if (f) w.tagged()
}

export interface SupportedFeatureKey {
  name: string
  minVersion: number
  maxVersion: number
}

export interface SupportedFeatureKeyInit {
  name?: string
  minVersion?: number
  maxVersion?: number
}

function defaultSupportedFeatureKey(): SupportedFeatureKey {
  return {name: "", minVersion: 0, maxVersion: 0}
}

function readSupportedFeatureKey(r: WireReader, v: number): SupportedFeatureKey {
  const m = defaultSupportedFeatureKey()
  const f = v >= 3
  if (v >= 3) m.name = r.string(f)
  if (v >= 3) m.minVersion = r.int16()
  if (v >= 3) m.maxVersion = r.int16()
  if (f) r.tagged()
  return m
}

function writeSupportedFeatureKey(w: WireWriter, init: SupportedFeatureKeyInit, v: number): void {
  const f = v >= 3
  if (v >= 3) {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  if (v >= 3) {
    const minVersion = init.minVersion === undefined ? 0 : init.minVersion
    w.int16(minVersion)
  }
  if (v >= 3) {
    const maxVersion = init.maxVersion === undefined ? 0 : init.maxVersion
    w.int16(maxVersion)
  }
  if (f) w.tagged()
}

export interface FinalizedFeatureKey {
  name: string
  maxVersionLevel: number
  minVersionLevel: number
}

export interface FinalizedFeatureKeyInit {
  name?: string
  maxVersionLevel?: number
  minVersionLevel?: number
}

function defaultFinalizedFeatureKey(): FinalizedFeatureKey {
  return {name: "", maxVersionLevel: 0, minVersionLevel: 0}
}

function readFinalizedFeatureKey(r: WireReader, v: number): FinalizedFeatureKey {
  const m = defaultFinalizedFeatureKey()
  const f = v >= 3
  if (v >= 3) m.name = r.string(f)
  if (v >= 3) m.maxVersionLevel = r.int16()
  if (v >= 3) m.minVersionLevel = r.int16()
  if (f) r.tagged()
  return m
}

function writeFinalizedFeatureKey(w: WireWriter, init: FinalizedFeatureKeyInit, v: number): void {
  const f = v >= 3
  if (v >= 3) {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  if (v >= 3) {
    const maxVersionLevel = init.maxVersionLevel === undefined ? 0 : init.maxVersionLevel
    w.int16(maxVersionLevel)
  }
  if (v >= 3) {
    const minVersionLevel = init.minVersionLevel === undefined ? 0 : init.minVersionLevel
    w.int16(minVersionLevel)
  }
  if (f) w.tagged()
}
