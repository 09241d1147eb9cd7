import type {Plant} from './plant.ts'

/** A follower cuts its log behind every append, also one that comes late and holds nothing that contradicts it. Seen in akka-entity-replication#152. */
export const r10: Plant = {
  id: 'R10',
  name: 'truncates-on-every-append',
  change: 'a follower cuts its log behind every append, not only where one contradicts it',
  caughtBy: 'D7',
  caughtInSim: ['L3', 'D7'],
  scenarios: ['late-appends'],
  parts: sound => ({
    ...sound,
    raft: {
      ...sound.raft,
      accept: (log, m) => {
        if (!log.matches(m.index, m.logTerm)) return undefined
        const news = m.entries.filter(entry => entry.index > log.committed)
        if (news.length > 0) log.append(news)
        return sound.raft.accept(log, m)
      },
    },
  }),
}
