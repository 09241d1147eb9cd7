import type {Plant} from './plant.ts'

/** Whoever voted for itself in the term that it recovers leads that term again. Seen in KAFKA-10527. */
export const r13: Plant = {
  id: 'R13',
  name: 'leads-on-after-restart',
  change: 'a node that voted for itself leads its term again after a restart',
  caughtBy: 'L1',
  caughtInSim: ['L1', 'H3'],
  scenarios: ['leaders-back'],
  parts: sound => ({
    ...sound,
    raft: {...sound.raft, roleAtStart: (id, recovered) => (recovered.vote === id ? 'leader' : 'follower')},
  }),
}
