// Made by scripts/kafka-codecs.mjs from ../schemas/DelegationTokenRecord.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const delegationTokenRecordFlexible = 0
export const delegationTokenRecordVersions = {first: 0, last: 0} as const

export interface DelegationTokenRecord {
  owner: string
  requester: string
  renewers: string[]
  issueTimestamp: number
  maxTimestamp: number
  expirationTimestamp: number
  tokenId: string
}

export interface DelegationTokenRecordInit {
  owner?: string
  requester?: string
  renewers?: readonly string[]
  issueTimestamp?: number
  maxTimestamp?: number
  expirationTimestamp?: number
  tokenId?: string
}

function defaultDelegationTokenRecord(): DelegationTokenRecord {
  return {owner: "", requester: "", renewers: [], issueTimestamp: 0, maxTimestamp: 0, expirationTimestamp: 0, tokenId: ""}
}

export function readDelegationTokenRecord(r: WireReader, v: number): DelegationTokenRecord {
  const m = defaultDelegationTokenRecord()
  const f = true
  m.owner = r.string(f)
  m.requester = r.string(f)
  m.renewers = r.array(f, () => r.string(f))
  m.issueTimestamp = r.int64()
  m.maxTimestamp = r.int64()
  m.expirationTimestamp = r.int64()
  m.tokenId = r.string(f)
  if (f) r.tagged()
  return m
}

export function writeDelegationTokenRecord(w: WireWriter, init: DelegationTokenRecordInit, v: number): void {
  const f = true
  {
    const owner = init.owner === undefined ? "" : init.owner
    w.string(owner, f)
  }
  {
    const requester = init.requester === undefined ? "" : init.requester
    w.string(requester, f)
  }
  {
    const renewers = init.renewers === undefined ? [] : init.renewers
    w.array(renewers, f, item => w.string(item, f))
  }
  {
    const issueTimestamp = init.issueTimestamp === undefined ? 0 : init.issueTimestamp
    w.int64(issueTimestamp)
  }
  {
    const maxTimestamp = init.maxTimestamp === undefined ? 0 : init.maxTimestamp
    w.int64(maxTimestamp)
  }
  {
    const expirationTimestamp = init.expirationTimestamp === undefined ? 0 : init.expirationTimestamp
    w.int64(expirationTimestamp)
  }
  {
    const tokenId = init.tokenId === undefined ? "" : init.tokenId
    w.string(tokenId, f)
  }
  if (f) w.tagged()
}
