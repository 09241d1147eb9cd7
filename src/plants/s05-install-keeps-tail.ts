import type {Plant} from './plant.ts'

/** A follower that installs a snapshot keeps what its log holds behind it, of whatever history. Seen in openraft#753. */
export const s05: Plant = {
  id: 'S05',
  name: 'install-keeps-tail',
  change: 'an installed snapshot leaves the entries behind it in the log',
  caughtBy: 'L6',
  caughtInSim: ['D1', 'D3', 'L6'],
  scenarios: ['snapshots'],
  parts: sound => ({...sound, wal: {...sound.wal, installDropsTail: () => false}}),
}
