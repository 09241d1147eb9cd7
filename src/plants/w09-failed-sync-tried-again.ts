import {changedDisk} from './changed-disk.ts'
import type {Plant} from './plant.ts'

/** A failed sync is tried again, and believed. Seen in cockroach#37102 and WiredTiger WT-4045. */
export const w09: Plant = {
  id: 'W09',
  name: 'failed-sync-tried-again',
  change: 'a failed sync is tried again, and believed',
  caughtBy: 'D7',
  caughtInSim: ['P1', 'D7'],
  scenarios: ['disk-errors'],
  parts: sound => ({
    ...sound,
    wal: {
      ...sound.wal,
      disk: disk => changedDisk(disk, {file: file => ({sync: () => file.sync().catch(() => file.sync())})}),
    },
  }),
}
