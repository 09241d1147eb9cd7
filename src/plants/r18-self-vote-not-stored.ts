import type {Plant} from './plant.ts'

/** The vote of a candidate for itself is not stored. Seen in nebula#3415. */
export const r18: Plant = {
  id: 'R18',
  name: 'self-vote-not-stored',
  change: 'the vote of a candidate for itself is not stored',
  caughtBy: 'D5',
  caughtInSim: ['D5'],
  scenarios: ['elections', 'storage'],
  parts: sound => ({
    ...sound,
    group: {...sound.group, stored: (h, node) => (h.vote === node ? {...h, vote: 0} : h)},
  }),
}
