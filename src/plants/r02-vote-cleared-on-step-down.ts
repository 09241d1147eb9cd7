import type {Plant} from './plant.ts'

/** A candidate that steps down within its term forgets whom it voted for, and may vote again. Seen in etcd#2461 and CCF#8094. */
export const r02: Plant = {
  id: 'R02',
  name: 'vote-cleared-on-step-down',
  change: 'a candidate that steps down within its term forgets its vote',
  caughtBy: 'D5',
  caughtInSim: ['D5', 'L1'],
  scenarios: ['elections', 'network'],
  parts: sound => ({
    ...sound,
    raft: {...sound.raft, voteAsFollower: (vote, role) => (role === 'follower' ? vote : 0)},
  }),
}
