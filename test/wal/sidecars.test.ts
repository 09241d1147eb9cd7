import {describe, expect, it} from 'vitest'
import {utf8} from '../../src/base/bytes.ts'
import {decodeSidecar, type SegmentState} from '../../src/formats/sidecar.ts'
import {SegmentChecks} from '../../src/wal/segment-checks.ts'
import type {GroupLog, GroupLogOptions} from '../../src/wal/types.ts'
import {drained, failure, type ManualClock, type MemoryDisk} from '../helpers/memory-disk.ts'
import {contents, DIR, entries, LogLab, segment, unit} from './log-lab.ts'

const sidecar = (number: number): string => `${DIR}/wal_0_${number}.idx`
const NOTHING_AT_START = 0

/** Ten entries a segment of some 20 KB: five segments, and one that is written to. */
async function filled(options: Partial<GroupLogOptions> = {}): Promise<{lab: LogLab; log: GroupLog}> {
  const lab = new LogLab(undefined, {sidecars: true, segmentBytesMax: 20_000, ...options})
  const log = await lab.open()
  for (let n = 0; n < 55; n++) await add(log, n + 1)
  return {lab, log}
}

/** An entry that is committed, and applied: at the end of a segment its state is handed over. */
async function add(log: GroupLog, index: number, term = 1): Promise<void> {
  await log.append(unit(entries(index, index, term, 1800), {term, vote: 1, commit: index - 1}))
  if (log.beginsSegment(index)) keep(log, index - 1, term)
}

function keep(log: GroupLog, index: number, term = 1): void {
  const {confState} = log.initialState()
  log.keepState({data: utf8(`state at ${index}`), metadata: {index, term, confState}}, low => batchesOf(low, index))
}

function batchesOf(low: number, high: number): SegmentState['batches'] {
  const indexes = Array.from({length: high - low + 1}, (_, i) => low + i)
  return {indexes, baseOffsets: indexes.map(i => 7 * i), maxTimestampsMs: indexes.map(i => (i % 3 === 0 ? -1 : 50 * i))}
}

/** Another start on what `lab` has left. */
async function startAgain(lab: LogLab, options: Partial<GroupLogOptions> = {}, disk = lab.disk.copy()) {
  const next = lab.on(disk)
  next.options = {...next.options, checks: new SegmentChecks(next.clock, NOTHING_AT_START), ...options}
  const log = await next.open()
  return {next, log}
}

const sidecarsOn = (disk: MemoryDisk): string[] => [...disk.files.keys()].filter(path => path.endsWith('.idx'))

const reads = (disk: MemoryDisk, number: number): number => disk.count('read', new RegExp(`wal_0_${number}\\.log$`))

function flip(disk: MemoryDisk, path: string, at: number): void {
  const bytes = disk.bytes(path).slice()
  bytes[at] ^= 0x10
  disk.put(path, bytes)
}

/** A log whose process ended, and its next start after a bit in the middle of that segment flipped. */
async function startWithFlip(number: number) {
  const {lab, log} = await filled()
  await log.close()
  const disk = lab.disk.copy()
  flip(disk, segment(number), 9_000)
  return {lab, ...(await startAgain(lab, {}, disk))}
}

