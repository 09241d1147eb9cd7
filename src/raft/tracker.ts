import type {Index, NodeId} from '../base/ids.ts'
import type {ConfState} from '../formats/eraftpb.ts'
import {Inflights} from './inflights.ts'
import type {Progress} from './progress.ts'
import {jointIndex, jointVote, type VoteResult} from './quorum.ts'
import type {RaftParts} from './types.ts'

/** Who is a member and how. All lists are sorted by node. */
export interface Configuration {
  readonly voters: readonly NodeId[]
  /** The old half while the configuration is joint, else empty. */
  readonly outgoing: readonly NodeId[]
  readonly learners: readonly NodeId[]
  /** Voters of the old half that become learners when the joint configuration is left. */
  readonly learnersNext: readonly NodeId[]
  readonly autoLeave: boolean
}

export const NO_CONFIGURATION: Configuration = {
  voters: [],
  outgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
}

export function isJoint(config: Configuration): boolean {
  return config.outgoing.length > 0
}

/** Voters of either half, sorted. */
export function allVoters(config: Configuration): readonly NodeId[] {
  if (config.outgoing.length === 0) return config.voters
  return [...new Set([...config.voters, ...config.outgoing])].sort(byNumber)
}

export function confStateOf(config: Configuration): ConfState {
  return {
    voters: [...config.voters],
    votersOutgoing: [...config.outgoing],
    learners: [...config.learners],
    learnersNext: [...config.learnersNext],
    autoLeave: config.autoLeave,
  }
}

/** As `voters=(1 2)&&(2 3) learners=(4) learners_next=(1) autoleave`. */
export function describeConfiguration(config: Configuration): string {
  let text = `voters=${describeNodes(config.voters)}`
  if (isJoint(config)) text += `&&${describeNodes(config.outgoing)}`
  if (config.learners.length > 0) text += ` learners=${describeNodes(config.learners)}`
  if (config.learnersNext.length > 0) text += ` learners_next=${describeNodes(config.learnersNext)}`
  if (config.autoLeave) text += ' autoleave'
  return text
}

function describeNodes(nodes: readonly NodeId[]): string {
  return `(${nodes.map(node => node.toString(16)).join(' ')})`
}

export function byNumber(a: number, b: number): number {
  return a - b
}

/** The members of a group: their configuration, what is known of each, and the votes of the present election. */
export class Tracker {
  config: Configuration = NO_CONFIGURATION
  /** Everybody in the configuration, by node number. */
  members: readonly Progress[] = []
  #byId = new Map<NodeId, Progress>()
  readonly #votes = new Map<NodeId, boolean>()
  readonly #parts: RaftParts
  readonly #maxInflight: number
  readonly #maxInflightBytes: number
  readonly #match = (voter: NodeId): Index | undefined => this.#byId.get(voter)?.match

  constructor(parts: RaftParts, maxInflight: number, maxInflightBytes: number) {
    this.#parts = parts
    this.#maxInflight = maxInflight
    this.#maxInflightBytes = maxInflightBytes
  }

  get byId(): ReadonlyMap<NodeId, Progress> {
    return this.#byId
  }

  get(node: NodeId): Progress | undefined {
    return this.#byId.get(node)
  }

  newInflights(): Inflights {
    return new Inflights(this.#maxInflight, this.#maxInflightBytes)
  }

  switchTo(config: Configuration, members: Iterable<Progress>): void {
    this.config = config
    this.members = [...members].sort((a, b) => a.id - b.id)
    this.#byId = new Map(this.members.map(p => [p.id, p]))
  }

  /** One voter alone: what it has, a quorum has. */
  get singleton(): boolean {
    return this.config.voters.length === 1 && !isJoint(this.config)
  }

  /** The highest index that a quorum holds. */
  committed(): Index {
    return this.quorumIndex(this.#match)
  }

  quorumIndex(acked: (voter: NodeId) => Index | undefined): Index {
    return jointIndex(this.config.voters, this.config.outgoing, acked, this.#parts.quorum)
  }

  /** Was a quorum heard since `recentActive` was last cleared? (thesis 6.2) */
  quorumActive(): boolean {
    const active = new Map<NodeId, boolean>()
    for (const p of this.members) if (!p.learner) active.set(p.id, p.recentActive)
    return jointVote(this.config.voters, this.config.outgoing, active, this.#parts.quorum) === 'won'
  }

  resetVotes(): void {
    this.#votes.clear()
  }

  /** The first answer of a node counts. */
  recordVote(node: NodeId, granted: boolean): void {
    if (!this.#votes.has(node)) this.#votes.set(node, granted)
  }

  tally(): {granted: number; rejected: number; result: VoteResult} {
    let granted = 0
    let rejected = 0
    for (const p of this.members) {
      const vote = p.learner ? undefined : this.#votes.get(p.id)
      if (vote === true) granted++
      else if (vote === false) rejected++
    }
    const result = jointVote(this.config.voters, this.config.outgoing, this.#votes, this.#parts.quorum)
    return {granted, rejected, result}
  }
}
