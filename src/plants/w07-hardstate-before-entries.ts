import type {Plant} from './plant.ts'

/** A HardState is synced before the entries that it speaks of. Seen in curvine#1368 and etcd#8455. */
export const w07: Plant = {
  id: 'W07',
  name: 'hardstate-before-entries',
  change: 'a HardState is synced before the entries that came with it',
  caughtBy: 'D4',
  scenarios: ['catch-up'],
  parts: sound => ({
    ...sound,
    wal: {
      ...sound.wal,
      batches: ({entries, hardState}) =>
        entries.length > 0 && hardState
          ? [
              {entries: [], hardState},
              {entries, hardState: undefined},
            ]
          : [{entries, hardState}],
    },
  }),
}
