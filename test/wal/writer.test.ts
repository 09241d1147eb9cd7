import {describe, expect, it} from 'vitest'
import {scanWalRecord, WalKind} from '../../src/formats/wal-record.ts'
import {TailBudget} from '../../src/wal/tail-cache.ts'
import {drained, failure} from '../helpers/memory-disk.ts'
import {contents, entries, entry, LogLab, segment, unit} from './log-lab.ts'

const STATE = {term: 1, vote: 1, commit: 0}

/** Kind and record count of each record of a segment, in order. */
function kinds(bytes: Uint8Array): string[] {
  const names = Object.keys(WalKind)
  const found: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const scanned = scanWalRecord(bytes, at)
    if (scanned.found !== 'record') throw new Error(`byte ${at}: ${JSON.stringify(scanned)}`)
    found.push(`${names[scanned.record.kind]}${scanned.record.recordCount}`)
    at += scanned.bytes
  }
  return found
}

/** Lets syncs wait until they are released. */
function holdSyncs(lab: LogLab): {held: Array<() => void>; release(): Promise<void>} {
  const held: Array<() => void> = []
  lab.disk.meet = call => (call.call === 'sync' ? new Promise<void>(resolve => held.push(resolve)) : undefined)
  return {
    held,
    release: async () => {
      held.shift()?.()
      await drained()
    },
  }
}

describe('group commit', () => {
  it('appends that come while a sync runs share the next one', async () => {
    const lab = new LogLab()
    const log = await lab.open()
    const gate = holdSyncs(lab)
    const done: string[] = []
    const say = (name: string) => () => done.push(name)
    const before = lab.disk.count('append')
    void log.append(unit([entry(1)], STATE)).then(say('a'))
    void log.append(unit([entry(2)])).then(say('b'))
    void log.append(unit([entry(3)])).then(say('c'))
    void log.append(unit([entry(4)])).then(say('d'))
    await drained()
    expect(gate.held).toHaveLength(1)
    expect(done).toEqual([])
    await gate.release()
    expect(done).toEqual(['a'])
    expect(log.syncedIndex).toBe(1)
    await gate.release()
    expect(done).toEqual(['a', 'b', 'c', 'd'])
    expect(log.syncedIndex).toBe(4)
    expect(lab.disk.count('append') - before).toBe(2)
    expect(log.figures()).toMatchObject({batches: 2, units: 4})
  })

  it('no append is answered before its own bytes are synced: whoever was answered survives a power loss at once', async () => {
    const lab = new LogLab()
    const log = await lab.open()
    const gate = holdSyncs(lab)
    let answered = 0
    for (let i = 1; i <= 12; i++) {
      void log.append(unit([entry(i)], STATE)).then(() => {
        answered = i
      })
      if (i % 3 === 0) await gate.release()
      else await drained()
      const durable = await lab.on(lossy(lab)).open()
      expect(durable.lastIndex(), `after ${i}`).toBeGreaterThanOrEqual(answered)
    }
    expect(answered).toBeGreaterThan(5)
  })

  it('a commit index alone is never written: it rides with the next batch', async () => {
    const lab = new LogLab()
    const log = await lab.open()
    await log.append(unit([entry(1)], STATE))
    const before = lab.disk.count('append')
    await log.append({entries: [], hardState: {...STATE, commit: 1}, mustSync: false, after: []})
    expect(lab.disk.count('append')).toBe(before)
    await log.append(unit([entry(2)]))
    expect(log.syncedHardState).toEqual({...STATE, commit: 1})
    const again = await lab.on(lab.disk.copy()).open()
    expect(again.initialState().hardState).toEqual({...STATE, commit: 1})
  })

  it('a commit index behind a unit that waits is answered after it, not before', async () => {
    const lab = new LogLab()
    const log = await lab.open()
    const gate = holdSyncs(lab)
    const done: string[] = []
    void log.append(unit([entry(1)], STATE)).then(() => done.push('entry'))
    void log
      .append({entries: [], hardState: {...STATE, commit: 1}, mustSync: false, after: []})
      .then(() => done.push('commit'))
    await drained()
    expect(done).toEqual([])
    await gate.release()
    expect(done).toEqual(['entry', 'commit'])
  })

  it('a unit that overwrites one of the same batch wins; indexes and bytes agree', async () => {
    const lab = new LogLab()
    const log = await lab.open()
    const gate = holdSyncs(lab)
    void log.append(unit([entry(1)], STATE))
    void log.append(unit(entries(2, 6)))
    void log.append(unit(entries(4, 5, 2), {term: 2, vote: 0, commit: 1}))
    await drained()
    await gate.release()
    await gate.release()
    expect(log.lastIndex()).toBe(5)
    const again = await lab.on(lab.disk.copy()).open()
    expect((await contents(again)).map(e => `${e.index}/${e.term}`)).toEqual(['1/1', '2/1', '3/1', '4/2', '5/2'])
  })

  it('every batch fills whole sectors and begins with a mark', async () => {
    const lab = new LogLab()
    const log = await lab.open()
    for (let i = 1; i <= 40; i++) await log.append(unit([entry(i, 1, i * 13)], STATE))
    expect(lab.disk.bytes(segment(0)).length % 512).toBe(0)
    const found = kinds(lab.disk.bytes(segment(0)))
    expect(found.filter(k => k === 'BatchMark0')).toHaveLength(41)
    expect(found.slice(0, 4)).toEqual(['BatchMark0', 'HardState1', 'ConfState1', 'SnapshotMarker0'])
  })
})

