// Made by scripts/kafka-codecs.mjs from ../schemas/VotersRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const votersRecordFlexible = 0
export const votersRecordVersions = {first: 0, last: 0} as const

export interface VotersRecord {
  version: number
  voters: Voter[]
}

export interface VotersRecordInit {
  version?: number
  voters?: readonly VoterInit[]
}

function defaultVotersRecord(): VotersRecord {
  return {version: 0, voters: []}
}

export function readVotersRecord(r: WireReader, v: number): VotersRecord {
  const m = defaultVotersRecord()
  const f = true
  m.version = r.int16()
  m.voters = r.array(f, () => readVoter(r, v))
  if (f) r.tagged()
  return m
}

export function writeVotersRecord(w: WireWriter, init: VotersRecordInit, v: number): void {
  const f = true
  {
    const version = init.version === undefined ? 0 : init.version
    w.int16(version)
  }
  {
    const voters = init.voters === undefined ? [] : init.voters
    w.array(voters, f, item => writeVoter(w, item, v))
  }
  if (f) w.tagged()
}

export interface Voter {
  voterId: number
  voterDirectoryId: string
  endpoints: Endpoint[]
  kRaftVersionFeature: KRaftVersionFeature
}

export interface VoterInit {
  voterId?: number
  voterDirectoryId?: string
  endpoints?: readonly EndpointInit[]
  kRaftVersionFeature?: KRaftVersionFeatureInit
}

function defaultVoter(): Voter {
  return {voterId: 0, voterDirectoryId: '00000000000000000000000000000000', endpoints: [], kRaftVersionFeature: defaultKRaftVersionFeature()}
}

function readVoter(r: WireReader, v: number): Voter {
  const m = defaultVoter()
  const f = true
  m.voterId = r.int32()
  m.voterDirectoryId = r.uuid()
  m.endpoints = r.array(f, () => readEndpoint(r, v))
  m.kRaftVersionFeature = readKRaftVersionFeature(r, v)
  if (f) r.tagged()
  return m
}

function writeVoter(w: WireWriter, init: VoterInit, v: number): void {
  const f = true
  {
    const voterId = init.voterId === undefined ? 0 : init.voterId
    w.int32(voterId)
  }
  {
    const voterDirectoryId = init.voterDirectoryId === undefined ? '00000000000000000000000000000000' : init.voterDirectoryId
    w.uuid(voterDirectoryId)
  }
  {
    const endpoints = init.endpoints === undefined ? [] : init.endpoints
    w.array(endpoints, f, item => writeEndpoint(w, item, v))
  }
  {
    const kRaftVersionFeature = init.kRaftVersionFeature === undefined ? defaultKRaftVersionFeature() : init.kRaftVersionFeature
    writeKRaftVersionFeature(w, kRaftVersionFeature, v)
  }
  if (f) w.tagged()
}

export interface Endpoint {
  name: string
  host: string
  port: number
}

export interface EndpointInit {
  name?: string
  host?: string
  port?: number
}

function defaultEndpoint(): Endpoint {
  return {name: "", host: "", port: 0}
}

function readEndpoint(r: WireReader, v: number): Endpoint {
  const m = defaultEndpoint()
  const f = true
  m.name = r.string(f)
  m.host = r.string(f)
  m.port = r.uint16()
  if (f) r.tagged()
  return m
}

function writeEndpoint(w: WireWriter, init: EndpointInit, v: number): void {
  const f = true
  {
    const name = init.name === undefined ? "" : init.name
    w.string(name, f)
  }
  {
    const host = init.host === undefined ? "" : init.host
    w.string(host, f)
  }
  {
    const port = init.port === undefined ? 0 : init.port
    w.uint16(port)
  }
  if (f) w.tagged()
}

export interface KRaftVersionFeature {
  minSupportedVersion: number
  maxSupportedVersion: number
}

export interface KRaftVersionFeatureInit {
  minSupportedVersion?: number
  maxSupportedVersion?: number
}

function defaultKRaftVersionFeature(): KRaftVersionFeature {
  return {minSupportedVersion: 0, maxSupportedVersion: 0}
}

function readKRaftVersionFeature(r: WireReader, v: number): KRaftVersionFeature {
  const m = defaultKRaftVersionFeature()
  const f = true
  m.minSupportedVersion = r.int16()
  m.maxSupportedVersion = r.int16()
  if (f) r.tagged()
  return m
}

function writeKRaftVersionFeature(w: WireWriter, init: KRaftVersionFeatureInit, v: number): void {
  const f = true
  {
    const minSupportedVersion = init.minSupportedVersion === undefined ? 0 : init.minSupportedVersion
    w.int16(minSupportedVersion)
  }
  {
    const maxSupportedVersion = init.maxSupportedVersion === undefined ? 0 : init.maxSupportedVersion
    w.int16(maxSupportedVersion)
  }
  if (f) w.tagged()
}
