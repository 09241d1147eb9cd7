import {viewOf} from '../base/bytes.ts'
import {crc32} from '../base/crc32.ts'
import {scanWalRecord, writeWalRecord} from '../formats/wal-record.ts'
import type {Plant} from './plant.ts'
import {scanUnchecked} from './scan-unchecked.ts'

/** The CRC of a record covers its payload only: a kind, a group or an index that is another than was written is not noticed. */
export const w19: Plant = {
  id: 'W19',
  name: 'crc-of-payload-only',
  change: 'the CRC of a record covers its payload only, not its kind, group, length and index',
  caughtBy: 'D1',
  scenarios: ['damaged-logs', 'misdirected'],
  parts: sound => ({...sound, wal: {...sound.wal, records: {write, scan}}}),
}

const write: typeof writeWalRecord = (into, at, kind, topic, partition, data, offset, count) => {
  const end = writeWalRecord(into, at, kind, topic, partition, data, offset, count)
  viewOf(into).setUint32(at + 8, crc32(data), true)
  return end
}

/** Where the CRC of the payload is right, the record is read as if all of it were. */
const scan: typeof scanWalRecord = (bytes, at, end = bytes.length) => {
  const scanned = scanWalRecord(bytes, at, end)
  if (scanned.found !== 'corrupt' || scanned.crc32 === undefined) return scanned
  const read = scanUnchecked(bytes, at, end)
  return read.found === 'record' && crc32(read.record.data) !== scanned.crc32 ? scanned : read
}
