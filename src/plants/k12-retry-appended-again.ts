import type {Plant} from './plant.ts'

/** A batch that comes again because its answer was late is appended again. */
export const k12: Plant = {
  id: 'K12',
  name: 'retry-appended-again',
  change: 'a batch that comes again because its answer was late is appended again',
  caughtBy: 'H4',
  scenarios: ['retries', 'network'],
  parts: sound => ({
    ...sound,
    partition: {
      ...sound.partition,
      sequence: check => (check !== 'fresh' && 'baseOffset' in check ? 'fresh' : check),
    },
  }),
}
