import {describe, expect, it} from 'vitest'
import {utf8} from '../../src/base/bytes.ts'
import type {Snapshot} from '../../src/formats/eraftpb.ts'
import type {WriteUnit} from '../../src/wal/types.ts'
import {drained} from '../helpers/memory-disk.ts'
import {contents, DIR, entries, LogLab, segment, unit} from './log-lab.ts'

const VOTERS = {voters: [1, 2, 3], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false}

function snapshot(index: number, term = 1, text = `state at ${index}`): Snapshot {
  return {data: utf8(text), metadata: {index, term, confState: VOTERS}}
}

function installing(s: Snapshot, more: WriteUnit['entries'] = [], term = s.metadata.term): WriteUnit {
  const hardState = {term, vote: 3, commit: s.metadata.index}
  return {entries: more, hardState, snapshot: s, mustSync: true, after: []}
}

const snapshotFile = (index: number, term = 1): string => `${DIR}/snapshots/snapshot_${index}_${term}.snap`

/** Until what is removed in the background is gone. */
async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await drained()
}

function names(lab: LogLab): string[] {
  return [...lab.disk.files.keys()].filter(path => path.startsWith('wal/')).sort()
}

describe('own snapshots', () => {
  it('the log begins behind one, segments before it go, the newest snapshot file alone stays', async () => {
    const lab = new LogLab(undefined, {segmentBytesMax: 1_000})
    const log = await lab.open()
    for (let i = 1; i <= 12; i++) await log.append(unit(entries(i, i), {term: 1, vote: 1, commit: i - 1}))
    expect(await log.compact(snapshot(5))).toBe(true)
    expect(await log.compact(snapshot(9))).toBe(true)
    await settled()
    expect([log.firstIndex(), log.lastIndex(), log.term(9), log.term(8)]).toEqual([10, 12, 1, 'compacted'])
    expect(log.snapshot()).toEqual(snapshot(9))
    expect(names(lab).filter(n => n.includes('snapshots'))).toEqual([snapshotFile(9)])
    expect(names(lab)).not.toContain(segment(0))
    await log.append(unit(entries(13, 13)))

    const again = await lab.on(lab.disk.crash()).open()
    expect(again.recovered).toEqual(snapshot(9))
    expect((await contents(again)).map(e => e.index)).toEqual([10, 11, 12, 13])
    expect(again.initialState()).toEqual({hardState: {term: 1, vote: 1, commit: 11}, confState: VOTERS})
    expect(again.report).toMatchObject({snapshotIndex: 9, snapshotTerm: 1, firstIndex: 10, lastIndex: 13, cuts: []})
  })

  const damages: Array<(bytes: Uint8Array) => Uint8Array | undefined> = [
    bytes => bytes.with(3, bytes[3] ^ 1),
    bytes => bytes.slice(0, -1),
    () => undefined,
  ]
  it('hardening 35: with the snapshot flipped, cut or lost the group is refused, no older one is taken, nothing goes', async () => {
    for (const damage of damages) await refuses(damage)
  })

  async function refuses(damage: (typeof damages)[number]): Promise<void> {
    const lab = new LogLab()
    const log = await lab.open()
    await log.append(unit(entries(1, 9), {term: 1, vote: 1, commit: 9}))
    await log.compact(snapshot(5))
    const older = lab.disk.bytes(snapshotFile(5)).slice()
    await log.compact(snapshot(8))
    await settled()
    const disk = lab.disk.copy()
    // The log does not reach the older one any more.
    disk.put(snapshotFile(5), older)
    const damaged = damage(disk.bytes(snapshotFile(8)))
    if (damaged) disk.put(snapshotFile(8), damaged)
    else await disk.remove(snapshotFile(8))
    const before = [...disk.files].map(([path, {now}]) => [path, now.length])
    const opened = await lab.on(disk).tryOpen()
    expect('refused' in opened && opened.refused.file).toMatch(/snapshot_8_1\.snap$|wal_0_\d+\.log$/)
    expect([...disk.files].map(([path, {now}]) => [path, now.length])).toEqual(before)
  }

  it('one behind which the log begins already, and one while another is stored, are not taken', async () => {
    const lab = new LogLab()
    const log = await lab.open()
    await log.append(unit(entries(1, 9), {term: 1, vote: 1, commit: 9}))
    const [first, second] = [log.compact(snapshot(5)), log.compact(snapshot(6))]
    expect([await first, await second]).toEqual([true, false])
    expect(await log.compact(snapshot(5))).toBe(false)
    expect(log.firstIndex()).toBe(6)
  })

  it('without room for its file the log stays as long as it is, and nothing is left behind', async () => {
    const lab = new LogLab()
    const log = await lab.open()
    await log.append(unit(entries(1, 5), {term: 1, vote: 1, commit: 5}))
    lab.disk.room = 10
    expect(await log.compact(snapshot(4))).toBe(false)
    expect(names(lab)).toEqual([segment(0)])
    expect([lab.failures, log.firstIndex()]).toEqual([[], 1])
    lab.disk.room = 1e6
    expect(await log.compact(snapshot(4))).toBe(true)
  })

  it('entries that are being read when their segment goes are read to the end', async () => {
    const lab = new LogLab(undefined, {segmentBytesMax: 600})
    const log = await lab.open()
    for (let i = 1; i <= 6; i++) await log.append(unit(entries(i, i, 1, 400), {term: 1, vote: 1, commit: i - 1}))
    const cold = await lab.on(lab.disk.crash()).open()
    const reading = cold.read(1, 7, 1e6)
    expect(await cold.compact(snapshot(5))).toBe(true)
    expect((await reading).map(e => e.index)).toContain(1)
    expect(await cold.read(1, 7, 1e6)).toEqual([])
    expect((await cold.read(6, 7, 1e6)).map(e => e.index)).toEqual([6])
  })

  it('a segment whose entries are overwritten only by what is not synced yet is kept', async () => {
    const lab = new LogLab(undefined, {segmentBytesMax: 600})
    const log = await lab.open()
    await log.append(unit(entries(1, 2, 1, 400), {term: 1, vote: 1, commit: 1}))
    await log.append(unit(entries(3, 3, 1, 400)))
    const gates = {list: gate(), sync: gate()}
    lab.disk.meet = call => (call.call === 'list' ? gates.list.opened : undefined)
    await log.compact(snapshot(1))
    lab.disk.meet = call => (call.call === 'sync' && call.path.endsWith('.log') ? gates.sync.opened : undefined)
    void log.append(unit(entries(2, 2, 2, 400), {term: 2, vote: 1, commit: 1}))
    gates.list.open()
    await settled()
    expect(names(lab)).toContain(segment(0))
    expect((await log.read(2, 3, 1))[0].term).toBe(2)
    gates.sync.open()
  })
})

