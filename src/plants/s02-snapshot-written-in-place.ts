import {changedDisk} from './changed-disk.ts'
import type {Plant} from './plant.ts'

/** A snapshot is written in place: no file aside, no rename, no sync of the directory. Seen in verdi#39 and ClickHouse#111339. */
export const s02: Plant = {
  id: 'S02',
  name: 'snapshot-written-in-place',
  change: 'a snapshot is written under its own name, and its directory is not synced',
  caughtBy: 'D6',
  scenarios: ['snapshots'],
  parts: sound => ({
    ...sound,
    wal: {
      ...sound.wal,
      disk: disk =>
        changedDisk(disk, {
          pathOf: path => path.replace(/\.snap\.tmp$/, '.snap'),
          rename: async () => {},
          syncDir: async dir => (dir.endsWith('/snapshots') ? undefined : disk.syncDir(dir)),
        }),
    },
  }),
}
