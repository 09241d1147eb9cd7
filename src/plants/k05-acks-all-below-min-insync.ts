import type {Plant} from './plant.ts'

/** acks=all is answered when the leader alone has the batch. The class of KIP-966. */
export const k05: Plant = {
  id: 'K05',
  name: 'acks-all-below-min-insync',
  change: 'acks=all is answered when the leader alone has the batch',
  caughtBy: 'H1',
  scenarios: ['isolated-writers', 'figure-8'],
  parts: sound => ({
    ...sound,
    partition: {...sound.partition, answersAfter: (acks, internal) => (acks === -1 && !internal ? 1 : acks)},
  }),
}