describe('rotation', () => {
  it('begins the next segment with a head, then seals the one before; all entries are read back', async () => {
    const lab = new LogLab(undefined, {segmentBytesMax: 2048, tails: new TailBudget(1)})
    const log = await lab.open()
    for (let i = 1; i <= 30; i++) await log.append(unit([entry(i, 1, 200)], {...STATE, commit: i - 1}))
    expect(log.figures().segments).toBeGreaterThan(5)
    for (let n = 0; n < log.figures().segments; n++) {
      const found = kinds(lab.disk.bytes(segment(n)))
      expect(found.slice(0, 4)).toEqual(['BatchMark0', 'HardState1', 'ConfState1', 'SnapshotMarker0'])
      expect(found.filter(k => k === 'BatchMark1')).toHaveLength(n === log.figures().segments - 1 ? 0 : 1)
    }
    expect(await contents(log)).toEqual(entries(1, 30, 1, 200))
    const again = await lab.on(lab.disk.copy()).open()
    expect(await contents(again)).toEqual(entries(1, 30, 1, 200))
    expect(again.report).toMatchObject({entries: 30, cuts: [], term: 1, vote: 1, commit: 29})
  })

  it('the order is: head synced, directory synced, seal written and synced, then entries', async () => {
    const lab = new LogLab(undefined, {segmentBytesMax: 600})
    const log = await lab.open()
    await log.append(unit([entry(1)], STATE))
    lab.disk.calls.length = 0
    await log.append(unit([entry(2)]))
    expect(lab.disk.calls.map(c => `${c.call} ${c.path.replace(/.*\//, '')}`)).toEqual([
      'create wal_0_1.log',
      'append wal_0_1.log',
      'sync wal_0_1.log',
      'syncDir 0',
      'append wal_0_0.log',
      'sync wal_0_0.log',
      'append wal_0_1.log',
      'sync wal_0_1.log',
    ])
  })

  it('more than ten segments are read in the order of their numbers', async () => {
    const lab = new LogLab(undefined, {segmentBytesMax: 512})
    const log = await lab.open()
    for (let i = 1; i <= 14; i++) await log.append(unit([entry(i)], STATE))
    expect(log.figures().segments).toBeGreaterThan(11)
    expect((await lab.on(lab.disk.copy()).open()).lastIndex()).toBe(14)
  })
})

