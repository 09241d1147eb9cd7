import type {Plant} from './plant.ts'

/** A group that is born votes before groups.log lists it. */
export const w25: Plant = {
  id: 'W25',
  name: 'act-before-listed',
  change: 'a group that is born votes before groups.log lists it',
  caughtBy: 'D5',
  // A log that is not listed and holds more than a head is refused: no second vote comes of it. What was promised too early is seen.
  caughtInSim: ['D5', 'L1', 'S1'],
  scenarios: ['births'],
  parts: sound => ({
    ...sound,
    group: {
      ...sound.group,
      listed: async add => {
        void add()
      },
    },
  }),
}
