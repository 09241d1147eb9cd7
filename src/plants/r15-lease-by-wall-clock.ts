import type {Plant} from './plant.ts'

/** The lease of a leader is measured with the wall clock. Seen in tikv#964 and jraft#25. */
export const r15: Plant = {
  id: 'R15',
  name: 'lease-by-wall-clock',
  change: 'the lease of a leader is measured with the wall clock, which jumps',
  caughtBy: 'H10',
  scenarios: ['slow-answers'],
  parts: sound => ({
    ...sound,
    group: {...sound.group, contact: {...sound.group.contact, nowMs: clock => clock.wallMs()}},
  }),
}
