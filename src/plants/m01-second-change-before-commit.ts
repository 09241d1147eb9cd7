import type {Plant} from './plant.ts'

/** A leader begins a change of the members while another may be in its log, of an earlier term too. Seen in copycat#23 and braft#182. */
export const m01: Plant = {
  id: 'M01',
  name: 'second-change-before-commit',
  change: 'a leader begins a change of the members while another one in its log is not applied',
  caughtBy: 'L7',
  scenarios: ['members'],
  parts: sound => ({...sound, raft: {...sound.raft, changeMayFollow: () => true}}),
}