describe('sidecars', () => {
  it('a start reads heads, seals, sidecars and the last segment, and finds the same log', async () => {
    const {lab, log} = await filled()
    await log.close()
    const last = log.segments().length - 1
    const byReading = await lab.on(withoutSidecars(lab.disk)).open()
    const {next, log: bySidecars} = await startAgain(lab)
    for (let n = 0; n < last; n++) expect(reads(next.disk, n), `segment ${n}`).toBe(2)
    expect(bySidecars.report).toEqual(byReading.report)
    expect(bySidecars.segments()).toEqual(byReading.segments())
    expect(await contents(bySidecars)).toEqual(await contents(byReading))
    expect(byReading.states).toEqual([])
  })

  it('a start is given the states at the ends of segments, and what batches lie before them', async () => {
    const {lab, log} = await filled()
    await log.close()
    const {log: again} = await startAgain(lab)
    const ends = log
      .segments()
      .slice(1)
      .map(s => s.first - 1)
    expect(again.states.map(s => s.state.metadata.index)).toEqual(ends)
    expect(again.states.map(s => new TextDecoder().decode(s.state.data))).toEqual(ends.map(end => `state at ${end}`))
    const newest = ends[ends.length - 1]
    expect(again.states.flatMap(s => s.batches.indexes)).toEqual(batchesOf(1, newest).indexes)
    expect(again.states.flatMap(s => s.batches.maxTimestampsMs)).toEqual(batchesOf(1, newest).maxTimestampsMs)
    again.resume()
    expect(again.resumed?.index).toBe(newest)
  })

  it('a state of what is not known here to be committed is not gone on from', async () => {
    const lab = new LogLab(undefined, {sidecars: true, segmentBytesMax: 20_000})
    const log = await lab.open()
    for (let n = 1; n <= 25; n++) {
      await log.append(unit(entries(n, n, 1, 1800), {term: 1, vote: 1, commit: Math.min(n - 1, 12)}))
      if (log.beginsSegment(n)) keep(log, n - 1)
    }
    await log.close()
    const {log: again} = await startAgain(lab)
    expect(lab.disk.files.has(sidecar(1))).toBe(true)
    expect(again.states.map(s => s.state.metadata.index)).toEqual([log.segments()[1].first - 1])
  })

  it('behind a segment without one no state is gone on from, for what was applied there is unknown', async () => {
    const {lab, log} = await filled()
    await log.close()
    const disk = lab.disk.copy()
    await disk.remove(sidecar(1))
    const {log: again} = await startAgain(lab, {}, disk)
    expect(again.states.map(s => s.state.metadata.index)).toEqual([log.segments()[1].first - 1])
  })

  it('entries that the next segment overwrote are dropped by it, whether it is read or not', async () => {
    const lab = new LogLab(undefined, {sidecars: true, segmentBytesMax: 20_000})
    const log = await lab.open()
    for (let n = 1; n <= 12; n++) await log.append(unit(entries(n, n, 1, 1800), {term: 1, vote: 1, commit: 6}))
    expect(log.segments().length).toBe(2)
    await log.append(unit(entries(8, 30, 2, 1800), {term: 2, vote: 2, commit: 30}))
    await log.append(unit(entries(31, 31, 2, 1800), {term: 2, vote: 2, commit: 31}))
    keep(log, 7)
    keep(log, 30, 2)
    await log.close()
    expect(sidecarsOn(lab.disk)).toEqual([sidecar(0), sidecar(1)])
    const {next, log: again} = await startAgain(lab)
    expect(reads(next.disk, 0)).toBe(2)
    expect(await contents(again)).toEqual(await contents(await lab.on(withoutSidecars(lab.disk)).open()))
    expect(again.states.map(s => s.state.metadata.index)).toEqual([7, 30])
  })

  const UNFIT: ReadonlyArray<[what: string, make: (disk: MemoryDisk, log: LogLab) => Promise<void> | void]> = [
    ['missing', disk => disk.remove(sidecar(1))],
    ['empty', disk => disk.put(sidecar(1), new Uint8Array(0))],
    ['torn', disk => disk.put(sidecar(1), disk.bytes(sidecar(1)).slice(0, 90))],
    ['with a bit flipped', disk => flip(disk, sidecar(1), 40)],
    ['with bytes behind its CRC', disk => disk.put(sidecar(1), Uint8Array.of(...disk.bytes(sidecar(1)), 8, 1))],
    ["another segment's", disk => disk.put(sidecar(1), disk.bytes(sidecar(2)).slice())],
    [
      "another log's",
      async disk => {
        const other = await filled({newLogId: Uint8Array.of(8, 8, 8, 8, 8, 8, 8, 8)})
        await other.log.close()
        disk.put(sidecar(1), other.lab.disk.bytes(sidecar(1)).slice())
      },
    ],
    [
      'of another length than the segment',
      async disk => {
        const other = await filled({segmentBytesMax: 12_000})
        await other.log.close()
        disk.put(sidecar(1), other.lab.disk.bytes(sidecar(1)).slice())
      },
    ],
  ]
  for (const [what, make] of UNFIT)
    it(`one that is ${what} stands for nothing: the segment is read, and gets another when its end is applied again`, async () => {
      const {lab, log} = await filled()
      await log.close()
      const disk = lab.disk.copy()
      await make(disk, lab)
      const {next, log: again} = await startAgain(lab, {}, disk)
      expect(reads(next.disk, 0)).toBe(2)
      expect(again.report).toEqual((await lab.on(withoutSidecars(lab.disk)).open()).report)
      expect(next.disk.files.has(sidecar(1))).toBe(false)
      keep(again, again.segments()[2].first - 1)
      await again.close()
      expect(next.disk.bytes(sidecar(1))).toEqual(lab.disk.bytes(sidecar(1)))
    })

  it('the last segment is read whatever lies beside it', async () => {
    const {lab, log} = await filled()
    await log.close()
    const last = log.segments().length - 1
    const disk = lab.disk.copy()
    disk.put(sidecar(last), disk.bytes(sidecar(0)).slice())
    disk.put(sidecar(99), disk.bytes(sidecar(0)).slice())
    const {next, log: again} = await startAgain(lab, {}, disk)
    expect(again.report).toEqual((await lab.on(withoutSidecars(lab.disk)).open()).report)
    for (const n of [last, 99]) expect(next.disk.files.has(sidecar(n)), `segment ${n}`).toBe(false)
  })

  it('hardening 34: a bit that flipped in a sealed segment: a start that may read it refuses the log, sidecar or not', async () => {
    const {lab, log} = await filled()
    await log.close()
    for (const at of [30, 9_000, lab.disk.bytes(segment(1)).length - 20]) {
      const disk = lab.disk.copy()
      flip(disk, segment(1), at)
      const bySidecars = lab.on(disk)
      const byReading = lab.on(withoutSidecars(disk))
      const refused = await bySidecars.tryOpen()
      expect(refused).toMatchObject({refused: {file: segment(1)}})
      expect(refused).toEqual(await byReading.tryOpen())
    }
  })

  it('hardening 34: … one that may not finds it behind the start, ends its node, and the next start refuses the log', async () => {
    const {lab, next} = await startWithFlip(1)
    expect(next.failures).toEqual([])
    await passes(next.clock, () => next.failures.length > 0)
    expect(next.failures[0].file).toMatch(/wal_0_1\.log@\d+$/)
    expect(next.failures[0].message).toContain('CRC')
    expect(next.disk.files.has(sidecar(1))).toBe(false)
    const refused = await lab.on(next.disk.copy()).tryOpen()
    expect(refused).toMatchObject({refused: {file: segment(1)}})
    expect(next.failures[0].file).toBe(`${segment(1)}@${'refused' in refused && refused.refused.at}`)
  })

  it('… and so does whoever reads there first', async () => {
    const {next, log} = await startWithFlip(1)
    await expect(contents(log)).rejects.toThrow(/wal_0_1\.log@\d+: entry \d+ cannot be read back/)
    await passes(next.clock, () => next.failures.length > 0)
    expect(next.disk.files.has(sidecar(1))).toBe(false)
  })

  it('what a start did not read is read behind it, and nothing is said when all is well', async () => {
    const {lab, log} = await filled()
    await log.close()
    const {next, log: again} = await startAgain(lab)
    await passes(next.clock, () => reads(next.disk, 4) > 2)
    for (let n = 0; n < 5; n++) expect(reads(next.disk, n), `segment ${n}`).toBe(3)
    expect(next.failures).toEqual([])
    await again.close()
  })

  it('… any other failure of that ends its node too, and the sidecar stays: nothing is known to be wrong', async () => {
    const {lab, log} = await filled()
    await log.close()
    const {next} = await startAgain(lab)
    next.disk.meet = ({call, path}) => {
      if (call === 'read' && path === segment(1)) throw failure('ESTALE', path)
    }
    await passes(next.clock, () => next.failures.length > 0)
    expect(next.failures.map(f => f.file)).toEqual([segment(1)])
    expect(next.disk.files.has(sidecar(1))).toBe(true)
  })

  it('… a segment that the log has done with meanwhile is let be read to its end, and nothing is said of it', async () => {
    const {next, log: again} = await startWithFlip(0)
    let goOn = (): void => {}
    const held = new Promise<void>(resolve => {
      goOn = resolve
    })
    // Two reads at the start, one for its CRC, and the next looks for what is wrong.
    next.disk.meet = ({call, path}) =>
      call === 'read' && path === segment(0) && reads(next.disk, 0) === 4 ? held : undefined
    await passes(next.clock, () => reads(next.disk, 0) === 4)
    const {confState} = again.initialState()
    const index = again.segments()[3].first - 1
    expect(await again.compact({data: utf8('all'), metadata: {index, term: 1, confState}})).toBe(true)
    for (let i = 0; i < 10; i++) await drained()
    expect(next.disk.count('remove', /wal_0_0\.log$/)).toBe(0)
    goOn()
    for (let i = 0; i < 10; i++) await drained()
    expect(next.disk.count('remove', /wal_0_[012]\.log$/)).toBe(3)
    expect(next.failures).toEqual([])
    await again.close()
  })

  it('goes with its segment', async () => {
    const {lab, log} = await filled()
    const {confState} = log.initialState()
    const index = log.segments()[3].first - 1
    expect(await log.compact({data: utf8('all'), metadata: {index, term: 1, confState}})).toBe(true)
    await log.close()
    const left = [...lab.disk.files.keys()].filter(path => /\.(idx|log)$/.test(path))
    expect(left.filter(path => /_[012]\./.test(path))).toEqual([])
    const {log: again} = await startAgain(lab)
    expect(again.states.map(s => s.state.metadata.index)).toEqual(
      log
        .segments()
        .slice(1, 3)
        .map(s => s.first - 1),
    )
  })

  it.each(['create', 'append', 'sync'])('a disk that is full at its %s has none, and goes on', async full => {
    const {lab, log} = await filled()
    const before = sidecarsOn(lab.disk).length
    lab.disk.meet = ({call, path}) => {
      if (call === full && path.endsWith('.idx')) throw failure('ENOSPC', path)
    }
    for (let n = 56; n <= 70; n++) await add(log, n)
    await log.close()
    expect(lab.failures).toEqual([])
    expect(sidecarsOn(lab.disk).length).toBe(before)
  })

  it('says what its segment is', async () => {
    const {lab, log} = await filled()
    await log.close()
    const found = decodeSidecar(lab.disk.bytes(sidecar(2)))
    if (typeof found === 'string') throw new Error(found)
    const {bytes, entries: table, records, sealAt, segmentBatches, segment: number} = found
    expect({number, bytes, sealAt}).toEqual({number: 2, bytes: log.segments()[2].bytes, sealAt: bytes - 512})
    expect(table.first).toBe(log.segments()[2].first)
    expect(records).toBe(4 + 1 + (segmentBatches - 2) * 3)
    expect(table.ats.length).toBe(segmentBatches - 2)
  })
})

function withoutSidecars(disk: MemoryDisk): MemoryDisk {
  const copy = disk.copy()
  for (const path of sidecarsOn(copy)) copy.files.delete(path)
  return copy
}

/** Time passes until it holds. */
async function passes(clock: ManualClock, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000 && !holds(); i++) {
    clock.advance(100)
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  }
  expect(holds()).toBe(true)
}
