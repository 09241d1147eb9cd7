import {viewOf} from '../base/bytes.ts'
import {scanWalRecord, walRecordCrc} from '../formats/wal-record.ts'
import type {Plant} from './plant.ts'

/** A record whose CRC is wrong is taken for sound when it is read. Of the system that this lab grew up with, and neon#395. */
export const w02: Plant = {
  id: 'W02',
  name: 'crc-not-checked',
  change: 'the CRC of a record is not checked when it is read',
  caughtBy: 'D1',
  caughtInSim: ['D1', 'P2'],
  scenarios: ['damaged-logs'],
  parts: sound => ({...sound, wal: {...sound.wal, records: {...sound.wal.records, scan: unchecked}}}),
}

function unchecked(bytes: Uint8Array, at: number, end = bytes.length): ReturnType<typeof scanWalRecord> {
  const scanned = scanWalRecord(bytes, at, end)
  // Only a wrong CRC is told with the one that is stored.
  if (scanned.found !== 'corrupt' || scanned.crc32 === undefined) return scanned
  const size = 12 + viewOf(bytes).getUint32(at + 4, true)
  const copy = bytes.slice(at, at + size)
  viewOf(copy).setUint32(8, walRecordCrc(copy, 0, size), true)
  return scanWalRecord(copy, 0)
}
