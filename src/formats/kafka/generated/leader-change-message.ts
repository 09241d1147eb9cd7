// Made by scripts/kafka-codecs.mjs from ../schemas/LeaderChangeMessage.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const leaderChangeMessageFlexible = 0
export const leaderChangeMessageVersions = {first: 0, last: 1} as const

export interface LeaderChangeMessage {
  version: number
  leaderId: number
  voters: Voter[]
  grantingVoters: Voter[]
}

export interface LeaderChangeMessageInit {
  version?: number
  leaderId?: number
  voters?: readonly VoterInit[]
  grantingVoters?: readonly VoterInit[]
}

function defaultLeaderChangeMessage(): LeaderChangeMessage {
  return {version: 0, leaderId: 0, voters: [], grantingVoters: []}
}

export function readLeaderChangeMessage(r: WireReader, v: number): LeaderChangeMessage {
  const m = defaultLeaderChangeMessage()
  const f = true
  m.version = r.int16()
  m.leaderId = r.int32()
  m.voters = r.array(f, () => readVoter(r, v))
  m.grantingVoters = r.array(f, () => readVoter(r, v))
  if (f) r.tagged()
  return m
}

export function writeLeaderChangeMessage(w: WireWriter, init: LeaderChangeMessageInit, v: number): void {
  const f = true
  {
    const version = init.version === undefined ? 0 : init.version
    w.int16(version)
  }
  {
    const leaderId = init.leaderId === undefined ? 0 : init.leaderId
    w.int32(leaderId)
  }
  {
    const voters = init.voters === undefined ? [] : init.voters
    w.array(voters, f, item => writeVoter(w, item, v))
  }
  {
    const grantingVoters = init.grantingVoters === undefined ? [] : init.grantingVoters
    w.array(grantingVoters, f, item => writeVoter(w, item, v))
  }
  if (f) w.tagged()
}

export interface Voter {
  voterId: number
  voterDirectoryId: string
}

export interface VoterInit {
  voterId?: number
  voterDirectoryId?: string
}

function defaultVoter(): Voter {
  return {voterId: 0, voterDirectoryId: '00000000000000000000000000000000'}
}

function readVoter(r: WireReader, v: number): Voter {
  const m = defaultVoter()
  const f = true
  m.voterId = r.int32()
  if (v >= 1) m.voterDirectoryId = r.uuid()
  if (f) r.tagged()
  return m
}

function writeVoter(w: WireWriter, init: VoterInit, v: number): void {
  const f = true
  {
    const voterId = init.voterId === undefined ? 0 : init.voterId
    w.int32(voterId)
  }
  if (v >= 1) {
    const voterDirectoryId = init.voterDirectoryId === undefined ? '00000000000000000000000000000000' : init.voterDirectoryId
    w.uuid(voterDirectoryId)
  }
  if (f) w.tagged()
}
