import {WalKind, writeWalRecord} from '../formats/wal-record.ts'
import type {Plant} from './plant.ts'

/** The fields of a HardState are written in an order of their own: every reader takes them, and none writes them so. */
export const w31: Plant = {
  id: 'W31',
  name: 'fields-out-of-order',
  change: 'the fields of a HardState are written last to first: it parses, and is not what eraftpb writes',
  caughtBy: 'D2',
  scenarios: ['restarts'],
  parts: sound => ({...sound, wal: {...sound.wal, records: {...sound.wal.records, write}}}),
}

const write: typeof writeWalRecord = (into, at, kind, topic, partition, data, offset, count) =>
  writeWalRecord(into, at, kind, topic, partition, kind === WalKind.HardState ? lastFirst(data) : data, offset, count)

/** Fields of one varint each: a byte of tag, then bytes of which only the last is below 128. */
function lastFirst(data: Uint8Array): Uint8Array {
  const fields: number[][] = []
  for (let at = 0; at < data.length; ) {
    let end = at + 1
    while (data[end] >= 128) end++
    fields.unshift([...data.subarray(at, ++end)])
    at = end
  }
  return Uint8Array.from(fields.flat())
}
