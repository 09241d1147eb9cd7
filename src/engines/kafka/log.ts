import type {NodeId, Offset, Term} from '../../base/ids.ts'
import type {RoleWord} from '../../contracts/node-state.ts'

/** A change of a node's state in the quorum, as Kafka logs it once it is durable. */
export interface Transition {
  /** Kafka's own word: UnattachedState, FollowerState, ProspectiveState, CandidateState, Leader, ResignedState. */
  state: string
  role: RoleWord
  epoch: Term
  /** 0: none known. */
  leader: NodeId
  /** 0: none; undefined where the state does not say. */
  vote: NodeId | undefined
  highWatermark?: Offset
  /** The first of this life: what was recovered. */
  first: boolean
  /** Who granted, of one that has just become leader. */
  votes?: NodeId[]
}

const TRANSITION = /\[RaftManager id=(\d+)\] Completed transition to (\w+)\((.*)$/
const ROLES: Record<string, RoleWord> = {
  ProspectiveState: 'pre-candidate',
  CandidateState: 'candidate',
  Leader: 'leader',
  LeaderState: 'leader',
}

/** Undefined: the line is none. */
export function transitionIn(text: string): Transition | undefined {
  const match = TRANSITION.exec(text)
  if (!match) return undefined
  const [, own, state, rest] = match
  const cut = /\) from (null|\w+\()/.exec(rest)
  const said = cut ? rest.slice(0, cut.index) : rest
  const before = cut ? rest.slice(cut.index) : ''
  const epoch = /[( ]epoch=(\d+)/.exec(`(${said}`)?.[1]
  if (epoch === undefined) return undefined
  const role = ROLES[state] ?? 'follower'
  const leader = /leader=(\d+)/.exec(said)?.[1] ?? /leaderId=OptionalInt\[(\d+)\]/.exec(said)?.[1]
  const highWatermark = /highWatermark=Optional\[LogOffsetMetadata\(offset=(\d+)/.exec(said)?.[1]
  return {
    state,
    role,
    epoch: Number(epoch),
    leader: role === 'leader' ? Number(own) : role === 'candidate' ? 0 : Number(leader ?? 0),
    vote: voteIn(state, said, Number(own)),
    first: /^\) from null/.test(before),
    ...(highWatermark === undefined ? {} : {highWatermark: Number(highWatermark)}),
    ...(role === 'leader' ? {votes: granted(before)} : {}),
  }
}

/** A winner has written its own vote off; one that resigned, or never says it, is not asked. */
function voteIn(state: string, said: string, own: NodeId): NodeId | undefined {
  if (state === 'CandidateState') return own
  if (state.startsWith('Leader')) return 0
  const voted = /votedKey=Optional\[ReplicaKey\(id=(\d+)/.exec(said)?.[1] ?? /votedId=(\d+)/.exec(said)?.[1]
  if (voted !== undefined) return Number(voted)
  return /votedKey=Optional\.empty/.test(said) ? 0 : undefined
}

function granted(text: string): NodeId[] {
  return [...text.matchAll(/(\d+)=VoterState\(replicaKey=ReplicaKey\([^)]*\), state=GRANTED\)/g)].map(m => Number(m[1]))
}

/** Where the metadata log ends when it has been loaded. */
export function loadedEnd(text: string): Offset | undefined {
  const end = /\[LogLoader partition=__cluster_metadata-0[^\]]*\] Loading producer state till offset (\d+)/.exec(text)
  return end ? Number(end[1]) : undefined
}

/** Kafka found bytes in a log that are no batches, and goes on without what follows them. */
export function cutIn(text: string): string | undefined {
  const found = /Found invalid messages in log segment (\S+) at byte offset (\d+)/.exec(text)
  if (found) return `${found[1].slice(found[1].lastIndexOf('/') + 1)}@${found[2].replace(/\D/g, '')}`
  return undefined
}

export const STARTED = /Kafka Server started/
export const PORT_TAKEN = /Address already in use/
