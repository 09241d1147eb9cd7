import type {Plant} from './plant.ts'

/** Term and vote are forgotten: the node may vote a second time in a term that it has voted in. */
export const ignoreHardState: Plant = {
  id: 'R04',
  name: 'ignore-hardstate',
  change: 'a node starts with term 0, vote 0, commit 0, whatever HardState its log holds',
  real: 'PySyncObj#202: term and vote are not restored',
  needs: 'any restart',
  caughtBy: ['D8', 'L2'],
  plant: parts => ({
    ...parts,
    wal: {...parts.wal, recoveredHardState: () => ({term: 0, vote: 0, commit: 0})},
  }),
}
