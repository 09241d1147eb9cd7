import type {Plant} from './plant.ts'

/** A group that is born votes before groups.log lists it. */
export const w25: Plant = {
  id: 'W25',
  name: 'act-before-listed',
  change: 'a group that is born votes before groups.log lists it',
  caughtBy: 'D5',
  caughtInSim: ['D5', 'L1'],
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
