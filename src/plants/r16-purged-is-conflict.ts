import {cutBehindCommit} from './cut-log.ts'
import type {Plant} from './plant.ts'

/** An append that comes late, and whose previous entry is compacted here, counts as one that contradicts the log, which is cut. Seen in openraft#511. */
export const r16: Plant = {
  id: 'R16',
  name: 'purged-is-conflict',
  change: 'an append behind an entry that is compacted here counts as a conflict: the log is cut',
  caughtBy: 'D7',
  caughtInSim: ['L3', 'D7'],
  scenarios: ['late-after-compaction'],
  parts: sound => ({
    ...sound,
    raft: {
      ...sound.raft,
      late: (log, m) => {
        const late = sound.raft.late(log, m)
        if (late && !log.matches(m.index, m.logTerm)) cutBehindCommit(log)
        return late
      },
    },
  }),
}
