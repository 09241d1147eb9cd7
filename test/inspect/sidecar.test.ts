import {beforeAll, describe, expect, it} from 'vitest'
import type {Entry} from '../../src/formats/eraftpb.ts'
import {encodePartitionState} from '../../src/formats/partition-state.ts'
import {encodeBatch, stampBatch} from '../../src/formats/record-batch.ts'
import {
  decodeSidecar,
  encodeBatchTable,
  encodeEntryTable,
  encodeSidecar,
  type Sidecar,
} from '../../src/formats/sidecar.ts'
import {segmentFiles} from '../../src/inspect/segments.ts'
import type {SidecarCheck} from '../../src/inspect/sidecar.ts'
import {verifyGroup} from '../../src/inspect/verify.ts'
import type {MemoryDisk} from '../helpers/memory-disk.ts'
import {viewOf} from '../wal/group-images.ts'
import {DIR, LOG_ID, LogLab, unit} from '../wal/log-lab.ts'

const sidecarAt = (number: number): string => `${DIR}/wal_0_${number}.idx`
const TIME_MS = 1_700_000_000_000

/** An entry of two records, of an own time. */
function batch(index: number, term: number): Entry {
  const data = encodeBatch({
    records: [
      {timestamp: TIME_MS + 10 * index, value: new Uint8Array(900)},
      {timestamp: TIME_MS + 10 * index - 3, value: new Uint8Array(900)},
    ],
  })
  stampBatch(data, 2 * (index - 1), term)
  return {type: 0, term, index, data, context: Uint8Array.of(1)}
}

const termOf = (index: number): number => 2 + Math.floor((index - 1) / 5)

let disk: MemoryDisk

beforeAll(async () => {
  const lab = new LogLab(undefined, {sidecars: true, segmentBytesMax: 20_000})
  const log = await lab.open()
  for (let n = 1; n <= 45; n++) {
    // The first of each five is written twice: what an older term left is overwritten.
    const term = termOf(n)
    if (n % 5 === 1)
      await log.append(unit([batch(n, term - 1), batch(n + 1, term - 1)], {term, vote: 1, commit: n - 1}))
    await log.append(unit([batch(n, term)], {term, vote: 1, commit: n - 1}))
    if (!log.beginsSegment(n)) continue
    const {confState} = log.initialState()
    const state = {logStart: 0, nextOffset: 2 * (n - 1), digest: 7, epochs: [], producers: [], values: []}
    log.keepState(
      {data: encodePartitionState(state), metadata: {index: n - 1, term: termOf(n - 1), confState}},
      low => {
        const indexes = Array.from({length: n - low}, (_, i) => low + i)
        return {
          indexes,
          baseOffsets: indexes.map(i => 2 * (i - 1)),
          maxTimestampsMs: indexes.map(i => TIME_MS + 10 * i),
        }
      },
    )
  }
  await log.close()
  disk = lab.disk
})

function checks(on: MemoryDisk): SidecarCheck[] {
  const files = viewOf(on)
  const segments = segmentFiles(files, DIR, 0)
  const listing = {listed: LOG_ID}
  const snapshotDir = `${DIR}/snapshots`
  return verifyGroup(files, {
    group: 'orders/0',
    topic: 'orders',
    partition: 0,
    dir: DIR,
    snapshotDir,
    segments,
    listing,
  }).sidecars
}

/** Segment 1's sidecar says something else, and its CRC is right. */
function changed(change: (sidecar: Sidecar) => void): SidecarCheck {
  const on = disk.copy()
  const sidecar = decodeSidecar(on.bytes(sidecarAt(1)).slice())
  if (typeof sidecar === 'string') throw new Error(sidecar)
  change(sidecar)
  const {batches, entries, ...about} = sidecar
  on.put(sidecarAt(1), encodeSidecar(about, encodeEntryTable(entries)!, encodeBatchTable(batches)!))
  return checks(on)[1]
}

