import type {Plant} from './plant.ts'

/** The head of a new segment carries a HardState that is still waiting. */
export const w23: Plant = {
  id: 'W23',
  name: 'head-takes-pending-commit',
  change: 'the head of a new segment carries a HardState that is still waiting',
  caughtBy: 'D4',
  caughtInSim: ['D4'],
  scenarios: ['rotation'],
  parts: sound => ({...sound, wal: {...sound.wal, headHardState: (_synced, newest) => newest}}),
}
