import {describe, expect, it} from 'vitest'
import {FaultyDisk} from '../../src/io/faulty-disk.ts'
import type {DiskFile} from '../../src/io/ports.ts'
import {FakeClock, settled} from '../helpers/fake-clock.ts'
import {MemoryDisk} from '../helpers/memory-disk.ts'

async function faulty(): Promise<{below: MemoryDisk; disk: FaultyDisk; clock: FakeClock; file: DiskFile}> {
  const below = new MemoryDisk()
  const clock = new FakeClock()
  const disk = new FaultyDisk(below, clock)
  await disk.makeDir('wal')
  return {below, disk, clock, file: await disk.open('wal/a', 'create')}
}

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7)

describe('a faulty disk', () => {
  it('faulty disk: without a fault it is the disk below', async () => {
    const {below, disk, file} = await faulty()
    await file.append([bytes(3), bytes(4)])
    await file.sync()
    await disk.syncDir('wal')
    await disk.rename('wal/a', 'wal/b')
    expect(await file.size()).toBe(7)
    expect(await disk.list('wal')).toEqual(['b'])
    expect(below.count('sync')).toBe(1)
    expect(await file.read(2, new Uint8Array(10))).toBe(5)
  })

  it('faulty disk: a full one takes what fits, says ENOSPC, and has room again for what was cut or removed', async () => {
    const {disk, file} = await faulty()
    await file.append([bytes(100)])
    disk.set({roomBytes: 10})
    await expect(file.append([bytes(6), bytes(6)])).rejects.toMatchObject({code: 'ENOSPC'})
    expect(await file.size()).toBe(110)
    expect(await disk.freeBytes()).toBe(0)
    await expect(disk.open('wal/b', 'create')).rejects.toMatchObject({code: 'ENOSPC'})
    await expect(file.append([bytes(1)])).rejects.toMatchObject({code: 'ENOSPC'})
    await file.truncate(50)
    await file.append([bytes(60)])
    expect(disk.trouble.roomBytes).toBe(0)
    await file.close()
    await disk.remove('wal/a')
    expect(disk.trouble.roomBytes).toBe(110)
    disk.set({})
    await (await disk.open('wal/b', 'create')).append([bytes(1_000)])
  })

  it('faulty disk: EIO meets the calls it is for, so many times, and they do nothing', async () => {
    const {below, disk, file} = await faulty()
    disk.set({eio: {on: 'sync', times: 2}})
    await file.append([bytes(1)])
    await expect(file.sync()).rejects.toMatchObject({code: 'EIO', path: 'wal/a'})
    await expect(disk.syncDir('wal')).rejects.toMatchObject({code: 'EIO'})
    expect(below.count('sync') + below.count('syncDir')).toBe(0)
    await file.sync()
    disk.set({eio: {on: 'write', path: 'wal/b'}})
    await file.append([bytes(1)])
    await expect(disk.rename('wal/b', 'wal/c')).rejects.toMatchObject({code: 'EIO'})
    await expect(disk.remove('wal/b')).rejects.toMatchObject({code: 'EIO'})
    disk.set({eio: {on: 'read'}})
    for (let i = 0; i < 3; i++) await expect(file.read(0, bytes(1))).rejects.toMatchObject({code: 'EIO'})
    expect(await file.size()).toBe(2)
  })

  it('faulty disk: a slow one syncs late, and nothing before it is over', async () => {
    const {below, disk, clock, file} = await faulty()
    disk.set({syncDelayMs: 300})
    let done = false
    const synced = file.sync().then(() => {
      done = true
    })
    await settled()
    await clock.advance(299)
    expect([done, below.count('sync')]).toEqual([false, 0])
    await clock.advance(1)
    await synced
    expect(below.count('sync')).toBe(1)
  })
})
