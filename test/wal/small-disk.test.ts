import {spawnSync} from 'node:child_process'
import {appendFileSync, mkdirSync, mkdtempSync, rmSync, statfsSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, it} from 'vitest'
import {nodeClock} from '../../src/io/node/clock.ts'
import {NodeDisk} from '../../src/io/node/disk.ts'
import {ReserveFile} from '../../src/wal/reserve.ts'
import type {MemoryDisk} from '../helpers/memory-disk.ts'
import {entries, entry, LogLab, unit} from './log-lab.ts'

const scratch = mkdtempSync(join(tmpdir(), 'chronik-small-'))
const small = join(scratch, 'disk')
mkdirSync(small)
/** A file system of 4 MB of its own, where this machine lets us have one. */
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', small], {stdio: 'ignore'}).status === 0
afterAll(() => {
  if (mounted) spawnSync('umount', [small], {stdio: 'ignore'})
  rmSync(scratch, {recursive: true, force: true})
})

describe('a real file system that is full', () => {
  it.skipIf(!mounted)(
    'hardening 36: entries wait, the vote does not, and all is there when there is room again',
    async () => {
      const disk = new NodeDisk(small)
      const reserve = await ReserveFile.open(disk)
      await reserve.fill()
      const lab = new LogLab(disk as unknown as MemoryDisk, {reserve, clock: nodeClock})
      const log = await lab.open()
      await log.append(unit([entry(1)], {term: 1, vote: 1, commit: 0}))
      const junk = join(small, 'junk')
      expect(() => {
        for (;;) appendFileSync(junk, new Uint8Array(4096))
      }).toThrow()
      expect(statfsSync(small).bavail).toBe(0)
      const told: string[] = []
      const all = log.append(unit(entries(2, 40, 1, 3000))).then(() => told.push('entries'))
      await new Promise<void>(voted => {
        void log.append(unit([], {term: 2, vote: 3, commit: 0}), voted)
      })
      expect(told).toEqual([])
      expect(lab.full).toEqual([true])
      expect(log.syncedHardState).toEqual({term: 2, vote: 3, commit: 0})
      rmSync(junk)
      await all
      expect(log.lastIndex()).toBe(40)
      expect(reserve.whole).toBe(true)
      await log.close()
      await reserve.close()
      const again = await lab.on(disk as unknown as MemoryDisk).open()
      expect(again.report).toMatchObject({term: 2, vote: 3, lastIndex: 40, cuts: []})
      await again.close()
      expect(lab.failures).toEqual([])
    },
  )
})
