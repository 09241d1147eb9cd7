import {changedDisk} from './changed-disk.ts'
import type {Plant} from './plant.ts'

/** After a rotation the segment before is synced instead of the one that is written to. */
export const w20: Plant = {
  id: 'W20',
  name: 'sync-of-old-segment',
  change: 'after a rotation the segment before is synced, not the one that is written to',
  caughtBy: 'D7',
  scenarios: ['rotation', 'many-segments'],
  parts: sound => ({
    ...sound,
    wal: {
      ...sound.wal,
      disk: disk =>
        changedDisk(disk, {
          file: (file, path, mode) => {
            const rotated = mode === 'create' && !path.endsWith('_0.log')
            let syncs = 0
            // The first sync is the head's, before the rotation is over.
            return {sync: async () => (rotated && ++syncs > 1 ? undefined : file.sync())}
          },
        }),
    },
  }),
}
