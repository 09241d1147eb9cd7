import type {Plant} from './plant.ts'

const KEPT = 16

/** Recovery trims a group's log to its oldest entries, as a real server did at 50,000. */
export const w17: Plant = {
  id: 'W17',
  name: 'drop-newest-entries',
  change: `recovery keeps the first ${KEPT} entries of a group and drops the newer`,
  caughtBy: 'D8',
  caughtInSim: ['D8', 'D8e', 'L3'],
  scenarios: ['restarts', 'storage'],
  parts: sound => ({
    ...sound,
    wal: {
      ...sound.wal,
      recovered: ({hardState, first, last}) => {
        const kept = Math.min(last, first + KEPT - 1)
        // With a commit index that its log does not hold the core would refuse to start: the bug would show itself.
        return {hardState: {...hardState, commit: Math.min(hardState.commit, kept)}, first, last: kept}
      },
    },
  }),
}
