import type {Plant} from './plant.ts'

/** A follower overwrites the entries that conflict and keeps what stood behind them. Seen in mofa#1150. */
export const r08: Plant = {
  id: 'R08',
  name: 'tail-behind-conflict-kept',
  change: 'a follower overwrites entries that conflict, and keeps those that stood behind them',
  caughtBy: 'L6',
  scenarios: ['isolated-writers', 'figure-8'],
  parts: sound => ({
    ...sound,
    raft: {
      ...sound.raft,
      accept: (log, m) => {
        const last = m.index + m.entries.length
        const tail =
          m.entries.length > 0 && log.matches(m.index, m.logTerm) && last < log.lastIndex
            ? log.slice(last + 1, log.lastIndex + 1, Number.MAX_SAFE_INTEGER, {
                low: last + 1,
                high: log.lastIndex + 1,
                why: 'apply',
              })
            : []
        const accepted = log.maybeAppend(m.index, m.logTerm, m.entries, m.commit)
        if (accepted !== undefined && typeof tail !== 'string' && log.lastIndex === last) log.append(tail)
        return accepted
      },
    },
  }),
}
