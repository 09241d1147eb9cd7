import {describe, expect, it} from 'vitest'
import type {Entry} from '../../src/formats/eraftpb.ts'
import {RESERVE_BYTES, RESERVE_FILE, ReserveFile, withReserve} from '../../src/wal/reserve.ts'
import {drained, failure, MemoryDisk} from '../helpers/memory-disk.ts'
import {contents, entries, entry, LogLab, segment, unit} from './log-lab.ts'

const STATE = {term: 1, vote: 1, commit: 0}

async function filled(disk: MemoryDisk): Promise<ReserveFile> {
  const reserve = await ReserveFile.open(disk)
  await reserve.fill()
  return reserve
}

/** A log on a disk that has no room left but its reserve, with entry 1, and entries 2 to 4 waiting. */
async function full(room = 0) {
  const lab = new LogLab()
  const reserve = await filled(lab.disk)
  lab.options = {reserve}
  const log = await lab.open()
  await log.append(unit([entry(1)], STATE))
  lab.disk.room = room
  const told: string[] = []
  void log.append(unit(entries(2, 4, 1, 3000))).then(() => told.push('entries'))
  await drained()
  const ask = (vote: number, term: number, list: Entry[] = [], commit = 1): void => {
    const name = `${vote} in ${term}`
    const asked = unit(list, {term, vote, commit})
    void log.append(asked, () => told.push(`vote for ${name}`)).then(() => told.push(`all of ${name}`))
  }
  return {lab, log, reserve, told, ask}
}

describe('the reserve', () => {
  it('is 1 MiB that nothing makes smaller, made once, filled up again whatever a crash left of it', async () => {
    const disk = new MemoryDisk()
    await (await filled(disk)).close()
    const bytes = disk.bytes(RESERVE_FILE)
    expect(bytes).toHaveLength(RESERVE_BYTES)
    expect(new Set(bytes.subarray(0, 4096)).size).toBe(256)
    const next = disk.copy()
    next.put(RESERVE_FILE, bytes.slice(0, 1000))
    await (await filled(next)).close()
    expect(next.bytes(RESERVE_FILE)).toHaveLength(RESERVE_BYTES)
    expect(next.openFiles).toBe(0)
  })

  it('on a disk without room for it is as large as fits, and does not stand in the way', async () => {
    const disk = new MemoryDisk()
    disk.room = 100_000
    const reserve = await filled(disk)
    expect(reserve.whole).toBe(true)
    expect(await reserve.give()).toBe(true)
    expect(disk.room).toBe(65_536)
    expect(await reserve.give()).toBe(true)
    expect(await reserve.give()).toBe(false)
    expect(reserve.whole).toBe(false)
    await expect(reserve.refill()).rejects.toMatchObject({code: 'ENOSPC'})
  })

  it('is given piece by piece, until the work has room or nothing is left', async () => {
    const disk = new MemoryDisk()
    disk.room = RESERVE_BYTES
    const reserve = await filled(disk)
    let tries = 0
    const work = async (): Promise<void> => {
      tries++
      if (disk.room < 200_000) throw failure('ENOSPC', 'x')
    }
    await withReserve(reserve, work)
    expect(tries).toBe(5)
    await expect(withReserve(reserve, () => Promise.reject(failure('ENOSPC', 'x')))).rejects.toMatchObject({
      code: 'ENOSPC',
    })
    expect(disk.room).toBe(RESERVE_BYTES)
    await expect(withReserve(reserve, () => Promise.reject(failure('EIO', 'x')))).rejects.toMatchObject({code: 'EIO'})
  })
})

