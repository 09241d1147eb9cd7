import type {Plant} from './plant.ts'

/** A follower takes the commit index of an append before it looked whether the entry before it is the same, and applies what is to be cut. Seen in KAFKA-14704. */
export const r31: Plant = {
  id: 'R31',
  name: 'commit-before-match',
  change: 'a follower takes the commit index of an append before it looked whether the entry before it is the same',
  caughtBy: 'L3',
  caughtInSim: ['L3'],
  scenarios: ['isolated-writers', 'figure-8'],
  parts: sound => ({
    ...sound,
    raft: {
      ...sound.raft,
      accept: (log, m) => {
        log.commitTo(Math.min(m.commit, log.lastIndex))
        return sound.raft.accept(log, m)
      },
    },
  }),
}
