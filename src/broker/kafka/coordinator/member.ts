import type {Cancellable} from '../../../io/ports.ts'

export interface JoinRequest {
  /** Empty: it has none yet. */
  memberId: string
  /** The id it gets when it has none. */
  newMemberId: string
  clientId: string
  /** `/address` that it came from. */
  clientHost: string
  /** `group.instance.id` of a static member (KIP-345). */
  instanceId: string | null
  sessionTimeoutMs: number
  rebalanceTimeoutMs: number
  protocolType: string
  protocols: ReadonlyArray<{name: string; metadata: Uint8Array}>
  /** Without an id it is given one and has to come again with it (KIP-394). */
  idRequired: boolean
  /** It knows that a leader may be told not to assign (KIP-814). */
  maySkipAssignment: boolean
}

export interface Joined {
  error: number
  generation: number
  protocolType: string
  protocol: string
  leader: string
  memberId: string
  skipAssignment: boolean
  /** For the leader alone: everybody's metadata. */
  members: Array<{memberId: string; instanceId: string | null; metadata: Uint8Array}>
}

export interface Synced {
  error: number
  assignment: Uint8Array
  protocolType: string
  protocol: string
}

export interface Member extends JoinRequest {
  assignment: Uint8Array
  /** Its join waits for the generation. */
  joining?: (joined: Joined) => void
  /** Its sync waits for the leader's assignment. */
  syncing?: (synced: Synced) => void
  expiry?: Cancellable
}

export const NOTHING = new Uint8Array(0)

export function notJoined(memberId: string, error: number): Joined {
  const none = {generation: -1, protocolType: '', protocol: '', leader: ''}
  return {error, memberId, ...none, skipAssignment: false, members: []}
}

export function notSynced(error: number): Synced {
  return {error, assignment: NOTHING, protocolType: '', protocol: ''}
}

/** Answers its join, when there is one. */
export function settleJoin(member: Member, joined: Joined): void {
  const {joining} = member
  member.joining = undefined
  joining?.(joined)
}

/** Answers its sync; false when there is none. */
export function settleSync(member: Member, synced: Synced): boolean {
  const {syncing} = member
  member.syncing = undefined
  syncing?.(synced)
  return syncing !== undefined
}

export function protocolOf(member: Member, name: string): Uint8Array {
  return member.protocols.find(p => p.name === name)?.metadata ?? NOTHING
}

export function sameProtocols(a: JoinRequest, b: JoinRequest): boolean {
  return (
    a.protocols.length === b.protocols.length &&
    a.protocols.every(
      (p, i) => p.name === b.protocols[i].name && Buffer.compare(p.metadata, b.protocols[i].metadata) === 0,
    )
  )
}