function gate(): {opened: Promise<void>; open: () => void} {
  let open = (): void => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return {opened, open}
}

describe('installed snapshots', () => {
  it('everything that the log held goes, and what came with it follows', async () => {
    const lab = new LogLab(undefined, {segmentBytesMax: 1_000})
    const log = await lab.open()
    for (let i = 1; i <= 6; i++) await log.append(unit(entries(i, i), {term: 1, vote: 1, commit: 1}))
    await log.append(installing(snapshot(4, 2), entries(5, 6, 2)))
    await settled()
    expect(names(lab)).toEqual([snapshotFile(4, 2), expect.stringMatching(/wal_0_\d+\.log$/)])
    expect([log.firstIndex(), log.lastIndex(), log.syncedIndex, log.term(4), log.term(6)]).toEqual([5, 6, 6, 2, 2])
    const again = await lab.on(lab.disk.crash()).open()
    expect(again.recovered).toEqual(snapshot(4, 2))
    expect((await contents(again)).map(e => [e.index, e.term])).toEqual([
      [5, 2],
      [6, 2],
    ])
    expect(again.initialState().hardState).toEqual({term: 2, vote: 3, commit: 4})
  })

  it('a tail of the log that is behind it but of another history is gone too', async () => {
    const lab = new LogLab()
    const log = await lab.open()
    await log.append(unit(entries(1, 9), {term: 1, vote: 1, commit: 2}))
    await log.append(installing(snapshot(5, 3)))
    expect([log.lastIndex(), log.firstIndex()]).toEqual([5, 6])
    await log.append(unit(entries(6, 6, 3)))
    expect((await contents(log)).map(e => [e.index, e.term])).toEqual([[6, 3]])
    const again = await lab.on(lab.disk.crash()).open()
    expect((await contents(again)).map(e => [e.index, e.term])).toEqual([[6, 3]])
  })

  it('units before it and behind it keep their places', async () => {
    const lab = new LogLab()
    const log = await lab.open()
    const done: string[] = []
    const told = (what: string, p: Promise<void>): Promise<number> => p.then(() => done.push(what))
    await Promise.all([
      told('a', log.append(unit(entries(1, 3), {term: 1, vote: 1, commit: 0}))),
      told('b', log.append(unit(entries(4, 4), {term: 1, vote: 1, commit: 4}))),
      told('snapshot', log.append(installing(snapshot(8, 2)))),
      told('c', log.append(unit(entries(9, 9, 2), {term: 2, vote: 3, commit: 9}))),
    ])
    expect(done).toEqual(['a', 'b', 'snapshot', 'c'])
    const again = await lab.on(lab.disk.crash()).open()
    expect(again.initialState().hardState).toEqual({term: 2, vote: 3, commit: 9})
    expect([again.firstIndex(), again.lastIndex()]).toEqual([9, 9])
  })
})
