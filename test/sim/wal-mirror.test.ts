import {describe, expect, it} from 'vitest'
import {EMPTY} from '../../src/base/bytes.ts'
import {type Entry, EntryType} from '../../src/formats/eraftpb.ts'
import {Platter} from '../../src/io/platter.ts'
import {WalMirror} from '../../src/sim/wal-mirror.ts'
import {BatchEncoder} from '../../src/wal/batch-encoder.ts'
import {defaultWalParts} from '../../src/wal/parts.ts'

const PATH = 'wal/orders/0/wal_0_0.log'

function lab() {
  const told: string[] = []
  const mirror = new WalMirror({
    written: () => {},
    overwritten: (group, from) => told.push(`${group} from ${from}`),
    synced: () => {},
    rotated: () => {},
  })
  const file = new Platter()
  const encoder = new BatchEncoder('orders', 0, new Uint8Array(8), defaultWalParts.records)
  const write = (term: number, ...indexes: number[]): void => {
    const entries = indexes.map((index): Entry => ({type: EntryType.Normal, term, index, data: EMPTY, context: EMPTY}))
    const at = file.length
    file.append(encoder.encode({entries, hardState: undefined}, at, 0).bytes)
    mirror.appended(PATH, file, at)
  }
  const sync = (): void => mirror.synced(PATH, file, file.mark())
  return {told, write, sync, synced: () => mirror.groups.get('orders/0')?.synced.last}
}

describe('mirror of a log', () => {
  it('overwritten: told when what is synced goes back, with the first index, and not before the sync', () => {
    const {told, write, sync, synced} = lab()
    write(1, 1, 2, 3)
    write(1, 4)
    sync()
    expect([told, synced()]).toEqual([[], 4])
    write(2, 3)
    expect(told).toEqual([])
    sync()
    expect([told, synced()]).toEqual([['orders/0 from 3'], 3])
  })

  it('overwritten: told of two batches of one sync, too: what is on the disk then is the later one', () => {
    const {told, write, sync, synced} = lab()
    write(1, 1)
    sync()
    write(1, 2)
    write(2, 2, 3)
    sync()
    expect([told, synced()]).toEqual([['orders/0 from 2'], 3])
  })
})
