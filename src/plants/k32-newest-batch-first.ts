import type {Plant} from './plant.ts'

/** The batches of one answer of Fetch come in the opposite order. */
export const k32: Plant = {
  id: 'K32',
  name: 'newest-batch-first',
  change: 'the batches of one answer come newest first',
  caughtBy: 'H5',
  scenarios: ['elections', 'network'],
  parts: sound => ({...sound, partition: {...sound.partition, answered: batches => [...batches].reverse()}}),
}
