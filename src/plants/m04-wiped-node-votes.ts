import type {Plant} from './plant.ts'

/** A node whose disk was lost is let in under its old number, and votes. Seen in nats#7545 and in simulations of KRaft. */
export const m04: Plant = {
  id: 'M04',
  name: 'wiped-node-votes',
  change: 'peers let a node in whatever directory it comes with: one with an empty disk votes again',
  caughtBy: 'H1',
  caughtInSim: ['L5', 'H1'],
  scenarios: ['lost-disk'],
  parts: sound => ({...sound, metadata: {...sound.metadata, mayCome: () => true}}),
}
