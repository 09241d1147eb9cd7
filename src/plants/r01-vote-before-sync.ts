import {MessageType} from '../raft/types.ts'
import type {Plant} from './plant.ts'

/** A vote is answered before the HardState that holds it is synced. Seen in nodedb#161. */
export const r01: Plant = {
  id: 'R01',
  name: 'vote-before-sync',
  change: 'a vote is answered before the HardState that holds it is synced',
  caughtBy: 'D5',
  caughtInSim: ['D5', 'L1'],
  scenarios: ['voters', 'elections'],
  parts: sound => ({
    ...sound,
    group: {...sound.group, beforeSync: (m, node) => m.type === MessageType.MsgVoteResp && m.to !== node && !m.reject},
  }),
}
