import type {Plant} from './plant.ts'

/** Segment files are read in the order of their names as text. Of the system that this lab grew up with. */
export const w12: Plant = {
  id: 'W12',
  name: 'segments-sorted-as-text',
  change: 'segment files are read in the order of their names as text',
  caughtBy: 'D3',
  caughtInSim: ['D3', 'D8', 'D8e'],
  scenarios: ['many-segments'],
  parts: sound => ({...sound, wal: {...sound.wal, segmentOrder: (a, b) => (a.name < b.name ? -1 : 1)}}),
}
