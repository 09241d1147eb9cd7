import {describe, expect, it} from 'vitest'
import {EMPTY, utf8} from '../../src/base/bytes.ts'
import {type Entry, EntryType} from '../../src/formats/eraftpb.ts'
import {Platter} from '../../src/io/platter.ts'
import {WalMirror} from '../../src/sim/wal-mirror.ts'
import {BatchEncoder} from '../../src/wal/batch-encoder.ts'
import {defaultWalParts} from '../../src/wal/parts.ts'

const PATH = 'wal/orders/0/wal_0_0.log'

function lab(topicId: () => string | undefined = () => undefined) {
  const told: string[] = []
  const mirror = new WalMirror(
    {
      written: () => {},
      overwritten: (group, from) => told.push(`${group} from ${from}`),
      synced: () => {},
      rotated: () => {},
    },
    topicId,
  )
  let file = new Platter()
  const encoder = new BatchEncoder('orders', 0, new Uint8Array(8), defaultWalParts.records)
  const write = (term: number, ...indexes: number[]): void => {
    const entries = indexes.map((index): Entry => ({type: EntryType.Normal, term, index, data: EMPTY, context: EMPTY}))
    const at = file.length
    file.append(encoder.encode({entries, hardState: undefined}, at, 0).bytes)
    mirror.appended(PATH, file, at)
  }
  const sync = (): void => mirror.synced(PATH, file, file.mark())
  const begin = (): void => {
    file = new Platter()
  }
  const synced = (group = 'orders/0') => mirror.groups.get(group)?.synced.last
  return {told, mirror, begin, write, sync, synced}
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

  it('topics: a log is that of the topic whose directory it was made in, also when another one has the name by now', () => {
    let id: string | undefined = 'aaaaaaaaaaaaaaaa1'
    const {begin, write, sync, synced} = lab(() => id)
    write(1, 1, 2)
    id = 'bbbbbbbbbbbbbbbb1'
    write(1, 3)
    sync()
    expect([synced('orders/0@aaaaaaaaaaaaaaaa'), synced('orders/0@bbbbbbbbbbbbbbbb')]).toEqual([3, undefined])
    begin()
    write(1, 1)
    sync()
    expect([synced('orders/0@aaaaaaaaaaaaaaaa'), synced('orders/0@bbbbbbbbbbbbbbbb')]).toEqual([3, 1])
  })

  it('topics: after a power loss a log is that of the topic whose directory has the name again', () => {
    const {mirror, write, sync, synced} = lab(() => 'aaaaaaaaaaaaaaaa1')
    write(1, 1)
    sync()
    const terms = [{from: 1, term: 1}]
    mirror.rebuild(
      [{group: 'orders/0', firstIndex: 1, lastIndex: 1, snapshot: {index: 0, term: 0}, terms}] as never,
      () => false,
    )
    mirror.listing(listingOf('+ 00 orders/0', '+ 01 orders/1', '- 01 orders/1'))
    expect([[...mirror.groups.keys()], synced('orders/0@aaaaaaaaaaaaaaaa'), [...mirror.listed]]).toEqual([
      ['orders/0@aaaaaaaaaaaaaaaa'],
      1,
      ['orders/0@aaaaaaaaaaaaaaaa'],
    ])
  })
})

function listingOf(...lines: string[]): Platter {
  return new Platter(utf8(lines.map(line => `1 ${line}\n`).join('')))
}
