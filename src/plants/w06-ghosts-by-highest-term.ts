import type {Plant} from './plant.ts'

/** Recovery keeps, of several entries of one index, that with the highest term, and what stands behind it. Seen in etcd#22442. */
export const w06: Plant = {
  id: 'W06',
  name: 'ghosts-by-highest-term',
  change: 'recovery keeps the entry with the highest term of each index, and the ghosts behind it',
  caughtBy: 'D8',
  caughtInSim: ['D8', 'D8e', 'L5'],
  scenarios: ['overwritten'],
  parts: sound => ({
    ...sound,
    wal: {
      ...sound.wal,
      place: (index, entry) => {
        const known = index.term(entry.index)
        if (known === undefined) {
          sound.wal.place(index, entry)
          return
        }
        const behind = []
        for (let at = entry.index + 1; at <= index.last; at++)
          behind.push({...index.place(at), index: at, term: index.term(at) ?? 0})
        if (known <= entry.term) sound.wal.place(index, entry)
        else index.truncate(entry.index + 1)
        for (const {term, segment, at, bytes} of known <= entry.term ? behind : []) index.push(term, segment, at, bytes)
      },
    },
  }),
}
