import {EMPTY, equalBytes} from '../base/bytes.ts'
import {crc32} from '../base/crc32.ts'
import {sha256} from '../base/hash.ts'
import type {Index, Term} from '../base/ids.ts'
import {decodeSnapshotMetadata, encodeSnapshot, NO_CONF_STATE, type Snapshot, type SnapshotMetadata} from './eraftpb.ts'
import {ProtobufReader, ProtobufWriter} from './protobuf.ts'

/**
 * A snapshot file: one eraftpb Snapshot{1 data, 2 metadata}, and in the same message 15 state hash (SHA-256 of the state)
 * and, last, 16 crc32 (fixed32, over all bytes before its tag). Readers of eraftpb skip both.
 */
export function encodeSnapshotFile(snapshot: Snapshot): Uint8Array {
  const w = new ProtobufWriter(snapshot.data.length + 128)
  w.raw(encodeSnapshot(snapshot))
  w.bytesField(15, sha256(snapshot.data))
  w.fixed32Field(16, crc32(w.finish()))
  return w.finish()
}

/** The snapshot that these bytes hold, or why they are not the sound snapshot of (index, term). Its data is a view of `bytes`. */
export function readSnapshotFile(bytes: Uint8Array, wanted: {index: Index; term: Term}): Snapshot | string {
  try {
    const r = new ProtobufReader(bytes)
    let data: Uint8Array = EMPTY
    let metadata: SnapshotMetadata = {index: 0, term: 0, confState: NO_CONF_STATE}
    let hash: Uint8Array | undefined
    let crcAt = -1
    let crc = 0
    while (r.next()) {
      if (r.field === 1) data = r.view()
      else if (r.field === 2) metadata = decodeSnapshotMetadata(r.view())
      else if (r.field === 15) hash = r.view()
      else if (r.field === 16) {
        crcAt = r.tagAt
        crc = r.fixed32()
        if (r.at !== bytes.length) return 'bytes follow its CRC'
      } else r.skip()
    }
    if (crcAt < 0) return 'it has no CRC'
    if (crc32(bytes.subarray(0, crcAt)) !== crc) return 'its CRC is wrong'
    if (!hash || !equalBytes(hash, sha256(data))) return 'its state hash is wrong'
    if (metadata.index !== wanted.index || metadata.term !== wanted.term)
      return `it is of index ${metadata.index} term ${metadata.term}, the marker names ${wanted.index} and ${wanted.term}`
    return {data, metadata}
  } catch (error) {
    return `it does not parse (${(error as Error).message})`
  }
}
