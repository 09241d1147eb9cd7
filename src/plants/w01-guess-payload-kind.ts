import {EMPTY} from '../base/bytes.ts'
import {type Entry, EntryType} from '../formats/eraftpb.ts'
import {ProtobufReader} from '../formats/protobuf.ts'
import {WalKind, type WalRecord} from '../formats/wal-record.ts'
import type {Plant} from './plant.ts'

/**
 * The kind of a payload is found out by decoding it as an Entry first, as a real server did: a HardState with a commit index also parses as an
 * Entry whose index is that commit, and becomes a phantom entry; the HardState itself is never seen.
 */
export const w01: Plant = {
  id: 'W01',
  name: 'guess-payload-kind',
  change:
    'recovery decodes payloads by trial instead of by their kind: a HardState with a commit index reads as an Entry',
  caughtBy: 'D8',
  caughtInSim: ['D2', 'D8', 'D8e'],
  scenarios: ['restarts', 'storage'],
  parts: sound => ({
    ...sound,
    wal: {
      ...sound.wal,
      reading: {payloadKind: guessed, decodeEntry: lenient, refusesBrokenFold: () => false},
    },
  }),
}

function guessed(record: WalRecord): number {
  if (record.kind !== WalKind.HardState) return record.kind
  return lenient(record.data).index > 0 ? WalKind.Entry : WalKind.HardState
}

/** Takes any entry type and stops at the first field that does not fit. */
function lenient(bytes: Uint8Array): Entry {
  const entry: Entry = {type: EntryType.Normal, term: 0, index: 0, data: EMPTY, context: EMPTY}
  const r = new ProtobufReader(bytes)
  while (r.next()) {
    if (r.field === 1) r.number()
    else if (r.field === 2) entry.term = r.number()
    else if (r.field === 3) entry.index = r.number()
    else if (r.field === 4) entry.data = r.view()
    else if (r.field === 6) entry.context = r.view()
    else r.skip()
  }
  return entry
}
