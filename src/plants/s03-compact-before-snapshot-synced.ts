import {changedDisk} from './changed-disk.ts'
import type {Plant} from './plant.ts'

/** The log is compacted while the snapshot that takes its place is not on the disk yet. Seen in KAFKA-14240. */
export const s03: Plant = {
  id: 'S03',
  name: 'compact-before-snapshot-synced',
  change: 'the log is compacted before the snapshot is synced',
  caughtBy: 'D6',
  scenarios: ['snapshots'],
  parts: sound => ({
    ...sound,
    wal: {
      ...sound.wal,
      disk: disk =>
        changedDisk(disk, {
          file: (file, path) => ({sync: async () => (path.endsWith('.snap.tmp') ? undefined : file.sync())}),
        }),
    },
  }),
}
