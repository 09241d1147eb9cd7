import type {Plant} from './plant.ts'

/** Of several snapshot files the last in text order is taken for the newest, and kept. Of the system that this lab grew up with. */
export const s01: Plant = {
  id: 'S01',
  name: 'snapshots-sorted-as-text',
  change: 'of several snapshots the last one in the order of their names as text is kept',
  caughtBy: 'D6',
  scenarios: ['snapshots'],
  parts: sound => ({...sound, wal: {...sound.wal, keptSnapshot: names => [...names].sort()[names.length - 1]}}),
}