describe('a full disk that still votes', () => {
  it('term and vote overtake entries that wait; the entries are promised to nobody, and the commit stays', async () => {
    const {ask, lab, log, told} = await full()
    ask(2, 5)
    await drained()
    expect(told).toEqual(['vote for 2 in 5'])
    expect(lab.full).toEqual([true])
    expect(log.syncedHardState).toEqual({term: 5, vote: 2, commit: 0})
    const crashed = await lab.on(lab.disk.copy()).open()
    expect(crashed.report).toMatchObject({term: 5, vote: 2, commit: 0, lastIndex: 1, cuts: []})
    // One that waits already has nothing to wait for.
    ask(2, 5)
    await drained()
    expect(told).toEqual(['vote for 2 in 5', 'vote for 2 in 5'])
    lab.disk.room = 2 << 20
    lab.clock.advance(200)
    await drained()
    expect(told.slice(2)).toEqual(['entries', 'all of 2 in 5', 'all of 2 in 5'])
    expect(lab.full).toEqual([true, false])
    const again = await lab.on(lab.disk.copy()).open()
    expect(again.report).toMatchObject({term: 5, vote: 2, commit: 1, lastIndex: 4})
    expect(await contents(again)).toEqual([entry(1), ...entries(2, 4, 1, 3000)])
  })

  it('what waited does not bring an older term or vote back', async () => {
    const {ask, lab, log, told} = await full()
    const snapshot = {data: new Uint8Array(9), metadata: {index: 9, term: 2, confState: lab.confState}}
    void log.append({...unit([], {term: 2, vote: 0, commit: 9}), snapshot}).then(() => told.push('snapshot'))
    ask(3, 7, [], 9)
    await drained()
    expect(told).toEqual(['vote for 3 in 7'])
    lab.disk.room = 2 << 20
    const seen: number[] = []
    lab.disk.meet = call => {
      if (call.call === 'append' && call.path !== RESERVE_FILE) seen.push(log.syncedHardState.term)
    }
    lab.clock.advance(200)
    await drained()
    expect(told).toEqual(['vote for 3 in 7', 'entries', 'snapshot', 'all of 3 in 7'])
    expect(seen.every(term => term === 7)).toBe(true)
    expect((await lab.on(lab.disk.copy()).open()).report).toMatchObject({term: 7, vote: 3, commit: 9, lastIndex: 9})
  })

  it('overwriting entries that wait, too: the log below the synced commit is what it was', async () => {
    const {ask, lab, told} = await full()
    ask(2, 5, entries(2, 2, 5))
    await drained()
    lab.disk.room = 2 << 20
    lab.clock.advance(200)
    await drained()
    expect(told).toEqual(['vote for 2 in 5', 'entries', 'all of 2 in 5'])
    const again = await lab.on(lab.disk.copy()).open()
    expect(await contents(again)).toEqual([entry(1), entry(2, 5)])
    expect(again.report.cuts).toEqual([])
  })

  it('entries do not take the room that was given for votes: the reserve is whole again first', async () => {
    const {ask, lab, log, reserve, told} = await full()
    ask(2, 5)
    await drained()
    const before = lab.disk.room
    expect(before).toBeGreaterThan(60_000)
    for (let n = 0; n < 3; n++) {
      lab.clock.advance(200)
      await drained()
    }
    expect(told).toEqual(['vote for 2 in 5'])
    expect(reserve.whole).toBe(false)
    for (let term = 6; term < 300; term++) {
      ask(3, term)
      await drained()
    }
    expect(told).toHaveLength(295)
    expect(log.syncedHardState).toEqual({term: 299, vote: 3, commit: 0})
    lab.disk.room += 1 << 20
    lab.clock.advance(200)
    await drained()
    expect(told).toContain('entries')
    expect(reserve.whole).toBe(true)
    expect(lab.disk.bytes(RESERVE_FILE)).toHaveLength(RESERVE_BYTES)
  })

  it('without a reserve the vote waits with the rest', async () => {
    const lab = new LogLab()
    const log = await lab.open()
    await log.append(unit([entry(1)], STATE))
    lab.disk.room = 100
    let told = 0
    void log.append(unit([], {term: 2, vote: 3, commit: 0}), () => told++)
    await drained()
    expect(told).toBe(0)
    lab.disk.room = 4096
    lab.clock.advance(200)
    await drained()
    expect(log.syncedHardState).toEqual({term: 2, vote: 3, commit: 0})
  })

  it('a head that found no room is gone for good before its predecessor takes a vote', async () => {
    const lab = new LogLab(undefined, {segmentBytesMax: 600})
    lab.options = {...lab.options, reserve: await filled(lab.disk)}
    const log = await lab.open()
    await log.append(unit([entry(1)], STATE))
    lab.disk.room = 100
    const syncs = lab.disk.count('syncDir')
    void log.append(unit([entry(2)]))
    await drained()
    expect(lab.disk.count('syncDir')).toBe(syncs + 1)
    expect(lab.disk.files.has(segment(1))).toBe(false)
    let told = 0
    void log.append(unit([], {term: 2, vote: 3, commit: 0}), () => told++)
    await drained()
    expect(told).toBe(1)
    expect((await lab.on(lab.disk.copy()).open()).report).toMatchObject({term: 2, vote: 3, lastIndex: 1})
  })

  it('a rotation that found room for its head takes its seal from the reserve', async () => {
    const lab = new LogLab(undefined, {segmentBytesMax: 600})
    lab.options = {...lab.options, reserve: await filled(lab.disk)}
    const log = await lab.open()
    await log.append(unit([entry(1)], STATE))
    lab.disk.room = 612
    void log.append(unit([entry(2)]))
    await drained()
    const crashed = lab.disk.copy()
    expect((await lab.on(crashed).open()).report).toMatchObject({lastIndex: 1, cuts: []})
    expect([...crashed.files.keys()]).toContain(segment(1))
    expect(lab.full).toEqual([true])
    let told = 0
    void log.append(unit([], {term: 2, vote: 3, commit: 0}), () => told++)
    await drained()
    expect(told).toBe(1)
  })

  it('an error of the reserve ends the node, a failed sync of a vote too', async () => {
    for (const what of ['truncate', 'sync'] as const) {
      const {ask, lab, told} = await full()
      lab.disk.meet = call => {
        if (call.call === what) throw failure('EIO', call.path)
      }
      ask(2, 5)
      await drained()
      expect(told).toEqual([])
      expect(lab.failures).toHaveLength(1)
    }
  })
})
