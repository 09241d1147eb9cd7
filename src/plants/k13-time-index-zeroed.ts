import type {Plant} from './plant.ts'

/** After a crash the time index is rebuilt with zeros, and retention takes for very old what is not. Seen in KAFKA-10207. */
export const k13: Plant = {
  id: 'K13',
  name: 'time-index-zeroed',
  change: 'after a crash the time index holds 0 for what the log held: retention takes it for very old',
  caughtBy: 'D7',
  scenarios: ['retention'],
  parts: sound => ({
    ...sound,
    partition: {...sound.partition, timeOf: (index, recovered, timestampMs) => (index <= recovered ? 0 : timestampMs)},
  }),
}
