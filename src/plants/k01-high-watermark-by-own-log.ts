import type {Plant} from './plant.ts'

/** A leader shows clients all that its own log holds; one that is deposed and does not know it yet shows what will be cut. The class of KAFKA-14704. */
export const k01: Plant = {
  id: 'K01',
  name: 'high-watermark-by-own-log',
  change: 'a leader shows what its own log holds, also what it was deposed before it could commit',
  caughtBy: 'H7',
  scenarios: ['isolated-writers', 'figure-8'],
  parts: sound => ({
    ...sound,
    partition: {...sound.partition, shown: {...sound.partition.shown, lastIndex: (_batches, log) => log.lastIndex()}},
  }),
}
