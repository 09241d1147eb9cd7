import {MessageType} from '../raft/types.ts'
import type {Plant} from './plant.ts'

/** Votes are asked for before the term is synced: forgotten in a power loss, it is won once more, with another log. This broker did it. */
export const r32: Plant = {
  id: 'R32',
  name: 'votes-asked-before-sync',
  change: 'a candidate asks for votes before its term is synced',
  caughtBy: 'L1',
  caughtInSim: ['L1', 'S1'],
  scenarios: ['elections'],
  parts: sound => ({
    ...sound,
    group: {...sound.group, beforeSync: m => m.type === MessageType.MsgVote},
  }),
}
