// Made by scripts/kafka-codecs.mjs from ../schemas/DescribeConfigsResponse.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const describeConfigsResponseFlexible = 4
export const describeConfigsResponseVersions = {first: 1, last: 4} as const

export interface DescribeConfigsResponse {
  throttleTimeMs: number
  results: DescribeConfigsResult[]
}

export interface DescribeConfigsResponseInit {
  throttleTimeMs?: number
  results?: readonly DescribeConfigsResultInit[]
}

function defaultDescribeConfigsResponse(): DescribeConfigsResponse {
  return {throttleTimeMs: 0, results: []}
}

export function readDescribeConfigsResponse(r: WireReader, v: number): DescribeConfigsResponse {
  const m = defaultDescribeConfigsResponse()
  const f = v >= 4
  m.throttleTimeMs = r.int32()
  m.results = r.array(f, () => readDescribeConfigsResult(r, v))
  if (f) r.tagged()
  return m
}

export function writeDescribeConfigsResponse(w: WireWriter, init: DescribeConfigsResponseInit, v: number): void {
  const f = v >= 4
  {
    const throttleTimeMs = init.throttleTimeMs === undefined ? 0 : init.throttleTimeMs
    w.int32(throttleTimeMs)
  }
  {
    const results = init.results === undefined ? [] : init.results
    w.array(results, f, item => writeDescribeConfigsResult(w, item, v))
  }
  if (f) w.tagged()
}

export interface DescribeConfigsResult {
  errorCode: number
  errorMessage: string | null
  resourceType: number
  resourceName: string
  configs: DescribeConfigsResourceResult[]
}

export interface DescribeConfigsResultInit {
  errorCode?: number
  errorMessage?: string | null
  resourceType?: number
  resourceName?: string
  configs?: readonly DescribeConfigsResourceResultInit[]
}

function defaultDescribeConfigsResult(): DescribeConfigsResult {
  return {errorCode: 0, errorMessage: "", resourceType: 0, resourceName: "", configs: []}
}

function readDescribeConfigsResult(r: WireReader, v: number): DescribeConfigsResult {
  const m = defaultDescribeConfigsResult()
  const f = v >= 4
  m.errorCode = r.int16()
  m.errorMessage = r.nullableString(f)
  m.resourceType = r.int8()
  m.resourceName = r.string(f)
  m.configs = r.array(f, () => readDescribeConfigsResourceResult(r, v))
  if (f) r.tagged()
  return m
}

function writeDescribeConfigsResult(w: WireWriter, init: DescribeConfigsResultInit, v: number): void {
  const f = v >= 4
  {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  {
    const errorMessage = init.errorMessage === undefined ? "" : init.errorMessage
    w.string(errorMessage, f)
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
    const configs = init.configs === undefined ? [] : init.configs
    w.array(configs, f, item => writeDescribeConfigsResourceResult(w, item, v))
  }
  if (f) w.tagged()
}

export interface DescribeConfigsResourceResult {
  name: string
  value: string | null
  readOnly: boolean
  configSource: number
  isSensitive: boolean
  synonyms: DescribeConfigsSynonym[]
  configType: number
  documentation: string | null
}

export interface DescribeConfigsResourceResultInit {
  name?: string
  value?: string | null
  readOnly?: boolean
  configSource?: number
  isSensitive?: boolean
  synonyms?: readonly DescribeConfigsSynonymInit[]
  configType?: number
  documentation?: string | null
}

function defaultDescribeConfigsResourceResult(): DescribeConfigsResourceResult {
  return {name: "", value: "", readOnly: false, configSource: -1, isSensitive: false, synonyms: [], configType: 0, documentation: ""}
}

function readDescribeConfigsResourceResult(r: WireReader, v: number): DescribeConfigsResourceResult {
  const m = defaultDescribeConfigsResourceResult()
  const f = v >= 4
  m.name = r.string(f)
  m.value = r.nullableString(f)
  m.readOnly = r.bool()
  m.configSource = r.int8()
  m.isSensitive = r.bool()
  m.synonyms = r.array(f, () => readDescribeConfigsSynonym(r, v))
  if (v >= 3) m.configType = r.int8()
  if (v >= 3) m.documentation = r.nullableString(f)
  if (f) r.tagged()
  return m
}

function writeDescribeConfigsResourceResult(w: WireWriter, init: DescribeConfigsResourceResultInit, v: number): void {
  const f = v >= 4
  {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  {
    const value = init.value === undefined ? "" : init.value
    w.string(value, f)
  }
  {
    const readOnly = init.readOnly === undefined ? false : init.readOnly
    w.bool(readOnly)
  }
  {
    const configSource = init.configSource === undefined ? -1 : init.configSource
    w.int8(configSource)
  }
  {
    const isSensitive = init.isSensitive === undefined ? false : init.isSensitive
    w.bool(isSensitive)
  }
  {
    const synonyms = init.synonyms === undefined ? [] : init.synonyms
    w.array(synonyms, f, item => writeDescribeConfigsSynonym(w, item, v))
  }
  if (v >= 3) {
    const configType = init.configType === undefined ? 0 : init.configType
    w.int8(configType)
  }
  if (v >= 3) {
    const documentation = init.documentation === undefined ? "" : init.documentation
    w.string(documentation, f)
  }
  if (f) w.tagged()
}

export interface DescribeConfigsSynonym {
  name: string
  value: string | null
  source: number
}

export interface DescribeConfigsSynonymInit {
  name?: string
  value?: string | null
  source?: number
}

function defaultDescribeConfigsSynonym(): DescribeConfigsSynonym {
  return {name: "", value: "", source: 0}
}

function readDescribeConfigsSynonym(r: WireReader, v: number): DescribeConfigsSynonym {
  const m = defaultDescribeConfigsSynonym()
  const f = v >= 4
  m.name = r.string(f)
  m.value = r.nullableString(f)
  m.source = r.int8()
  if (f) r.tagged()
  return m
}

function writeDescribeConfigsSynonym(w: WireWriter, init: DescribeConfigsSynonymInit, v: number): void {
  const f = v >= 4
  {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  {
    const value = init.value === undefined ? "" : init.value
    w.string(value, f)
  }
  {
    const source = init.source === undefined ? 0 : init.source
    w.int8(source)
  }
  if (f) w.tagged()
}
