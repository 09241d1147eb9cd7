import {decodeHardState, type Entry, EntryType} from '../formats/eraftpb.ts'
import {ProtobufReader} from '../formats/protobuf.ts'
import {WalKind} from '../formats/wal-record.ts'
import type {Plant} from './plant.ts'

/** Field by field, as a reader that tries types in turn does it: an unknown entry_type is taken, not refused. */
function lenientEntry(bytes: Uint8Array): Entry {
  const r = new ProtobufReader(bytes)
  const entry: Entry = {type: EntryType.Normal, term: 0, index: 0, data: new Uint8Array(0), context: new Uint8Array(0)}
  while (r.next()) {
    if (r.field === 1) entry.type = r.number() as EntryType
    else if (r.field === 2) entry.term = r.number()
    else if (r.field === 3) entry.index = r.number()
    else if (r.field === 4) entry.data = r.view()
    else if (r.field === 6) entry.context = r.view()
    else r.skip()
  }
  return entry
}

/** HardState{term, vote, commit} and Entry{type, term, index} are the same three numbers on the wire. */
export const guessPayloadKind: Plant = {
  id: 'W01',
  name: 'guess-payload-kind',
  change: 'payloads are decoded by trial, without their kind: a HardState with a commit is read as an Entry',
  real: 'phantom entries of a server that tells its records apart by what happens to parse',
  needs: 'any restart with commit above 0',
  caughtBy: ['D8', 'D8e'],
  plant: parts => ({
    ...parts,
    wal: {
      ...parts.wal,
      payloadKind: record =>
        record.kind === WalKind.HardState && decodeHardState(record.data).commit > 0 ? WalKind.Entry : record.kind,
      decodeEntry: lenientEntry,
      refusesBrokenFold: () => false,
    },
  }),
}
