import type {Plant} from './plant.ts'

/** A leader commits entries of earlier terms by counting replicas (Raft 5.4.2). Seen in logcabin#44. */
export const r05: Plant = {
  id: 'R05',
  name: 'commit-old-term-by-counting',
  change: 'a leader commits entries of earlier terms by counting replicas (Raft 5.4.2)',
  caughtBy: 'L3',
  caughtInSim: ['L5', 'L3'],
  scenarios: ['figure-8'],
  parts: sound => ({...sound, raft: {...sound.raft, mayCommit: () => true}}),
}
