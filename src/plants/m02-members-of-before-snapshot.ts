import type {Plant} from './plant.ts'

/** An installed snapshot leaves the members in force that were so before it. Seen in openraft#1808. */
export const m02: Plant = {
  id: 'M02',
  name: 'members-of-before-snapshot',
  change: 'an installed snapshot does not change who the members are',
  caughtBy: 'L7',
  scenarios: ['members'],
  parts: sound => ({...sound, raft: {...sound.raft, configurationBehind: (_inSnapshot, own) => own}}),
}
