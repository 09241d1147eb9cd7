import {changedDisk} from './changed-disk.ts'
import type {Plant} from './plant.ts'

/** The predecessor is sealed before the head of the next segment is synced. */
export const w24: Plant = {
  id: 'W24',
  name: 'seal-before-head',
  change: 'the predecessor is sealed before the head of the next segment is synced',
  caughtBy: 'D3',
  caughtInSim: ['D3', 'D7'],
  scenarios: ['rotation'],
  parts: sound => ({
    ...sound,
    wal: {
      ...sound.wal,
      disk: disk =>
        changedDisk(disk, {
          file: (file, path, mode) => {
            // The head becomes durable with the first batch behind it: the seal was there before.
            let writes = mode === 'create' && !path.endsWith('_0.log') ? 0 : 2
            return {
              append: chunks => {
                writes++
                return file.append(chunks)
              },
              sync: async () => (writes < 2 ? undefined : file.sync()),
            }
          },
        }),
    },
  }),
}
