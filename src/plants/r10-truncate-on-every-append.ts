import type {Plant} from './plant.ts'

/** Every append cuts the log behind its entries, also one that is late and conflicts with nothing. Seen in akka-entity-replication#152. */
export const r10: Plant = {
  id: 'R10',
  name: 'truncate-on-every-append',
  change: 'every append cuts the log behind its entries, also a late one that conflicts with nothing',
  caughtBy: 'D7',
  caughtInSim: ['L3', 'D7'],
  scenarios: ['reordered'],
  parts: sound => ({
    ...sound,
    raft: {
      ...sound.raft,
      accept: (log, m) => {
        if (!log.matches(m.index, m.logTerm)) return undefined
        log.append(m.entries.filter(entry => entry.index > log.committed))
        const last = m.index + m.entries.length
        log.commitTo(Math.min(m.commit, last))
        return last
      },
    },
  }),
}
