// Made by scripts/kafka-codecs.mjs from ../schemas/DescribeConfigsRequest.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const describeConfigsRequestFlexible = 4
export const describeConfigsRequestVersions = {first: 1, last: 4} as const

export interface DescribeConfigsRequest {
  resources: DescribeConfigsResource[]
  includeSynonyms: boolean
  includeDocumentation: boolean
}

export interface DescribeConfigsRequestInit {
  resources?: readonly DescribeConfigsResourceInit[]
  includeSynonyms?: boolean
  includeDocumentation?: boolean
}

function defaultDescribeConfigsRequest(): DescribeConfigsRequest {
  return {resources: [], includeSynonyms: false, includeDocumentation: false}
}

export function readDescribeConfigsRequest(r: WireReader, v: number): DescribeConfigsRequest {
  const m = defaultDescribeConfigsRequest()
  const f = v >= 4
  m.resources = r.array(f, () => readDescribeConfigsResource(r, v))
  m.includeSynonyms = r.bool()
  if (v >= 3) m.includeDocumentation = r.bool()
  if (f) r.tagged()
  return m
}

export function writeDescribeConfigsRequest(w: WireWriter, init: DescribeConfigsRequestInit, v: number): void {
  const f = v >= 4
  {
    const resources = init.resources === undefined ? [] : init.resources
    w.array(resources, f, item => writeDescribeConfigsResource(w, item, v))
  }
  {
    const includeSynonyms = init.includeSynonyms === undefined ? false : init.includeSynonyms
    w.bool(includeSynonyms)
  }
  if (v >= 3) {
    const includeDocumentation = init.includeDocumentation === undefined ? false : init.includeDocumentation
    w.bool(includeDocumentation)
  }
  if (f) w.tagged()
}

export interface DescribeConfigsResource {
  resourceType: number
  resourceName: string
  configurationKeys: string[] | null
}

export interface DescribeConfigsResourceInit {
  resourceType?: number
  resourceName?: string
  configurationKeys?: readonly string[] | null
}

function defaultDescribeConfigsResource(): DescribeConfigsResource {
  return {resourceType: 0, resourceName: "", configurationKeys: []}
}

function readDescribeConfigsResource(r: WireReader, v: number): DescribeConfigsResource {
  const m = defaultDescribeConfigsResource()
  const f = v >= 4
  m.resourceType = r.int8()
  m.resourceName = r.string(f)
  m.configurationKeys = r.nullableArray(f, () => r.string(f))
  if (f) r.tagged()
  return m
}

function writeDescribeConfigsResource(w: WireWriter, init: DescribeConfigsResourceInit, v: number): void {
  const f = v >= 4
  {
    const resourceType = init.resourceType === undefined ? 0 : init.resourceType
    w.int8(resourceType)
  }
  {
    const resourceName = init.resourceName === undefined ? "" : init.resourceName
    w.string(resourceName, f)
  }
  {
    const configurationKeys = init.configurationKeys === undefined ? [] : init.configurationKeys
    w.array(configurationKeys, f, item => w.string(item, f))
  }
  if (f) w.tagged()
}
