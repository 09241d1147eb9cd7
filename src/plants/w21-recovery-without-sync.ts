import {changedDisk} from './changed-disk.ts'
import type {Plant} from './plant.ts'

/** Recovery goes on from what it read without syncing it first. */
export const w21: Plant = {
  id: 'W21',
  name: 'recovery-without-sync',
  change: 'recovery goes on from what it read without syncing it first',
  caughtBy: 'D7',
  caughtInSim: ['D7', 'L5'],
  scenarios: ['kill-then-power'],
  parts: sound => ({
    ...sound,
    wal: {
      ...sound.wal,
      disk: disk =>
        changedDisk(disk, {
          file: (file, _path, mode) => {
            let written = mode !== 'append'
            return {
              append: chunks => {
                written = true
                return file.append(chunks)
              },
              // What a log syncs before its first write is what recovery read.
              sync: async () => (written ? file.sync() : undefined),
            }
          },
        }),
    },
  }),
}