describe('inspect: sidecars', () => {
  it('each is held against its segment, byte by byte', () => {
    const found = checks(disk)
    expect(found.filter(c => c.word !== 'OK')).toEqual([])
    expect(found.length).toBeGreaterThan(3)
    const [first, second] = found
    expect(first).toMatchObject({firstIndex: 1, firstTerm: 2, firstOffset: 0})
    expect(second).toMatchObject({firstIndex: first.appliedIndex! + 1, firstOffset: first.nextOffset})
    // What the next segment overwrites is in it all the same.
    expect(found.some(c => c.lastIndex! > c.appliedIndex!)).toBe(true)
  })

  const WRONG: ReadonlyArray<[what: string, change: (s: Sidecar) => void, why: RegExp]> = [
    ['a term', s => s.entries.terms.fill(99, 2), /entry \d+ is of term \d+ and/],
    ['a length', s => void s.entries.lengths[3]--, /entry \d+ is of term \d+ and \d+ bytes, it names/],
    ['a place', s => void s.entries.ats[3]++, /are where it says|the batch of entry/],
    [
      'an entry less',
      s => void [s.entries.terms, s.entries.ats, s.entries.lengths].map(c => c.pop()),
      /it names entries/,
    ],
    ['another first index', s => void s.entries.first--, /it names entries|is of term/],
    ['an offset', s => void s.batches.baseOffsets[4]++, /the batch of entry \d+ begins at offset \d+/],
    ['a time', s => void s.batches.maxTimestampsMs[4]--, /newest time/],
    [
      'a batch less',
      s => void [s.batches.indexes, s.batches.baseOffsets, s.batches.maxTimestampsMs].map(c => c.pop()),
      /batch/,
    ],
    ['a record more', s => void s.records++, /\d+ batches and \d+ records/],
    ['another place of the seal', s => void s.sealAt--, /the place of the seal/],
    ['another CRC of the segment', s => void s.crc32--, /its segment has another CRC/],
    ['a state of another entry', s => void s.state.metadata.index--, /batches|next offset/],
    ['a state of another term', s => void s.state.metadata.term--, /none of its segment/],
    ['a state with another next offset', s => void s.state.data[3]++, /next offset|does not parse/],
  ]
  for (const [what, change, why] of WRONG)
    it(`CORRUPT: it names ${what}, and its CRC is right`, () => {
      const found = changed(change)
      expect(found.word).toBe('CORRUPT')
      expect(found.why).toMatch(why)
    })

  it('LEFT OVER: what a start does not take', () => {
    for (const [make, why] of [
      [d => d.put(sidecarAt(1), d.bytes(sidecarAt(1)).slice(0, -1)), /parse|CRC/],
      [d => d.put(sidecarAt(1), d.bytes(sidecarAt(2)).slice()), /it is of segment 2/],
      [d => d.put(sidecarAt(1), new Uint8Array(0)), /it has no CRC/],
    ] as ReadonlyArray<[(d: MemoryDisk) => void, RegExp]>) {
      const on = disk.copy()
      make(on)
      const found = checks(on)[1]
      expect(found.word).toBe('LEFT OVER')
      expect(found.why).toMatch(why)
    }
    const on = disk.copy()
    const last = checks(disk).length
    on.put(sidecarAt(last), on.bytes(sidecarAt(1)).slice())
    on.put(sidecarAt(99), on.bytes(sidecarAt(1)).slice())
    expect(
      checks(on)
        .slice(-2)
        .map(c => c.why),
    ).toEqual(['its segment is the last one', 'its segment is not here'])
    expect(changed(s => s.logId.reverse())).toMatchObject({
      word: 'LEFT OVER',
      why: 'it is of another log',
    })
    expect(changed(s => void s.bytes++)).toMatchObject({word: 'LEFT OVER'})
  })

  it('of a segment that is damaged it says nothing: the segment is what is wrong', () => {
    const on = disk.copy()
    const path = `${DIR}/wal_0_1.log`
    const bytes = on.bytes(path).slice()
    bytes[9_000] ^= 4
    on.put(path, bytes)
    expect(checks(on)[1].word).toBe('OK')
  })
})
