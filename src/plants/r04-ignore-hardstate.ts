import type {Plant} from './plant.ts'

/** A restarted node forgets its term, vote and commit: it may vote twice in a term. Seen in PySyncObj#202. */
export const r04: Plant = {
  id: 'R04',
  name: 'ignore-hardstate',
  change: 'a restart begins with term 0, whatever the log says',
  caughtBy: 'D8',
  caughtInSim: ['L2', 'D8'],
  scenarios: ['restarts', 'storage'],
  parts: sound => ({
    ...sound,
    wal: {...sound.wal, recovered: found => ({...found, hardState: {term: 0, vote: 0, commit: 0}})},
  }),
}
