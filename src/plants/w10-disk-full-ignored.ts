import {isDiskFull} from '../base/errors.ts'
import {changedDisk} from './changed-disk.ts'
import type {Plant} from './plant.ts'

/** A write for which the disk had no room counts as done. Seen in cockroach#32631 and proton#1229. */
export const w10: Plant = {
  id: 'W10',
  name: 'disk-full-ignored',
  change: 'a write for which the disk had no room counts as done',
  caughtBy: 'D1',
  caughtInSim: ['P4', 'D1'],
  scenarios: ['full-disks'],
  parts: sound => ({
    ...sound,
    wal: {
      ...sound.wal,
      disk: disk =>
        changedDisk(disk, {
          file: file => ({
            append: chunks =>
              file.append(chunks).catch(error => {
                if (!isDiskFull(error)) throw error
              }),
          }),
        }),
    },
  }),
}
