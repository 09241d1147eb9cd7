import type {Plant} from './plant.ts'

/** A leader that hears of no quorum goes on leading, and answers as if it had heard. Seen in KAFKA-15489 and consul#54. */
export const r14: Plant = {
  id: 'R14',
  name: 'never-steps-down',
  change: 'a leader that hears of no quorum goes on leading, and answers as if it had heard',
  caughtBy: 'L8',
  caughtInSim: ['L8', 'H10'],
  scenarios: ['isolated-leaders'],
  parts: sound => ({...sound, group: {...sound.group, contact: {required: () => false, nowMs: () => 0}}}),
}
