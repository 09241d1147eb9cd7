import {cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {SeededRandom} from '../../../src/base/random.ts'
import {FaultyDisk} from '../../../src/io/faulty-disk.ts'
import {nodeClock} from '../../../src/io/node/clock.ts'
import {NodeDisk} from '../../../src/io/node/disk.ts'
import {LossyDisk} from '../../../src/io/node/lossy-disk.ts'
import {cutPower, type PowerLoss} from '../../../src/io/node/power-loss.ts'
import {SECTOR} from '../../../src/io/platter.ts'
import type {DiskFile} from '../../../src/io/ports.ts'

let base: string
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'chronik-lossy-')))
})
afterEach(() => rmSync(base, {recursive: true, force: true}))

const filled = (bytes: number, value: number): Uint8Array => new Uint8Array(bytes).fill(value)

/** One data directory with its side log; a new process can take it over. */
class Machine {
  readonly root: string
  readonly side: string

  constructor() {
    this.root = mkdtempSync(join(base, 'node'))
    this.side = `${this.root}.unsynced`
  }

  process(o: {logBytesMax?: number} = {}): LossyDisk {
    return new LossyDisk(new NodeDisk(this.root), this.root, this.side, o)
  }

  cut(seed: number): PowerLoss {
    return cutPower(this.root, this.side, new SeededRandom(seed))
  }

  read(path: string): Buffer | undefined {
    return existsSync(join(this.root, path)) ? readFileSync(join(this.root, path)) : undefined
  }
}

/** What so many power losses leave of what `work` did: each of a copy of it. */
async function leftBy<T>(
  work: (m: Machine) => Promise<void>,
  look: (m: Machine, lost: PowerLoss) => T,
  count = 24,
): Promise<T[]> {
  const origin = new Machine()
  await work(origin)
  return Array.from({length: count}, (_, seed) => {
    const copy = new Machine()
    cpSync(origin.root, copy.root, {recursive: true})
    cpSync(origin.side, copy.side, {recursive: true})
    return look(copy, copy.cut(seed * 7_919))
  })
}

const oneFile = async (disk: LossyDisk, path = 'wal/a'): Promise<DiskFile> => {
  await disk.makeDir('wal')
  await disk.syncDir('.')
  const file = await disk.open(path, 'create')
  await disk.syncDir('wal')
  return file
}

