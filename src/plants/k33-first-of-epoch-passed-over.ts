import type {Plant} from './plant.ts'

/** A reader that waited through an election stands where the new epoch begins, and is given what lies behind its first batch. */
export const k33: Plant = {
  id: 'K33',
  name: 'first-of-epoch-passed-over',
  change: 'a reader that stands where the epoch of a new leader begins is given what lies behind its first batch',
  caughtBy: 'H6',
  scenarios: ['elections', 'leader-churn'],
  parts: sound => ({
    ...sound,
    partition: {
      ...sound.partition,
      begins: (batches, offset, epochStart) =>
        batches.holding(offset === epochStart && offset > 0 ? offset + 1 : offset),
    },
  }),
}
