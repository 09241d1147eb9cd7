import {describe, expect, it} from 'vitest'
import {SeededRandom} from '../../src/base/random.ts'
import {Platter, SECTOR} from '../../src/io/platter.ts'
import {SimDisk} from '../../src/sim/disk.ts'

const filled = (bytes: number, value: number): Uint8Array => new Uint8Array(bytes).fill(value)

/** What 200 power losses may leave of a file that `make` made. */
function leftBy(make: (p: Platter) => void): Uint8Array[] {
  return Array.from({length: 200}, (_, seed) => {
    const platter = new Platter()
    make(platter)
    platter.powerLoss(new SeededRandom(seed), 'some')
    return platter.content().slice()
  })
}

describe('the disk model', () => {
  it('disk: synced bytes survive every power loss', () => {
    const left = leftBy(p => {
      p.append(filled(1_300, 1))
      p.synced(p.mark())
    })
    expect(left.every(bytes => bytes.length === 1_300 && bytes.every(b => b === 1))).toBe(true)
  })

  it('disk: of unsynced bytes any sector and any length may be lost, the synced ones before them stay', () => {
    const left = leftBy(p => {
      p.append(filled(2 * SECTOR, 1))
      p.synced(p.mark())
      p.append(filled(SECTOR, 2))
      p.append(filled(SECTOR, 3))
    })
    expect(new Set(left.map(bytes => bytes.length))).toEqual(new Set([2 * SECTOR, 3 * SECTOR, 4 * SECTOR]))
    expect(left.every(bytes => bytes.subarray(0, 2 * SECTOR).every(b => b === 1))).toBe(true)
    const kinds = new Set(left.filter(b => b.length === 4 * SECTOR).map(b => `${b[2 * SECTOR]} ${b[3 * SECTOR]}`))
    expect(kinds).toEqual(new Set(['2 3', '2 0', '0 3', '0 0']))
  })

  it('disk: where sectors tear, the synced bytes of one that was written again may go too', () => {
    const lost = Array.from({length: 50}, (_, seed) => {
      const platter = new Platter()
      platter.append(filled(100, 1))
      platter.synced(platter.mark())
      platter.append(filled(100, 2))
      platter.powerLoss(new SeededRandom(seed), 'some', true)
      return platter.content()[0] === 0
    })
    expect(new Set(lost)).toEqual(new Set([true, false]))
  })

  it('disk: a truncation that was not synced is undone like a write', () => {
    const left = leftBy(p => {
      p.append(filled(4 * SECTOR, 1))
      p.synced(p.mark())
      p.truncate(SECTOR)
    })
    expect(new Set(left.map(bytes => bytes.length))).toEqual(new Set([SECTOR, 4 * SECTOR]))
    expect(left.some(b => b.length === 4 * SECTOR && b[SECTOR] === 1)).toBe(true)
  })

  it('disk: a sync covers what was written before it began, and nothing written since', () => {
    const left = leftBy(p => {
      p.append(filled(SECTOR, 1))
      const mark = p.mark()
      p.append(filled(SECTOR, 2))
      p.synced(mark)
    })
    expect(new Set(left.map(bytes => bytes.length))).toEqual(new Set([SECTOR, 2 * SECTOR]))
    expect(left.every(bytes => bytes[0] === 1)).toBe(true)
  })

  it('disk: a name without a synced directory may be lost, with one it stays', () => {
    const names = new Set<string>()
    for (let seed = 0; seed < 200; seed++) {
      const disk = new SimDisk()
      disk.put('wal/old', filled(3, 1))
      disk.create('wal/new')
      disk.create('kept')
      disk.folder('.')?.synced(disk.folder('.')?.mark() ?? 0)
      disk.rename('wal/old', 'wal/renamed')
      disk.powerLoss(new SeededRandom(seed))
      names.add([...disk.files()].map(([path]) => path).join(' '))
    }
    expect(names).toEqual(
      new Set(['kept wal/old', 'kept wal/new wal/old', 'kept wal/renamed', 'kept wal/new wal/renamed']),
    )
  })

  it('disk: a process that dies takes nothing with it, and what it wrote stays unsynced', () => {
    const disk = new SimDisk()
    disk.put('file', filled(SECTOR, 1))
    disk.file('file')?.append(filled(SECTOR, 2))
    expect(disk.file('file')?.length).toBe(2 * SECTOR)
    expect(disk.file('file')?.unsynced).toBe(true)
  })
})
