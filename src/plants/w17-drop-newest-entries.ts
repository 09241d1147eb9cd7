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
      keptEntries: count => Math.min(count, KEPT),
      // Without this the core would refuse a commit index that its log does not hold: the bug would show itself.
      recoveredHardState: (found, lastIndex) => ({...found, commit: Math.min(found.commit, lastIndex)}),
    },
  }),
}
