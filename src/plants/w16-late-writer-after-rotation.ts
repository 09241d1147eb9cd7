import {changedDisk} from './changed-disk.ts'
import type {Plant} from './plant.ts'

/** The first batch after a rotation is written to a file that nobody reads any more. Seen in arc#594. */
export const w16: Plant = {
  id: 'W16',
  name: 'late-writer-after-rotation',
  change: 'the first batch after a rotation lands in a file that is unlinked',
  caughtBy: 'D7',
  caughtInSim: ['D7', 'H1'],
  scenarios: ['rotation', 'many-segments'],
  parts: sound => ({
    ...sound,
    wal: {
      ...sound.wal,
      disk: disk =>
        changedDisk(disk, {
          file: (file, path, mode) => {
            let writes = mode === 'create' && !path.endsWith('_0.log') ? 0 : 2
            // The first is the head.
            return {append: async chunks => (++writes === 2 ? undefined : file.append(chunks))}
          },
        }),
    },
  }),
}
