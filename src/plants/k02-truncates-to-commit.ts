import {cutBehindCommit} from './cut-log.ts'
import type {Plant} from './plant.ts'

/** A follower that hears of a new leader cuts its log at its own commit index, as replicas did at their high watermark before KIP-101. Seen in KAFKA-6361. */
export const k02: Plant = {
  id: 'K02',
  name: 'truncates-to-commit',
  change: 'a follower that hears of a new leader cuts its log behind its own commit index',
  caughtBy: 'L6',
  caughtInSim: ['L6', 'H3', 'D7'],
  scenarios: ['failovers'],
  parts: sound => ({
    ...sound,
    raft: {
      ...sound.raft,
      accept: (log, m) => {
        const last = m.entries.at(-1)
        const isNew = last !== undefined && !log.matches(log.lastIndex, last.term)
        if (isNew && !cutBehindCommit(log)) return undefined
        return sound.raft.accept(log, m)
      },
    },
  }),
}
