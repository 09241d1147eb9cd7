import {changedDisk} from './changed-disk.ts'
import type {Plant} from './plant.ts'

/** The directory is not synced after a segment was created. Seen in etcd#6368 and ClickHouse#116316. */
export const w08: Plant = {
  id: 'W08',
  name: 'directory-not-synced',
  change: 'the directory is not synced after a segment was created',
  caughtBy: 'D3',
  caughtInSim: ['D3', 'D7'],
  scenarios: ['storage', 'restarts'],
  parts: sound => ({...sound, wal: {...sound.wal, disk: disk => changedDisk(disk, {syncDir: async () => {}})}}),
}
