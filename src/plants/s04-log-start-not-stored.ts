import type {Plant} from './plant.ts'

/** Where the log begins after it was compacted is not stored. Seen in spur#368. */
export const s04: Plant = {
  id: 'S04',
  name: 'log-start-not-stored',
  change: 'the head of a segment does not say where the log begins',
  caughtBy: 'L8',
  caughtInSim: ['D3', 'D8', 'L8'],
  scenarios: ['snapshots'],
  parts: sound => ({...sound, wal: {...sound.wal, headMarker: () => ({index: 0, term: 0})}}),
}
