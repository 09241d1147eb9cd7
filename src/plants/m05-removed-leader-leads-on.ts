import type {Plant} from './plant.ts'

/** A leader that is no member any more goes on leading. Seen in cowsql#150. */
export const m05: Plant = {
  id: 'M05',
  name: 'removed-leader-leads-on',
  change: 'a leader that was taken out of the members goes on leading',
  caughtBy: 'L7',
  caughtInSim: ['L7', 'L8'],
  scenarios: ['members'],
  parts: sound => ({
    ...sound,
    group: {...sound.group, core: options => ({...sound.group.core(options), stepDownOnRemoval: false})},
  }),
}