describe('power loss on a real directory', () => {
  it('power loss: without a sync anything may go, with it nothing does', async () => {
    const synced = await leftBy(
      async m => {
        const file = await oneFile(m.process())
        await file.append([filled(1_300, 1)])
        await file.sync()
      },
      (m, lost) => ({lost, whole: m.read('wal/a')?.equals(filled(1_300, 1))}),
    )
    expect(synced.every(s => s.whole && s.lost.lost.length === 0 && s.lost.unsyncedBytes === 0)).toBe(true)
    const left = await leftBy(
      async m => {
        const file = await oneFile(m.process())
        await file.append([filled(2 * SECTOR, 1)])
        await file.sync()
        await file.append([filled(SECTOR, 2)])
        await file.append([filled(SECTOR, 3)])
      },
      (m, lost) => ({bytes: m.read('wal/a') ?? Buffer.alloc(0), lost}),
      80,
    )
    expect(new Set(left.map(l => l.bytes.length))).toEqual(new Set([2 * SECTOR, 3 * SECTOR, 4 * SECTOR]))
    expect(left.every(l => l.bytes.subarray(0, 2 * SECTOR).every(b => b === 1))).toBe(true)
    const kinds = new Set(
      left.filter(l => l.bytes.length === 4 * SECTOR).map(l => `${l.bytes[1_024]} ${l.bytes[1_536]}`),
    )
    expect(kinds).toEqual(new Set(['2 3', '2 0', '0 3', '0 0']))
    for (const {bytes, lost} of left) {
      let gone = 4 * SECTOR - bytes.length
      for (let i = 2 * SECTOR; i < bytes.length; i++) if (bytes[i] === 0) gone++
      expect(lost.unsyncedBytes).toBe(2 * SECTOR)
      expect(lost.lost.map(l => [l.path, l.what, l.bytes])).toEqual(gone > 0 ? [['wal/a', 'bytes', gone]] : [])
    }
  })

  it('power loss: what a killed process wrote may still go, after the next one has read it and synced nothing', async () => {
    const left = await leftBy(
      async m => {
        const first = await oneFile(m.process())
        await first.append([filled(10, 1)])
        await first.sync()
        await first.append([filled(10, 2)])
        // The process is dead; another one takes over.
        const second = await m.process().open('wal/a', 'append')
        await second.append([filled(10, 3)])
      },
      m => m.read('wal/a')?.length,
    )
    expect(new Set(left)).toEqual(new Set([10, 20, 30]))
    const kept = await leftBy(
      async m => {
        const first = await oneFile(m.process())
        await first.append([filled(10, 2)])
        const second = await m.process().open('wal/a', 'append')
        await second.sync()
      },
      m => m.read('wal/a')?.length,
    )
    expect(new Set(kept)).toEqual(new Set([10]))
  })

  it('power loss: a truncation comes undone like a write, and a process that died before it has not done it', async () => {
    const work = async (m: Machine): Promise<DiskFile> => {
      const file = await oneFile(m.process())
      await file.append([filled(3 * SECTOR, 1)])
      await file.sync()
      await file.truncate(SECTOR)
      return file
    }
    const left = await leftBy(
      async m => void (await work(m)),
      (m, lost) => ({bytes: m.read('wal/a') ?? Buffer.alloc(0), what: lost.lost[0]?.what}),
    )
    expect(new Set(left.map(l => l.bytes.length))).toEqual(new Set([SECTOR, 3 * SECTOR]))
    for (const l of left) {
      expect(l.what).toBe(l.bytes.length === 3 * SECTOR ? 'truncation' : undefined)
      expect(l.bytes.subarray(0, SECTOR).every(b => b === 1)).toBe(true)
    }
    const overwritten = await leftBy(
      async m => {
        const file = await work(m)
        await file.append([filled(SECTOR, 2)])
        await file.sync()
      },
      m => m.read('wal/a')?.equals(Buffer.concat([filled(SECTOR, 1), filled(SECTOR, 2)])),
    )
    expect(new Set(overwritten)).toEqual(new Set([true]))
  })

  it('power loss: a name lives once its directory is synced: created, renamed, replaced, removed', async () => {
    const put = async (disk: LossyDisk, path: string, value: number): Promise<void> => {
      const file = await disk.open(path, 'create')
      await file.append([filled(4, value)])
      await file.sync()
      await file.close()
    }
    const left = await leftBy(
      async m => {
        const disk = m.process()
        await disk.makeDir('d/e')
        await disk.syncDir('.')
        await disk.syncDir('d')
        for (const [name, value] of [
          ['removed', 1],
          ['replaced', 2],
          ['moved', 3],
          ['stays', 4],
        ] as const)
          await put(disk, `d/e/${name}`, value)
        await disk.syncDir('d/e')
        await put(disk, 'd/e/new', 5)
        await disk.rename('d/e/new', 'd/e/replaced')
        await disk.remove('d/e/removed')
        await disk.rename('d/e/moved', 'd/e/there')
        await put(disk, 'd/e/created', 6)
      },
      m => {
        const names = readdirSync(join(m.root, 'd/e')).sort()
        return names.map(name => `${name} ${readFileSync(join(m.root, 'd/e', name))[0]}`).join(', ')
      },
    )
    for (const l of left) {
      expect(l).toContain('stays 4')
      // A rename is one change: here or there, never both, never neither.
      expect([l.includes('moved 3'), l.includes('there 3')].filter(Boolean).length, l).toBe(1)
      expect(l).toMatch(/replaced [25]/)
    }
    for (const found of ['removed 1', 'replaced 2', 'replaced 5', 'created 6', 'there 3'])
      expect([left.some(l => l.includes(found)), left.every(l => l.includes(found))], found).toEqual([true, false])
    const durable = await leftBy(
      async m => {
        const disk = m.process()
        await disk.makeDir('d')
        await put(disk, 'd/a', 1)
        await put(disk, 'd/b', 2)
        await disk.rename('d/b', 'd/a')
        await put(disk, 'd/c', 3)
        await disk.remove('d/c')
        await disk.syncDir('d')
        await disk.syncDir('.')
        expect(readdirSync(join(m.side, 'kept'))).toEqual([])
      },
      m =>
        readdirSync(join(m.root, 'd'))
          .map(name => `${name} ${readFileSync(join(m.root, 'd', name))[0]}`)
          .join(),
    )
    expect(new Set(durable)).toEqual(new Set(['a 2']))
  })

  it('power loss: a directory takes what is in it along, and gets it back with its old name', async () => {
    const left = await leftBy(
      async m => {
        const disk = m.process()
        const file = await oneFile(disk, 'wal/a')
        await file.append([filled(4, 1)])
        await file.sync()
        await disk.rename('wal', 'old')
        const more = await disk.open('old/b', 'create')
        await more.append([filled(4, 2)])
        await disk.makeDir('new/deep')
        const deep = await disk.open('new/deep/c', 'create')
        await deep.append([filled(4, 3)])
        await deep.sync()
        await disk.syncDir('new/deep')
      },
      m => {
        const dirs = readdirSync(m.root).sort()
        expect(m.read('wal/a') ?? m.read('old/a')).toEqual(Buffer.from(filled(4, 1)))
        expect(dirs.includes('wal') && dirs.includes('old')).toBe(false)
        if (dirs.includes('new') && existsSync(join(m.root, 'new/deep')))
          expect(m.read('new/deep/c')).toEqual(Buffer.from(filled(4, 3)))
        return dirs.join()
      },
    )
    expect(new Set(left)).toEqual(new Set(['new,old', 'new,wal', 'old', 'wal']))
  })

  it('power loss: after a sync that failed, later ones save nothing of what it was for', async () => {
    const lost = await leftBy(
      async m => {
        const faulty = new FaultyDisk(new NodeDisk(m.root), nodeClock)
        const file = await oneFile(new LossyDisk(faulty, m.root, m.side))
        await file.append([filled(SECTOR, 1)])
        faulty.set({eio: {on: 'sync', times: 1}})
        await expect(file.sync()).rejects.toMatchObject({code: 'EIO'})
        await file.sync()
      },
      m => m.read('wal/a')?.every(b => b === 1) && m.read('wal/a')?.length === SECTOR,
    )
    expect(new Set(lost)).toEqual(new Set([true, false]))
  })

  it('power loss: the side log stays short while all is synced, and says the same after it was rewritten', async () => {
    const work = async (m: Machine, logBytesMax: number): Promise<Buffer | undefined> => {
      const disk = m.process({logBytesMax})
      const file = await oneFile(disk)
      const other = await disk.open('wal/b', 'create')
      await other.append([filled(SECTOR, 9)])
      for (let i = 1; i <= 50; i++) {
        await file.append([filled(100, i)])
        if (i < 45) await file.sync()
      }
      if (logBytesMax < 1_000) expect(statSync(join(m.side, 'log')).size).toBeLessThan(2 * logBytesMax)
      const lost = m.cut(7)
      expect(lost.unsyncedBytes).toBe(600 + SECTOR)
      return Buffer.concat([m.read('wal/a') ?? Buffer.alloc(0), m.read('wal/b') ?? Buffer.alloc(0)])
    }
    const [short, long] = [await work(new Machine(), 800), await work(new Machine(), 1 << 20)]
    expect(short?.equals(long as Buffer)).toBe(true)
    expect(short?.length).toBeGreaterThanOrEqual(4_400)
  })
})
