import type {Plant} from './plant.ts'

const KEPT = 16

/** A limit on what recovery takes into memory, applied to the wrong end. */
export const dropNewestEntries: Plant = {
  id: 'W17',
  name: 'drop-newest-entries',
  change: `recovery keeps the first ${KEPT} entries of a group and drops newer ones`,
  real: 'a recovery that trims what it read to a number of entries, from the wrong end',
  needs: `a restart with more than ${KEPT} entries`,
  caughtBy: ['D8', 'D8e', 'L3'],
  plant: parts => ({
    ...parts,
    wal: {
      ...parts.wal,
      keptEntries: count => Math.min(count, KEPT),
      // Whoever trims a log makes its commit index fit, or it would not start.
      recoveredHardState: (found, lastIndex) => ({...found, commit: Math.min(found.commit, lastIndex)}),
    },
  }),
}
