import {MessageType} from '../raft/types.ts'
import type {Plant} from './plant.ts'

/** A follower acknowledges entries before they are synced. Seen in yugabyte#32875 and nats#7564. */
export const r06: Plant = {
  id: 'R06',
  name: 'ack-before-sync',
  change: 'a follower acknowledges entries before they are synced',
  caughtBy: 'D7',
  caughtInSim: ['D7', 'H1'],
  scenarios: ['storage', 'random'],
  parts: sound => ({
    ...sound,
    group: {...sound.group, beforeSync: (m, node) => m.type === MessageType.MsgAppResp && m.to !== node && !m.reject},
  }),
}