describe('idle and close', () => {
  it('a file that is idle for 50 ms gets one more mark and HardState, once', async () => {
    const lab = new LogLab()
    const log = await lab.open()
    await log.append(unit([entry(1)], STATE))
    await log.append({entries: [], hardState: {...STATE, commit: 1}, mustSync: false, after: []})
    lab.clock.advance(49)
    await drained()
    expect(log.syncedHardState.commit).toBe(0)
    lab.clock.advance(1)
    await drained()
    expect(log.syncedHardState.commit).toBe(1)
    expect(kinds(lab.disk.bytes(segment(0))).slice(-2)).toEqual(['BatchMark0', 'HardState1'])
    const {length} = lab.disk.bytes(segment(0))
    lab.clock.advance(10_000)
    await drained()
    expect(lab.disk.bytes(segment(0))).toHaveLength(length)
    expect(lab.clock.waiting).toBe(0)
  })

  it('close waits for what is queued, leaves an idle mark, and closes every file', async () => {
    const lab = new LogLab(undefined, {segmentBytesMax: 1024})
    const log = await lab.open()
    const appended = entries(1, 9).map(e => log.append(unit([e], STATE)))
    await log.close()
    await Promise.all(appended)
    expect(lab.disk.openFiles).toBe(0)
    const again = await lab.on(lab.disk.copy()).open()
    expect(again.lastIndex()).toBe(9)
    expect(again.report.cuts).toEqual([])
  })

  it('close waits for who reads; what is asked for afterwards is no failure of the disk', async () => {
    const lab = new LogLab(undefined, {tails: new TailBudget(1)})
    const log = await lab.open()
    await log.append(unit(entries(1, 9), STATE))
    const held: Array<() => void> = []
    lab.disk.meet = ({call}) => (call === 'read' ? new Promise<void>(resolve => held.push(resolve)) : undefined)
    const reading = log.read(1, 10, 1 << 20)
    expect(log.entries(1, 10, 1 << 20, {why: 'send', to: 2, low: 1, high: 10})).toBe('pending')
    let closed = false
    const closing = log.close().then(() => {
      closed = true
    })
    await drained()
    expect([held.length, closed]).toEqual([2, false])
    for (const read of held.splice(0)) read()
    expect((await reading).map(e => e.index)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    await closing
    expect(lab.disk.openFiles).toBe(0)
    lab.disk.meet = () => {}
    expect(log.entries(1, 10, 1 << 20, {why: 'send', to: 3, low: 1, high: 10})).toBe('pending')
    await drained()
    expect(lab.failures).toEqual([])
  })

  it('a log that is opened and closed without a write is not changed', async () => {
    const lab = new LogLab()
    const first = await lab.open()
    await first.append(unit([entry(1)], STATE))
    await first.close()
    const before = lab.disk.bytes(segment(0))
    const second = await lab.open()
    await second.close()
    expect(lab.disk.bytes(segment(0))).toEqual(before)
  })
})

describe('a disk that fails', () => {
  it('hardening 36: a full disk keeps the unit unanswered, cuts the file to its synced length and goes on when there is room', async () => {
    const lab = new LogLab()
    const log = await lab.open()
    await log.append(unit([entry(1)], STATE))
    const synced = lab.disk.bytes(segment(0)).length
    lab.disk.room = 700
    let answered = false
    const waiting = log.append(unit(entries(2, 9, 1, 300))).then(() => {
      answered = true
    })
    const behind = log.append(unit([entry(10)]))
    await drained()
    expect(lab.full).toEqual([true])
    for (let n = 0; n < 3; n++) {
      lab.clock.advance(200)
      await drained()
    }
    expect(answered).toBe(false)
    expect(lab.disk.bytes(segment(0))).toHaveLength(synced)
    expect((await lab.on(lab.disk.copy()).open()).report).toMatchObject({lastIndex: 1, cuts: []})
    // Reads go on.
    expect(await log.read(1, 2, 1)).toEqual([entry(1)])
    lab.disk.room = 1 << 20
    lab.clock.advance(200)
    await waiting
    await behind
    expect(lab.full).toEqual([true, false])
    expect(lab.failures).toEqual([])
    expect(await contents(await lab.on(lab.disk.copy()).open())).toEqual([
      entry(1),
      ...entries(2, 9, 1, 300),
      entry(10),
    ])
  })

  it.each(['head', 'seal'])('hardening 36: a disk that is full at the %s of a rotation is waited out', async what => {
    const lab = new LogLab(undefined, {segmentBytesMax: 600})
    const log = await lab.open()
    await log.append(unit([entry(1)], STATE))
    lab.disk.room = what === 'head' ? 100 : 612
    const waiting = log.append(unit([entry(2)]))
    await drained()
    lab.clock.advance(200)
    await drained()
    expect(lab.full).toContain(true)
    expect(log.syncedIndex).toBe(1)
    // Whatever is there now is a state that recovery knows.
    const between = await lab.on(lab.disk.copy()).open()
    expect(between.lastIndex()).toBe(1)
    lab.disk.room = 1 << 20
    lab.clock.advance(200)
    await waiting
    expect(lab.full.at(-1)).toBe(false)
    expect(lab.failures).toEqual([])
    expect((await lab.on(lab.disk.copy()).open()).lastIndex()).toBe(2)
  })

  it('hardening 36: a clean stop of a full node does not wait for room, and a full disk starts', async () => {
    const lab = new LogLab()
    const log = await lab.open()
    await log.append(unit([entry(1)], STATE))
    lab.disk.room = 0
    let answered = false
    void log.append(unit([entry(2)])).then(() => {
      answered = true
    })
    await drained()
    const closed = log.close()
    lab.clock.advance(200)
    await closed
    expect(answered).toBe(false)
    expect(lab.disk.openFiles).toBe(0)
    const full = lab.disk.copy()
    full.room = 0
    expect((await lab.on(full).open()).lastIndex()).toBe(1)
  })

  it('hardening 37: EIO on a sync is final: told once, never tried again, nothing behind it is acknowledged', async () => {
    const lab = new LogLab()
    const log = await lab.open()
    await log.append(unit([entry(1)], STATE))
    lab.disk.meet = call => {
      if (call.call === 'sync') throw failure('EIO', call.path)
    }
    const done: string[] = []
    void log.append(unit([entry(2)])).then(() => done.push('2'))
    void log.append(unit([entry(3)])).then(() => done.push('3'))
    await drained()
    lab.disk.meet = () => {}
    const syncs = lab.disk.count('sync')
    void log.append(unit([entry(4)])).then(() => done.push('4'))
    lab.clock.advance(10_000)
    await drained()
    expect(done).toEqual([])
    expect(lab.failures).toEqual([{message: expect.stringContaining('EIO'), file: segment(0)}])
    expect(lab.disk.count('sync')).toBe(syncs)
    expect(log.syncedIndex).toBe(1)
  })

  it.each([
    'EIO',
    'EROFS',
    'EACCES',
    'ESTALE',
  ])('hardening 38: %s on a write is final and names the file; nothing is acknowledged', async code => {
    const lab = new LogLab()
    const log = await lab.open()
    await log.append(unit([entry(1)], STATE))
    lab.disk.meet = call => {
      if (call.call === 'append') throw failure(code, call.path)
    }
    let answered = false
    void log.append(unit([entry(2)])).then(() => {
      answered = true
    })
    await drained()
    lab.clock.advance(1000)
    await drained()
    expect(answered).toBe(false)
    expect(lab.failures).toEqual([{message: expect.stringContaining(code), file: segment(0)}])
    expect(lab.disk.count('append')).toBe(3)
  })

  it('hardening 37: a failure at any step of a rotation is final and acknowledges nothing', async () => {
    for (const call of ['create', 'append', 'sync', 'syncDir'] as const)
      for (let nth = 1; nth <= 2; nth++) {
        const lab = new LogLab(undefined, {segmentBytesMax: 600})
        const log = await lab.open()
        await log.append(unit([entry(1)], STATE))
        let seen = 0
        lab.disk.meet = met => {
          if (met.call === call && ++seen === nth) throw failure('EIO', met.path)
        }
        let answered = false
        void log.append(unit([entry(2)])).then(() => {
          answered = true
        })
        await drained()
        if (seen < nth) continue
        expect(answered, `${call} ${nth}`).toBe(false)
        expect(lab.failures, `${call} ${nth}`).toHaveLength(1)
        const recovered = await lab.on(lab.disk.copy()).tryOpen()
        expect(recovered, `${call} ${nth}`).not.toHaveProperty('refused')
      }
  })
})

/** What a power loss leaves that drops everything unsynced. */
function lossy(lab: LogLab): LogLab['disk'] {
  const copy = lab.disk.copy()
  for (const [path, content] of lab.disk.files) copy.put(path, content.synced.slice())
  return copy
}
