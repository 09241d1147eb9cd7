import type {Plant} from './plant.ts'

/** A new leader serves before it has applied an entry of its term. Seen in redpanda#5090. */
export const k06: Plant = {
  id: 'K06',
  name: 'serves-before-applied',
  change: 'a new leader serves before it has applied an entry of its term',
  caughtBy: 'H10',
  caughtInSim: ['L8', 'H10'],
  scenarios: ['elections'],
  parts: sound => ({...sound, group: {...sound.group, mayLead: () => true}}),
}
