import {fromUtf8, utf8} from '../base/bytes.ts'
import {decodePartitionState, encodePartitionState} from '../formats/partition-state.ts'
import type {Plant} from './plant.ts'

/** A snapshot leaves out a part of the state: which producer ids are given out, and the producer tables. Seen in redpanda#2284. */
export const s07: Plant = {
  id: 'S07',
  name: 'snapshot-omits-producers',
  change: 'a snapshot does not hold which producer ids are given out, nor what producers wrote',
  caughtBy: 'L4',
  scenarios: ['snapshots'],
  parts: sound => ({...sound, group: {...sound.group, snapshotOf: withoutProducers}}),
}

/** The state of the metadata group is JSON, that of a partition is not. */
function withoutProducers(state: Uint8Array): Uint8Array {
  if (state[0] === 0x7b) return utf8(JSON.stringify({...JSON.parse(fromUtf8(state)), nextProducerId: 1_000}))
  return encodePartitionState({...decodePartitionState(state), producers: []})
}
