import type {Plant} from './plant.ts'

/** The producer table is not built again from the log after a crash. Seen in automq#437. */
export const k03: Plant = {
  id: 'K03',
  name: 'sequences-forgotten',
  change: 'the producer table is not built again from the log after a crash',
  caughtBy: 'H4',
  scenarios: ['retries'],
  parts: sound => ({
    ...sound,
    partition: {...sound.partition, remembers: (index, recovered) => index > recovered},
  }),
}
