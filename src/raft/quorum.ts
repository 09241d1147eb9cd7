import type {Index, NodeId} from '../base/ids.ts'

/** Number of members that make a majority of `voters`. */
type Majority = (voters: number) => number
export type VoteResult = 'pending' | 'lost' | 'won'

/** An index that never holds anything back: what an empty configuration has committed. */
export const NO_LIMIT: Index = Number.POSITIVE_INFINITY

/**
 * The highest index that a majority of the voters has acknowledged; one that did not acknowledge counts as 0. Of no voters: `NO_LIMIT`, so that the
 * empty half of a joint configuration decides nothing (thesis 4.3).
 */
export function majorityIndex(
  voters: readonly NodeId[],
  acked: (voter: NodeId) => Index | undefined,
  majority: Majority,
): Index {
  const n = voters.length
  if (n === 0) return NO_LIMIT
  const sorted: Index[] = []
  // Insertion into descending order: configurations are small.
  for (let i = 0; i < n; i++) {
    const index = acked(voters[i]) ?? 0
    let at = i
    while (at > 0 && sorted[at - 1] < index) {
      sorted[at] = sorted[at - 1]
      at--
    }
    sorted[at] = index
  }
  return sorted[majority(n) - 1]
}

/** In a joint configuration both halves must have it. */
export function jointIndex(
  incoming: readonly NodeId[],
  outgoing: readonly NodeId[],
  acked: (voter: NodeId) => Index | undefined,
  majority: Majority,
): Index {
  const index = majorityIndex(incoming, acked, majority)
  return outgoing.length === 0 ? index : Math.min(index, majorityIndex(outgoing, acked, majority))
}

/** An election among no voters is won, for the same reason. */
export function majorityVote(
  voters: readonly NodeId[],
  votes: ReadonlyMap<NodeId, boolean>,
  majority: Majority,
): VoteResult {
  if (voters.length === 0) return 'won'
  let granted = 0
  let open = 0
  for (const voter of voters) {
    const vote = votes.get(voter)
    if (vote === undefined) open++
    else if (vote) granted++
  }
  const needed = majority(voters.length)
  if (granted >= needed) return 'won'
  return granted + open >= needed ? 'pending' : 'lost'
}

/** Both halves must grant it; one refusal decides. */
export function jointVote(
  incoming: readonly NodeId[],
  outgoing: readonly NodeId[],
  votes: ReadonlyMap<NodeId, boolean>,
  majority: Majority,
): VoteResult {
  const one = majorityVote(incoming, votes, majority)
  const other = majorityVote(outgoing, votes, majority)
  if (one === other) return one
  return one === 'lost' || other === 'lost' ? 'lost' : 'pending'
}
