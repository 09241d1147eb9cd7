import type {Plant} from './plant.ts'

/** The sound records of a batch whose end is torn are kept. */
export const w22: Plant = {
  id: 'W22',
  name: 'half-batch',
  change: 'of a batch whose end is torn the sound records are kept',
  caughtBy: 'D4',
  caughtInSim: ['D3', 'D4', 'D8e'],
  scenarios: ['torn-batches'],
  parts: sound => ({...sound, wal: {...sound.wal, keepsHalf: () => true}}),
}
