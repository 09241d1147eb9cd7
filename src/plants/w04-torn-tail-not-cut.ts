import {changedDisk} from './changed-disk.ts'
import type {Plant} from './plant.ts'

/** A torn end is not cut before the log goes on behind it. Seen in cqlite#1390 and tsdb#451. */
export const w04: Plant = {
  id: 'W04',
  name: 'torn-tail-not-cut',
  change: 'a torn end is not cut before the log goes on behind it',
  caughtBy: 'D1',
  caughtInSim: ['D1', 'D7'],
  scenarios: ['storage'],
  parts: sound => ({
    ...sound,
    wal: {...sound.wal, disk: disk => changedDisk(disk, {file: () => ({truncate: async () => {}})})},
  }),
}
