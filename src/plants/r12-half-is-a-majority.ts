import type {Plant} from './plant.ts'

/** Of an even number half counts as a majority. Seen in RedisLabs/raft#13. */
export const r12: Plant = {
  id: 'R12',
  name: 'half-is-a-majority',
  change: 'of an even number of voters half counts as a majority',
  caughtBy: 'L1',
  caughtInSim: ['L1', 'L7q'],
  scenarios: ['halves'],
  parts: sound => ({...sound, raft: {...sound.raft, quorum: voters => Math.ceil(voters / 2)}}),
}
