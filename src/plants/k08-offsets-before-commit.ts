import type {Plant} from './plant.ts'

/** Offsets of a group are answered before they are committed. Seen in redpanda#9571. */
export const k08: Plant = {
  id: 'K08',
  name: 'offsets-before-commit',
  change: 'offsets of a group are answered before they are committed',
  caughtBy: 'H11',
  scenarios: ['coordinators'],
  parts: sound => ({
    ...sound,
    partition: {...sound.partition, answersAfter: (acks, internal) => (internal ? 0 : acks)},
  }),
}
