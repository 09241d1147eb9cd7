import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {utf8} from '../../src/base/bytes.ts'
import {encodeConfState, encodeSnapshotMetadata} from '../../src/formats/eraftpb.ts'
import {encodePartitionState} from '../../src/formats/partition-state.ts'
import {encodeSnapshotFile} from '../../src/formats/snapshot-file.ts'
import {WalKind} from '../../src/formats/wal-record.ts'
import {groupPlaces} from '../../src/inspect/node.ts'
import {readSnapshot, snapshotPaths} from '../../src/inspect/snapshot.ts'
import {verifyGroup} from '../../src/inspect/verify.ts'
import {nodeFiles} from '../../src/io/node/read-only-files.ts'
import {Folder, hardState, record, SegmentBuilder} from './fixtures.ts'

const CONF = {voters: [1, 2, 3], learners: [4], votersOutgoing: [], learnersNext: [], autoLeave: false}
const METADATA = utf8(
  JSON.stringify({
    formatVersion: 1,
    brokers: [{node: 1}, {node: 2}],
    topics: [{name: 'orders'}],
    deleted: ['x'],
    nextProducerId: 1000,
  }),
)
const bytesOf = (data: Uint8Array, index = 9, term = 3): Uint8Array =>
  encodeSnapshotFile({data, metadata: {index, term, confState: CONF}})

let folder: Folder
beforeEach(() => {
  folder = new Folder()
})
afterEach(() => folder.remove())

const seen = (bytes: Uint8Array, name = 'snapshot_9_3.snap') => readSnapshot(nodeFiles, folder.write(name, bytes))

describe('a snapshot file', () => {
  it('is shown field by field, with what its state holds', () => {
    expect(seen(bytesOf(METADATA))).toMatchObject({
      index: 9,
      term: 3,
      confState: CONF,
      dataBytes: METADATA.length,
      stateHashOk: true,
      crcOk: true,
      state: {formatVersion: 1, brokers: [1, 2], topics: ['orders'], deleted: 1, nextProducerId: 1000},
    })
    const epochs = [{epoch: 2, startOffset: 5}]
    const state = encodePartitionState({logStart: 5, nextOffset: 70, digest: 7, epochs, producers: [], values: []})
    expect(seen(bytesOf(state)).state).toEqual({
      logStart: 5,
      nextOffset: 70,
      digest: '00000007',
      epochs: 1,
      producers: 0,
      values: 0,
    })
    expect(seen(bytesOf(METADATA)).why).toBeUndefined()
  })

  it('with any byte changed, cut anywhere, or under another name is unsound, and is never thrown at', () => {
    const bytes = bytesOf(utf8('{"some":"state"}'))
    for (let at = 0; at < bytes.length; at++) {
      const wrong = bytes.slice()
      wrong[at] ^= 0x20
      expect(seen(wrong).why, `byte ${at}`).toBeDefined()
      expect(seen(bytes.subarray(0, at)).why, `cut at ${at}`).toBeDefined()
    }
    expect(seen(new Uint8Array([...bytes, 0])).why).toBeDefined()
    expect(seen(bytes, 'snapshot_9_4.snap').why).toBe('it is of index 9 term 3, its name says 9 and 4')
    expect(seen(bytes).why).toBeUndefined()
  })

  it('is listed by number; the one that the marker names is OK or CORRUPT, every other one is left over', () => {
    const head = [
      hardState({term: 3, vote: 1, commit: 9}),
      record(WalKind.ConfState, encodeConfState(CONF)),
      record(WalKind.SnapshotMarker, encodeSnapshotMetadata({index: 9, term: 3}), {count: 0}),
    ]
    const dir = 'wal/__meta/__raft_metadata'
    folder.write(`${dir}/0/wal_0_0.log`, new SegmentBuilder().batch(head, {lastIndex: 9}).bytes())
    folder.write(`${dir}/snapshots/snapshot_9_3.snap`, bytesOf(METADATA))
    folder.write(`${dir}/snapshots/snapshot_10_3.snap`, bytesOf(METADATA, 10))
    folder.write(`${dir}/snapshots/snapshot_11_3.snap.tmp`, new Uint8Array(5))
    const snapshots = folder.path(`${dir}/snapshots`)
    const names = ['snapshot_9_3.snap', 'snapshot_10_3.snap', 'snapshot_11_3.snap.tmp']
    expect(snapshotPaths(nodeFiles, snapshots)).toEqual(names.map(name => `${snapshots}/${name}`))
    const words = (): string[] => {
      const {segments, snapshots} = verifyGroup(nodeFiles, groupPlaces(nodeFiles, folder.dir)[0])
      return [...segments, ...snapshots].map(c => c.word)
    }
    expect(words()).toEqual(['OK', 'OK', 'LEFT OVER', 'LEFT OVER'])
    const wrong = bytesOf(METADATA)
    wrong[20] ^= 1
    folder.write(`${dir}/snapshots/snapshot_9_3.snap`, wrong)
    expect(words()).toEqual(['OK', 'CORRUPT', 'LEFT OVER', 'LEFT OVER'])
  })
})
