import type {Plant} from './plant.ts'
import {scanUnchecked} from './scan-unchecked.ts'

/** A record whose CRC is wrong is taken for sound when it is read. Of the system that this lab grew up with, and neon#395. */
export const w02: Plant = {
  id: 'W02',
  name: 'crc-not-checked',
  change: 'the CRC of a record is not checked when it is read',
  caughtBy: 'D1',
  caughtInSim: ['D1', 'P2'],
  scenarios: ['damaged-logs'],
  parts: sound => ({...sound, wal: {...sound.wal, records: {...sound.wal.records, scan: scanUnchecked}}}),
}
