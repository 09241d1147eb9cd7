import {MessageType} from '../raft/types.ts'
import type {Plant} from './plant.ts'

/** A leader counts itself before its own disk has the entry. Seen in etcd#14370. */
export const r07: Plant = {
  id: 'R07',
  name: 'leader-counts-itself-unsynced',
  change: 'a leader counts itself before its own disk has the entry',
  caughtBy: 'D7',
  caughtInSim: ['D7', 'H1'],
  scenarios: ['storage', 'random'],
  parts: sound => ({
    ...sound,
    group: {...sound.group, beforeSync: (m, node) => m.type === MessageType.MsgAppResp && m.to === node},
  }),
}
