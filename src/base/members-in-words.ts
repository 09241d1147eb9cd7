import type {NodeId} from './ids.ts'

interface Members {
  voters: readonly NodeId[]
  votersOutgoing?: readonly NodeId[]
  learners?: readonly NodeId[]
}

/** `1 2 3`, `2 3 4 and 1 2 3` while both halves decide, `1 2 3, learning 4`: the same words for the same members. */
export function membersInWords({voters, votersOutgoing = [], learners = []}: Members): string {
  const text = (nodes: readonly NodeId[]): string => [...nodes].sort((a, b) => a - b).join(' ')
  const joint = votersOutgoing.length > 0 ? ` and ${text(votersOutgoing)}` : ''
  return `${text(voters)}${joint}${learners.length > 0 ? `, learning ${text(learners)}` : ''}`
}
