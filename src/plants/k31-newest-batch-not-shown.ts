import type {Plant} from './plant.ts'

/** The high watermark stays below the newest batch until another one follows: the last write before everybody rests is read by nobody. */
export const k31: Plant = {
  id: 'K31',
  name: 'newest-batch-not-shown',
  change: 'the high watermark stays at the newest batch until another one follows',
  caughtBy: 'H2',
  scenarios: ['restarts', 'elections'],
  parts: sound => ({
    ...sound,
    partition: {
      ...sound.partition,
      shown: {
        highWatermark: (nextOffset, batches) => batches.fromEnd(0)?.baseOffset ?? nextOffset,
        lastIndex: batches => batches.fromEnd(1)?.index ?? 0,
      },
    },
  }),
}
